"""Migrations run while the service is at work on the same tables: each waits for the other, and neither is broken."""

import shutil
import threading
from pathlib import Path

import pytest
from county import until
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url

from service_kit import database
from tools.dev.stack import ROOT, Stack

SCRIPTS = ROOT / "services" / "intake" / "migrations"
INBOX = """
INSERT INTO inbox (kind, source, subject, message_id, type, state) VALUES ('letter', 'x', 's', :id, 'x', 'done')
"""
WAITS = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE NOT granted AND datname = current_database()
"""


class Migration(threading.Thread):
    fault: Exception | None = None

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url

    def run(self) -> None:
        try:
            database.migrate(self.url, SCRIPTS)
        except Exception as fault:  # noqa: BLE001 - it is looked at by the test
            self.fault = fault

    def ends(self) -> None:
        self.join(60)
        assert not self.is_alive()
        assert self.fault is None


@pytest.fixture
def migration(engine: Engine, tmp_path: Path) -> Migration:
    """From the release before, with a service of it at work."""
    url, old = engine.url.render_as_string(hide_password=False), tmp_path / "migrations"
    shutil.copytree(SCRIPTS, old, ignore=shutil.ignore_patterns("__pycache__"))
    for later in [each for each in (old / "versions").glob("0*.py") if each.name > "0024"]:
        later.unlink()
    database.migrate(url, old)
    return Migration(url)


def waits(connection: Connection) -> bool:
    return bool(connection.scalar(text(WAITS)))


def test_who_comes_behind_a_migration_that_waits_is_served(engine: Engine, migration: Migration) -> None:
    """A long reader, as a backup is, keeps the migration waiting; the service behind it would wait as long."""
    with engine.connect() as backup, engine.connect() as service, engine.connect() as look:
        backup.execute(text("SELECT count(*) FROM inbox"))
        migration.start()
        until(lambda: waits(look), "it waits for the reader", 30)
        service.execute(text("SET lock_timeout = 5000"))
        service.execute(text(INBOX), {"id": "behind"})
        service.commit()
        backup.rollback()
    migration.ends()


def test_a_deadlock_with_the_service_is_tried_again(system: Stack, engine: Engine, migration: Migration) -> None:
    """A handler has written its inbox row and now wants the petition, which the migration changes before the inbox."""
    # who looks for deadlocks last is not the one that is ended; only the administrator may say so
    url = make_url(system.database_admin).set(drivername=engine.url.drivername, database=engine.url.database)
    admin = create_engine(url)
    with admin.connect() as service, engine.connect() as look:
        service.execute(text("SET deadlock_timeout = '30s'"))
        service.execute(text(INBOX), {"id": "first"})
        migration.start()
        until(lambda: waits(look), "it waits for the inbox", 30)
        service.execute(text("SELECT 1 FROM petition FOR UPDATE"))
        service.commit()
    admin.dispose()
    migration.ends()
