"""What may wait to be printed or proved is known by what is beside a reply: of what is stored, and of older code."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from contracts.vocabulary import PetitionState
from service_kit import database
from tools.dev.stack import ROOT

PETITION = """
INSERT INTO petition (number, year, serial, state, before, kind, line, service_point, department, concerns_us,
    statement, anonymous, secrecy, reach, group_size, registered_at, received_on, counts_from, awaits_answer)
VALUES (:number, 2026, :serial, :state, CASE WHEN :state IN ('suspended', 'closing') THEN 'registered' END, 'claim',
    'other', '12309', 'D05', false, '', true, false, 'none', 1, now(), current_date, current_date, false)
"""
REPLY = """
INSERT INTO reply (petition, seq, kind, means, issued_on, officer, text, round, proof, proved_on, proved_by)
VALUES (:number, :seq, 'procedural_reply', 'post', current_date, '900100', '', 0, :proof,
    CASE WHEN :proof IS NOT NULL THEN current_date END, CASE WHEN :proof IS NOT NULL THEN '900100' END)
"""
BESIDE = "SELECT DISTINCT open, department, service_point FROM reply WHERE petition = :number"


@pytest.fixture
def migrated(engine: Engine, tmp_path: Path) -> Engine:
    """intake's database with a petition of each state, each told with proof and without, of before the migration."""
    url = engine.url.render_as_string(hide_password=False)
    new, old = ROOT / "services" / "intake" / "migrations", tmp_path / "migrations"
    shutil.copytree(new, old, ignore=shutil.ignore_patterns("__pycache__"))
    for later in [each for each in (old / "versions").glob("0*.py") if each.name >= "0050"]:
        later.unlink()
    database.migrate(url, old)
    for serial, state in enumerate(PetitionState, 1):
        _store(engine, state.value, state, serial)
    database.migrate(url, new)
    return engine


def _store(engine: Engine, number: str, state: PetitionState, serial: int) -> None:
    with engine.begin() as connection:
        connection.execute(text(PETITION), {"number": number, "serial": serial, "state": state})
        for seq, proof in enumerate((None, "signature"), 1):
            connection.execute(text(REPLY), {"number": number, "seq": seq, "proof": proof})


def _beside(engine: Engine, number: str, change: str | None = None) -> list[tuple[bool, str | None, str | None]]:
    with engine.begin() as connection:
        if change is not None:
            connection.execute(text(f"UPDATE petition SET {change} WHERE number = :number"), {"number": number})
        return [tuple(each) for each in connection.execute(text(BESIDE), {"number": number})]


def test_what_is_stored_is_open_unless_it_was_closed(migrated: Engine) -> None:
    """A reply that is proved, too: a proof may be taken back. Of what was closed none waits ever again."""
    for state in PetitionState:
        there = (True, "D05", "12309") if state is not PetitionState.CLOSED else (False, None, None)
        assert [there] == _beside(migrated, state.value)


def test_what_older_code_does_is_beside_the_reply(migrated: Engine) -> None:
    """A copy of it still runs, and does not know the columns: it tells, moves, closes and opens again."""
    _store(migrated, "beside", PetitionState.ACCEPTED, 100)
    assert [(True, "D05", "12309")] == _beside(migrated, "beside")
    assert [(True, None, "12309")] == _beside(migrated, "beside", "department = NULL")
    assert [(True, None, "P01")] == _beside(migrated, "beside", "service_point = 'P01'")
    assert [(False, None, "P01")] == _beside(migrated, "beside", "state = 'closed'")
    assert [(False, None, "P01")] == _beside(migrated, "beside", "state = 'registered', round = 1, department = 'D03'")
