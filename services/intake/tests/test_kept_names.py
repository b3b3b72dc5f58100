"""What was let in under an earlier rule goes on under this one."""

from io import BytesIO
from pathlib import Path

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select

from contracts.vocabulary import Kind
from courier import tables
from courier.unit_of_work import ServiceContext
from intake.use_cases import files, petitions, registration

PDF = b"%PDF-1.7 x"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


@pytest.mark.parametrize("name", ["..\\..\\x", "..", "证\x7f据.pdf", "x\u202efdp.exe", "材" * 200, "CON"])
def test_a_file_of_any_kept_name_is_handed_on(context: ServiceContext, name: str) -> None:
    """Every later handing over failed with a 500 on a name that only the upload took."""
    with context.begin(OFFICER) as work:
        number = registration.register(work, petition(Kind.CLAIM)).number
        files.add(work, number, name, "application/pdf", BytesIO(PDF), len(PDF))
        petitions.refer(work, number, "A09", "regulation_31", True)
        (given,) = files.of_petition(work, petitions.load(work, number))
    assert not set(given["name"]) & set("/\\\x7f\u202e")
    with context.sessions() as session:
        types = session.scalars(select(tables.outbox.c.routing_key)).all()
    assert "petition.handed_over.v1" in types
