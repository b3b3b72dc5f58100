"""Phone numbers by person, sealed under the petition they belong to."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from courier.work import Work
from notify.tables import Contact


def write(work: Work, petition: str, phones: Mapping[str, str]) -> None:
    """Person → phone, in place of what was known; the rows are locked in one order, whoever writes them."""
    statement = upsert(Contact).values(
        [
            {
                "person": person,
                "petition": petition,
                "phone": work.office.cipher.seal(work.session, petition, _label(person), phone.encode()),
            }
            for person, phone in sorted(phones.items())
        ]
    )
    work.session.execute(
        statement.on_conflict_do_update(index_elements=["person"], set_={"phone": statement.excluded.phone})
    )


def forget(work: Work, petition: str) -> None:
    work.session.execute(delete(Contact).where(Contact.petition == petition))


def read(work: Work, person: str) -> str | None:
    """None when nobody told us."""
    # columns, not the row's object: what this transaction wrote by `write` must be seen
    known = work.session.execute(select(Contact.petition, Contact.phone).where(Contact.person == person)).first()
    if known is None:
        return None
    return work.office.cipher.open(work.session, known.petition, _label(person), bytes(known.phone)).decode()


def _label(person: str) -> str:
    return f"contact|phone|{person}"
