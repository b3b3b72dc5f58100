"""Who sent a petition to us: their number, the day they named, and what they heard of us. referral tells them."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from clock.clocks import starting
from contracts.vocabulary import Kind, ReferralKind, Transport
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.domain.assigning import may_assign
from intake.tables import Agency, Petition
from intake.use_cases import commands, timeline
from intake.use_cases.directory import agency
from intake.use_cases.tools import tools_of
from statute import Rule

OBJECTION_RULE = "objection_to_sender"
ANSWERED_WITHIN = timedelta(days=3 * 366)  # no law gives so long: what names a later day is a slip of the pen
COMMANDS = {"progress": "tell-sender", "answer": "answer-sender"}  # our other moves are called as the actions are


def check_sender(
    work: UnitOfWork,
    code: str,
    submission: str | None,
    answer_by: date | None,
    received: date,
    handover: ReferralKind,
) -> None:
    """Raises Invalid naming the field: by its own system a submission has other names than by an officer."""
    by_officer = work.actor.agency == tools_of(work).our_agency
    sender = agency(work, code, "forwarded.by")
    if by_officer and Transport(sender.transport).queued:
        raise errors.SendsItself()
    if handover is ReferralKind.ASSIGN and not may_assign(sender.kind, code in _above(work)):
        zh = "交办只由上级检察院、信访部门（联席会议办公室）、政法委作出，其他单位转来的为移送"
        raise errors.WrongField("forwarded.handover" if by_officer else "handover", zh, "this agency cannot assign")
    if answer_by is not None and answer_by <= received:
        raise errors.AnswerByPast("forwarded.answer_by" if by_officer else "answer_by")
    if answer_by is not None and answer_by > received + ANSWERED_WITHIN:
        until = received + ANSWERED_WITHIN
        name = "forwarded.answer_by" if by_officer else "answer_by"
        raise errors.WrongField(name, f"不能晚于 {until}", f"it lies after {until}")
    earlier = work.session.scalar(
        select(Petition.number).where(Petition.submitted_by == code, Petition.submission == submission)
    )
    if earlier is not None:
        name = "forwarded.number" if by_officer else "submission"
        # the sender knows its own; an officer may not see the earlier one
        as_ = ("", "") if by_officer else (f"为 {earlier}", f" as {earlier}")
        raise errors.WrongField(name, f"此编号已登记{as_[0]}", f"already registered{as_[1]}")


def record_sender(work: UnitOfWork, petition: Petition, handover: ReferralKind) -> None:
    """referral keeps who sent it under which number, and who holds it meanwhile."""
    work.letter(
        "referral",
        "submission.received.v1",
        petition.number,
        data={
            "petition": petition.number,
            "agency": petition.submitted_by,
            "submission": petition.submission,
            "kind": handover,
            "petition_kind": Kind(petition.kind),
            "received_on": petition.received_on,
            "answer_by": petition.answer_by,
        },
    )


def accepted(work: UnitOfWork, petition: Petition) -> None:
    """Its sender hears that we took it on; once, also when it is taken up again later."""
    if petition.sender_told in ("sign", "object"):
        tell(work, petition, "accept")


def tell(work: UnitOfWork, petition: Petition, step: str, text: str | None = None, **facts: Any) -> None:
    """By a letter to referral, `text` in the part only it can read. Pending until referral tells that it went."""
    petition.sender_told = step
    commands.begin(work, petition, COMMANDS.get(step, step))
    work.letter(
        "referral",
        "submission.told.v1",
        petition.number,
        data={"petition": petition.number, "move": step, **facts},
        personal={"text": text},
    )


def ended(work: UnitOfWork, petition: Petition, why: str) -> None:
    """Its sender hears that it ended; the answer in words is still an officer's. Of what is held, nothing leaves."""
    sender = petition.submitted_by
    if sender is None or petition.sender_told == "answer" or states.withheld(petition.snapshot, sender):
        return
    timeline.record(work, petition, "petition.sender_told.v1", answered=False)
    tell(work, petition, "progress", why)


def objection(work: UnitOfWork, petition: Petition) -> tuple[Rule, date]:
    """By which law its sender hears an objection of ours, and until when.

    条例 23(3) binds who is a petition office or stands above us; the others an agreement: as the packs say.
    """
    law, received = tools_of(work).law, petition.received_on
    sender = work.session.get(Agency, petition.submitted_by or "")
    facts = {"statutory": False, "agency_kind": sender and sender.kind, "received_on": received}
    begun = starting(law, "submission.sent.v1", facts, received)
    rule = next(rule for rule, _ in begun if rule.id == OBJECTION_RULE)
    return rule, law.due(rule, received).due


def _above(work: UnitOfWork) -> set[str]:
    """The procuratorates ours belongs to, as the directory has it."""
    found, code = set[str](), tools_of(work).our_agency
    while (row := work.session.get(Agency, code)) is not None and row.parent and row.parent not in found:
        code = row.parent
        found.add(code)
    return found


def present(work: UnitOfWork, petition: Petition) -> dict[str, Any] | None:
    """Who sent it, under which number, and by when it may be objected to and is to be answered; None: nobody did."""
    if petition.submitted_by is None:
        return None
    rule, until = objection(work, petition)
    return {
        "agency": petition.submitted_by,
        "number": petition.submission,
        "object_by": until.isoformat(),
        "object_law": rule.source.zh,
        "answer_by": petition.answer_by and petition.answer_by.isoformat(),
        "told": petition.sender_told,
    }
