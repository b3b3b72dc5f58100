"""A petition's rules: which step follows which, who can be told how, what may be handed on. Plain Python."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.vocabulary import (
    Adoption,
    ClaimRoute,
    Kind,
    Line,
    PetitionState,
    Reach,
    ReplyKind,
    Termination,
    Transport,
)
from intake.domain.claim_routes import Way
from intake.domain.errors import (
    AccusationStays,
    AidAsked,
    AnswerMissing,
    ApprovalWaits,
    DiedAlready,
    FromTheFuture,
    HeldBack,
    IllegalMove,
    JoinsNoClosed,
    LiabilityOpen,
    MustTake,
    NobodyNamed,
    NobodyToAsk,
    NobodyToFollow,
    NobodyToHelp,
    NobodyToSeal,
    NoDepartment,
    NotHeld,
    NothingSigned,
    NotNow,
    NotQueued,
    NotSentToUs,
    ReplyTooEarly,
    RouteNotClaim,
    SealedAlready,
    SecretStays,
    SenderAnswered,
    SenderWaits,
    StillOwed,
    TakenOn,
    TooLongAgo,
    WishMissing,
    WrongField,
)

S = PetitionState

# not decided yet: what may still be withdrawn, ended or stand still
UNDECIDED = frozenset({S.REGISTERED, S.AWAITING_MATERIAL, S.ACCEPTED, S.REFERRED, S.HANDLING, S.SUSPENDED})
OPEN = frozenset(S) - {S.CLOSED, S.CLOSING, S.WITHDRAWN, S.TERMINATED, S.SENT_BACK, S.VOIDED, S.MERGED}
# what some department of ours has, and somebody there handles
HANDLED = frozenset({S.ACCEPTED, S.REFERRED, S.HANDLING, S.SUSPENDED, S.CONCLUDED, S.REPLIED, S.TERMINATED})
# from these on nobody handles it any more: who last did stays known
ENDED = frozenset({S.CLOSED, S.WITHDRAWN, S.SENT_BACK, S.VOIDED, S.MERGED})
# of what was registered by mistake, or twice, nothing has been decided or left yet
EARLY = frozenset({S.REGISTERED, S.AWAITING_MATERIAL, S.ACCEPTED})
# from these one goes back to where one was: None as a target below
INTERIM = frozenset({S.SUSPENDED, S.CLOSING})

Moves = dict[str, tuple[frozenset[PetitionState], PetitionState | None]]
# action → (from which states, to which). One table says what is lawful; the API offers exactly this.
MOVES: Moves = {
    # what another agency sent to us is theirs until we sign
    "sign": (frozenset({S.SUBMITTED}), S.REGISTERED),
    "object": (frozenset({S.REGISTERED}), S.OBJECTED),
    "accept": (frozenset({S.REGISTERED}), S.ACCEPTED),
    "ask-material": (frozenset({S.REGISTERED}), S.AWAITING_MATERIAL),
    "complete": (frozenset({S.AWAITING_MATERIAL}), S.REGISTERED),
    "not-accept": (frozenset({S.REGISTERED, S.AWAITING_MATERIAL}), S.NOT_ACCEPTED),
    "guide": (frozenset({S.REGISTERED, S.AWAITING_MATERIAL}), S.GUIDED),
    "refer": (frozenset({S.REGISTERED, S.ACCEPTED}), S.REFERRED),
    "conclude": (frozenset({S.ACCEPTED, S.REFERRED, S.HANDLING}), S.CONCLUDED),
    "reply": (frozenset({S.CONCLUDED, S.TERMINATED}), S.REPLIED),
    # what was signed by who approves it is posted, handed over or said: with that the clock stops, and not before
    "issue": (frozenset({S.CONCLUDED, S.TERMINATED}), S.REPLIED),
    "close": (
        frozenset({S.REPLIED, S.NOT_ACCEPTED, S.GUIDED, S.WITHDRAWN, S.SENT_BACK, S.VOIDED, S.MERGED}),
        S.CLOSING,
    ),
    "suspend": (UNDECIDED - {S.SUSPENDED}, S.SUSPENDED),
    "resume": (frozenset({S.SUSPENDED}), None),
    "withdraw": (UNDECIDED, S.WITHDRAWN),
    "terminate": (UNDECIDED, S.TERMINATED),
    # registered by mistake; or twice, and it goes on in the other
    "void": (EARLY, S.VOIDED),
    "merge": (EARLY, S.MERGED),
    # also what was closed, for the reasons there are, with a custodian anew; who only comes again registers again
    "reopen": (frozenset({S.NOT_ACCEPTED, S.GUIDED, S.WITHDRAWN, S.TERMINATED, S.REPLIED, S.CLOSED}), S.REGISTERED),
}
# what happens to a petition because of what others did
CONSEQUENCES: Moves = {
    "taken up": (frozenset({S.REFERRED}), S.HANDLING),
    "given back": (frozenset({S.REFERRED, S.HANDLING}), S.REGISTERED),
    "refused": (frozenset({S.REFERRED}), S.REGISTERED),
    "overruled": (frozenset({S.OBJECTED}), S.REGISTERED),
    "not objected": (frozenset({S.OBJECTED}), S.REGISTERED),
    "sent back": (frozenset({S.OBJECTED}), S.SENT_BACK),
    "custody ended": (frozenset({S.CLOSING}), S.CLOSED),
    "custody kept": (frozenset({S.CLOSING}), None),
}
# what may be found or arranged in which states, and changes none
FINDINGS: dict[str, frozenset[PetitionState]] = {
    "assign": HANDLED,
    "set-handler": HANDLED,
    "review-liability": frozenset({S.ACCEPTED, S.REFERRED, S.HANDLING}),
    "resolve": frozenset({S.CONCLUDED, S.REPLIED, S.CLOSED}),
    "mark-hardship": OPEN,
    "wall": frozenset(S),
    "unwall": frozenset(S),
    "add-file": OPEN,
    "involve": frozenset({S.REGISTERED, S.ACCEPTED, S.REFERRED, S.HANDLING}),
    "tell-sender": frozenset({S.REGISTERED, S.ACCEPTED, S.REFERRED, S.HANDLING, S.SUSPENDED}),
    "answer-sender": frozenset({S.CONCLUDED, S.REPLIED, S.NOT_ACCEPTED, S.GUIDED, S.WITHDRAWN, S.TERMINATED}),
    "link": frozenset(S),
    "decide-match": frozenset(S),
    "release": frozenset(S),
    "advise-admission": frozenset({S.REGISTERED, S.AWAITING_MATERIAL}),
    "record-act": OPEN,
    "lead": OPEN,
    "enter-risk": OPEN,
    # also what has ended is still read, printed and looked up
    "ask-secrecy": frozenset(S),
    "correct": frozenset(S),
    "correct-person": frozenset(S),
    # what was concluded stands as what it was concluded as
    "reclassify": UNDECIDED - {S.SUSPENDED},
    "add-respondent": UNDECIDED - {S.SUSPENDED},
    "remove-respondent": UNDECIDED - {S.SUSPENDED},
    "correct-receipt": UNDECIDED | {S.CONCLUDED},
    "record-death": frozenset(S) - {S.CLOSING, S.CLOSED, S.VOIDED, S.MERGED},
    "take-over": frozenset(S) - {S.CLOSING, S.CLOSED, S.VOIDED, S.MERGED},
    "appoint-guardian": frozenset(S) - {S.CLOSING, S.CLOSED, S.VOIDED, S.MERGED},
    "unlink": frozenset(S),
    "unprove": frozenset(S) - {S.CLOSING, S.CLOSED},
    # what is closed is reopened first: nobody would see it served
    "correct-reply": frozenset(S) - {S.SUBMITTED, S.OBJECTED, S.SENT_BACK, S.CLOSING, S.CLOSED, S.VOIDED, S.MERGED},
    "undo-act": OPEN,
    "unmerge": frozenset({S.MERGED}),
    "unvoid": frozenset({S.VOIDED}),
}

SUPERVISION = frozenset({Line.CIVIL_SUPERVISION, Line.ADMINISTRATIVE_SUPERVISION})
OUTER_BOUND = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Snapshot:
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
    sender: str | None = None  # the agency that sent it to us
    sender_told: str | None = None  # our last move it heard of
    owed: tuple[ReplyKind, ...] = ()  # what the petitioner must be told before it is closed
    department: str | None = None  # of ours, that has it
    on_hold: bool = False  # belongs to another that is guarded
    released: frozenset[str] = frozenset()  # the agencies it may go to all the same
    waiting: frozenset[str] = frozenset()  # the actions that were asked for and wait for an approval
    signed: bool = False  # a reply is approved and not issued yet
    died: bool = False  # who petitioned
    heirless: bool = False  # and nobody goes on with it

    @property
    def secret(self) -> bool:
        """In an envelope: nothing of it leaves this system."""
        return self.secrecy or self.sealed_post


def allowed(snapshot: Snapshot) -> list[str]:
    """The actions that would be lawful now, in the table's order."""
    actions = []
    for action in (*MOVES, *FINDINGS):
        try:
            check(action, snapshot)
        except NotNow:
            continue
        actions.append(action)
    return actions


