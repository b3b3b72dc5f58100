"""The transition table and custody: one winner, no gap, no overlap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from contracts.vocabulary import ReferralKind, ReferralState
from referral import domain, errors, tables
from referral.domain import MOVES, REPLIES, Holding, Side

S = ReferralState


@given(st.sampled_from(sorted(MOVES)), st.sampled_from(ReferralState))
def test_a_move_is_made_or_refused_with_what_is_lawful(name: str, state: ReferralState) -> None:
    """Outside the table nothing moves, and the refusal names the moves that would."""
    move = MOVES[name]
    if state in move.sources:
        assert move.target is domain.check(move, state)
        return
    with pytest.raises(errors.IllegalMove) as refused:
        domain.check(move, state)
    assert sorted(other.name for other in MOVES.values() if state in other.sources) == sorted(
        refused.value.more["allowed"]
    )


@pytest.mark.parametrize(
    ("name", "state", "early"),
    [
        ("accept", S.SENT, True),
        ("answer", S.SENT, True),
        ("answer", S.SIGNED, True),
        ("sign", S.ACCEPTED, False),
        ("accept", S.RETURNED, False),
        ("sign", S.RECALLED, False),
        ("answer", S.CLOSED, False),
        ("accept", S.OBJECTED, False),
    ],
)
def test_early_is_what_the_receivers_own_next_message_may_still_allow(
    name: str, state: ReferralState, early: bool
) -> None:
    """An early message is held; one that can never become lawful is refused at once."""
    with pytest.raises(errors.IllegalMove) as refused:
        domain.check(MOVES[name], state)
    assert early == isinstance(refused.value, errors.Early)


def test_every_agency_message_is_a_move_of_the_receiver() -> None:
    """An agency cannot make the sender's moves."""
    assert {Side.RECEIVER} == {MOVES[name].by for name in REPLIES.values()}


@given(st.sampled_from(sorted(MOVES)), st.sampled_from(ReferralKind))
def test_custody_moves_on_acceptance_only_and_never_by_assistance(name: str, kind: ReferralKind) -> None:
    """协办 and 抄送 never move custody."""
    expected = name == "accept" and kind in (ReferralKind.TRANSFER, ReferralKind.ASSIGN)
    assert expected == domain.moves_custody(MOVES[name], kind)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8, unique=True), st.integers(-10, 1010))
def test_at_every_moment_exactly_one_holds(starts: list[int], at: int) -> None:
    """A range ends where the next begins."""
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    holdings = [
        Holding(seq, f"A{seq:02d}", zero + timedelta(minutes=n)) for seq, n in enumerate(sorted(starts), start=1)
    ]
    moment = zero + timedelta(minutes=at)
    expected = [holding for holding in holdings if holding.since <= moment][-1:]
    assert (expected[0] if expected else None) == domain.holder_at(holdings, moment)


INSERT = "INSERT INTO custody VALUES ('p', :seq, :agency, timestamptz '2026-01-01' + :minute * interval '1 minute')"


@pytest.mark.parametrize(
    "bad",
    [
        {"seq": 2, "agency": "A09", "minute": 3},  # a second with the same number
        {"seq": 4, "agency": "A09", "minute": 3},  # a gap in the numbers
        {"seq": 3, "agency": "A09", "minute": 1},  # at the same moment as another
        {"seq": 3, "agency": "A09", "minute": 0},  # before the one before it
    ],
)
def test_a_gap_or_overlap_cannot_be_written(engine: Engine, bad: dict[str, object]) -> None:
    """The database itself refuses it, whoever writes."""
    _custody(engine)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(INSERT), bad)


def test_nothing_follows_the_end_and_nothing_is_changed(engine: Engine) -> None:
    """Custody that ended stays ended; what was written stays written."""
    _custody(engine)
    with engine.begin() as connection:
        connection.execute(text(INSERT), {"seq": 3, "agency": None, "minute": 2})
    for statement in ("UPDATE custody SET agency = 'A01'", "DELETE FROM custody", INSERT):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement), {"seq": 4, "agency": "A09", "minute": 9})


def _custody(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(tables.DDL_1))
        for seq, agency in ((1, "A00"), (2, "A08")):
            connection.execute(text(INSERT), {"seq": seq, "agency": agency, "minute": seq - 1})
