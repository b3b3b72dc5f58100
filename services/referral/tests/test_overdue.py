"""What follows by itself when an agency lets its time run out, and when two gave a matter back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from referral_context import OFFICER, build_context, offered
from sqlalchemy import Engine, select, text
from test_ended import hear

from clock.sweep import Sweeper
from contracts.vocabulary import EscalationReason, ObjectionReason, Reach, Ruling
from courier import tables
from courier.envelope import parse
from courier.unit_of_work import ServiceContext, inbox_of
from referral.tables import Agency, Escalation, Guarded, Referral
from referral.use_cases import conservation, escalation, guard, officers, overdue
from referral.use_cases.steps import begin_custody, receive

PETITION = "信2026-619926-000001"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Iterator[ServiceContext]:
    """A county where the petition office, A09 here, coordinates."""
    context, _ = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        work.session.get_one(Agency, "A09").kind = "petition_office"
        begin_custody(work, PETITION, "A00", work.now)
        facts = {
            "kind": "claim",
            "line": "other",
            "reach": Reach.NONE,
            "sealed_post": False,
            "respondent_units": [],
            "submitted_by": None,
        }
        guard.remember(work, PETITION, facts)
    yield context
    with context.sessions() as session:
        assert not [each for each in conservation.check(session, "A00") if each.faults]


def hand_over(context: ServiceContext, agency: str) -> str:
    with context.begin(OFFICER) as work:
        return offered(work, PETITION, agency).number


def says(context: ServiceContext, number: str, move: str, **data: object) -> None:
    with context.begin(OFFICER) as work:
        receive(work, work.session.get_one(Referral, number), move, {"officer": "经办员", "text": "说明"} | data)


def run_out(context: ServiceContext, rule: str) -> None:
    """The clock's days are over: it fires, and what follows from it is done."""
    with context.begin(OFFICER) as work:
        past = "SET at = now() - interval '1 hour' WHERE clock IN (SELECT id FROM clock WHERE rule = :rule)"
        work.session.execute(text(f"UPDATE clock_level {past} AND fired_at IS NULL"), {"rule": rule})
        due = "UPDATE clock SET next_at = now() - interval '1 hour' WHERE rule = :rule AND state = 'running'"
        assert work.session.execute(text(due), {"rule": rule}).rowcount == 1  # type: ignore[attr-defined]
    assert Sweeper(context).sweep() == 1
    assert overdue.pursue(context, OFFICER) == 1
    assert overdue.pursue(context, OFFICER) == 0, "each step once"


def happened(context: ServiceContext, subject: str) -> list[str]:
    events = tables.events
    with context.sessions() as session:
        query = select(events.c.type).where(events.c.subject == subject).order_by(events.c.version)
        return list(session.scalars(query))


def to_agency(context: ServiceContext, code: str, type_: str) -> list[dict[str, object]]:
    outbox = tables.outbox
    with context.sessions() as session:
        wanted = select(outbox).where(outbox.c.routing_key == type_, outbox.c.exchange == inbox_of(code))
        opened = [
            context.cipher.open(session, row.subject, f"outbox|body|{row.message_id}", bytes(row.body))
            for row in session.execute(wanted)
        ]
        return [dict(parse(body).data) for body in opened]


def test_whom_the_ban_bars_is_asked_nothing(context: ServiceContext) -> None:
    """A petition office that an accusation hits, or that has no power to deal with one, hears nothing of it."""
    with context.begin(OFFICER) as work:
        work.session.get_one(Guarded, PETITION).kind = "accusation"
    number = hand_over(context, "A08")
    with context.begin(OFFICER) as work:
        asked = escalation.request(work, work.session.get_one(Referral, number), EscalationReason.UNSIGNED)
        assert asked.agency is None
    assert [] == to_agency(context, "A09", "coordination.requested.v1")


