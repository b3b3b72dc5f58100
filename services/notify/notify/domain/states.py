"""When a notice may go out, what becomes of it, and what may not be in it. Plain Python."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from contracts.vocabulary import CallOutcome, Impossible, Notice, NoticeState, Reach, TaskState
from statute import SHANGHAI, day_of

S = NoticeState
SEGMENTS = 2

# from → to: everything that can become of a notice. `sending` is written before the provider is called, so that a
# crash in between is known and asked about instead of sent again.
PATHS = {
    # delivered, failed: a receipt for what the provider had said it did not know
    S.PLANNED: frozenset({S.SENDING, S.IMPOSSIBLE, S.DELIVERED, S.FAILED}),
    S.SENDING: frozenset({S.SENT, S.REFUSED, S.UNKNOWN, S.PLANNED, S.DELIVERED, S.FAILED}),
    S.UNKNOWN: frozenset({S.SENT, S.DELIVERED, S.FAILED, S.PLANNED, S.REFUSED}),
    S.SENT: frozenset({S.DELIVERED, S.FAILED, S.UNKNOWN}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.REFUSED: frozenset(),
    S.IMPOSSIBLE: frozenset(),
}

# how a petition begins: of one that was withdrawn, sent back or ended, no longer true
BEGINNING = frozenset({Notice.RECEIPT, Notice.ACCEPTED, Notice.NOT_ACCEPTED, Notice.GUIDED, Notice.TRANSFERRED})
# what was found of it: of one that is looked at anew, no longer true
FINDINGS = BEGINNING - {Notice.RECEIPT} | {Notice.OUTCOME}

REACHED_NOBODY = (S.FAILED, S.REFUSED, S.IMPOSSIBLE)
CALLING = frozenset({S.SENDING, S.SENT, S.UNKNOWN})
UNFINISHED = frozenset(state for state, to in PATHS.items() if to)


class Verdict(StrEnum):
    """What a provider's answer, or its silence, says of one message."""

    TAKEN = "taken"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    NOT_SENT = "not_sent"  # for certain: the request never reached the provider, or it knows nothing of it
    AMBIGUOUS = "ambiguous"
    SILENT = "silent"  # it was taken, and nothing more is heard of it


NEXT = {
    Verdict.TAKEN: S.SENT,
    Verdict.DELIVERED: S.DELIVERED,
    Verdict.FAILED: S.FAILED,
    Verdict.REFUSED: S.REFUSED,
    Verdict.NOT_SENT: S.PLANNED,
    Verdict.AMBIGUOUS: S.UNKNOWN,
    Verdict.SILENT: S.UNKNOWN,
}


# what an operator of a channel reports of a task → what it says of the notice
REPORTS = {
    TaskState.ACCEPTED: Verdict.TAKEN,
    TaskState.DELIVERED: Verdict.DELIVERED,
    TaskState.NO_ANSWER: Verdict.FAILED,
    TaskState.WRONG_NUMBER: Verdict.FAILED,
    TaskState.DECLINED: Verdict.FAILED,
    TaskState.FAILED: Verdict.FAILED,
    TaskState.REFUSED: Verdict.REFUSED,
}


# what an officer who made the call writes down; after another's number was dialled it is still to be made
CALLS = {
    CallOutcome.TOLD: Verdict.DELIVERED,
    CallOutcome.NO_ANSWER: Verdict.FAILED,
    CallOutcome.WRONG_NUMBER: Verdict.FAILED,
    CallOutcome.DECLINED: Verdict.FAILED,
}


class Carrier(StrEnum):
    """Who carries a notice: the HTTP provider, or an operator's queue of that name."""

    PROVIDER = "provider"
    SMS = "sms"
    PHONE = "phone"


def follows(state: NoticeState, verdict: Verdict, *, taken: bool = False) -> NoticeState:
    """The state after a verdict; unchanged when it says nothing new (a receipt may overtake the answer).

    `taken`: the provider or operator has said that it has it. A provider forgets its keys after some days: that it does
    not know one any more must not send the message again.
    """
    target = NEXT[verdict]
    if (taken and target is S.PLANNED) or (state is S.SENT and verdict is Verdict.AMBIGUOUS):
        return state
    return target if target in PATHS[state] else state


def impossible(reach: Reach) -> Impossible | None:
    """Why nothing goes out, lawfully; None when it may."""
    return {
        Reach.SMS: None,
        Reach.CALL: None,
        Reach.NONE: Impossible.NO_CONTACT,
        Reach.SEALED: Impossible.SEALED,
        Reach.SAFE: Impossible.OTHER_MEANS,
    }[reach]


# GSM 03.38: what an operator sends in seven bits; those of the second line take two places
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("\f^{}\\[~]|€")


def segments(text: str) -> int:
    """How many parts an operator splits a text into: of 70 UTF-16 units alone or 67 each, in seven bits 160 or 153."""
    if GSM.union(GSM_TWICE).issuperset(text):
        sizes, alone, each = [2 if char in GSM_TWICE else 1 for char in text], 160, 153
    else:
        # 𠮷 is two units; a name of such characters is no shorter for being one code point each
        sizes, alone, each = [2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67
    if sum(sizes) <= alone:
        return 1
    parts, room = 1, each
    for size in sizes:
        if size > room:  # no character is cut in two
            parts, room = parts + 1, each
        room -= size
    return parts


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No SMS and no call from `start` to `end` o'clock, nor on a rest day (both in Asia/Shanghai)."""

    start: int = 21
    end: int = 8


LIMIT = "limit"  # a notice's reason: its number has had its messages of the day
A_DAY = 8  # a letter split into four, each registered and accepted on one day; no provider takes much more for a number


A_WHOLE_DAY = timedelta(days=1)


def next_day(now: datetime) -> datetime:
    """When a number's count begins again: midnight in Shanghai."""
    return datetime.combine(day_of(now) + A_WHOLE_DAY, time(), SHANGHAI)


OFFICERS_QUIET = QuietHours()  # whatever petitioners' hours are set to: an officer is never told at midnight
DIGEST_AT = time(8, 30)


def officers_moment(now: datetime) -> datetime:
    """When what is missed or due today is told to an officer: at once, or in the morning."""
    return earliest(now, OFFICERS_QUIET, lambda _: False)


def digest_day(now: datetime, is_rest: Callable[[date], bool]) -> date | None:
    """The working day whose digest may be written now; None before its morning and on rest days."""
    local = now.astimezone(SHANGHAI)
    ready = DIGEST_AT <= local.time() < time(OFFICERS_QUIET.start) and not is_rest(local.date())
    return local.date() if ready else None


def earliest(now: datetime, quiet: QuietHours | None, is_rest: Callable[[date], bool]) -> datetime:
    """The first moment from `now` on at which a notice may go out."""
    if quiet is None:
        return now
    local = now.astimezone(SHANGHAI)
    if local.hour >= quiet.start:
        local = datetime.combine(local.date() + timedelta(days=1), time(quiet.end), SHANGHAI)
    elif local.hour < quiet.end:
        local = datetime.combine(local.date(), time(quiet.end), SHANGHAI)
    while is_rest(local.date()):
        local = datetime.combine(local.date() + timedelta(days=1), time(quiet.end), SHANGHAI)
    return local
