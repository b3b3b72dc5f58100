"""Who is told of which agency: each service once, and everybody once more when a person says so."""

from pathlib import Path
from typing import Any

import pytest
from referral_context import OFFICER, build_context
from sqlalchemy import Engine, delete, select, update

from courier import tables
from courier.unit_of_work import ServiceContext
from referral.tables import Agency
from referral.use_cases import directory

ENTRY = {
    "name": "县水利局",
    "kind": "town",
    "parent": None,
    "edges": [],
    "transport": "file",
    "own_system": False,
    "competence": [],
    "active": True,
}


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    context, _ = build_context(engine, tmp_path)
    load(context, "A15", "A16")
    load(context, "A15")
    return context


def load(context: ServiceContext, *codes: str) -> None:
    with context.begin(OFFICER) as work:
        directory.load(work, [{"code": code, **ENTRY} for code in codes])


def told(context: ServiceContext) -> list[tuple[Any, ...]]:
    """To whom the letters of the last transaction go; they are taken away."""
    box = tables.outbox
    with context.sessions() as session, session.begin():
        said = session.execute(select(box.c.exchange, box.c.subject).where(box.c.routing_key == "directory.entry.v1"))
        found = sorted({(row.exchange, row.subject) for row in said})
        session.execute(delete(box))
    return found


def test_one_that_left_is_told_as_well_to_a_service_that_forgot(context: ServiceContext) -> None:
    """Or intake, which asks the ban of all, would wait for the left one for ever."""
    told(context)
    with context.begin(OFFICER) as work:
        work.session.execute(update(Agency).values(told=["aid", "notify"]))
    load(context, "A15")
    assert {"agency/A15", "agency/A16"} <= {subject for _, subject in told(context)}
    load(context, "A15")
    assert [] == told(context)


def test_everybody_is_told_once_more_when_a_person_says_so(context: ServiceContext) -> None:
    """What older copies heard they may have kept in part: no revision says so."""
    told(context)
    for _ in range(2):
        with context.begin(OFFICER) as work:
            assert 2 <= directory.tell(work)
        assert 3 == len([each for each in told(context) if each[1] == "agency/A16"])
