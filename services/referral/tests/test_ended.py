"""What has ended with us: recalled where nobody has it, told to who has it, and nothing of it leaves afterwards."""

import random
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from race import Race
from referral_context import AGENCY, OFFICER, build_context, offered
from sqlalchemy import Engine, select

from contracts.problems import Problem
from contracts.vocabulary import Ending, Kind, Line, ObjectionReason, Reach, ReferralKind, ReferralState, Result
from courier import tables
from courier.envelope import Envelope
from courier.faults import NotYet
from courier.inbox import BatchHandler, Message
from courier.unit_of_work import ServiceContext
from referral.domain import errors, states
from referral.domain.states import MOVES, Snapshot
from referral.tables import Custody, Guarded, Referral
from referral.use_cases import conservation, guard, handlers, inbound, replies
from referral.use_cases.steps import add_custody, begin_custody, holding, load, make, receive
from referral.use_cases.steps import pass_on as passed_on

PETITION = "信2026-619926-000001"
S = ReferralState
SAID = {"officer": "经办员", "text": "说明", "reason": ObjectionReason.NOT_COMPETENT, "result": "supported"}


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    context, _ = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        begin_custody(work, PETITION, "A00", work.now)
        told = {"kind": Kind.CLAIM, "line": Line.OTHER, "reach": Reach.NONE, "sealed_post": False}
        guard.remember(work, PETITION, told | {"respondent_units": [], "submitted_by": None})
    return context


def hear(context: ServiceContext, type_: str, personal: dict[str, Any] | None = None, **data: Any) -> None:
    handler = handlers.EVENTS.get(type_) or handlers.LETTERS[type_]
    envelope = Envelope("/619926/intake", type_, PETITION, datetime.now(UTC), {"petition": PETITION} | data, OFFICER)
    with context.begin(OFFICER) as work:
        message = Message(envelope, {"petition": PETITION} | data, personal or {}, "intake", work.now)
        if isinstance(handler, BatchHandler):
            handler.handle(work, [message])
        else:
            handler(work, message)


def in_hand(context: ServiceContext, *moves: str) -> str:
    with context.begin(OFFICER) as work:
        referral = offered(work, PETITION)
        for move in moves:
            receive(work, referral, move, SAID)
        return referral.number


def said(context: ServiceContext, subject: str) -> list[str]:
    """What was told on the trail and on the agency's queue, the last first."""
    box = tables.outbox
    with context.sessions() as session:
        return list(
            session.scalars(select(box.c.routing_key).where(box.c.subject == subject).order_by(box.c.id.desc()))
        )


@pytest.mark.parametrize(
    ("moves", "state", "told"),
    [
        ((), S.RECALLED, "referral.recalled.v1"),
        (("sign",), S.RECALLED, "referral.recalled.v1"),
        (("sign", "object"), S.RETURNED, "referral.ruling.v1"),
        (("sign", "accept"), S.ACCEPTED, "referral.stopped.v1"),
        (("sign", "accept", "suspend"), S.SUSPENDED, "referral.stopped.v1"),
        (("sign", "accept", "answer"), S.ANSWERED, "referral.answered.v1"),
    ],
)
def test_what_was_not_taken_on_comes_back_and_who_took_it_on_is_told(
    context: ServiceContext, moves: tuple[str, ...], state: ReferralState, told: str
) -> None:
    """Once, however often it is said; custody stays with exactly one, and nobody new gets it."""
    number = in_hand(context, *moves)
    hear(context, "petition.withdrawn.v1")
    hear(context, "petition.ended.v1", reason=Ending.WITHDRAWN)
    with context.sessions() as session:
        assert state == session.get_one(Referral, number).state
        last = session.scalars(select(Custody.agency).order_by(Custody.seq.desc())).first()
        assert (AGENCY if "accept" in moves else "A00") == last
        assert not [each for each in conservation.check(session, "A00") if each.faults]
    keys = said(context, number)
    # the event, and the agency's message of the same name
    assert (2 if told in ("referral.recalled.v1", "referral.stopped.v1") else 1) == keys.count(told)


def handed_over(context: ServiceContext, **changes: Any) -> None:
    data = {
        "to": AGENCY,
        "kind": ReferralKind.TRANSFER,
        "purpose": "handling",
        "basis": "regulation_31",
        "petition_kind": Kind.CLAIM,
        "line": Line.OTHER,
        "received_on": date(2026, 11, 2),
        "group_size": 1,
    }
    hear(context, "petition.handed_over.v1", {"title": "标题"}, **data | changes)


@pytest.mark.parametrize("ends", ["withdrawn", "custody", "agency"])
def test_a_handover_that_comes_too_late_is_refused_and_said(context: ServiceContext, ends: str) -> None:
    """By letter, so it may be overtaken: nothing leaves, nothing is parked, intake learns why; reopened it may go."""
    if ends == "withdrawn":
        hear(context, "petition.withdrawn.v1")
    if ends == "custody":
        with context.begin(OFFICER) as work:
            add_custody(work, holding(work, PETITION), None)
    handed_over(context, **({"to": "A98"} if ends == "agency" else {}))
    assert "command.refused.v1" == said(context, PETITION)[0]
    with context.sessions() as session:
        assert [] == session.scalars(select(Referral)).all()
    if ends == "withdrawn":
        hear(context, "petition.reopened.v1", reason="wrong", counts_from=date(2026, 11, 3))
        handed_over(context)
        with context.sessions() as session:
            assert ["sent"] == session.scalars(select(Referral.state)).all()


