"""Several sides act on one referral at the same moment, on the real database: one of them wins, all learn it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from race import Race
from referral_context import AGENCY, OFFICER, build_context, inbox_of, signed
from sqlalchemy import Engine, func, select

from contracts.problems import Problem
from contracts.routes import ROUTES
from courier import tables
from courier.amqp import Delivery
from courier.envelope import Envelope
from courier.partners.receiving import AGENCIES, receive_from_partner
from courier.unit_of_work import ServiceContext
from referral.tables import Custody, Referral
from referral.use_cases import conservation, officers

OUTCOMES = {"accepted": "referral.accepted.v1", "objected": "referral.objected.v1", "recalled": "referral.recalled.v1"}


@pytest.mark.parametrize("times", [30, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.timeout(900)
def test_of_those_who_act_at_once_one_wins(engine: Engine, tmp_path: Path, times: int) -> None:
    """The agency accepts and objects, we recall: one event, one state, a word to each who lost, custody whole."""
    context, _ = build_context(engine, tmp_path)
    inbox, won = inbox_of(context), Counter[str]()
    race = Race(random.Random(20261125))

    def say(type_: str, number: str, **more: str) -> None:
        data = {"referral": number, "officer": "经办员", **more}
        envelope = Envelope(f"/agencies/{AGENCY}", type_, number, datetime.now(UTC), data, OFFICER)
        sent = Delivery(
            f"referral.agency.{AGENCY}", f"agency.{AGENCY}.out", type_, AGENCY, envelope.to_bytes(), False, {}
        )
        receive_from_partner(inbox, sent, AGENCIES, ROUTES["referral"].from_agencies)

    def recall(number: str) -> str | None:
        try:
            with context.begin(OFFICER) as work:
                officers.recall(work, number)
        except Problem as fault:
            return str(fault.more["state"])
        return None

    for each in range(times):
        number = signed(context, f"信2026-619926-{each + 1:06d}")
        before = told(context)
        acts: list[Callable[[], Any]] = [
            lambda number=number: say("reply.accepted.v1", number),  # type: ignore[misc]
            lambda number=number: say("reply.objected.v1", number, reason="not_competent", text="不属职责"),  # type: ignore[misc]
            lambda number=number: recall(number),  # type: ignore[misc]
        ]
        lost_to = race.run(acts)[2]
        state = outcome(context, number)
        won[state] += 1
        assert lost_to == (None if state == "recalled" else state)
        assert told(context) - before == (2 if state == "recalled" else 1)
    assert won.total() == times
    assert set(won) == set(OUTCOMES), won
    with context.sessions() as session:
        assert not [each for each in conservation.check(session, "A00") if each.faults]


@pytest.mark.parametrize("times", [20, pytest.param(500, marks=pytest.mark.long)])
@pytest.mark.timeout(900)
def test_an_acceptance_and_the_petitioners_withdrawal_have_one_order(
    engine: Engine, tmp_path: Path, times: int
) -> None:
    """Accepted first: the agency holds it and is told that it is over. Withdrawn first: recalled, which it is told."""
    context, _ = build_context(engine, tmp_path)
    inbox, won = inbox_of(context), Counter[str]()
    race = Race(random.Random(20261126))

    def accept(number: str) -> None:
        data = {"referral": number, "officer": "经办员"}
        envelope = Envelope(f"/agencies/{AGENCY}", "reply.accepted.v1", number, datetime.now(UTC), data, OFFICER)
        type_, body = envelope.type, envelope.to_bytes()
        sent = Delivery("referral.agencies", f"agency.{AGENCY}.out", type_, AGENCY, body, False, {})
        receive_from_partner(inbox, sent, AGENCIES, ROUTES["referral"].from_agencies)

    def withdraw(petition: str) -> None:
        data = {"petition": petition}
        envelope = Envelope("/619926/intake", "petition.withdrawn.v1", petition, datetime.now(UTC), data, OFFICER)
        body = replace(envelope, version=1).to_bytes()
        sent = Delivery("referral.events.intake", "intake.events", envelope.type, "intake", body, False, {})
        inbox.take_events("intake", [sent])

    for each in range(times):
        petition = f"信2026-619926-{each + 1:06d}"
        number = signed(context, petition)
        race.run(
            [
                lambda number=number: accept(number),  # type: ignore[misc]
                lambda petition=petition: withdraw(petition),  # type: ignore[misc]
            ]
        )
        state = outcome(context, number)
        won[state] += 1
        with context.sessions() as session:
            held = session.scalars(select(Custody.agency).where(Custody.petition == petition)).all()
            said = session.scalars(select(tables.outbox.c.routing_key).where(tables.outbox.c.subject == number))
            heard = {type_ for type_ in said if type_.startswith(("referral.re", "referral.st", "message."))}
        assert (["A00", AGENCY] if state == "accepted" else ["A00"]) == list(held)
        assert ({"referral.stopped.v1"} if state == "accepted" else {"referral.recalled.v1"}) <= heard
    assert {"accepted", "recalled"} == set(won), won
    with context.sessions() as session:
        assert not [each for each in conservation.check(session, "A00") if each.faults]


def outcome(context: ServiceContext, number: str) -> str:
    """The state, which is the one event of the three."""
    events = tables.events
    with context.sessions() as session:
        mine = select(events.c.type).where(events.c.subject == number, events.c.type.in_(OUTCOMES.values()))
        happened, state = session.scalars(mine).all(), session.get_one(Referral, number).state
    assert [OUTCOMES[state]] == happened
    return state


def told(context: ServiceContext) -> int:
    """How often an agency was told that its message does not do."""
    box = tables.outbox
    with context.sessions() as session:
        query = select(func.count()).select_from(box).where(box.c.routing_key == "message.rejected.v1")
        return session.scalar(query) or 0
