"""Who searched for whom: on the trail by a digest that proves it for a while, and nothing after that.

Its key is of the month, among the data keys: nobody who has the trail can try all phone numbers once it is destroyed.
It is destroyed by the month alone, so that one that a restored backup brings back is gone again once a service runs.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from contracts.vocabulary import FoundBy
from courier.unit_of_work import UnitOfWork
from intake.domain.finding import Way
from intake.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from statute import day_of
from vault.tables import data_key

OF_PERSONS = frozenset(
    {FoundBy.RESIDENT_ID, FoundBy.PHONE, FoundBy.NAME, FoundBy.UNIT, FoundBy.INITIALS, FoundBy.RESPONDENT}
)
_KEYS = "searches/"


def record(work: UnitOfWork, ways: Sequence[Way], hits: int) -> None:
    """A line of the officer's own for a search by what is somebody's; `hits`: how many petitions they were shown."""
    personal = [way for way in ways if way.by in OF_PERSONS]
    if not personal:
        return
    month = day_of(work.now).strftime("%Y-%m")
    subject = f"officer/{work.actor.officer}"
    work.alone(subject)
    work.event(
        "person.searched.v1",
        subject,
        by=[way.by for way in personal],
        # of one string there is one value of somebody: an ID is no phone, a name no initials
        digest=vault_of(work.context).imprint(work.session, _KEYS + month, "searched", personal[0].value).hex(),
        month=month,
        hits=hits,
    )


def proves(work: UnitOfWork, month: str, way: Way, digest: str) -> bool:
    """Whether a digest on the trail is of this. Raises vault.Sealed once that month's key is destroyed."""
    vault = vault_of(work.context)
    return vault.proves(work.session, _KEYS + month, "searched", way.value, bytes.fromhex(digest))


def forget(work: UnitOfWork) -> int:
    """Destroys the keys of the months that are over for longer than they are kept. Returns how many."""
    last: date = day_of(work.now) - tools_of(work).searches_kept
    query = select(data_key.c.subject).where(
        data_key.c.subject.startswith(_KEYS), data_key.c.subject < f"{_KEYS}{last:%Y-%m}"
    )
    gone = work.session.scalars(query).all()
    for subject in gone:
        vault_of(work.context).destroy(work.session, subject)
    return len(gone)
