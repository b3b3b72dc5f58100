"""A petition's rules: which step follows which, who can be told how, what may be handed on. Plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.vocabulary import Kind, PetitionState, Reach, ReplyKind
from intake.errors import (
    AccusationStays,
    AidAsked,
    AnswerMissing,
    FromTheFuture,
    IllegalMove,
    LiabilityOpen,
    NobodyToAsk,
    NobodyToHelp,
    NotNow,
    NotQueued,
    ReplyTooEarly,
    SecretStays,
    StillOwed,
    TooLongAgo,
    WishMissing,
)

S = PetitionState

# not decided yet: what may still be withdrawn, ended or stand still
UNDECIDED = frozenset({S.REGISTERED, S.AWAITING_MATERIAL, S.ACCEPTED, S.REFERRED, S.HANDLING, S.SUSPENDED})
OPEN = frozenset(S) - {S.CLOSED, S.CLOSING, S.WITHDRAWN, S.TERMINATED}
# from these one goes back to where one was: None as a target below
PASSING = frozenset({S.SUSPENDED, S.CLOSING})

Moves = dict[str, tuple[frozenset[PetitionState], PetitionState | None]]
# action → (from which states, to which). One table says what is lawful; the API offers exactly this.
MOVES: Moves = {
    "accept": (frozenset({S.REGISTERED}), S.ACCEPTED),
    "ask-material": (frozenset({S.REGISTERED}), S.AWAITING_MATERIAL),
    "complete": (frozenset({S.AWAITING_MATERIAL}), S.REGISTERED),
    "not-accept": (frozenset({S.REGISTERED, S.AWAITING_MATERIAL}), S.NOT_ACCEPTED),
    "guide": (frozenset({S.REGISTERED, S.AWAITING_MATERIAL}), S.GUIDED),
    "refer": (frozenset({S.REGISTERED, S.ACCEPTED}), S.REFERRED),
    "conclude": (frozenset({S.ACCEPTED, S.REFERRED, S.HANDLING}), S.CONCLUDED),
    "reply": (frozenset({S.CONCLUDED, S.TERMINATED}), S.REPLIED),
    "close": (frozenset({S.REPLIED, S.NOT_ACCEPTED, S.GUIDED, S.WITHDRAWN}), S.CLOSING),
    "suspend": (UNDECIDED - {S.SUSPENDED}, S.SUSPENDED),
    "resume": (frozenset({S.SUSPENDED}), None),
    "withdraw": (UNDECIDED, S.WITHDRAWN),
    "terminate": (UNDECIDED, S.TERMINATED),
    # a closed one has no custodian any more: who comes again registers again, and the new one names the old
    "reopen": (frozenset({S.NOT_ACCEPTED, S.GUIDED, S.WITHDRAWN, S.TERMINATED, S.REPLIED}), S.REGISTERED),
}
# what happens to a petition because of what others did
CONSEQUENCES: Moves = {
    "taken up": (frozenset({S.REFERRED}), S.HANDLING),
    "given back": (frozenset({S.REFERRED, S.HANDLING}), S.REGISTERED),
    "refused": (frozenset({S.REFERRED}), S.REGISTERED),
    "custody ended": (frozenset({S.CLOSING}), S.CLOSED),
    "custody kept": (frozenset({S.CLOSING}), None),
}
# what may be found or arranged in which states, and changes none
FINDINGS: dict[str, frozenset[PetitionState]] = {
    "assign": frozenset({S.ACCEPTED, S.REFERRED, S.HANDLING}),
    "review-liability": frozenset({S.ACCEPTED, S.REFERRED, S.HANDLING}),
    "resolve": frozenset({S.CONCLUDED, S.REPLIED, S.CLOSED}),
    "mark-hardship": OPEN,
    "wall": frozenset(S),
}

# A purpose lists the fields it needs (个人信息保护法 6, 34); nothing else can leave.
PURPOSES: dict[str, tuple[str, ...]] = {
    "handling": ("name", "phone", "address", "title", "statement"),
    "information": ("title",),
}

OUTER_BOUND = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of a petition."""

    number: str
    state: PetitionState
    kind: Kind
    secrecy: bool
    sealed_post: bool
    awaits_answer: bool
    anonymous: bool = False
    aid_asked: bool = False
    before: PetitionState | None = None
    accepted: bool = False
    liability_reviewed: bool = False
    owed: tuple[ReplyKind, ...] = ()  # what the petitioner must be told before it is closed


def allowed(standing: Standing) -> list[str]:
    """The actions that would be lawful now, in the table's order."""
    actions = []
    for action in (*MOVES, *FINDINGS):
        try:
            check(action, standing)
        except NotNow:
            continue
        actions.append(action)
    return actions


