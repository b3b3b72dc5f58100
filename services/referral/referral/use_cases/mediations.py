"""A mediation's own steps: both sides asked, an organ invited, what it reports, the agreement and what became of it."""

from datetime import date
from typing import Any

from contracts.vocabulary import (
    AgreementForm,
    Consent,
    InvitationAnswer,
    MediationStep,
    PartRole,
    ProceedingState,
    ProceedingSubject,
)
from courier.unit_of_work import UnitOfWork
from referral.domain import errors
from referral.domain.proceedings import REPORTS
from referral.tables import Agency, Part, Proceeding
from referral.use_cases import invitations, minutes
from referral.use_cases.proceedings import load, make, part_of, require
from statute import day_of


def ask(work: UnitOfWork, number: str) -> Proceeding:
    """Both sides are asked whether they wish it. Raises Lacking without an other side."""
    return make(work, load(work, number), "ask")


def consent(work: UnitOfWork, number: str, part: str, consent: Consent) -> Proceeding:
    """What a side says, by word or in writing: a refusal ends it (人民调解法 17)."""
    proceeding = load(work, number)
    found = part_of(work, proceeding, part)
    name = "consent" if consent is Consent.GIVEN else "decline"
    require(work, proceeding, name)
    invitations.consent(found, consent)
    return make(work, proceeding, name, role=found.of_role)


def invite(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """The organ is asked to mediate; `text`: for it alone, what it is about and how the sides are reached.

    Raises Lacking without each side's consent, BarredReceiver, HeldBack.
    """
    proceeding = load(work, number)
    require(work, proceeding, "invite")
    organ = _organ(work, proceeding)
    invitations.invite(work, proceeding, organ, text, None)
    minutes.keep(work, proceeding, "invite", text)
    return make(work, proceeding, "invite", agency=organ.agency)


def begin(work: UnitOfWork, number: str) -> Proceeding:
    """The parties begin to settle it between them; nobody is invited."""
    return make(work, load(work, number), "begin")


def record(
    work: UnitOfWork,
    number: str,
    step: MediationStep,
    on: date,
    text: str,
    agreement: AgreementForm | None = None,
) -> Proceeding:
    """An officer writes down what the organ said by paper, or how the parties settle it between them.

    Raises NotByHand where the organ has a queue: it speaks for itself.
    """
    proceeding = load(work, number)
    organ = invitations.mediator(work, proceeding)
    if organ is not None and work.session.get_one(Agency, organ.agency).has_queue:
        raise errors.NotByHand()
    report(work, proceeding, step, on, text, agreement)
    return proceeding


def report(
    work: UnitOfWork,
    proceeding: Proceeding,
    step: MediationStep,
    on: date,
    text: str,
    agreement: AgreementForm | None,
    theirs: str | None = None,
) -> None:
    """How far it is, of a day; `theirs`: the organ's officer, where its own system says so.

    Raises IllegalStep, WrongDate for a day to come, Lacking for an agreement that does not say how it was made.
    """
    name, organ = REPORTS[step], invitations.mediator(work, proceeding)
    if on > day_of(work.now):
        raise errors.WrongDate("不能晚于今天", "on")
    require(work, proceeding, name)
    facts: dict[str, Any] = {}
    if step is MediationStep.SAT:
        facts["held_on"] = on
    if step is MediationStep.AGREED:
        if agreement is None:
            raise errors.Lacking(["达成协议的，应填协议形式"], "agreement")
        proceeding.agreement, proceeding.effective_on = agreement, on
        subject = ProceedingSubject(proceeding.subject)
        facts = {"agreement": agreement, "effective_on": on, "subject": subject}
    minutes.keep(work, proceeding, name, text, held_on=on, agency=organ.agency if organ else None, theirs=theirs)
    make(work, proceeding, name, **facts)


def answered(
    work: UnitOfWork, proceeding: Proceeding, part: Part, said: InvitationAnswer, text: str | None, theirs: str | None
) -> None:
    """What the agency says to its invitation; of the organ that is asked to mediate it is a move.

    Raises IllegalStep for one that answered before, or whose proceeding ended.
    """
    name = {InvitationAnswer.ACCEPTED: "take_on", InvitationAnswer.DECLINED: "turn_down"}.get(said)
    if part.of_role is PartRole.MEDIATOR and name is not None:
        require(work, proceeding, name)
        invitations.answer(work, proceeding, part, said, text, theirs)
        make(work, proceeding, name, agency=part.agency)
    elif proceeding.now_in in {ProceedingState.NOTIFIED, ProceedingState.INVITED}:
        invitations.answer(work, proceeding, part, said, text, theirs)
    else:
        raise errors.IllegalStep("answer", proceeding.now_in, [], "答复邀请")


def record_answer(
    work: UnitOfWork, number: str, part: str, answer: InvitationAnswer, text: str | None = None
) -> Proceeding:
    """An officer writes down what an agency without a queue said to its invitation. Raises NotByHand, WrongPart."""
    proceeding = load(work, number)
    found = part_of(work, proceeding, part)
    if found.agency is None:
        raise errors.WrongPart(found.of_role, "只登记受邀单位的答复")
    if work.session.get_one(Agency, found.agency).has_queue:
        raise errors.NotByHand()
    answered(work, proceeding, found, answer, text, None)
    return proceeding


def ask_confirmation(work: UnitOfWork, number: str, on: date) -> Proceeding:
    """Both sides asked the court: within thirty days of the agreement's effect (人民调解法 33; 民事诉讼法 205)."""
    proceeding = load(work, number)
    require(work, proceeding, "ask_confirmation")
    if proceeding.effective_on is None or not proceeding.effective_on <= on <= day_of(work.now):
        raise errors.WrongDate("不能早于协议生效之日，也不能晚于今天", "on")
    return make(work, proceeding, "ask_confirmation", asked_on=on)


def decide_confirmation(work: UnitOfWork, number: str, confirmed: bool) -> Proceeding:
    """What the court said."""
    return make(work, load(work, number), "confirm" if confirmed else "unconfirm")


def withdraw(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """A side wishes no mediation any more; the organ is told that it ends."""
    proceeding = load(work, number)
    organ = invitations.mediator(work, proceeding)
    require(work, proceeding, "withdraw")
    if organ is not None:
        invitations.say(work, proceeding, organ, "proceeding.cancelled.v1", {})
    minutes.keep(work, proceeding, "withdraw", text)
    return make(work, proceeding, "withdraw")


def _organ(work: UnitOfWork, proceeding: Proceeding) -> Part:
    organ = invitations.mediator(work, proceeding)
    if organ is None or organ.answer == InvitationAnswer.DECLINED:
        raise errors.Lacking(["尚未登记调解组织"])
    return organ
