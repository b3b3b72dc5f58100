"""The transition table and custody: one winner, no gap, no overlap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from authorization import placements
from contracts.vocabulary import AgencyKind, Kind, Line, ReferralKind, ReferralState
from referral import tables
from referral.domain import errors, states
from referral.domain.competence import Competence, suggested
from referral.domain.states import MOVES, REPLIES, Holding, Side, Snapshot

S = ReferralState
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


standings = st.builds(
    Snapshot, st.sampled_from(ReferralState), st.sampled_from(ReferralKind), st.booleans(), st.booleans()
)


@given(st.sampled_from(sorted(MOVES)), standings)
def test_a_move_is_made_or_refused_with_what_is_lawful(name: str, snapshot: Snapshot) -> None:
    """Outside the table nothing moves, and the refusal names the moves that would."""
    move = MOVES[name]
    if states.lawful(move, snapshot):
        assert states.check(move, snapshot) is (move.target or snapshot.state)
        return
    assert snapshot.state not in move.sources or (name, snapshot.statutory) in {
        ("object", True),
        ("deem", True),
    }
    with pytest.raises(errors.IllegalMove) as refused:
        states.check(move, snapshot)
    assert snapshot.state == refused.value.more["state"]
    assert [each.name for each in MOVES.values() if states.lawful(each, snapshot)] == refused.value.more["allowed"]


@pytest.mark.parametrize(
    ("name", "state", "early"),
    [
        ("accept", S.SENT, True),
        ("answer", S.SENT, True),
        ("answer", S.SIGNED, True),
        ("answer", S.SUSPENDED, True),
        ("sign", S.ACCEPTED, False),
        ("accept", S.RETURNED, False),
        ("sign", S.RECALLED, False),
        ("answer", S.CLOSED, False),
        ("answer", S.PASSED_ON, False),
        ("pass_on", S.ACCEPTED, False),
        ("accept", S.OBJECTED, False),
    ],
)
def test_early_is_what_the_receivers_own_next_message_may_still_allow(
    name: str, state: ReferralState, early: bool
) -> None:
    """An early message is held; one that can never become lawful is refused at once."""
    with pytest.raises(errors.IllegalMove) as refused:
        states.check(MOVES[name], Snapshot(state))
    assert early == isinstance(refused.value, errors.Early)


@given(st.sampled_from([S.SENT, S.SIGNED, S.ACCEPTED]))
def test_who_must_take_it_cannot_object_now_or_later(state: ReferralState) -> None:
    """刑诉法 110(3): refused at once, not held until it is signed for."""
    with pytest.raises(errors.IllegalMove) as refused:
        states.check(MOVES["object"], Snapshot(state, statutory=True))
    assert type(refused.value) is errors.IllegalMove
    assert "object" not in refused.value.more["allowed"]


def test_only_an_accusation_sent_to_who_must_take_it_is_statutory() -> None:
    """A claim goes by agreement, and so does what a department is only asked to help with."""
    statutory = {
        (kind, petition, receiver)
        for kind in ReferralKind
        for petition in Kind
        for receiver in AgencyKind
        if states.is_statutory(kind, petition, receiver)
    }
    must = (AgencyKind.POLICE, AgencyKind.COURT, AgencyKind.PROCURATORATE)
    assert {(ReferralKind.TRANSFER, Kind.ACCUSATION, receiver) for receiver in must} == statutory


def test_every_agency_message_is_a_move_of_the_receiver() -> None:
    """An agency cannot make the sender's moves, and an officer of ours not the agency's."""
    assert {Side.RECEIVER} == {MOVES[name].by for name in REPLIES.values()}
    assert {Side.SENDER} == {move.by for move in MOVES.values() if move.action}
    assert not [move.name for move in MOVES.values() if move.by is Side.RECEIVER and not move.reply]


@pytest.mark.parametrize(
    ("suspended", "state", "expected"),
    [
        (False, S.ACCEPTED, "progress"),
        (True, S.IN_PROGRESS, "suspend"),
        (False, S.SUSPENDED, "resume"),
        (True, S.SUSPENDED, "suspend"),
    ],
)
def test_a_report_suspends_and_the_next_resumes(suspended: bool, state: ReferralState, expected: str) -> None:
    """One message of agencies for three moves."""
    assert expected == states.said("reply.progress.v1", suspended, state).name


@given(st.sampled_from(sorted(MOVES)), standings)
def test_custody_goes_by_statute_on_signature_by_agreement_on_acceptance(name: str, snapshot: Snapshot) -> None:
    """协办 and 抄送 never move it; what is given back is the sender's; what was sent to us is ours by our signature."""
    expected = None
    if snapshot.kind in (ReferralKind.TRANSFER, ReferralKind.ASSIGN):
        if name in ("uphold", "recall", "undeliver", "void"):
            expected = Side.SENDER
        elif snapshot.inbound:
            expected = Side.RECEIVER if name == "sign" else None
        elif (name, snapshot.statutory) in {("sign", True), ("accept", False), ("deem", False)}:
            expected = Side.RECEIVER
    assert expected is states.custody_goes(MOVES[name], snapshot)