def check(action: str, standing: Standing) -> PetitionState:
    """The state an action leads to. Raises what it says why not."""
    if action in FINDINGS:
        if standing.state not in FINDINGS[action]:
            raise IllegalMove(standing.number, standing.state, action)
        if action == "mark-hardship":
            _check_hardship(standing)
        return standing.state
    sources, target = MOVES[action]
    if standing.state not in sources:
        raise IllegalMove(standing.number, standing.state, action)
    if action == "conclude":
        if standing.awaits_answer:
            raise AnswerMissing()
        if standing.accepted and standing.kind is not Kind.PROPOSAL and not standing.liability_reviewed:
            raise LiabilityOpen()
    if action == "ask-material" and standing.anonymous:
        raise NobodyToAsk()
    if action == "reopen" and standing.awaits_answer:
        raise AnswerMissing()
    if action == "close" and standing.owed:
        raise StillOwed(standing.owed)
    return landing(standing.state, standing.before, target)[0]


def landing(
    state: PetitionState, before: PetitionState | None, target: PetitionState | None
) -> tuple[PetitionState, PetitionState | None]:
    """Where a step leads, and where one goes back to from there."""
    if target is None:
        if before is None:
            raise ValueError(f"nothing is remembered before {state}")
        return before, None
    if target not in PASSING:
        return target, None
    return target, state


def _check_hardship(standing: Standing) -> None:
    if standing.kind is Kind.ACCUSATION:
        raise AccusationStays()
    if standing.secrecy or standing.sealed_post:
        raise SecretStays()
    if standing.anonymous:
        raise NobodyToHelp()
    if standing.aid_asked:
        raise AidAsked()


def consequence(
    name: str, state: PetitionState, before: PetitionState | None
) -> tuple[PetitionState, PetitionState | None]:
    """Where it stands after something another service told; unchanged where it no longer matters.

    While it stands still, what it goes back to moves: an agency that took it up meanwhile still has it after.
    """
    if state is S.SUSPENDED and before is not None:
        return state, consequence(name, before, None)[0]
    sources, target = CONSEQUENCES[name]
    return landing(state, before, target) if state in sources else (state, before)


def check_reply(kind: ReplyKind, standing: Standing) -> PetitionState:
    """Progress may be told in any open state and at the end; the outcome only when there is one."""
    if kind is ReplyKind.OUTCOME_REPLY:
        if standing.state in OPEN and standing.state is not S.CONCLUDED:
            raise ReplyTooEarly()
        return check("reply", standing)
    if standing.state not in OPEN | {S.TERMINATED}:
        raise IllegalMove(standing.number, standing.state, "reply")
    return standing.state


def carries(standing: Standing, purpose: str, transport: str, name: str, wish: bool) -> tuple[str, ...]:
    """Which fields go to a receiver; whether it may have them at all, referral's ban says.

    An accusation is passed on by duty, a claim as a service: at the petitioner's recorded wish, and where a queue is.
    What was said in secrecy, and what goes by hand, is in an envelope: nothing of it leaves this system.
    """
    queued = transport in ("queue", "web")
    if standing.secrecy or standing.sealed_post:
        if queued:
            raise SecretStays()
        return ()
    if standing.kind is Kind.ACCUSATION:
        return PURPOSES[purpose] if queued else ()
    if not wish:
        raise WishMissing()
    if not queued:
        raise NotQueued(name)
    return PURPOSES[purpose]


def reach(anonymous: bool, secrecy: bool, mobile: bool, phone: bool, sms_consent: bool) -> Reach:
    """How the petitioner may be told. Secrecy goes first: an SMS's very signature betrays who spoke."""
    if secrecy:
        return Reach.SEALED
    if anonymous or not phone:
        return Reach.NONE
    return Reach.SMS if mobile and sms_consent else Reach.CALL


def received_on(claimed: date | None, today: date, reason: str | None) -> date:
    """The day a period starts from: today, or a paper's own day in the past, bounded and with its reason."""
    if claimed is None or claimed == today:
        return today
    if claimed > today:
        raise FromTheFuture()
    if today - claimed > OUTER_BOUND or not reason:
        raise TooLongAgo(missing_reason=not reason)
    return claimed


def number(year: int, jurisdiction: str, serial: int) -> str:
    """信2026-619926-000123"""
    return f"信{year}-{jurisdiction}-{serial:06d}"


def units(respondents: Iterable[str | None]) -> list[str]:
    """The respondents' units, each once: the routing ban needs them, so they ride on the event."""
    return sorted({unit for unit in respondents if unit})