def test_what_was_taken_on_by_statute_stays_there(context: ServiceContext) -> None:
    """An accusation the police signed for: theirs, so they are told; and they pass it on to nobody any more."""
    statutory = Snapshot(S.SIGNED, ReferralKind.TRANSFER, True)
    assert MOVES["stop"] is states.on_end(statutory, Ending.WITHDRAWN)
    assert MOVES["recall"] is states.on_end(Snapshot(S.SIGNED), Ending.WITHDRAWN)
    copy = Snapshot(S.SENT, ReferralKind.NOTIFY_LEAD)
    assert MOVES["recall"] is states.on_end(copy, Ending.WITHDRAWN)
    assert None is states.on_end(copy, Ending.NOT_ACCEPTED), "where it is not ours it is for who got the copy"
    assert None is states.on_end(Snapshot(S.SIGNED, inbound=True), Ending.WITHDRAWN)
    number = in_hand(context, "sign")
    with context.begin(OFFICER) as work:
        work.session.get_one(Guarded, PETITION).ended = True
        with pytest.raises(errors.NotPassable):
            replies.next_receiver(work, work.session.get_one(Referral, number), "A09")


def test_an_objection_that_our_silence_overtook_is_refused_and_not_kept_for_ever(context: ServiceContext) -> None:
    """The days ran out between an officer's click and the letter: it counts as taken on, and the officer learns it."""
    data = {"agency": AGENCY, "submission": "1", "kind": ReferralKind.TRANSFER, "petition_kind": Kind.CLAIM}
    days = {"received_on": date(2026, 11, 2), "answer_by": None}
    hear(context, "submission.received.v1", **data, **days)
    with pytest.raises(NotYet):
        hear(context, "submission.told.v1", {"text": "说明"}, move="object", reason=ObjectionReason.NOT_COMPETENT)
    hear(context, "submission.told.v1", move="sign", reply_by=date(2026, 11, 9))
    with context.begin(OFFICER) as work:
        make(work, inbound._of_petition(work, PETITION), "deem")  # type: ignore[arg-type]
    hear(context, "submission.told.v1", {"text": "说明"}, move="object", reason=ObjectionReason.NOT_COMPETENT)
    assert "command.refused.v1" == said(context, PETITION)[0]
    hear(context, "submission.told.v1", {"text": "说明"}, move="answer", result=Result.SUPPORTED)
    with context.sessions() as session:
        assert [S.ANSWERED] == session.scalars(select(Referral.state)).all()


def test_an_objection_its_sender_may_not_hear_is_not_made(context: ServiceContext) -> None:
    """Who stands with whom an accusation hits could not rule on it: it would be in dispute for ever."""
    with context.begin(OFFICER) as work:
        known = work.session.get_one(Guarded, PETITION)
        known.secret = True
    data = {"agency": AGENCY, "submission": "1", "kind": ReferralKind.TRANSFER, "petition_kind": Kind.CLAIM}
    hear(context, "submission.received.v1", **data, received_on=date(2026, 11, 2), answer_by=None)
    hear(context, "submission.told.v1", move="sign", reply_by=date(2026, 11, 9))
    hear(context, "submission.told.v1", {"text": "说明"}, move="object", reason=ObjectionReason.NOT_COMPETENT)
    assert {"routing.refused.v1", "command.refused.v1"} <= set(said(context, PETITION))
    with context.sessions() as session:
        assert [S.SIGNED] == session.scalars(select(Referral.state)).all()


@pytest.mark.parametrize("what", ["handed over", "passed on"])
def test_what_crosses_the_end_lies_nowhere_afterwards(context: ServiceContext, what: str) -> None:
    """Handed over, or passed on to another, while it ends: recalled or refused, whichever was first; never missed."""
    race = Race(random.Random(20261126))

    def pass_on(number: str) -> None:
        try:
            with context.begin(OFFICER) as work:
                referral = load(work, number)
                assert referral is not None
                states.check(MOVES["pass_on"], referral.snapshot)
                passed_on(work, referral, replies.next_receiver(work, referral, "A09"), number)
        except (Problem, errors.NotPassable):
            pass  # recalled meanwhile, or it has ended

    for _ in range(25):
        first = (lambda: handed_over(context)) if what == "handed over" else partial(pass_on, in_hand(context, "sign"))
        race.run([first, lambda: hear(context, "petition.withdrawn.v1")])
        with context.sessions() as session:
            assert not set(session.scalars(select(Referral.state))) & {S.SENT, S.SIGNED, S.OBJECTED}
        hear(context, "petition.reopened.v1", reason="wrong", counts_from=date(2026, 11, 3))
    with context.sessions() as session:
        assert ["A00"] == session.scalars(select(Custody.agency)).all()
