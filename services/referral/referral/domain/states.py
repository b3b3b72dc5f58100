"""A referral's moves and a petition's custody. One table says who may make which move from where. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from contracts.vocabulary import AgencyKind, Ending, Kind, ReferralKind, ReferralState, ReferralTab
from referral.domain.errors import Early, IllegalMove

S = ReferralState


class Side(StrEnum):
    """Who makes a move; of what was sent to us, the sender is the other agency."""

    SENDER = "sender"
    RECEIVER = "receiver"
    TIME = "time"  # nobody: a period ran out


@dataclass(frozen=True, slots=True)
class Move:
    """One row. `target` None: the state stays. `reply`: the agency's message that makes it; `action`: an officer's."""

    name: str
    zh: str
    by: Side
    sources: frozenset[ReferralState]
    target: ReferralState | None
    event: str
    reply: str | None = None
    action: str | None = None
    needs: str = ""
    not_statutory: bool = False  # by law the receiver of a statutory transfer cannot make it
    copy_sources: frozenset[ReferralState] = frozenset()  # a copy (抄送) may make it from here too
    inbound_sources: frozenset[ReferralState] = frozenset()  # what was sent to us may make it from here too


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the table needs to know of a referral. `inbound`: it was sent to us, its sender is the other agency."""

    state: ReferralState
    kind: ReferralKind = ReferralKind.TRANSFER
    statutory: bool = False
    inbound: bool = False


WORKING = frozenset({S.ACCEPTED, S.IN_PROGRESS, S.REWORK})
# by agreement the receiver has it from here on
TAKEN_ON = WORKING | {S.SUSPENDED, S.ANSWERED}
# somebody there has to answer
IN_HAND = frozenset({S.SIGNED, S.OBJECTED, S.SUSPENDED}) | WORKING
OPEN = frozenset({S.DRAFTED, S.SENT, S.ANSWERED}) | IN_HAND
ENDED = frozenset(S) - OPEN
# it ended without the receiver having to do with it any more: what it held is ours again
GIVEN_BACK = frozenset({S.RETURNED, S.RECALLED, S.UNDELIVERED, S.VOIDED})
# the same of what was closed with its petition, should that be reopened
NOT_THEIRS = GIVEN_BACK | {S.CLOSED}

# every state is under one of them
TABS = {
    ReferralTab.UNSIGNED: frozenset({S.DRAFTED, S.SENT}),
    ReferralTab.SIGNED: frozenset({S.SIGNED}),
    ReferralTab.OBJECTED: frozenset({S.OBJECTED}),
    ReferralTab.HANDLING: WORKING | {S.SUSPENDED},
    ReferralTab.ANSWERED: frozenset({S.ANSWERED}),
    ReferralTab.CLOSED: frozenset({S.CLOSED}),
    ReferralTab.BACK: GIVEN_BACK | {S.PASSED_ON},
}

_OUT, _IN = Side.SENDER, Side.RECEIVER
_SENT, _SIGNED, _OBJECTED = frozenset({S.SENT}), frozenset({S.SIGNED}), frozenset({S.OBJECTED})

