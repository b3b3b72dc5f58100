"""Why a message is kept was the beginning of its sentence, and is a column now: of what is stored, and what will be."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from courier import faults
from courier.faults import Cause, OutOfChain, Park, Policy, Reject, Retry, cause_of, describe
from service_kit import database
from tools.dev.stack import ROOT, SERVICES

# as the older code writes: kind, state, reason → the cause
STORED = {
    ("agency", "retry", "NotYet: the referral is not known here"): Cause.NOT_YET,
    ("agency", "retry", "TooEarly: not signed for yet"): Cause.TOO_EARLY,
    ("letter", "retry", "Retry: the provider is away"): Cause.FAILED,
    ("event", "retry", "IntegrityError (referral_one) at handlers.py:12 heard"): Cause.FAILED,
    ("event", "parked", "Rejected at handlers.py:12 heard"): Cause.FAILED,
    ("letter", "parked", "Park: no handler for x"): Cause.LASTING,
    ("event", "parked", "OutOfChain: another event was applied as version 2"): Cause.OUT_OF_CHAIN,
    ("agency", "parked", "Reject: data.text: too long"): Cause.REJECTED,
    ("unreadable", "parked", "Reject: the source is not the sender"): Cause.UNREADABLE,
    ("event", "waiting", None): None,
    ("agency", "done", None): None,
}
ROW = """
INSERT INTO inbox (kind, source, subject, message_id, type, state, body, next_at, reason)
VALUES (:kind, 'x', 's', :id, 'x', :state, CASE WHEN :state <> 'done' THEN ''::bytea END,
    CASE WHEN :state = 'retry' THEN now() END, :reason)
"""


@pytest.fixture(params=SERVICES)
def migrated(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Engine:
    """A service's database with what older code stored before the migration, and as much beside the newer code."""
    url = engine.url.render_as_string(hide_password=False)
    new, old = ROOT / "services" / request.param / "migrations", tmp_path / "migrations"
    shutil.copytree(new, old, ignore=shutil.ignore_patterns("__pycache__"))
    (mine,) = (old / "versions").glob("*_causes.py")
    for later in [each for each in (old / "versions").glob("0*.py") if each.name >= mine.name]:
        later.unlink()
    database.migrate(url, old)
    store(engine, "before")
    database.migrate(url, new)
    store(engine, "beside")
    return engine


def store(engine: Engine, when: str) -> None:
    for number, (kind, state, reason) in enumerate(STORED):
        run(engine, ROW, kind=kind, state=state, reason=reason, id=f"{when}-{number}")


def run(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with engine.begin() as connection:
        done = connection.execute(text(statement), values)
        return list(done) if done.returns_rows else []


def test_what_older_code_stored_has_its_cause(migrated: Engine) -> None:
    """Stored before the migration, and written by a copy of the older code that still runs."""
    for when in ("before", "beside"):
        found = run(migrated, "SELECT cause FROM inbox WHERE message_id LIKE :when ORDER BY id", when=f"{when}-%")
        assert [*STORED.values()] == [each.cause for each in found]


def test_what_older_code_tries_again_has_its_newest_cause(migrated: Engine) -> None:
    """It knows one column and changes the sentence: a cause of before would let through what now holds others back."""
    change = "UPDATE inbox SET reason = :reason WHERE message_id = 'before-0' RETURNING cause"
    for reason, cause in (("Retry: x", Cause.FAILED), (None, None), ("TooEarly: y", Cause.TOO_EARLY)):
        assert [(cause,)] == run(migrated, change, reason=reason)


def test_what_newer_code_writes_stays(migrated: Engine) -> None:
    """Also when the sentence is another and the cause the same, for each word a handler has."""
    words = {each for each in vars(faults).values() if isinstance(each, type) and issubclass(each, Policy)} - {Policy}
    assert {Reject, Retry, Park, OutOfChain} < words
    for word in words:
        fault = word(None, "不符", "wrong") if word is Reject else word("wrong")  # type: ignore[call-arg]
        for reason in (describe(fault), f"{describe(fault)} again"):
            change = "UPDATE inbox SET reason = :reason, cause = :cause WHERE message_id = 'before-0' RETURNING cause"
            assert [(cause_of(fault),)] == run(migrated, change, reason=reason, cause=cause_of(fault))


def test_the_column_knows_the_words_of_the_code(migrated: Engine) -> None:
    (rule,) = run(migrated, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'inbox_cause'")
    assert {*Cause} == set(rule[0].split("'")[1::2])