def check(action: str, snapshot: Snapshot) -> PetitionState:
    """The state an action leads to; the present one for a finding. Raises NotNow, by the reason why not."""
    if action in snapshot.waiting:
        raise ApprovalWaits(action)
    if action in FINDINGS:
        if snapshot.state not in FINDINGS[action]:
            raise IllegalMove(snapshot.number, snapshot.state, action)
        if action == "set-handler" and snapshot.department is None:
            raise NoDepartment()
        if action == "mark-hardship":
            _check_hardship(snapshot)
        if action in ("tell-sender", "answer-sender"):
            _check_sender(snapshot)
        if action == "release" and not snapshot.on_hold:
            raise NotHeld()
        if action == "ask-secrecy":
            _check_secrecy(snapshot)
        if action in ("correct-person", "record-death", "appoint-guardian") and snapshot.anonymous:
            raise NobodyNamed()
        if action in ("record-death", "appoint-guardian") and snapshot.died:
            raise DiedAlready()
        if action == "take-over" and not snapshot.heirless:
            raise NobodyToFollow()
        return snapshot.state
    sources, target = MOVES[action]
    if snapshot.state not in sources:
        raise IllegalMove(snapshot.number, snapshot.state, action)
    if action == "conclude":
        if snapshot.awaits_answer:
            raise AnswerMissing()
        if snapshot.accepted and snapshot.kind is not Kind.PROPOSAL and not snapshot.liability_reviewed:
            raise LiabilityOpen()
    if action == "issue" and not snapshot.signed:
        raise NothingSigned()
    if action == "ask-material" and snapshot.anonymous:
        raise NobodyToAsk()
    if action == "object":
        _check_objection(snapshot)
    if action == "close" and snapshot.sender and snapshot.state is not S.SENT_BACK and snapshot.sender_told != "answer":
        raise SenderWaits()
    if action == "reopen" and snapshot.awaits_answer:
        raise AnswerMissing()
    if action == "reopen" and snapshot.state is S.CLOSED and snapshot.sender and snapshot.sender_told != "answer":
        # it went back to who had sent it
        raise IllegalMove(snapshot.number, snapshot.state, action)
    if action == "close" and snapshot.awaits_answer:
        raise AnswerMissing()
    if action == "close" and snapshot.owed:
        raise StillOwed(snapshot.owed)
    return next_state(snapshot.state, snapshot.before, target)[0]