MOVES = {
    move.name: move
    for move in (
        # what was not delivered is sent again under its number
        Move("send", "发出", _OUT, frozenset({S.DRAFTED, S.UNDELIVERED}), S.SENT, "referral.sent.v1"),
        Move("sign", "签收", _IN, _SENT, S.SIGNED, "referral.signed.v1", reply="reply.signed.v1"),
        Move("accept", "受理", _IN, _SIGNED, S.ACCEPTED, "referral.accepted.v1", reply="reply.accepted.v1"),
        # silence within the days for an objection is consent
        Move("deem", "视为受理", Side.TIME, _SIGNED, S.ACCEPTED, "referral.deemed.v1", not_statutory=True),
        Move("object", "提出异议", _IN, _SIGNED, S.OBJECTED, "referral.objected.v1",
             reply="reply.objected.v1", needs="reason, text", not_statutory=True),
        Move("overrule", "驳回异议", _OUT, _OBJECTED, S.SIGNED, "referral.overruled.v1", action="rule"),
        Move("uphold", "同意退回", _OUT, _OBJECTED, S.RETURNED, "referral.returned.v1", action="rule"),
        Move("pass_on", "转由他单位", _IN, _SIGNED, S.PASSED_ON, "referral.passed_on.v1",
             reply="reply.pass_on.v1", needs="to, text; opens a successor"),
        Move("progress", "报告进展", _IN, WORKING, S.IN_PROGRESS, "referral.progressed.v1",
             reply="reply.progress.v1", needs="text", inbound_sources=_SIGNED),
        Move("suspend", "中止", _IN, WORKING, S.SUSPENDED, "referral.suspended.v1",
             reply="reply.progress.v1", needs="text, suspended"),
        Move("resume", "恢复办理", _IN, frozenset({S.SUSPENDED}), S.IN_PROGRESS, "referral.resumed.v1",
             reply="reply.progress.v1", needs="text"),
        Move("answer", "反馈", _IN, WORKING, S.ANSWERED, "referral.answered.v1",
             reply="reply.answered.v1", needs="result, text",
             # what we do not take on, or hand on ourselves, is answered to its sender all the same
             inbound_sources=_SIGNED),
        Move("rework", "退回补办", _OUT, frozenset({S.ANSWERED}), S.REWORK, "referral.rework.v1",
             action="rework", needs="text"),
        Move("add_material", "补充材料", _OUT, OPEN - {S.DRAFTED}, None, "referral.material_added.v1",
             action="material", needs="text; purpose handling"),
        Move("urge", "催办", _OUT, OPEN - {S.DRAFTED, S.OBJECTED, S.ANSWERED}, None, "referral.urged.v1",
             action="urge"),
        Move("recall", "撤回", _OUT, _SENT | _SIGNED, S.RECALLED, "referral.recalled.v1", action="recall"),
        # the petition ended with us, and the receiver has taken it on: it is told, and answers with what it has
        Move("stop", "告知不必再办", _OUT, WORKING | {S.SIGNED, S.SUSPENDED}, None, "referral.stopped.v1"),
        # the agency left the directory before it signed
        Move("undeliver", "退回", _OUT, frozenset({S.DRAFTED, S.SENT}), S.UNDELIVERED, "referral.undelivered.v1"),
        Move("void", "作废", _OUT, OPEN - {S.DRAFTED}, S.VOIDED, "referral.voided.v1",
             action="void", needs="reason; a chief's approval"),
        # a copy asks for no answer
        Move("close", "办结", _OUT, frozenset({S.ANSWERED}), S.CLOSED, "referral.closed.v1",
             copy_sources=IN_HAND),
    )
}  # fmt: skip
# an agency's message → the move it makes when nothing in it says otherwise
REPLIES = {move.reply: move.name for move in reversed(MOVES.values()) if move.reply} | {"reply.progress.v1": "progress"}

# 交办 is a higher organ's power: to us it comes, from us to a county department it does not go
OUTBOUND = frozenset({ReferralKind.TRANSFER, ReferralKind.ASSIST, ReferralKind.NOTIFY_LEAD})
# 协办 and 抄送 never move custody
MOVING = frozenset({ReferralKind.TRANSFER, ReferralKind.ASSIGN})
# who must take a report or an accusation, also when it is another's (刑诉法 110(3))
_MUST_TAKE = frozenset({AgencyKind.POLICE, AgencyKind.COURT, AgencyKind.PROCURATORATE})

# who coordinates when nobody takes a matter, the first that may have it: 联席会议办公室, then 政法委
COORDINATORS = (AgencyKind.PETITION_OFFICE, AgencyKind.POLITICAL_LEGAL)
BOUNCES = 2

HANDLING = "handling"
_NOT_OURS = frozenset({Ending.NOT_ACCEPTED, Ending.GUIDED})


def is_statutory(kind: ReferralKind, petition: Kind, receiver: AgencyKind) -> bool:
    """Whether the law itself makes the receiver take it, so that it cannot object."""
    return kind is ReferralKind.TRANSFER and petition is Kind.ACCUSATION and receiver in _MUST_TAKE


def lawful(move: Move, snapshot: Snapshot) -> bool:
    """Whether the table allows it from where it stands; by statute, some moves never."""
    if move.not_statutory and snapshot.statutory:
        return False
    copy = snapshot.kind is ReferralKind.NOTIFY_LEAD and snapshot.state in move.copy_sources
    inbound = snapshot.inbound and snapshot.state in move.inbound_sources
    return copy or inbound or snapshot.state in move.sources


def after(move: Move, state: ReferralState) -> ReferralState:
    """The state it leads to; the present one where it changes none."""
    return move.target or state


def check(move: Move, snapshot: Snapshot) -> ReferralState:
    """The state the move leads to. Raises Early when a step still on its way would make it lawful, else IllegalMove."""
    if lawful(move, snapshot):
        return after(move, snapshot.state)
    names = [other.name for other in MOVES.values() if lawful(other, snapshot)]
    barred = move.not_statutory and snapshot.statutory
    early = snapshot.state in OPEN and not barred and _reaches(snapshot, move.sources)
    raise (Early if early else IllegalMove)(move.name, snapshot.state, names, move.zh)


def allowed(snapshot: Snapshot, side: Side) -> list[Move]:
    """The moves that side may make now, in the table's order."""
    return [move for move in MOVES.values() if move.by is side and lawful(move, snapshot)]


