"""What is held by a link, once intake has said so: nothing more leaves, wherever it lies, until it is released."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from referral_context import AGENCY, OFFICER, build_context, offered
from sqlalchemy import Engine, func, select, text

from contracts.problems import Problem
from contracts.vocabulary import EscalationReason, Kind, Line, ObjectionReason, Reach, Ruling
from courier import tables
from courier.envelope import Envelope
from courier.faults import NotYet, Reject
from courier.inbox import Handler, Message
from courier.unit_of_work import ServiceContext
from referral.use_cases import escalation, guard, inbound, material, offers, officers, petitions, releases, replies
from referral.use_cases.steps import begin_custody, load, receive
from service_kit.partners import RESYNC

CLAIM, ACCUSATION, SECRET = (f"信2026-619926-00000{n}" for n in (1, 2, 3))
FACTS: dict[str, Any] = {"line": Line.OTHER, "reach": Reach.NONE, "sealed_post": False, "respondents_known": True}
NEUTRAL = "须经核对后发出"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    """A claim about A09, an accusation of it, and another in secrecy."""
    context, _ = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        for number, kind, reach, units in (
            (CLAIM, Kind.CLAIM, Reach.NONE, ["A09"]),
            (ACCUSATION, Kind.ACCUSATION, Reach.NONE, ["A09"]),
            (SECRET, Kind.ACCUSATION, Reach.SEALED, ["A09"]),
        ):
            begin_custody(work, number, "A00", work.now)
            told = FACTS | {"kind": kind, "reach": reach, "respondent_units": units, "submitted_by": None}
            guard.remember(work, number, told)
    return context


def hear(
    context: ServiceContext, handler: Handler, type_: str, personal: dict[str, Any] | None = None, **data: Any
) -> None:
    data = {"petition": CLAIM} | data
    envelope = Envelope("/619926/intake", type_, CLAIM, datetime.now(UTC), data, OFFICER)
    with context.begin(OFFICER) as work:
        handler(work, Message(envelope, data, personal or {}, "intake", work.now))


def hold(context: ServiceContext) -> None:
    hear(context, petitions.held, "petition.held.v1")


def release(context: ServiceContext, to: str) -> None:
    hear(context, petitions.released, "petition.released.v1", to=to)


def left(context: ServiceContext, agency: str = AGENCY) -> int:
    """What was listed for the agency's queue so far."""
    box = tables.outbox
    with context.sessions() as session:
        query = select(func.count()).select_from(box).where(box.c.exchange == f"agency.{agency}.inbox")
        return session.scalar(query) or 0


def in_hand(context: ServiceContext, *moves: str) -> str:
    with context.begin(OFFICER) as work:
        referral = offered(work, CLAIM)
        for move in moves:
            said = {"officer": "经办员", "text": "说明", "reason": ObjectionReason.NOT_COMPETENT, "result": "supported"}
            receive(work, referral, move, said)
        return referral.number


def test_what_lies_there_already_gets_nothing_more(context: ServiceContext) -> None:
    """Urged, sent late material, sent back for more: all refused with one sentence; recalled it may be."""
    number = in_hand(context, "sign", "accept")
    hold(context)
    before = left(context)
    for act in (officers.urge, lambda work, n: officers.material(work, n, "收据")):
        with pytest.raises(Problem) as refused, context.begin(OFFICER) as work:
            act(work, number)
        assert (NEUTRAL, "held-back", {}) == (refused.value.zh, refused.value.code, refused.value.more)
    with context.begin(OFFICER) as work:
        receive(work, load(work, number), "answer", {"result": "supported", "text": "说明", "officer": None})  # type: ignore[arg-type]
    with pytest.raises(Problem, match="looked at"), context.begin(OFFICER) as work:
        officers.rework(work, number, "补办")
    with pytest.raises(NotYet):
        hear(context, material.added, "material.added.v1", {"text": "补交收据"})
    assert before == left(context)
    release(context, AGENCY)
    with context.begin(OFFICER) as work:
        officers.rework(work, number, "补办")
    assert before + 1 == left(context)


def test_an_objection_is_upheld_and_not_overruled(context: ServiceContext) -> None:
    """That an agency need not have it takes it away from there; that it must keep it goes on with what is held."""
    number = in_hand(context, "sign", "object")
    hold(context)
    with pytest.raises(Problem, match="looked at"), context.begin(OFFICER) as work:
        officers.rule(work, number, Ruling.OVERRULED)
    with context.begin(OFFICER) as work:
        officers.rule(work, number, Ruling.UPHELD)


def test_an_offer_is_not_repeated_nor_sent_again_on_request(context: ServiceContext) -> None:
    """Without a receipt it would go out by itself, and to whoever says that its store is lost."""
    in_hand(context)
    hold(context)
    before = left(context)
    with context.begin(OFFICER) as work:
        work.session.execute(text("UPDATE handed SET again_at = now() - interval '1 hour'"))
    with context.begin(OFFICER) as work:
        assert 0 == offers.offer_again(work)
    envelope = Envelope(f"/agencies/{AGENCY}", RESYNC, "x", datetime.now(UTC), {}, OFFICER)
    with context.begin(OFFICER) as work:
        replies.agency_said(work, Message(envelope, {}, {}, AGENCY, work.now))
    assert before == left(context)
    release(context, AGENCY)
    with context.begin(OFFICER) as work:
        assert 1 == offers.offer_again(work)
    hold(context)
    with context.begin(OFFICER) as work:
        work.session.execute(text("UPDATE handed SET again_at = now() - interval '1 hour'"))
        assert 0 == offers.offer_again(work), "held anew"


