"""The lifecycle table: what is offered is what is lawful, and nothing leaves that must stay."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.vocabulary import Kind, PetitionState, Reach, ReplyKind, Transport
from gate.problems import Problem
from intake import domain, errors
from intake.domain import CONSEQUENCES, MOVES, Standing

standings = st.builds(
    Standing,
    number=st.just("信2026-619926-000001"),
    state=st.sampled_from(PetitionState),
    kind=st.sampled_from(Kind),
    secrecy=st.booleans(),
    sealed_post=st.booleans(),
    awaits_answer=st.booleans(),
)


@given(standings, st.sampled_from(sorted(MOVES)))
def test_what_is_offered_is_exactly_what_is_lawful(standing: Standing, action: str) -> None:
    """allowed_actions and the guards are one table."""
    try:
        domain.check(action, standing)
        lawful = True
    except errors.NotNow:
        lawful = False
    assert lawful == (action in domain.allowed(standing))


@given(standings)
def test_what_is_secret_leaves_in_an_envelope_and_an_accusation_makes_no_lead(standing: Standing) -> None:
    """Whatever the state: nothing of a secret in a queue, nothing of what goes by hand in any letter."""
    secret = standing.secrecy or standing.sealed_post
    for transport in Transport:
        queued = transport in (Transport.QUEUE, Transport.WEB)
        try:
            fields = domain.carries(standing, "handling", transport, "县公安局", wish=True)
        except Problem:
            assert (secret and queued) or (standing.kind is not Kind.ACCUSATION and not queued)
        else:
            assert bool(fields) == (queued and not secret)
    if standing.kind is Kind.ACCUSATION or secret:
        assert "mark-hardship" not in domain.allowed(standing)


@given(standings, st.sampled_from(ReplyKind))
def test_an_outcome_is_told_only_when_there_is_one(standing: Standing, kind: ReplyKind) -> None:
    """The outcome from `concluded` alone; progress in every open state."""
    try:
        domain.check_reply(kind, standing)
        told = True
    except errors.NotNow:
        told = False
    if kind is ReplyKind.OUTCOME_REPLY:
        assert told == (standing.state is PetitionState.CONCLUDED)
    else:
        assert told == (standing.state in domain.OPEN)


class Lifecycle(RuleBasedStateMachine):
    """Random moves of officers and consequences of others: a closed petition stays closed, every path is legal."""

    def __init__(self) -> None:
        super().__init__()
        self.state = PetitionState.REGISTERED
        self.path = [self.state]

    @rule(action=st.sampled_from(sorted(MOVES)), kind=st.sampled_from(Kind))
    def an_officer_moves(self, action: str, kind: Kind) -> None:
        try:
            self._go(domain.check(action, Standing("n", self.state, kind, False, False, False)))
        except Problem:
            return

    @rule(name=st.sampled_from(sorted(CONSEQUENCES)))
    def something_is_told(self, name: str) -> None:
        self._go(domain.consequence(name, self.state))

    def _go(self, state: PetitionState) -> None:
        if state is not self.state:
            self.path.append(state)
        self.state = state

    @invariant()
    def every_step_is_in_a_table(self) -> None:
        steps = {
            (source, target) for sources, target in (*MOVES.values(), *CONSEQUENCES.values()) for source in sources
        }
        assert set(zip(self.path, self.path[1:], strict=False)) <= steps

    @invariant()
    def closed_is_the_end(self) -> None:
        assert PetitionState.CLOSED not in self.path[:-1]


TestLifecycle = Lifecycle.TestCase


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_secrecy_goes_before_every_means(anonymous: bool, secrecy: bool, mobile: bool, phone: bool, sms: bool) -> None:
    """Who asked for secrecy gets no SMS; an SMS needs a mobile number and consent."""
    reach = domain.reach(anonymous, secrecy, mobile, phone, sms)
    if secrecy:
        assert Reach.SEALED is reach
    if reach is Reach.SMS:
        assert mobile
        assert sms
        assert not anonymous


def test_a_paper_may_lie_in_the_past_with_its_reason_and_never_in_the_future() -> None:
    """Bounded to a year, with the reason; today needs none."""
    today = date(2026, 11, 24)
    assert today == domain.received_on(None, today, None)
    assert date(2026, 9, 28) == domain.received_on(date(2026, 9, 28), today, "补登")
    for claimed, reason, field in (
        (today + timedelta(days=1), "x", "received_on"),
        (date(2026, 9, 28), None, "received_reason"),
        (date(2024, 9, 28), "x", "received_on"),
    ):
        with pytest.raises(Problem) as refused:
            domain.received_on(claimed, today, reason)
        assert field == refused.value.field


@given(st.integers(2000, 2100), st.integers(1, 999_999))
def test_a_number_is_what_the_contract_says(year: int, serial: int) -> None:
    """信2026-619926-000123"""
    from contracts.fields import PETITION_NUMBER

    assert PETITION_NUMBER.fullmatch(domain.number(year, "619926", serial))
