"""Phone numbers by person, sealed under the petition they belong to; equal numbers are known by a keyed digest."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from contracts.vocabulary import Impossible, Reach
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from notify.tables import Contact, EndedNumber, Petitioner


def given(work: UnitOfWork, message: Message) -> None:
    """Keeps a number; not of a petition that is sealed. Of one whose petitioner has died, the number ends."""
    data = message.data
    petitioner = work.session.get(Petitioner, data["petition"], with_for_update={"read": True})
    if petitioner is not None and petitioner.reach == Reach.SEALED:
        return  # late: sealed since, and what is not held here cannot leak
    phone = message.personal["phone"]
    if petitioner is not None and petitioner.ended == Impossible.DIED:
        end(work, number_of(work, phone), work.now)
        return
    write(work, data["petition"], {data["person"]: phone}, message.envelope.time)
    work.recorded = True  # a planned notice may have waited for this


def write(work: UnitOfWork, petition: str, phones: Mapping[str, str], given_at: datetime) -> None:
    """Person → phone, in place of what was known; the rows are locked in one order, whoever writes them."""
    statement = upsert(Contact).values(
        [
            {
                "person": person,
                "petition": petition,
                "phone": work.context.cipher.seal(work.session, petition, _label(person), phone.encode()),
                "number": number_of(work, phone),
                "given_at": given_at,
            }
            for person, phone in sorted(phones.items())
        ]
    )
    set_ = {name: statement.excluded[name] for name in ("phone", "number", "given_at")}
    work.session.execute(statement.on_conflict_do_update(index_elements=["person"], set_=set_))


def forget(work: UnitOfWork, petition: str) -> None:
    """Deletes the numbers of a petition."""
    work.session.execute(delete(Contact).where(Contact.petition == petition))


def read(work: UnitOfWork, person: str) -> str | None:
    """None when nobody told us."""
    # columns, not the row's object: what this transaction wrote by `write` must be seen
    known = work.session.execute(select(Contact.petition, Contact.phone).where(Contact.person == person)).first()
    if known is None:
        return None
    return work.context.cipher.open(work.session, known.petition, _label(person), bytes(known.phone)).decode()


def number_of(work: UnitOfWork, phone: str) -> bytes:
    """What a number is known by where it is only counted: nobody without the key can try them all."""
    return work.context.cipher.fingerprint("sms number", phone)


def end(work: UnitOfWork, number: bytes, at: datetime) -> None:
    """Whose it was has died: whoever had been given under it before is not reached by it any more."""
    statement = upsert(EndedNumber).values(number=number, at=at)
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["number"],
            set_={"at": statement.excluded.at},
            where=EndedNumber.at < statement.excluded.at,
        )
    )


def has_ended(work: UnitOfWork, person: str, number: bytes) -> bool:
    """Whether whoever had the number died after `person` gave it: it may be somebody else's now."""
    ended = work.session.scalar(select(EndedNumber.at).where(EndedNumber.number == number))
    if ended is None:
        return False
    given = work.session.scalar(select(Contact.given_at).where(Contact.person == person))
    return given is None or given <= ended


def _label(person: str) -> str:
    return f"contact|phone|{person}"
