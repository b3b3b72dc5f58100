"""A referral's moves and a petition's custody. One table says who may make which move from where. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.vocabulary import ReferralKind, ReferralState
from referral.errors import Early, IllegalMove

S = ReferralState


class Side(StrEnum):
    SENDER = "sender"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Move:
    name: str
    zh: str
    by: Side
    sources: frozenset[ReferralState]
    target: ReferralState
    event: str
    moves_custody: bool = False


def _move(
    name: str,
    zh: str,
    by: Side,
    sources: Sequence[ReferralState],
    target: ReferralState,
    event: str,
    custody: bool = False,
) -> Move:
    return Move(name, zh, by, frozenset(sources), target, event, custody)


# Custody moves by agreement, so when the receiver accepts; a statutory transfer's moves on signature (kinds to come).
MOVES = {
    move.name: move
    for move in (
        _move("send", "发出", Side.SENDER, [S.DRAFTED], S.SENT, "referral.sent.v1"),
        _move("sign", "签收", Side.RECEIVER, [S.SENT], S.SIGNED, "referral.signed.v1"),
        _move("accept", "受理", Side.RECEIVER, [S.SIGNED], S.ACCEPTED, "referral.accepted.v1", custody=True),
        _move("object", "提出异议", Side.RECEIVER, [S.SIGNED], S.OBJECTED, "referral.objected.v1"),
        _move("overrule", "驳回异议", Side.SENDER, [S.OBJECTED], S.SIGNED, "referral.overruled.v1"),
        _move("uphold", "同意退回", Side.SENDER, [S.OBJECTED], S.RETURNED, "referral.returned.v1"),
        _move(
            "progress", "报告进展", Side.RECEIVER, [S.ACCEPTED, S.IN_PROGRESS], S.IN_PROGRESS, "referral.progressed.v1"
        ),
        _move("answer", "反馈", Side.RECEIVER, [S.ACCEPTED, S.IN_PROGRESS], S.ANSWERED, "referral.answered.v1"),
        _move("recall", "撤回", Side.SENDER, [S.SENT, S.SIGNED], S.RECALLED, "referral.recalled.v1"),
        # the agency left the directory before it signed
        _move("undeliver", "退回", Side.SENDER, [S.DRAFTED, S.SENT], S.UNDELIVERED, "referral.undelivered.v1"),
        _move("close", "办结", Side.SENDER, [S.ANSWERED], S.CLOSED, "referral.closed.v1"),
    )
}
# an agency's message → the move it makes
REPLIES = {
    "reply.signed.v1": "sign",
    "reply.accepted.v1": "accept",
    "reply.objected.v1": "object",
    "reply.progress.v1": "progress",
    "reply.answered.v1": "answer",
}
ENDED = frozenset({S.CLOSED, S.RETURNED, S.RECALLED, S.UNDELIVERED})
IN_HAND = frozenset({S.SIGNED, S.ACCEPTED, S.IN_PROGRESS, S.OBJECTED})  # somebody there has to answer

RETAIN_DAYS = {"handling": 365, "information": 90}


def check(move: Move, state: ReferralState) -> ReferralState:
    """The state the move leads to. Raises Early when a step still on its way would make it lawful, else IllegalMove."""
    if state in move.sources:
        return move.target
    lawful = [other.name for other in MOVES.values() if state in other.sources]
    early = state not in ENDED and _reaches(state, move.sources)
    raise (Early if early else IllegalMove)(move.name, state, lawful, move.zh)


def allowed(state: ReferralState, side: Side) -> list[Move]:
    return [move for move in MOVES.values() if move.by is side and state in move.sources]


def _reaches(state: ReferralState, targets: frozenset[ReferralState]) -> bool:
    """Whether the receiver alone can still get from `state` to one of `targets`."""
    seen, front = {state}, [state]
    while front:
        here = front.pop()
        for move in MOVES.values():
            if move.by is Side.RECEIVER and here in move.sources and move.target not in seen:
                seen.add(move.target)
                front.append(move.target)
    return bool((seen - {state}) & targets)


def number(year: int, jurisdiction: str, serial: int) -> str:
    """移2026-619926-000001"""
    return f"移{year}-{jurisdiction}-{serial:06d}"


def moves_custody(move: Move, kind: ReferralKind) -> bool:
    """协办, 抄送 and 引导 never move custody."""
    return move.moves_custody and kind in (ReferralKind.TRANSFER, ReferralKind.ASSIGN)


@dataclass(frozen=True, slots=True)
class Holding:
    """From `since` on, until the next begins. `agency` None: custody ended."""

    seq: int
    agency: str | None
    since: datetime


def holder_at(holdings: Sequence[Holding], moment: datetime) -> Holding | None:
    """Who held the petition at a moment; None before it was registered. `holdings` in order of seq."""
    held = [holding for holding in holdings if holding.since <= moment]
    return held[-1] if held else None
