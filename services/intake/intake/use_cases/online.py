"""网上信访: what petitioners write at their own door becomes an undecided contact, read by one named officer alone.

Claims and proposals only; who accuses an official was sent elsewhere before anything was typed. Nobody logs in: a
form's nonce makes the same entry of whoever presses twice, and the code by which they come back.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from contracts import enclosure
from contracts.vocabulary import Channel, ContactOutcome, Kind
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.domain.service_points import CENTRE
from intake.tables import Contact
from intake.use_cases import contacts, files, lookup, people, registration
from intake.use_cases.contacts import ContactInput
from intake.use_cases.people import PetitionerInput
from intake.use_cases.tools import tools_of
from statute import day_of

# in a slot of `lookup`: forms and files from one address, and from everybody
PER_ADDRESS, OF_ALL = 10, 200
FILES_PER_ADDRESS, FILES_OF_ALL = 50, 300
UNDECIDED = 500  # more than these are for nobody to read: with files, ten GiB at most

_WAITS = (Contact.code.is_not(None), Contact.outcome.is_(None))
_NOW_ZH = {
    None: "已收到，正在由专人审阅",
    ContactOutcome.CONSULTATION: "已答复",
    ContactOutcome.JOINED: "已并入正在办理的信访件",
    ContactOutcome.REGISTERED: "已登记为信访件",
    ContactOutcome.SPLIT: "已分为几件登记，编号和查询码请带身份证件到窗口领取，或拨打 12309",
}


@dataclass(frozen=True, slots=True)
class EntryInput:
    """What somebody wrote; without a name they are nobody, and who asks for secrecy has one."""

    kind: Kind
    text: str
    name: str | None
    phone: str | None
    secrecy: bool
    typed_anyway: bool


def count_entry(work: UnitOfWork, address: str) -> int:
    """One more form from there. Seconds to wait, 0 when it may go on."""
    return lookup.tries(work, {("online-address", address): PER_ADDRESS, ("online", "all"): OF_ALL})


def count_file(work: UnitOfWork, address: str) -> int:
    """As `count_entry`, of a file."""
    of_all = {("online-file", "all"): FILES_OF_ALL}
    return lookup.tries(work, {("online-file-address", address): FILES_PER_ADDRESS} | of_all)


def count_look(work: UnitOfWork, address: str) -> int:
    """As `count_entry`, of a code that is tried: beside what was looked up by number and code from there."""
    return lookup.tries(work, {("lookup-address", address): lookup.PER_ADDRESS})


def offered(work: UnitOfWork) -> dict[str, Any]:
    """Whether anything can be written now, and which files may come with it."""
    takes = {"most": enclosure.MOST_OF_ENTRY, "bytes": enclosure.LARGEST, "types": list(enclosure.BEGINNINGS)}
    return {"open": contacts.triage(work) is not None, "files": takes}


def enter(work: UnitOfWork, entry: EntryInput, nonce: str) -> Contact:
    """An undecided contact. Raises OnlineClosed, TooManyEntries, NotTypedIn, Invalid naming the field."""
    if contacts.triage(work) is None:
        raise errors.OnlineClosed()
    if not entry.typed_anyway and registration.belongs_in_envelope(Kind.ACCUSATION, (), None, entry.text):
        raise errors.NotTypedIn()
    if undecided(work.session) >= UNDECIDED:
        raise errors.TooManyEntries(int(lookup.SLOT.total_seconds()))
    person = _checked(work, entry)
    contact = contacts.record(
        work,
        ContactInput(
            channel=Channel.ONLINE,
            service_point=CENTRE,
            received_on=None,
            received_reason=None,
            name=None if person is None or entry.secrecy else person.name,
            phone=None if person is None or entry.secrecy else person.phone,
            text=entry.text,
            group_size=1,
        ),
        code=lookup.hashed(work, lookup.code_of(work, nonce)),
        kind=entry.kind,
        secrecy=entry.secrecy,
    )
    if person is not None and entry.secrecy:
        people.conceal_sender(work, contact.id, person)
    return contact


def undecided(session: Session) -> int:
    """How many wait to be decided, counted to `UNDECIDED`."""
    return _many(session, *_WAITS)


def overdue(waits: timedelta, session: Session) -> int:
    """How many of them have waited for longer than `waits`."""
    return _many(session, *_WAITS, Contact.recorded_at < func.now() - waits)


def find(work: UnitOfWork, code: str, *, lock: bool = False) -> Contact:
    """Of the code that was shown with it. Raises NoSuchEntry."""
    its = select(Contact).where(Contact.code == lookup.hashed(work, code))
    contact = work.session.scalar(its.with_for_update() if lock else its)
    if contact is None:
        raise errors.NoSuchEntry()
    return contact


def progress(work: UnitOfWork, contact: Contact) -> dict[str, Any]:
    """What became of it; the number only of a petition of its own, for what it joined may be another's."""
    outcome = contact.outcome and ContactOutcome(contact.outcome)
    own = outcome is ContactOutcome.REGISTERED
    return {
        "received_on": contact.received_on.isoformat(),
        "now": _NOW_ZH[outcome or None],
        "number": contact.petition if own else None,
        "answer": contacts.read(work, contact, "answer") if outcome is ContactOutcome.CONSULTATION else None,
        "files": files.count_of_contact(work, contact.id),
        "takes_files": outcome is None,
    }


def _many(session: Session, *which: ColumnElement[bool]) -> int:
    some = select(Contact.id).where(*which).limit(UNDECIDED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _checked(work: UnitOfWork, entry: EntryInput) -> people.CheckedPetitioner | None:
    """Who wrote it, the number as it is kept; nobody of an anonymous one. Raises Invalid naming the field."""
    if entry.name is None and entry.phone is None:
        if entry.secrecy:
            raise errors.SecretWithoutPerson()
        return None
    for field in ("name", "phone"):
        if getattr(entry, field) is None:
            raise errors.WrongField(field, "署名的请填写姓名和电话", "who signs gives a name and a phone")
    given = PetitionerInput(entry.name or "", None, entry.phone, None, sms_consent=False)
    return people.checked(given, day_of(work.now), tools_of(work).area_code)
