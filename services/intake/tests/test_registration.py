"""A registration: checked, numbered, written, told; what it comes from is looked at once."""

import ast
import inspect
from pathlib import Path

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, event

from contracts.vocabulary import Channel, Kind
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.use_cases import contacts, registration
from intake.use_cases.contacts import ContactInput

CALL = ContactInput(Channel.CALL, "12309", None, None, "石大川", "19900001208", "来电", 1)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def test_a_contact_is_looked_at_once(engine: Engine, context: ServiceContext) -> None:
    """By whoever takes its lock; and what was recorded of it goes before what is said now."""
    with context.begin(OFFICER) as work:
        id_ = contacts.record(work, CALL).id
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _x, statement, *_: asked.append(statement))
    with context.begin(OFFICER) as work:
        contact = contacts.load(work, id_, lock=True)
        made = registration.register(work, petition(Kind.CLAIM), contact)
        assert (id_, made.number, "registered") == (made.contact, contact.petition, contact.outcome)
    assert 1 == sum("FROM contact" in each for each in asked), asked
    with context.begin(OFFICER) as work, pytest.raises(errors.ContactDecided):
        registration.register(work, petition(Kind.CLAIM), contacts.load(work, id_, lock=True))


def test_no_step_is_long() -> None:
    """Four steps in a row, and whoever reads one has it on one page."""
    steps = [each for each in ast.parse(inspect.getsource(registration)).body if isinstance(each, ast.FunctionDef)]
    assert {"register", "_check", "_next_number", "_write", "_publish"} <= {each.name for each in steps}
    assert not {each.name for each in steps if (each.end_lineno or 0) - each.lineno + 1 > 40}