def next_state(
    state: PetitionState, before: PetitionState | None, target: PetitionState | None
) -> tuple[PetitionState, PetitionState | None]:
    """Where a step leads, and where one goes back to from there. Raises ValueError for a way back nobody remembers."""
    if target is None:
        if before is None:
            raise ValueError(f"nothing is remembered before {state}")
        return before, None
    if target not in INTERIM:
        return target, None
    return target, state


def _check_sender(snapshot: Snapshot) -> None:
    if snapshot.sender is None:
        raise NotSentToUs()
    if snapshot.sender_told == "answer":
        raise SenderAnswered()
    check_leaves(snapshot, snapshot.sender)


def _check_objection(snapshot: Snapshot) -> None:
    """条例 23(3); 刑诉法 110(3): a procuratorate takes an accusation, also one that is another's to deal with."""
    if snapshot.sender is None:
        raise NotSentToUs()
    if snapshot.kind is Kind.ACCUSATION:
        raise MustTake()
    if snapshot.accepted or snapshot.sender_told not in ("sign", "object"):
        raise TakenOn()
    check_leaves(snapshot, snapshot.sender)


def _check_hardship(snapshot: Snapshot) -> None:
    if snapshot.kind is Kind.ACCUSATION:
        raise AccusationStays()
    if snapshot.secret:
        raise SecretStays()
    if snapshot.anonymous:
        raise NobodyToHelp()
    if snapshot.aid_asked:
        raise AidAsked()


