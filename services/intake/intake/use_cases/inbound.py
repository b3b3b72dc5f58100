"""What other agencies send to us: signed for, objected to, reported on, answered; and what its sender ruled."""

from contracts.vocabulary import ObjectionReason, PetitionState, Result, Unmade
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import Petition
from intake.use_cases import commands, routing, senders, timeline
from intake.use_cases.deadlines import ends
from intake.use_cases.petitions import load, move, set_state
from statute import day_of


def sign(work: UnitOfWork, number: str) -> Petition:
    """It came: registered as ours, its sender hears so, and by when the petitioner is told. Not yet: we take it on."""
    petition = move(work, number, "sign")
    reply_by = ends(work, [petition])[number][0]
    # until now nothing was said to the petitioner: it was its sender's
    facts = {"received_on": petition.received_on, **({"reply_by": reply_by} if reply_by else {})}
    timeline.record(work, petition, "petition.signed.v1", **facts)  # type: ignore[arg-type]
    senders.tell(work, petition, "sign", reply_by=reply_by)
    return petition


def object_(work: UnitOfWork, number: str, reason: ObjectionReason, text: str) -> Petition:
    """Within 5 working days of our receipt; its sender rules (条例 23(3)). Raises NotNow, BarredReceiver."""
    petition = move(work, number, "object")
    check_objection(work, petition)
    timeline.record(work, petition, "petition.objected.v1", reason=reason)
    senders.tell(work, petition, "object", text, reason=reason)
    return petition


def check_objection(work: UnitOfWork, petition: Petition) -> None:
    """What its state does not say. Raises BarredReceiver, ObjectionLate."""
    # its sender could not rule on what it may not hear
    routing.check(work, petition, petition.submitted_by or "")
    _, until = senders.objection(work, petition)
    if day_of(work.now) > until:
        raise errors.ObjectionLate(until)


def tell_sender(work: UnitOfWork, number: str, text: str) -> Petition:
    """What its sender hears of the progress; the text goes by letter, the timeline says only that it did."""
    petition = load(work, number)
    states.check("tell-sender", petition.snapshot)
    timeline.record(work, petition, "petition.sender_told.v1", answered=False)
    senders.tell(work, petition, "progress", text)
    return petition


def answer_sender(work: UnitOfWork, number: str, text: str) -> Petition:
    """What came of it; where nothing was decided on the merits the text says what became of it."""
    petition = load(work, number)
    states.check("answer-sender", petition.snapshot)
    timeline.record(work, petition, "petition.sender_told.v1", answered=True)
    guided = Result.GUIDED if petition.state == PetitionState.GUIDED else None
    senders.tell(work, petition, "answer", text, result=Result(petition.result) if petition.result else guided)
    return petition


def submission_moved(work: UnitOfWork, message: Message) -> None:
    """What we told its sender has arrived at referral; of a silence that was consent intake did not know."""
    petition = load(work, message.data["petition"])
    commands.heard(petition, message.envelope.type, message.data)
    if message.envelope.type == "submission.deemed.v1" and petition.sender_told == "sign":
        petition.sender_told = "accept"


def object_refused(petition: Petition, reason: Unmade) -> None:
    """The objection did not leave: it is ours to deal with, by silence or because its sender may not hear of it."""
    petition.sender_told = "accept" if reason is Unmade.LAPSED else "sign"
    set_state(petition, states.consequence("not objected", *petition.state_and_before, petition.accepted))


def ruling_told(work: UnitOfWork, message: Message) -> None:
    """What its sender ruled on our objection."""
    petition = load(work, message.data["petition"])
    timeline.hear(work, petition, message)
    if message.envelope.type == "submission.overruled.v1":
        set_state(petition, states.consequence("overruled", *petition.state_and_before, petition.accepted))
    else:
        set_state(petition, states.consequence("sent back", *petition.state_and_before, petition.accepted))
        timeline.record(work, petition, "petition.sent_back.v1")
    timeline.void_lapsed(work, petition)
