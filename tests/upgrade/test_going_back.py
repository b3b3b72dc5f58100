"""Going back to the older code: its `migrate` runs at every start, in front of a schema that it does not know."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from service_kit import database
from tools.dev.stack import ROOT, SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_older_code_leaves_a_newer_schema_and_is_ready_on_it(engine: Engine, tmp_path: Path, service: str) -> None:
    """Or the containers of the version before would never start again; newer code waits for its own migration still."""
    url, new = engine.url.render_as_string(hide_password=False), ROOT / "services" / service / "migrations"
    old = tmp_path / "migrations"
    shutil.copytree(new, old, ignore=shutil.ignore_patterns("__pycache__"))
    last = max((old / "versions").glob("0*.py"))
    last.unlink()
    database.migrate(url, old)
    assert database.is_migrated(engine, old)
    assert not database.is_migrated(engine, new)
    database.migrate(url, new)
    database.migrate(url, old)
    with engine.connect() as connection:
        assert last.name[:4] == connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert database.is_migrated(engine, new)
    assert database.is_migrated(engine, old)