def test_not_signed_in_time_is_urged_then_others_are_asked(context: ServiceContext) -> None:
    """催办, then 提请协调: every step fires, each once, and the days the agency had it are counted."""
    number = hand_over(context, "A08")
    run_out(context, "referral_sign")
    assert "referral.urged.v1" == happened(context, number)[-1]
    run_out(context, "signature_after_urge")
    assert "escalation.requested.v1" == happened(context, PETITION)[-1]
    with context.sessions() as session:
        asked = session.scalars(select(Escalation)).one()
    assert ("A09", "unsigned", [["A08", 0]]) == (asked.agency, asked.reason, asked.days)
    # it hears so on its own queue: who had it and how long, and nothing of the matter
    (body,) = to_agency(context, "A09", "coordination.requested.v1")
    assert {
        "petition": PETITION,
        "reason": "unsigned",
        "held_by": [{"agency": "A08", "days": 0}],
    }.items() <= body.items()
    assert {"petition", "reason", "requested_on", "held_by"} == set(body)
    assert "提请联席办协调" in escalation.sentence(asked, {"A09": "联席办", "A08": "民政局"}, is_held=False)


def test_silence_after_the_signature_is_consent(context: ServiceContext) -> None:
    """Five working days without an objection: taken on, and custody with it."""
    number = hand_over(context, "A08")
    says(context, number, "sign")
    run_out(context, "receiver_objects")
    assert "referral.deemed.v1" == happened(context, number)[-1]
    assert "custody.moved.v1" == happened(context, PETITION)[-1]


def test_given_back_twice_the_joint_conference_is_asked(context: ServiceContext) -> None:
    """Once is a matter between two; twice somebody above has to say whose it is."""
    for asked, agency in ((0, "A08"), (1, "A06")):
        number = hand_over(context, agency)
        says(context, number, "sign")
        says(context, number, "object", reason=ObjectionReason.NOT_COMPETENT)
        with context.begin(OFFICER) as work:
            officers.rule(work, number, Ruling.UPHELD)
        assert asked == happened(context, PETITION).count("escalation.requested.v1")
    with context.sessions() as session:
        found = session.scalars(select(Escalation)).one()
    assert ("bounced", ["A08", "A06"]) == (found.reason, [agency for agency, _ in found.days])


def followed_up(context: ServiceContext) -> int:
    with context.sessions() as session:
        return len(session.scalars(select(Escalation).where(escalation.stands())).all())


def test_what_was_taken_on_is_not_followed_up_once_it_is_closed(context: ServiceContext) -> None:
    """Coordination that somebody ended by accepting is over, whatever became of the matter with them."""
    number = hand_over(context, "A08")
    run_out(context, "referral_sign")
    run_out(context, "signature_after_urge")
    assert 1 == followed_up(context)
    for move in ("sign", "accept", "answer"):
        says(context, number, move, result="supported")
    assert 0 == followed_up(context)
    hear(context, "petition.closing.v1")
    with context.sessions() as session:
        assert "closed" == session.get_one(Referral, number).state
    assert 0 == followed_up(context)
    hear(context, "petition.reopened.v1")
    assert 0 == followed_up(context)


def test_what_ended_with_us_is_followed_up_no_more(context: ServiceContext) -> None:
    """Nobody has to take a matter that was withdrawn."""
    hand_over(context, "A08")
    run_out(context, "referral_sign")
    run_out(context, "signature_after_urge")
    assert 1 == followed_up(context)
    hear(context, "petition.withdrawn.v1")
    assert 0 == followed_up(context)


def test_what_was_sent_to_us_is_taken_on_by_nobody_yet(context: ServiceContext) -> None:
    """That we accepted it says nothing of who takes it on from us."""
    number = hand_over(context, "A08")
    with context.begin(OFFICER) as work:
        escalation.request(work, work.session.get_one(Referral, number), EscalationReason.UNSIGNED)
        ours = Referral(
            number="移2026-619926-000099", petition=PETITION, kind="transfer", agency="A06", statutory=False
        )
        ours.state, ours.purpose, ours.urged, ours.created_at = "accepted", "handling", 0, work.now
        ours.requested_by, ours.inbound, ours.submission = "letter", True, "公安〔2026〕1号"
        work.session.add(ours)
    assert 1 == followed_up(context)
