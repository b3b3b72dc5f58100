"""What an installation of before holds in clear is gone soon after the upgrade, and what was done stays done."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from contracts.problems import DoneBefore
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from service_kit import database
from service_kit.service import Keeping
from tools.dev.stack import ROOT, SERVICES
from vault import Keyring, Vault
from vault.keyring import generate
from web import idempotency

OLD = """
INSERT INTO idempotency (officer, key, digest, answer)
    SELECT 'A00/900001', 'key-' || n, sha256('19900001208'), '{"name": "石大川"}' FROM generate_series(1, 700) AS n;
INSERT INTO inbox (kind, source, subject, message_id, type, digest, state)
    SELECT 'agency', 'A09', 's', 'm-' || n, 'x', sha256('19900001208'), 'done' FROM generate_series(1, 700) AS n;
INSERT INTO inbox (kind, source, subject, message_id, type, state)
    VALUES ('unreadable', 'A09', '-', encode(sha256('19900001208'), 'hex'), 'x', 'done');
"""
# as the older code writes while both run
LATE = OLD.replace("generate_series(1, 700)", "generate_series(701, 702)").replace("'A09', '-'", "'A10', '-'")
LEFT = """
SELECT (SELECT count(*) FROM idempotency), (SELECT count(*) FROM inbox),
    (SELECT count(*) FROM idempotency WHERE digest <> '' OR answer IS NOT NULL),
    (SELECT count(*) FROM inbox WHERE digest IS NOT NULL OR message_id = encode(sha256('19900001208'), 'hex'))
"""


@pytest.mark.parametrize("service", SERVICES)
def test_what_was_stored_in_clear_is_emptied_and_stays_done(engine: Engine, tmp_path: Path, service: str) -> None:
    """Bounded batches; every claim and id is kept, what came before the upgrade and what older code wrote after it."""
    url, new = engine.url.render_as_string(hide_password=False), ROOT / "services" / service / "migrations"
    old = tmp_path / "migrations"
    shutil.copytree(new, old, ignore=shutil.ignore_patterns("__pycache__"))
    (mine,) = (old / "versions").glob("*_digests.py")
    for later in [each for each in (old / "versions").glob("0*.py") if each.name >= mine.name]:
        later.unlink()
    database.migrate(url, old)
    _run(engine, OLD)
    database.migrate(url, new)
    _run(engine, LATE)
    generate(tmp_path / "keys", [service])
    keys = Vault(Keyring.from_file(tmp_path / "keys" / f"{service}.keys.json"))
    context = ServiceContext(service, "619926", sessionmaker(engine), language, keys)
    keeping, batches = Keeping(*map(timedelta, (7, 90, 30, 365))), list[int]()
    while not batches or batches[-1]:
        with context.begin(Actor("-", service, "system")) as work:
            batches.append(keeping.forget(work, limit=500))
    assert [1000, 406, 0] == batches
    assert (702, 704, 0, 0) == tuple(_run(engine, LEFT)[0])
    for key in ("key-1", "key-702"):
        with context.sessions() as session, pytest.raises(DoneBefore):
            idempotency.once(session, keys, "A00/900001", key, b"anything", lambda: {"done": "again"})


def _run(engine: Engine, statement: str) -> list[Any]:
    with engine.begin() as connection:
        done = connection.execute(text(statement))
        return list(done) if done.returns_rows else []