def on_end(snapshot: Snapshot, ending: Ending) -> Move | None:
    """What becomes of a referral of ours when its petition ends with us; None: nothing.

    Recalled until somebody has taken it on, by agreement or by statute, and an objection is upheld; after that its
    custodian is told. Where we do not take the matter ourselves, a copy is still for who it went to.
    """
    if snapshot.inbound or (snapshot.kind is ReferralKind.NOTIFY_LEAD and ending in _NOT_OURS):
        return None
    names = ["stop"] if snapshot.statutory and snapshot.state is S.SIGNED else ["recall", "uphold", "stop"]
    return next((MOVES[name] for name in names if lawful(MOVES[name], snapshot)), None)


def said(type_: str, suspended: bool, state: ReferralState) -> Move:
    """The move an agency's message makes: a report of progress also suspends, and resumes what was suspended."""
    name = REPLIES[type_]
    if name == "progress":
        name = "suspend" if suspended else "resume" if state is S.SUSPENDED else name
    return MOVES[name]


def can_come(move: Move, snapshot: Snapshot) -> bool:
    """Of what was sent to us: whether our move may yet become lawful, by ours before it or once its sender rules."""
    rulings = frozenset({"overrule", "uphold"})
    return _reaches(snapshot, move.sources | move.inbound_sources, rulings)


def _reaches(snapshot: Snapshot, targets: frozenset[ReferralState], rulings: frozenset[str] = frozenset()) -> bool:
    """Whether the receiver alone, with these moves of the sender, can still get from here to one of `targets`."""
    seen, front = {snapshot.state}, [snapshot.state]
    while front:
        here = replace(snapshot, state=front.pop())
        theirs = [move for move in allowed(here, Side.SENDER) if move.name in rulings]
        for move in allowed(here, Side.RECEIVER) + theirs:
            there = after(move, here.state)
            if there not in seen:
                seen.add(there)
                front.append(there)
    return bool((seen - {snapshot.state}) & targets)


def number(year: int, jurisdiction: str, serial: int) -> str:
    """移2026-619926-000001"""
    return f"移{year}-{jurisdiction}-{serial:06d}"


def custody_goes(move: Move, snapshot: Snapshot) -> Side | None:
    """To whom custody goes by a move; None: it stays.

    With the signature by statute, and where it is ours; else by agreement, with acceptance or what is deemed so.
    """
    if snapshot.kind not in MOVING:
        return None
    if move.target in GIVEN_BACK:
        return Side.SENDER
    takes = {"sign"} if snapshot.statutory or snapshot.inbound else {"accept", "deem"}
    return Side.RECEIVER if move.name in takes else None


@dataclass(frozen=True, slots=True)
class Holding:
    """From `since` on, until the next begins. `agency` None: custody ended, until the petition is reopened."""

    seq: int
    agency: str | None
    since: datetime


def holder_at(holdings: Sequence[Holding], moment: datetime) -> Holding | None:
    """Who held the petition at a moment; None before it was registered. `holdings` in order of seq."""
    held = [holding for holding in holdings if holding.since <= moment]
    return held[-1] if held else None


def custodian(transfers: Sequence[tuple[str, Snapshot]], begins: str, ours: str) -> str:
    """Who should hold the petition, read from its transfers alone: (agency, standing) in the order of their numbers.

    `begins`: who held it from its registration on: us, or who sent it to us, until we sign and once it took it back.
    """
    signed = any(each.inbound and each.state not in {S.DRAFTED, S.SENT} | GIVEN_BACK for _, each in transfers)
    holder = here = ours if signed else begins
    for agency, snapshot in transfers:
        if snapshot.inbound:
            continue
        if snapshot.state in NOT_THEIRS:
            holder = here
        elif snapshot.state in TAKEN_ON or (snapshot.statutory and snapshot.state in {S.SIGNED, S.PASSED_ON}):
            holder = agency
    return holder


def custody_faults(
    held: Sequence[Holding], transfers: Sequence[tuple[str, Snapshot]], begins: str, ours: str
) -> list[str]:
    """What is wrong with a petition's custody, in sentences; empty: one custodian until its end, and the right one.

    `held` in order of seq, not empty; `transfers` as in `custodian`.
    """
    faults = []
    if [each.seq for each in held] != list(range(1, len(held) + 1)):
        faults.append("承办记录的序号不连续")
    if held[0].agency != begins:
        faults.append("登记时的承办单位不是本院，也不是转来单位")
    for one, two in pairwise(held):
        if one.agency is None and two.agency != ours:
            faults.append("承办结束后重新办理，承办单位不是本院")
        if two.since <= one.since:
            faults.append("承办时间颠倒或重叠")
        if one.agency == two.agency:
            faults.append("同一单位连续记了两次")
    still_open = sum(snapshot.state in OPEN for _, snapshot in transfers)
    last, expected = held[-1].agency, custodian(transfers, begins, ours)
    if last is None and still_open:
        faults.append("承办已结束，仍有移送未结")
    if sum(snapshot.state in OPEN and not snapshot.inbound for _, snapshot in transfers) > 1:
        faults.append("同时有两件移送未结")
    if last is not None and last != expected:
        faults.append(f"承办单位记为 {last}，按移送情况应为 {expected}")
    return faults
