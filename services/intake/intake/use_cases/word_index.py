"""The index of words: of what a petition says, and of whom it is about."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert as upsert

from courier.unit_of_work import UnitOfWork
from intake.domain import finding
from intake.tables import WordIndex
from intake.use_cases import index_keys
from intake.use_cases.said import Said

VERSION = 2


def write(work: UnitOfWork, said: Sequence[Said]) -> None:
    """A row for each, in the place of what was written before."""
    rows = [{"petition": each.number, "version": VERSION, "words": _keys(work, each)} for each in said]
    statement = upsert(WordIndex).values(rows)
    anew = {"version": statement.excluded.version, "words": statement.excluded.words}
    work.session.execute(statement.on_conflict_do_update(index_elements=["petition"], set_=anew))


def _keys(work: UnitOfWork, said: Said) -> list[int]:
    label = index_keys.label(said.registered_at)
    words = index_keys.of_words(work, label, finding.words_of(said.title, said.statement))
    # in the order of the keys: the order of the words would tell what stands beside what
    return sorted({*words, *(index_keys.of_respondent(work, label, each) for each in said.respondents)})
