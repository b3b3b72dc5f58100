"""Phone numbers by person, sealed under the petition they belong to; equal numbers are known by a keyed digest."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

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
    phones = [message.personal["phone"], *message.personal.get("others", ())]
    if petitioner is not None and petitioner.ended == Impossible.DIED and petitioner.person == data["person"]:
        for phone in phones:
            end(work, number_of(work, phone), work.now)
        return
    write(work, data["petition"], {data["person"]: phones}, message.envelope.time)
    work.recorded = True  # a planned notice may have waited for this


def write(work: UnitOfWork, petition: str, phones: Mapping[str, Sequence[str]], given_at: datetime) -> None:
    """Person → phones, the first first, in place of what was known; the rows are locked in one order by everybody."""
    seal = partial(work.context.cipher.seal, work.session, petition)
    statement = upsert(Contact).values(
        [
            {
                "person": person,
                "petition": petition,
                "phone": seal(_label(person), phone.encode()),
                "number": number_of(work, phone),
                "given_at": given_at,
                "others": seal(_label(person, "others"), json.dumps(others).encode()) if others else None,
            }
            for person, (phone, *others) in sorted(phones.items())
        ]
    )
    set_ = {name: statement.excluded[name] for name in ("phone", "number", "given_at", "others")}
    work.session.execute(statement.on_conflict_do_update(index_elements=["person"], set_=set_))


def forget(work: UnitOfWork, petition: str) -> None:
    """Deletes the numbers of a petition."""
    work.session.execute(delete(Contact).where(Contact.petition == petition))


def read(work: UnitOfWork, person: str) -> list[str]:
    """The first first; none when nobody told us."""
    return read_all(work, [person]).get(person, [])


def read_all(work: UnitOfWork, persons: Collection[str]) -> dict[str, list[str]]:
    """Person → phones, of those whose number we were told, by one statement and one for their keys."""
    # columns, not the row's object: what this transaction wrote by `write` must be seen
    known = work.session.execute(
        select(Contact.person, Contact.petition, Contact.phone, Contact.others).where(Contact.person.in_(persons))
    ).all()
    cipher = work.context.cipher
    cipher.fetch_keys(work.session, {each.petition for each in known})
    found = {}
    for each in known:
        opened = partial(cipher.open, work.session, each.petition)
        others = json.loads(opened(_label(each.person, "others"), bytes(each.others))) if each.others else []
        found[each.person] = [opened(_label(each.person), bytes(each.phone)).decode(), *others]
    return found


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


def ended(work: UnitOfWork, numbers: Collection[bytes]) -> set[bytes]:
    """Those of which somebody who had them has died, whoever has them now."""
    return set(map(bytes, work.session.scalars(select(EndedNumber.number).where(EndedNumber.number.in_(numbers)))))


def has_ended(work: UnitOfWork, person: str, number: bytes) -> bool:
    """Whether whoever had the number died after `person` gave it: it may be somebody else's now."""
    ended = work.session.scalar(select(EndedNumber.at).where(EndedNumber.number == number))
    if ended is None:
        return False
    given = work.session.scalar(select(Contact.given_at).where(Contact.person == person))
    return given is None or given <= ended


def _label(person: str, name: str = "phone") -> str:
    return f"contact|{name}|{person}"