def test_it_is_passed_on_to_nobody(context: ServiceContext) -> None:
    """By its receiver; the same sentence as for whoever cannot be reached."""
    number = in_hand(context, "sign")
    hold(context)
    data = {"referral": number, "to": "A06", "text": "转", "officer": "经办员"}
    envelope = Envelope(f"/agencies/{AGENCY}", "reply.pass_on.v1", number, datetime.now(UTC), data, OFFICER)
    with pytest.raises(Reject, match="cannot be passed on"), context.begin(OFFICER) as work:
        replies.agency_said(work, Message(envelope, data, {}, AGENCY, work.now))
    assert 0 == left(context, "A06")


def test_what_intake_wrote_before_it_was_held_waits(context: ServiceContext) -> None:
    """An answer to who sent it, on its way when the link was made, is kept and not lost."""
    data = {"agency": "A06", "submission": "6", "kind": "transfer", "petition_kind": Kind.CLAIM}
    days = {"received_on": datetime.now(UTC).date(), "answer_by": None}
    hear(context, inbound.received, "submission.received.v1", **data, **days)
    hear(context, inbound.told, "submission.told.v1", {"text": None}, move="sign", reply_by=days["received_on"])
    hold(context)
    before = left(context, "A06")
    with pytest.raises(NotYet):
        hear(context, inbound.told, "submission.told.v1", {"text": "已查明"}, move="answer", result=None)
    assert before == left(context, "A06")
    release(context, "A06")
    hear(context, inbound.told, "submission.told.v1", {"text": "已查明"}, move="answer", result=None)
    assert before + 1 == left(context, "A06")


def test_nobody_is_asked_to_coordinate_and_every_receiver_looks_alike(context: ServiceContext) -> None:
    """No lawful choices that would tell by what they leave out."""
    number = in_hand(context, "sign")
    hold(context)
    with context.begin(OFFICER) as work:
        asked = escalation.request(work, load(work, number), EscalationReason.UNSIGNED)  # type: ignore[arg-type]
        assert asked.agency is None
        assert NEUTRAL == escalation.sentence(asked, {}, is_held=True)
        rows = guard.receivers(work, CLAIM)
        assert {(False, None, "held", NEUTRAL)} == {
            (row["lawful"], row["suggested"], row["reason"], row["reason_zh"]) for row in rows
        }
        assert guard.turned_back(work, CLAIM, guard.matter(work, CLAIM), "A06")
    with context.sessions() as session:
        events = tables.events
        body = session.scalar(select(events.c.body).where(events.c.type == "routing.refused.v1"))
    assert b'"reason":"held"' in bytes(body).replace(b" ", b"")  # type: ignore[arg-type]
    assert b'"lawful":[]' in bytes(body).replace(b" ", b"")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("because", "to", "confirmed", "passes"),
    [
        ([ACCUSATION], "A06", False, True),
        ([ACCUSATION], "A09", False, False),
        # the organ the claim is about, when a head of department says so
        ([ACCUSATION], "A09", True, True),
        ([ACCUSATION, SECRET], "A09", True, False),
        ([SECRET], "A06", False, True),
        ([SECRET], "A99", True, False),
    ],
)
def test_who_may_have_it_is_judged_by_the_others_ban(
    context: ServiceContext, because: list[str], to: str, confirmed: bool, passes: bool
) -> None:
    """Intake names what it is held for; which houses that bars is known here."""
    asked = {"release": "0" * 32, "to": to, "confirmed": confirmed}
    hear(context, releases.asked, "release.asked.v1", {"because": because}, **asked)
    events = tables.events
    with context.sessions() as session:
        said = session.scalars(select(events.c.body).where(events.c.type == "routing.judged.v1")).one()
    assert passes == (b'"passes":true' in bytes(said).replace(b" ", b""))


def test_what_is_not_known_here_lets_nothing_go(context: ServiceContext) -> None:
    """Not registered here yet: it waits. From before the ban was kept: refused, nobody knows whom it hits."""
    asked = {"release": "0" * 32, "to": "A06", "confirmed": True}
    with pytest.raises(NotYet):
        hear(context, releases.asked, "release.asked.v1", {"because": ["信2026-619926-000009"]}, **asked)
    with context.begin(OFFICER) as work:
        begin_custody(work, "信2026-619926-000009", "A00", work.now)
    # itself held meanwhile: that much is known of it, and no more
    hear(context, petitions.held, "petition.held.v1", petition="信2026-619926-000009")
    hear(context, releases.asked, "release.asked.v1", {"because": ["信2026-619926-000009"]}, **asked)
    events = tables.events
    with context.sessions() as session:
        said = session.scalars(select(events.c.body).where(events.c.type == "routing.judged.v1")).one()
    assert b'"passes":false' in bytes(said).replace(b" ", b"")
