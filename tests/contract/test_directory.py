"""Each service's copy of the directory is what referral said last, in whatever order and how often it came."""

import importlib
import random
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from contracts.vocabulary import AgencyKind, EdgeKind, Transport
from courier.unit_of_work import UnitOfWork
from service_kit import directory

EDGES = [{"kind": EdgeKind.GUIDANCE, "to": "A08"}]


def told(revision: int, **more: Any) -> dict[str, Any]:
    base = {"agency": "A09", "revision": revision, "name": f"第{revision}个名字", "kind": AgencyKind.LABOUR}
    return base | {"transport": Transport.QUEUE, "active": True} | more


LETTERS = [told(1), told(1, parent=None, edges=EDGES), told(2, parent="A01", edges=EDGES), told(3, active=False)]
LETTERS += [told(4), told(4, parent="A02", edges=EDGES)]  # older code of referral, and newer code that says it again


@pytest.mark.parametrize("service", ["intake", "aid", "notify"])
def test_the_greatest_revision_wins_in_every_copy(engine: Engine, service: str) -> None:
    """What an older copy took without its edges is completed by the same revision, and taken away by none."""
    agency = importlib.import_module(f"{service}.tables").Agency
    agency.__table__.create(engine)
    dice = random.Random(20261126)
    with Session(engine) as session:
        work = cast(UnitOfWork, SimpleNamespace(session=session))
        for _ in range(200):
            session.execute(text("DELETE FROM agency"))
            came = [*LETTERS, *dice.choices(LETTERS, k=3)]
            dice.shuffle(came)
            for letter in came:
                directory.keep(work, agency, letter)
            (row,) = session.execute(text("SELECT * FROM agency")).mappings()
            expected = {**LETTERS[-1], "code": "A09"}
            assert {name: expected[name] for name in row} == dict(row), came
            assert (["A09"]) == [each.code for each in directory.active(work, agency)] if "active" in row else True
            session.rollback()
