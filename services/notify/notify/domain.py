"""When a notice may go out, what becomes of it, and what may not be in it. Plain Python."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from contracts.vocabulary import Impossible, NoticeState, Reach, TaskState

S = NoticeState
SHANGHAI = ZoneInfo("Asia/Shanghai")
SEGMENTS = 2

# from → to: everything that can become of a notice. `sending` is written before the provider is called, so that a
# crash in between is known and asked about instead of sent again.
PATHS = {
    S.PLANNED: frozenset({S.SENDING, S.IMPOSSIBLE}),
    S.SENDING: frozenset({S.SENT, S.REFUSED, S.UNKNOWN, S.PLANNED, S.DELIVERED, S.FAILED}),
    S.UNKNOWN: frozenset({S.SENT, S.DELIVERED, S.FAILED, S.PLANNED, S.REFUSED}),
    S.SENT: frozenset({S.DELIVERED, S.FAILED}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.REFUSED: frozenset(),
    S.IMPOSSIBLE: frozenset(),
}

REACHES = frozenset({S.PLANNED, S.SENDING, S.UNKNOWN, S.SENT, S.DELIVERED})  # the petitioner, as far as is known
UNFINISHED = frozenset(state for state, to in PATHS.items() if to)


class Verdict(StrEnum):
    """What a provider's answer, or its silence, says of one message."""

    TAKEN = "taken"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    NOT_SENT = "not_sent"  # for certain: the request never reached the provider, or it knows nothing of it
    AMBIGUOUS = "ambiguous"


NEXT = {
    Verdict.TAKEN: S.SENT,
    Verdict.DELIVERED: S.DELIVERED,
    Verdict.FAILED: S.FAILED,
    Verdict.REFUSED: S.REFUSED,
    Verdict.NOT_SENT: S.PLANNED,
    Verdict.AMBIGUOUS: S.UNKNOWN,
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
TRY_FOR = timedelta(days=2)  # an operator tries this long; a day later without a result a person has to look
SETTLE_TASK_AFTER = TRY_FOR + timedelta(days=1)


class Carrier(StrEnum):
    """Who carries a notice: the HTTP provider, or an operator's queue of that name."""

    PROVIDER = "provider"
    SMS = "sms"
    PHONE = "phone"


def follows(state: NoticeState, verdict: Verdict) -> NoticeState:
    """The state after a verdict; unchanged when it says nothing new (a receipt may overtake the answer)."""
    target = NEXT[verdict]
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


def segments(text: str) -> int:
    """How many parts an operator splits a Chinese text into: 70 characters alone, else 67 each."""
    return 1 if len(text) <= 70 else -(-len(text) // 67)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No SMS and no call from `start` to `end` o'clock, nor on a rest day (both in Asia/Shanghai)."""

    start: int = 21
    end: int = 8


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
