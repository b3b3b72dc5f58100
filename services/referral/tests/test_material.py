"""What came late, told by intake's letter: to whoever has the petition now, and to nobody who may not have it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from referral_context import AGENCY, OFFICER, build_context, signed
from sqlalchemy import Engine, func, select, text

from contracts.vocabulary import Kind, Line, Reach
from courier import tables
from courier.envelope import Envelope
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from referral.use_cases import guard, material, officers, steps
from referral.use_cases.steps import begin_custody
from vault import Sealed

PETITION = "信2026-619926-000001"


def added(context: ServiceContext, petition: str = PETITION) -> int:
    """What reached the agency's queue after the letter came."""
    envelope = Envelope(
        "/619926/intake", "material.added.v1", petition, datetime.now(UTC), {"petition": petition}, OFFICER
    )
    message = Message(envelope, {"petition": petition}, {"text": "补交收据"}, "intake", datetime.now(UTC))
    with context.begin(OFFICER) as work:
        material.added(work, message)
    box = tables.outbox
    with context.sessions() as session:
        query = select(func.count()).select_from(box).where(box.c.routing_key == "referral.material_added.v1")
        return session.scalar(query.where(box.c.exchange == f"agency.{AGENCY}.inbox")) or 0


def test_it_goes_to_who_has_it_and_stops_when_nobody_has(engine: Engine, tmp_path: Path) -> None:
    """Before its registration came it waits; in hand it goes on; recalled it stays with us, and nothing fails."""
    context, _ = build_context(engine, tmp_path)
    with pytest.raises(NotYet):
        added(context)
    number = signed(context, PETITION)
    assert 1 == added(context)
    with context.begin(OFFICER) as work:
        officers.recall(work, number)
    assert 1 == added(context)


def test_the_ban_is_asked_before_it_goes(engine: Engine, tmp_path: Path) -> None:
    """An accusation that somehow lies with the accused's own unit is not made worse by what came late."""
    context, _ = build_context(engine, tmp_path)
    signed(context, PETITION)
    with context.begin(OFFICER) as work:
        guard.remember(
            work,
            PETITION,
            {
                "kind": Kind.ACCUSATION,
                "line": Line.COMPLAINT_APPEAL,
                "reach": Reach.NONE,
                "sealed_post": False,
                "respondent_units": [AGENCY],
                "respondents_known": True,
                "submitted_by": None,
            },
        )
    assert 0 == added(context)


def test_with_no_transfer_it_is_kept_where_it_came_from(engine: Engine, tmp_path: Path) -> None:
    """Registered and not handed over: intake has it on the timeline."""
    context, _ = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        begin_custody(work, PETITION, "A00", work.now)
    assert 0 == added(context)


def test_a_referrals_digests_are_proved_by_who_has_its_key(engine: Engine, tmp_path: Path) -> None:
    """What was offered and what came late: each digest is of its own text alone, and of none once the key is gone."""
    context, _ = build_context(engine, tmp_path)
    number = signed(context, PETITION)
    added(context)
    query = text(
        "SELECT convert_from(body, 'UTF8') FROM events WHERE subject = :n AND type = ANY(:types) ORDER BY version"
    )
    types = ["referral.sent.v1", "referral.material_added.v1"]
    with context.sessions() as session:
        bodies = session.scalars(query, {"n": number, "types": types})
        digests = [json.loads(body)["data"]["digest"] for body in bodies]
    texts = [steps.said({"title": "标题", "statement": "内容"}, []), "补交收据", "补交收条"]
    with context.begin(OFFICER) as work:
        assert [[True, False, False], [False, True, False]] == [
            [steps.proves(work, number, each, digest) for each in texts] for digest in digests
        ]
        work.session.execute(text("DELETE FROM data_key WHERE subject = :n"), {"n": number})
    with context.begin(OFFICER) as work, pytest.raises(Sealed):
        steps.proves(work, number, texts[0], digests[0])
