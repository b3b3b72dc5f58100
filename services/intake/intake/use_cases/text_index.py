"""The index of texts: what a petition is found by that says the same, or names the same case."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert as upsert

from courier.unit_of_work import UnitOfWork
from intake.domain import texts
from intake.domain.texts import MinHash
from intake.tables import TextIndex
from intake.use_cases import index_keys
from intake.use_cases.said import Said


def write(work: UnitOfWork, said: Sequence[Said]) -> None:
    """A row for each, in the place of what was written before."""
    rows = [
        {
            "petition": each.number,
            "keys": sorted({*bands(work, each.statement), *cases(work, each.title, each.statement)}),
        }
        for each in said
    ]
    statement = upsert(TextIndex).values(rows)
    anew = {"keys": statement.excluded["keys"]}
    work.session.execute(statement.on_conflict_do_update(index_elements=["petition"], set_=anew))


def bands(work: UnitOfWork, statement: str | None) -> list[int]:
    """By which a statement is found that says half the same or more."""
    return MinHash(index_keys.text_key(work)).bands(statement or "")


def cases(work: UnitOfWork, title: str | None, statement: str | None) -> list[int]:
    """Of each case and paper that either names."""
    named = texts.cases(f"{title or ''}\n{statement or ''}")
    return sorted(index_keys.of_case(work, each) for each in named)