def _check_secrecy(snapshot: Snapshot) -> None:
    if snapshot.anonymous:
        raise NobodyToSeal()
    if snapshot.secrecy:
        raise SealedAlready()


def may_terminate(line: Line, reason: Termination, material_overdue: bool) -> bool:
    """Whether a petition of a line may end for a reason: of supervision, what lacks in time is deemed withdrawn."""
    if reason is Termination.DEEMED_WITHDRAWN:
        return line in SUPERVISION and material_overdue
    return reason is not Termination.NO_MATERIAL or line not in SUPERVISION


def consequence(
    name: str, state: PetitionState, before: PetitionState | None, accepted: bool
) -> tuple[PetitionState, PetitionState | None]:
    """Where it stands after something another service told; unchanged where it no longer matters.

    While it stands still, what it goes back to moves: an agency that took it up meanwhile still has it after. What we
    had `accepted`, and told so, is accepted still when an agency gives it back.
    """
    if state is S.SUSPENDED and before is not None:
        return state, consequence(name, before, None, accepted)[0]
    sources, target = CONSEQUENCES[name]
    if accepted and target is S.REGISTERED:
        target = S.ACCEPTED
    return next_state(state, before, target) if state in sources else (state, before)


def check_reply(kind: ReplyKind, snapshot: Snapshot) -> PetitionState:
    """The state a reply leads to: progress may be told in any open state and at the end, the outcome when there is one.

    Raises ReplyTooEarly for an outcome before it is concluded, IllegalMove.
    """
    if kind is ReplyKind.OUTCOME_REPLY:
        if snapshot.state in OPEN and snapshot.state is not S.CONCLUDED:
            raise ReplyTooEarly()
        return check("reply", snapshot)
    # what another agency sent to us is its sender's to speak of, until we sign
    if snapshot.state not in (OPEN | {S.TERMINATED}) - {S.SUBMITTED}:
        raise IllegalMove(snapshot.number, snapshot.state, "reply")
    return snapshot.state


def on_hold(guarded: Mapping[str, bool]) -> set[str]:
    """Of petitions that belong together, those that may not leave unseen: whoever has a guarded one beside it."""
    sources = {number for number, is_guarded in guarded.items() if is_guarded}
    return {number for number in guarded if sources - {number}}


def withheld(snapshot: Snapshot, to: str) -> bool:
    """Whether nothing of it may leave for this agency: it is held, and not released to it."""
    return snapshot.on_hold and to not in snapshot.released


def check_leaves(snapshot: Snapshot, to: str) -> None:
    """Before anything of it leaves for an agency. Raises HeldBack, which says nothing of why."""
    if withheld(snapshot, to):
        raise HeldBack()


