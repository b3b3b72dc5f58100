"""How common words are, counted now and then: the rare ones tell of which issue somebody speaks.

Counted over what is no accusation, not anonymous and about no colleague of ours, and not with each petition: no answer
differs by one report that is out of sight.
"""

from collections.abc import Collection

from sqlalchemy import func, literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from contracts.vocabulary import Kind
from courier.unit_of_work import UnitOfWork
from intake.tables import Petition, WordCount, WordIndex, WordsCounted

FEWEST = 100  # petitions; among fewer nothing is common
GROWN = 1.25  # times as many as were counted: then again
# the words of a quarter's petitions take seconds, which a service is not given for a statement
_AT_LEISURE = text("SET LOCAL statement_timeout = '10min'")
_LABEL = func.to_char(func.timezone("Asia/Shanghai", Petition.registered_at), 'YYYY"Q"Q')
_OPEN = (Petition.kind != Kind.ACCUSATION, ~Petition.secrecy, ~Petition.anonymous, ~Petition.concerns_us)


def count(work: UnitOfWork) -> int:
    """Counts the words of the quarters in which there are many more petitions than were counted. How many quarters."""
    work.session.execute(_AT_LEISURE)
    before = {each.label: each.petitions for each in work.session.scalars(select(WordsCounted))}
    indexed = select(_LABEL.label("label"), func.count()).join(WordIndex, WordIndex.petition == Petition.number)
    due = {
        label: petitions
        for label, petitions in work.session.execute(indexed.where(*_OPEN).group_by(text("label")))
        if petitions >= max(FEWEST, GROWN * before.get(label, 0))
    }
    for label, petitions in due.items():
        its = select(func.unnest(WordIndex.words).label("word")).join(Petition, Petition.number == WordIndex.petition)
        each = its.where(_LABEL == label, Petition.year == int(label[:4]), *_OPEN).subquery()
        rows = select(each.c.word, func.count()).group_by(each.c.word).having(func.count() > 1)
        _put(work, WordCount, "word", rows)
        _put(work, WordsCounted, "label", select(literal(label), literal(petitions)))
    return len(due)


def of(work: UnitOfWork, words: Collection[int], labels: Collection[str]) -> tuple[dict[int, int], int]:
    """Word → in how many petitions it stands, of those that were counted; and over how many those of a quarter were."""
    counted = select(WordCount.word, WordCount.petitions).where(WordCount.word.in_(words))
    most = select(func.coalesce(func.max(WordsCounted.petitions), 0)).where(WordsCounted.label.in_(labels))
    found = {each.word: each.petitions for each in work.session.execute(counted)}
    return found, work.session.scalars(most).one()


def _put(work: UnitOfWork, table: type[WordCount | WordsCounted], key: str, rows: object) -> None:
    statement = upsert(table).from_select([key, "petitions"], rows)  # type: ignore[arg-type]
    anew = {"petitions": statement.excluded.petitions}
    work.session.execute(statement.on_conflict_do_update(index_elements=[key], set_=anew))
