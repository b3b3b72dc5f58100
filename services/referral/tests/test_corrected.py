"""What was told of a petition was wrong: the ban goes by what is right, also for what an agency has or is offered."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from referral_context import OFFICER, build_context, offered
from sqlalchemy import Engine, text

from authorization import ban
from contracts.vocabulary import Kind, Line, Reach
from courier.envelope import Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from referral.use_cases import guard, handlers
from referral.use_cases.steps import begin_custody

NUMBER, UNKNOWN = "信2026-619926-000001", "信2026-619926-000009"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    """A claim about A09, which lies with it."""
    context, _ = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        begin_custody(work, NUMBER, "A00", work.now)
        told = {"kind": Kind.CLAIM, "line": Line.OTHER, "reach": Reach.NONE, "sealed_post": False, "submitted_by": None}
        guard.remember(work, NUMBER, told | {"respondent_units": ["A09"], "respondents_known": True})
        offered(work, NUMBER, "A09")
    return context


def hear(context: ServiceContext, type_: str, petition: str = NUMBER, **data: Any) -> None:
    data = {"petition": petition} | data
    envelope = Envelope("/619926/intake", type_, petition, datetime.now(UTC), data, OFFICER)
    with context.begin(OFFICER) as work:
        handlers.EVENTS[type_](work, Message(envelope, data, {}, "intake", work.now))


def barred(context: ServiceContext) -> int:
    with context.sessions() as session:
        return session.scalar(text("SELECT count(*) FROM outbox WHERE routing_key = 'file.barred.v1'")) or 0


def test_what_becomes_an_accusation_goes_nowhere_near_whom_it_is_about(context: ServiceContext) -> None:
    """Whoever has it fetches nothing more; whoever is right from now on may have it. A repeat changes nothing."""
    with context.begin(OFFICER) as work:
        guard.check(work, NUMBER, "A09")
    for times in (1, 2):
        hear(context, "petition.reclassified.v1", kind=Kind.ACCUSATION, line=Line.COMPLAINT_APPEAL, sub_line=None)
        with context.begin(OFFICER) as work, pytest.raises(ban.BarredReceiver):
            guard.check(work, NUMBER, "A09")
        assert times == barred(context)
    hear(context, "petition.respondents_corrected.v1", respondent_units=["A08"], respondents_known=True)
    with context.begin(OFFICER) as work:
        with pytest.raises(ban.BarredReceiver):
            guard.check(work, NUMBER, "A08")
        with pytest.raises(ban.BarredReceiver):
            guard.check(work, NUMBER, "A14")  # which is guided by A08
    hear(context, "petition.respondents_corrected.v1", respondent_units=[], respondents_known=True)
    with context.begin(OFFICER) as work:
        assert not guard.matter(work, NUMBER).all_known, "about nobody who is known: as if it could be anybody"


def test_what_was_before_the_ban_stays_as_it_was(context: ServiceContext) -> None:
    """Its units were never told: a kind alone would let it go where it may not."""
    hear(context, "petition.reclassified.v1", UNKNOWN, kind=Kind.PROPOSAL, line=Line.OTHER, sub_line=None)
    with context.begin(OFFICER) as work:
        assert guard.matter(work, UNKNOWN).kind is Kind.CLAIM