def carries(snapshot: Snapshot, fields: tuple[str, ...], transport: str, name: str, wish: bool) -> tuple[str, ...]:
    """Which of a basis's fields go to a receiver; whether it may have them at all, referral's ban says.

    An accusation is passed on by duty, a claim as a service: at the petitioner's recorded wish, and where a queue is.
    What was said in secrecy, and what goes by hand, is in an envelope: nothing of it leaves this system.
    Raises SecretStays, WishMissing, NotQueued.
    """
    queued = Transport(transport).queued
    if snapshot.secret:
        if queued:
            raise SecretStays()
        return ()
    if snapshot.kind is Kind.ACCUSATION:
        return fields if queued else ()
    if not wish:
        raise WishMissing()
    if not queued:
        raise NotQueued(name)
    return fields


def reach(anonymous: bool, secrecy: bool, mobile: bool, phone: bool, sms_consent: bool, safe: bool = False) -> Reach:
    """How the petitioner may be told. Secrecy goes first: an SMS's very signature betrays who spoke.

    `safe`: they named a contact that nobody else reads; then no other is used.
    """
    if secrecy:
        return Reach.SEALED
    if safe and not anonymous:
        return Reach.SAFE
    if anonymous or not phone:
        return Reach.NONE
    return Reach.SMS if mobile and sms_consent else Reach.CALL


def received_on(claimed: date | None, today: date, reason: str | None, old: bool = False) -> date:
    """The day a period starts from: today, or a paper's own, at most a year ago and with its reason.

    `old`: a matter that was never here (积案) enters with its true day, however long ago.

    Raises FromTheFuture, TooLongAgo.
    """
    if claimed is None or claimed == today:
        return today
    if claimed > today:
        raise FromTheFuture()
    if (today - claimed > OUTER_BOUND and not old) or not reason:
        raise TooLongAgo(missing_reason=not reason)
    return claimed


def check_route(kind: Kind, route: ClaimRoute | None) -> None:
    """Only a claim goes one of the six ways of 条例 31. Raises RouteNotClaim."""
    if route is not None and kind is not Kind.CLAIM:
        raise RouteNotClaim()


def check_adoption(kind: Kind, adoption: Adoption | None) -> None:
    """Of each proposal it is said whether it is adopted (条例 29), and of nothing else. Raises WrongField."""
    if kind is Kind.PROPOSAL and adoption is None:
        raise WrongField("adoption", "建议意见须写明是否采纳", "whether the proposal is adopted is missing")
    if kind is not Kind.PROPOSAL and adoption is not None:
        raise WrongField("adoption", "只有建议意见填写是否采纳", "only a proposal is adopted")


def doubts(kind: Kind, respondents: int, way: Way | None = None, accepted: bool = False) -> list[str]:
    """What an officer should look at again; it holds nothing up. `way`: that a claim goes, where it was said."""
    found = []
    if kind is Kind.ACCUSATION and not respondents:
        found.append("检举控告应当针对公职人员或者机关、单位：未填写被反映人，请核对类别")
    if way is not None and accepted and not way.ours:
        found.append(f"办理途径为“{way.route.zh}”：{way.means}，请核对是否应由本院受理")
    return found


def check_join(snapshot: Snapshot) -> None:
    """A contact joins whatever is not closed: nobody holds a closed one. Raises JoinsNoClosed."""
    if snapshot.state is S.CLOSED:
        raise JoinsNoClosed()


def sends_on(snapshot: Snapshot, referred_to: str | None) -> bool:
    """Whether what came late follows to whom it was referred; a secret's supplement goes by hand, like the rest."""
    return referred_to is not None and not snapshot.secret and not withheld(snapshot, referred_to)


def number(year: int, jurisdiction: str, serial: int) -> str:
    """信2026-619926-000123"""
    return f"信{year}-{jurisdiction}-{serial:06d}"


def units(respondents: Iterable[str | None]) -> list[str]:
    """The respondents' units, each once: the routing ban needs them, so they ride on the event."""
    return sorted({unit for unit in respondents if unit})