def test_a_copy_is_closed_unanswered_and_nothing_else_is() -> None:
    """抄送 asks for no answer; 移送 and 协办 do."""
    for kind in ReferralKind:
        closable = {state for state in S if states.lawful(MOVES["close"], Snapshot(state, kind))}
        copy = states.IN_HAND if kind is ReferralKind.NOTIFY_LEAD else frozenset()
        assert copy | {S.ANSWERED} == closable


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8, unique=True), st.integers(-10, 1010))
def test_at_every_moment_exactly_one_holds(starts: list[int], at: int) -> None:
    """A range ends where the next begins."""
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    holdings = [
        Holding(seq, f"A{seq:02d}", zero + timedelta(minutes=n)) for seq, n in enumerate(sorted(starts), start=1)
    ]
    moment = zero + timedelta(minutes=at)
    expected = [holding for holding in holdings if holding.since <= moment][-1:]
    assert (expected[0] if expected else None) == states.holder_at(holdings, moment)


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


def test_it_ends_once_and_begins_again_and_nothing_is_changed(engine: Engine) -> None:
    """Nobody has it twice in a row, nor is it over twice; reopened it is somebody's; what was written stays written."""
    _custody(engine)
    with engine.begin() as connection:
        connection.execute(text(INSERT), {"seq": 3, "agency": None, "minute": 2})
    for statement in ("UPDATE custody SET agency = 'A01'", "DELETE FROM custody", INSERT):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement), {"seq": 4, "agency": None, "minute": 9})
    with engine.begin() as connection:
        connection.execute(text(INSERT), {"seq": 4, "agency": "A00", "minute": 9})
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(INSERT), {"seq": 5, "agency": "A00", "minute": 10})


def _custody(engine: Engine) -> None:
    for each in (placements.metadata, tables.Base.metadata):
        each.create_all(engine)
    with engine.begin() as connection:
        for seq, agency in ((1, "A00"), (2, "A08")):
            connection.execute(text(INSERT), {"seq": seq, "agency": agency, "minute": seq - 1})


def held(*agencies: str | None) -> list[Holding]:
    return [Holding(seq, agency, NOON + timedelta(hours=seq)) for seq, agency in enumerate(agencies, 1)]


@pytest.mark.parametrize(
    ("holdings", "transfers", "said"),
    [
        (held("A00"), [], []),
        (held("A00", "A09"), [("A09", Snapshot(S.ACCEPTED))], []),
        (held("A00", "A09", "A00"), [("A09", Snapshot(S.VOIDED))], []),
        (held("A00", "A06"), [("A06", Snapshot(S.SIGNED, statutory=True))], []),
        (held("A00", "A09", None), [("A09", Snapshot(S.CLOSED))], []),
        (held("A09"), [], ["登记时的承办单位不是本院，也不是转来单位", "承办单位记为 A09，按移送情况应为 A00"]),
        (held("A00"), [("A09", Snapshot(S.ACCEPTED))], ["承办单位记为 A00，按移送情况应为 A09"]),
        (held("A00", "A09"), [("A09", Snapshot(S.SIGNED))], ["承办单位记为 A09，按移送情况应为 A00"]),
        (held("A00", None), [("A09", Snapshot(S.SENT))], ["承办已结束，仍有移送未结"]),
        (held("A00"), [("A09", Snapshot(S.SENT)), ("A08", Snapshot(S.SENT))], ["同时有两件移送未结"]),
        (held("A04"), [("A04", Snapshot(S.SENT, inbound=True))], []),
        (held("A04", "A00"), [("A04", Snapshot(S.ANSWERED, inbound=True))], []),
        (held("A04", "A00", "A04", None), [("A04", Snapshot(S.RETURNED, inbound=True))], []),
        (
            held("A04", "A00", "A09"),
            [("A04", Snapshot(S.SIGNED, inbound=True)), ("A09", Snapshot(S.ACCEPTED))],
            [],
        ),
        (held("A04"), [("A04", Snapshot(S.SIGNED, inbound=True))], ["承办单位记为 A04，按移送情况应为 A00"]),
        (held("A00", "A09", None, "A00"), [("A09", Snapshot(S.CLOSED))], []),
        (held("A00", None, "A09"), [("A09", Snapshot(S.ACCEPTED))], ["承办结束后重新办理，承办单位不是本院"]),
        (held("A00", "A00"), [], ["同一单位连续记了两次"]),
        ([Holding(1, "A00", NOON), Holding(3, None, NOON)], [], ["承办记录的序号不连续", "承办时间颠倒或重叠"]),
    ],
)
def test_what_is_wrong_with_custody_is_said(
    holdings: list[Holding], transfers: list[tuple[str, Snapshot]], said: list[str]
) -> None:
    """Each way in which conservation can break, and whole ones with nothing to say."""
    begins = next((agency for agency, each in transfers if each.inbound), "A00")
    assert said == states.custody_faults(holdings, transfers, begins, "A00")


def test_the_narrowest_competence_is_suggested() -> None:
    """A place beats a line, a line beats a kind; what says nothing covers all; outside its place nothing speaks."""
    rows = [
        Competence.read({"why": "各类"}),
        Competence.read({"why": "求决", "kinds": ["claim"]}),
        Competence.read({"why": "石桥镇", "kinds": ["claim"], "places": ["619926101"]}),
    ]
    for place, expected in (("619926101003", "石桥镇"), ("619926102", "求决"), (None, "求决")):
        found = suggested(rows, Kind.CLAIM, Line.OTHER, place)
        assert expected == (found and found.why)
    assert suggested(rows[1:], Kind.PROPOSAL, Line.OTHER, None) is None


@pytest.mark.parametrize("wrong", [{}, {"why": "x", "line": ["other"]}, {"why": "x", "lines": ["none"]}])
def test_a_wrong_competence_is_refused(wrong: dict[str, object]) -> None:
    """A misspelt row would be a suggestion that never comes."""
    with pytest.raises((KeyError, ValueError)):
        Competence.read(wrong)
