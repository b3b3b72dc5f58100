"""What a petition's own way brings its petitioner: a notice, or that what waits is true no more."""

from datetime import datetime

from sqlalchemy import or_

from contracts.vocabulary import Impossible, Means, Notice, Reach, ReplyKind, Termination
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from notify.domain import states
from notify.tables import NoticeRow, Petitioner
from notify.use_cases import contacts, directory, notices
from notify.use_cases.tools import tools_of


def registered(work: UnitOfWork, message: Message) -> None:
    """Keeps how the petitioner may be reached, and plans the receipt; of what is its sender's still, once we sign."""
    data = message.data
    petitioner = Petitioner(petition=data["petition"], person=data["person"], reach=data["reach"], round=1)
    work.session.add(petitioner)
    if data.get("submitted_by") is None:
        _receipt(work, message, petitioner)


def signed(work: UnitOfWork, message: Message) -> None:
    """It is ours: its petitioner hears that we have it. Older code told so when it came."""
    petitioner = _petitioner(work, message)
    told = any(each.about == Notice.RECEIPT for each in notices.of_petition(work, petitioner.petition))
    if "reply_by" in message.data and not told:
        _receipt(work, message, petitioner)


def accepted(work: UnitOfWork, message: Message) -> None:
    """Owes that it is accepted, by which department; what said otherwise does not leave any more."""
    department = tools_of(work).card.department(message.data["department"])
    facts = {"department": department.name, "phone": department.phone, "reply_by": message.data["reply_by"]}
    _petitioner(work, message).department = message.data["department"]
    notices.overtake(work, message, {Notice.NOT_ACCEPTED, Notice.GUIDED})
    notices.owe(work, message, Notice.ACCEPTED, facts)


def not_accepted(work: UnitOfWork, message: Message) -> None:
    """Owes that it is not accepted; what said otherwise does not leave any more."""
    notices.overtake(work, message, {Notice.ACCEPTED, Notice.GUIDED})
    notices.owe(work, message, Notice.NOT_ACCEPTED, {})


def guided(work: UnitOfWork, message: Message) -> None:
    """Owes which agency the petitioner was shown to; raises NotYet before the directory has it."""
    agency = directory.name_of(work, message.data["to"])
    notices.overtake(work, message, {Notice.ACCEPTED, Notice.NOT_ACCEPTED})
    notices.owe(work, message, Notice.GUIDED, {"agency": agency})


def assigned(work: UnitOfWork, message: Message) -> None:
    """What leaves from now on names the new department."""
    _petitioner(work, message).department = message.data["department"]


def taken_back(work: UnitOfWork, message: Message) -> None:
    """By the petitioner or by who sent it: that it has begun need not be told any more, what came of it may be."""
    petitioner = _petitioner(work, message)
    petitioner.ended = petitioner.ended or Impossible.OVERTAKEN
    notices.overtake(work, message, states.BEGINNING)


def terminated(work: UnitOfWork, message: Message) -> None:
    """At the petitioner's death nothing is told any more; at any other end, only what came of it."""
    if message.data["reason"] == Termination.DIED:
        _end(work, message, message.envelope.time)
    else:
        taken_back(work, message)


def petitioner_died(work: UnitOfWork, message: Message) -> None:
    """Nobody is told by what they had left; the petition goes on."""
    _end(work, message, message.envelope.time)


def taken_over(work: UnitOfWork, message: Message) -> None:
    """Somebody else is told from now on, as they left it; who asked for secrecy is in the safe, whoever it is."""
    petitioner = _petitioner(work, message)
    if petitioner.reach == Reach.SEALED:
        return
    petitioner.person, petitioner.reach = message.data["person"], message.data["reach"]
    petitioner.ended = None if petitioner.ended == Impossible.DIED else petitioner.ended


def died(work: UnitOfWork, message: Message) -> None:
    """Said again: an older copy had heard of it and told on."""
    _end(work, message, message.data["died_at"])


def reopened(work: UnitOfWork, message: Message) -> None:
    """What is found this time is told anew. Who has died is not reached, whoever goes on with it."""
    petitioner = _petitioner(work, message)
    petitioner.round, petitioner.department = petitioner.round + 1, None
    petitioner.ended = None if petitioner.ended == Impossible.OVERTAKEN else petitioner.ended
    notices.overtake(work, message, states.FINDINGS)


def replied(work: UnitOfWork, message: Message) -> None:
    """Posting an outcome is announced; what was handed over or said needs no SMS."""
    data = message.data
    if data["reply"] == ReplyKind.OUTCOME_REPLY and data["means"] == Means.POST:
        facts = {"issued_on": data["issued_on"], "phone": tools_of(work).card.phone}
        notices.owe(work, message, Notice.OUTCOME, facts, data["issued_on"].isoformat())


def corrected(work: UnitOfWork, message: Message) -> None:
    """How the petitioner may be told has changed with what was wrong, or with who acts for them.

    The number that is right comes by a letter.
    """
    reach = message.data.get("reach")
    petitioner = _petitioner(work, message)
    if reach is None or petitioner.reach == Reach.SEALED:
        return
    petitioner.reach = reach
    why = states.impossible(reach)
    if why is not None:
        # also where an agreed way takes the place of the number: somebody else may read what goes there
        contacts.forget(work, petitioner.petition)
        notices.stop(work, NoticeRow.petition == petitioner.petition, why)


def parted(work: UnitOfWork, message: Message) -> None:
    """It goes on by itself after all, or was voided by mistake: what comes of it is told again."""
    petitioner = _petitioner(work, message)
    petitioner.ended = None if petitioner.ended == Impossible.OVERTAKEN else petitioner.ended


def sealed(work: UnitOfWork, message: Message) -> None:
    """By event and by letter, whichever is first: nobody is told any more, what waits is stopped, what runs recalled.

    An SMS that a provider has can't be called back.
    """
    petition = message.data["petition"]
    petitioner = work.session.get(Petitioner, petition, with_for_update=True)
    if petitioner is None:
        raise NotYet("the petition's registration has not come yet")
    if petitioner.reach == Reach.SEALED:
        return
    petitioner.reach, petitioner.person = Reach.SEALED, None
    contacts.forget(work, petition)
    notices.stop(work, NoticeRow.petition == petition, Impossible.SEALED)


def _receipt(work: UnitOfWork, message: Message, petitioner: Petitioner) -> None:
    facts = {name: message.data[name] for name in ("received_on", "reply_by")}
    notices.plan(work, message, petitioner, Notice.RECEIPT, notices.word(work, petitioner, Notice.RECEIPT, facts))


def _end(work: UnitOfWork, message: Message, at: datetime) -> None:
    """Nothing goes to the number any more, of no petition: whoever has the phone now is not who gave it.

    Who gives the same number afterwards is somebody else, and is told.
    """
    petitioner = _petitioner(work, message)
    if petitioner.ended == Impossible.DIED:
        return
    petitioner.ended = Impossible.DIED
    which = NoticeRow.petition == petitioner.petition
    phones = contacts.read(work, petitioner.person) if petitioner.person else []
    for number in sorted(contacts.number_of(work, each) for each in phones):
        contacts.end(work, number, at)
        which = or_(which, NoticeRow.number == number)
    if phones:
        contacts.forget(work, petitioner.petition)
    notices.stop(work, which, Impossible.DIED)


def _petitioner(work: UnitOfWork, message: Message) -> Petitioner:
    petitioner = work.session.get(Petitioner, message.data["petition"], with_for_update=True)
    if petitioner is None:
        raise NotYet("the petition's registration has not come yet")
    return petitioner
