"""What petitions are found by, kept beside them: who petitions with the registration, what was said seconds after.

Whoever registers, changes or conceals what is indexed says so here, in the same transaction. A petition stays listed in
`to_index` until its rows are committed, so a crash leaves nothing out. What asked for secrecy is in no index of words:
not even who may read it finds it by them, since a dump would tell what is like it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import selectinload

from courier import waits
from courier.envelope import Actor
from courier.faults import describe
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.tables import Person, Petition, ToIndex, WordIndex, table_of
from intake.use_cases import people, respondents, text_index, word_index
from intake.use_cases.said import Said
from service_kit.vaults import vault_of
from vault import Sealed, WrongKeys

log = logging.getLogger(__name__)

# each writes what it keeps of these petitions in the place of what it kept; of one that says nothing it keeps nothing.
# The first has a row for every petition, to which the others' rows refer
INDEXES: tuple[Callable[[UnitOfWork, Sequence[Said]], None], ...] = (word_index.write, text_index.write)
BATCH, WALKED = 50, 1000
_TO_INDEX = table_of(ToIndex)


def registered(work: UnitOfWork, number: str) -> None:
    """What a new one says is indexed within seconds."""
    work.append(_TO_INDEX, petition=number)


def later(work: UnitOfWork, *numbers: str) -> None:
    """What these say is another now, or was never indexed: it is within seconds."""
    statement = upsert(ToIndex).values([{"petition": number} for number in numbers])
    anew = {"at": func.now()}
    work.session.execute(statement.on_conflict_do_update(index_elements=["petition"], set_=anew))


def conceal(work: UnitOfWork, petition: Petition) -> None:
    """It asked for secrecy: from this transaction on no word of it is indexed."""
    # whoever is indexing it holds the row that is written first, and is waited for
    later(work, petition.number)
    _write(work, [Said(petition.number, petition.registered_at)])


def write(work: UnitOfWork, limit: int = BATCH) -> int:
    """Indexes some of what is listed and nobody acts on. How many; 0 when nothing was left."""
    due = select(ToIndex.petition).where(ToIndex.at <= func.now()).order_by(ToIndex.at).limit(limit)
    listed = work.session.scalars(due.with_for_update(skip_locked=True)).all()
    # whoever acts on one may come to conceal it, and would wait for us while its row in the index waits for them
    free = select(Petition.number).where(Petition.number.in_(listed))
    numbers = work.session.scalars(free.with_for_update(read=True, key_share=True, skip_locked=True)).all()
    if numbers:
        _index(work, numbers)
    return len(numbers)


def fill(context: ServiceContext, actor: Actor) -> Iterator[tuple[int, int]]:
    """Lists and indexes what was registered before, the newest first: (looked at, indexed) after each part.

    What is indexed already is passed over, so that one that was broken off goes on where it was.
    """
    looked, done, before = 0, 0, None
    while True:
        with context.begin(actor) as work:
            query = select(Petition.number).order_by(Petition.number.desc()).limit(WALKED)
            numbers = work.session.scalars(query if before is None else query.where(Petition.number < before)).all()
            lacking = _lacking(work, numbers)
            if lacking:
                later(work, *lacking)
        while lacking and (indexed := _some(context, actor)):
            done += indexed
        if not numbers:
            return
        looked, before = looked + len(numbers), numbers[-1]
        yield looked, done


def _some(context: ServiceContext, actor: Actor) -> int:
    with context.begin(actor) as work:
        return write(work)


def _lacking(work: UnitOfWork, numbers: Sequence[str]) -> Sequence[str]:
    # older code knew of no number but the first
    uncalled = exists().where(Person.petition == Petition.number, Person.other_phones.is_not(None))
    uncalled = uncalled.where(Person.other_phones_index.is_(None))
    outdated = or_(WordIndex.petition.is_(None), WordIndex.version < word_index.VERSION, uncalled)
    query = select(Petition.number).outerjoin(WordIndex, WordIndex.petition == Petition.number)
    return work.session.scalars(query.where(Petition.number.in_(numbers), outdated)).all()


def _index(work: UnitOfWork, numbers: Sequence[str]) -> None:
    try:
        with work.attempt():
            _write(work, _read(work, numbers))
            work.session.execute(delete(ToIndex).where(ToIndex.petition.in_(numbers)))
    except WrongKeys:
        raise
    except Exception as fault:  # noqa: BLE001 - one that fails must keep no other from being found
        if len(numbers) == 1:
            log.warning("a petition was not indexed: %s", describe(fault))
            work.session.get_one(ToIndex, numbers[0]).at = work.now + timedelta(seconds=waits.INDEX_AGAIN)
            return
        for number in numbers:
            _index(work, [number])


def _read(work: UnitOfWork, numbers: Sequence[str]) -> list[Said]:
    query = select(Petition).where(Petition.number.in_(numbers)).options(selectinload(Petition.respondents))
    petitions = work.session.scalars(query).all()
    vault_of(work.context).fetch_keys(work.session, numbers)
    _persons(work, petitions)
    return [_said(work, each) for each in petitions]


def _said(work: UnitOfWork, petition: Petition) -> Said:
    nothing = Said(petition.number, petition.registered_at)
    if petition.secrecy or petition.post_number is not None:
        return nothing
    try:
        return Said(
            petition.number,
            petition.registered_at,
            people.disclose(work, petition, "title"),
            people.disclose(work, petition, "statement"),
            tuple(each.name for each in respondents.opened(work, petition) if each.name),
        )
    except Sealed:
        return nothing  # its key is destroyed


def _persons(work: UnitOfWork, petitions: Sequence[Petition]) -> None:
    """Those of older code; what is the same already is not written."""
    years = {each.number: each for each in petitions if not each.secrecy}
    for person in work.session.scalars(select(Person).where(Person.petition.in_(years))):
        petition = years[person.petition]
        try:
            keys = people.keys(work, petition, person)
        except Sealed:
            continue
        for name, value in keys.items():
            if getattr(person, name) != value:
                setattr(person, name, value)


def _write(work: UnitOfWork, said: Sequence[Said]) -> None:
    for index in INDEXES:
        index(work, said)
