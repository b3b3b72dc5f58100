"""The lifecycle table: what is offered is what is lawful, and nothing leaves that must stay."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.problems import Problem
from contracts.vocabulary import Kind, PetitionState, Reach, ReplyKind, Transport
from intake.domain import errors, states
from intake.domain.states import CONSEQUENCES, FINDINGS, MOVES, S, Snapshot

standings = st.builds(
    Snapshot,
    number=st.just("信2026-619926-000001"),
    state=st.sampled_from(PetitionState),
    kind=st.sampled_from(Kind),
    secrecy=st.booleans(),
    sealed_post=st.booleans(),
    awaits_answer=st.booleans(),
    anonymous=st.booleans(),
    aid_asked=st.booleans(),
    accepted=st.booleans(),
    liability_reviewed=st.booleans(),
).map(lambda each: replace(each, before=S.HANDLING if each.state in states.INTERIM else None))
ACTIONS = sorted({*MOVES, *FINDINGS})


@given(standings, st.sampled_from(ACTIONS))
def test_what_is_offered_is_exactly_what_is_lawful(snapshot: Snapshot, action: str) -> None:
    """allowed_actions and the guards are one table."""
    try:
        states.check(action, snapshot)
        lawful = True
    except errors.NotNow:
        lawful = False
    assert lawful == (action in states.allowed(snapshot))


@given(standings)
def test_what_is_secret_leaves_in_an_envelope_and_an_accusation_makes_no_lead(snapshot: Snapshot) -> None:
    """Whatever the state: nothing of a secret in a queue, nothing of what goes by hand in any letter."""
    secret = snapshot.secrecy or snapshot.sealed_post
    for transport in Transport:
        queued = transport in (Transport.QUEUE, Transport.WEB)
        try:
            fields = states.carries(snapshot, ("title",), transport, "县公安局", wish=True)
        except Problem:
            assert (secret and queued) or (snapshot.kind is not Kind.ACCUSATION and not queued)
        else:
            assert bool(fields) == (queued and not secret)
    if snapshot.kind is Kind.ACCUSATION or secret:
        assert "mark-hardship" not in states.allowed(snapshot)


@given(standings, st.sampled_from(ReplyKind))
def test_an_outcome_is_told_only_when_there_is_one(snapshot: Snapshot, kind: ReplyKind) -> None:
    """The outcome once it is concluded or terminated; progress in every open state, and after a termination.

    Of what another agency sent nothing, until we sign.
    """
    try:
        states.check_reply(kind, snapshot)
        told = True
    except errors.NotNow:
        told = False
    if kind is ReplyKind.OUTCOME_REPLY:
        assert told == (snapshot.state in (S.CONCLUDED, S.TERMINATED))
    else:
        assert told == (snapshot.state in (states.OPEN | {S.TERMINATED}) - {S.SUBMITTED})


class Lifecycle(RuleBasedStateMachine):
    """Several officers at once, each acting on what they saw last, and what others tell in between."""

    @initialize(kind=st.sampled_from(Kind), secrecy=st.booleans(), anonymous=st.booleans())
    def registered(self, kind: Kind, secrecy: bool, anonymous: bool) -> None:
        self.now = Snapshot("n", S.REGISTERED, kind, secrecy and not anonymous, False, False, anonymous=anonymous)
        self.seen = {officer: states.allowed(self.now) for officer in range(3)}
        self.path = [self.now]

    @rule(officer=st.integers(0, 2))
    def an_officer_looks(self, officer: int) -> None:
        self.seen[officer] = states.allowed(self.now)

    @rule(officer=st.integers(0, 2), data=st.data())
    def an_officer_does_what_was_offered(self, officer: int, data: st.DataObject) -> None:
        if self.seen[officer]:
            self._try(data.draw(st.sampled_from(self.seen[officer])))

    @rule(action=st.sampled_from(ACTIONS))
    def an_officer_tries_anything(self, action: str) -> None:
        self._try(action)

    @rule(name=st.sampled_from(sorted(CONSEQUENCES)))
    def something_is_told(self, name: str) -> None:
        if name == "custody ended" and self.now.awaits_answer:
            return  # referral ends no custody while an agency has it
        state, before = states.consequence(name, self.now.state, self.now.before, self.now.accepted)
        self._go(replace(self.now, state=state, before=before))
        if name == "given back":
            self._go(replace(self.now, awaits_answer=False))

    @rule()
    def the_agency_answers(self) -> None:
        self._go(replace(self.now, awaits_answer=False))

    def _try(self, action: str) -> None:
        lawful = action in states.allowed(self.now)
        try:
            reached = states.check(action, self.now)
        except errors.NotNow:
            assert not lawful
            return
        assert lawful
        if action in FINDINGS:
            assert self.now.state is reached
            reviewed = self.now.liability_reviewed or action == "review-liability"
            self._go(replace(self.now, liability_reviewed=reviewed, aid_asked=action == "mark-hardship"))
            return
        state, before = states.next_state(self.now.state, self.now.before, MOVES[action][1])
        assert state is reached
        after = replace(self.now, state=state, before=before)
        match action:
            case "accept":
                after = replace(after, accepted=True)
            case "refer":
                after = replace(after, awaits_answer=True)
            case "reopen":
                after = replace(after, accepted=False, liability_reviewed=False)
        self._go(after)

    def _go(self, snapshot: Snapshot) -> None:
        if snapshot.state is not self.now.state:
            self.path.append(snapshot)
        else:
            # what it goes back to may move while it stands still
            self.path[-1] = snapshot
        self.now = snapshot

    @invariant()
    def every_step_is_in_a_table(self) -> None:
        for one, next_ in pairwise(self.path):
            # what comes back to where it was registered is accepted still, where we had accepted it
            back = [
                (sources, S.ACCEPTED) for sources, to in CONSEQUENCES.values() if one.accepted and to is S.REGISTERED
            ]
            assert any(
                one.state in sources
                and states.next_state(one.state, one.before or S.REGISTERED, target)[0] is next_.state
                for sources, target in [*MOVES.values(), *CONSEQUENCES.values(), *back]
            ), (one.state, next_.state)

    @invariant()
    def closed_is_the_end_unless_it_is_looked_at_anew(self) -> None:
        follows = {two.state for one, two in pairwise(self.path) if one.state is S.CLOSED}
        assert follows <= {S.REGISTERED}

    @invariant()
    def what_stands_still_knows_its_way_back_and_nothing_else_does(self) -> None:
        assert (self.now.before is not None) == (self.now.state in states.INTERIM)
        assert self.now.before not in states.INTERIM

    @invariant()
    def nothing_accepted_is_concluded_with_a_box_open(self) -> None:
        if self.now.state is S.CONCLUDED and self.now.accepted and self.now.kind is not Kind.PROPOSAL:
            assert self.now.liability_reviewed

    @invariant()
    def no_state_is_a_dead_end(self) -> None:
        moves = [action for action in states.allowed(self.now) if action in MOVES]
        assert moves or self.now.state in (S.CLOSED, S.CLOSING) or self.now.awaits_answer


TestLifecycle = Lifecycle.TestCase


@pytest.mark.parametrize("state", sorted(states.UNDECIDED - {S.SUSPENDED}))
def test_standing_still_leads_back_to_where_it_was(state: PetitionState) -> None:
    """Whatever state it was suspended in; and what an agency did meanwhile is not forgotten."""
    suspended, before = states.next_state(state, None, S.SUSPENDED)
    assert (state, None) == states.next_state(suspended, before, MOVES["resume"][1])
    moved, meanwhile = states.consequence("taken up", suspended, before, False)
    assert S.SUSPENDED is moved
    assert meanwhile is (S.HANDLING if state is S.REFERRED else state)


@pytest.mark.parametrize("name", ["given back", "refused"])
@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("suspended", [True, False])
def test_what_comes_back_stands_where_it_was_handed_on(name: str, accepted: bool, suspended: bool) -> None:
    """Once accepted, and told so, it is not to be accepted a second time; nor while it stands still."""
    place = states.next_state(S.REFERRED, None, S.SUSPENDED) if suspended else (S.REFERRED, None)
    back = S.ACCEPTED if accepted else S.REGISTERED
    state, before = states.consequence(name, *place, accepted)
    assert back is (before if suspended else state)


@pytest.mark.parametrize("state", [S.REPLIED, S.NOT_ACCEPTED, S.GUIDED, S.WITHDRAWN])
def test_a_closing_that_is_turned_back_leads_to_where_it_was(state: PetitionState) -> None:
    """A withdrawn petition whose referral is still open was never replied to."""
    assert (state, None) == states.consequence("custody kept", *states.next_state(state, None, S.CLOSING), False)


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_secrecy_goes_before_every_means(anonymous: bool, secrecy: bool, mobile: bool, phone: bool, sms: bool) -> None:
    """Who asked for secrecy gets no SMS; an SMS needs a mobile number and consent."""
    reach = states.reach(anonymous, secrecy, mobile, phone, sms)
    if secrecy:
        assert Reach.SEALED is reach
    if reach is Reach.SMS:
        assert mobile
        assert sms
        assert not anonymous


def test_a_paper_may_lie_in_the_past_with_its_reason_and_never_in_the_future() -> None:
    """Bounded to a year, with the reason; today needs none."""
    today = date(2026, 11, 24)
    assert today == states.received_on(None, today, None)
    assert date(2026, 9, 28) == states.received_on(date(2026, 9, 28), today, "补登")
    for claimed, reason, field in (
        (today + timedelta(days=1), "x", "received_on"),
        (date(2026, 9, 28), None, "received_reason"),
        (date(2024, 9, 28), "x", "received_on"),
    ):
        with pytest.raises(Problem) as refused:
            states.received_on(claimed, today, reason)
        assert field == refused.value.field


@given(st.integers(2000, 2100), st.integers(1, 999_999))
def test_a_number_is_what_the_contract_says(year: int, serial: int) -> None:
    """信2026-619926-000123"""
    from contracts.fields import PETITION_NUMBER

    assert PETITION_NUMBER.fullmatch(states.number(year, "619926", serial))
