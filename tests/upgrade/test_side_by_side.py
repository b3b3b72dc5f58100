"""An upgrade goes service by service: for a while the older and the newer code share every queue and every schema."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tools.dev import demo, processes
from tools.dev import stack as stacks
from tools.dev.stack import ROOT, SERVICES, Stack

FOLDER = ROOT / ".run" / "upgrade"
EXPAND = '''"""What the next version will need: beside what is there, in the way of nobody."""

from alembic import op

revision = "{revision}"
down_revision = "{down}"


def upgrade() -> None:
    op.execute("ALTER TABLE lane ADD COLUMN next_version_note text")
    op.execute("CREATE TABLE next_version (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)")
'''

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def running() -> Iterator[Stack]:
    stacks.down(FOLDER)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.parent.mkdir(exist_ok=True, mode=0o700)
    yield stacks.up(FOLDER, progress=lambda _: None)
    stacks.down(FOLDER)


@pytest.mark.parametrize("other", ["previous", "next"])
def test_old_and_new_code_share_queues_and_schema(running: Stack, other: str) -> None:
    """The demo ends right with both at work, asked of either, and with the other alone; nothing waits or is parked.

    previous: the last release, or the commit before this one while there is none (FENGQIAO_OLD names another).
    next: this code and one expanding migration a service; the schema is moved first, under the older code's feet.
    """
    root = _previous() if other == "previous" else _next(running)
    if "receive_each" not in (root / "libs/courier/courier/entrypoints.py").read_text():
        # as for going back to before each agency had a queue of its own; docs/operations.md
        stacks.provision(running, stacks.COUNTY / "agencies.yaml", "--shared")
    beside = dict(running.ports)
    for service in SERVICES:
        name = stacks.serve(running, service, {"PYTHONPATH": _paths(root)}, copy=2)
        beside[service] = stacks.port(running, name)
    also = replace(running, ports=beside)
    for service in SERVICES:
        stacks.until(
            lambda service=service: processes.answers(beside[service]),  # type: ignore[misc]
            60,
            f"{service}-2",
            FOLDER / "log" / f"{service}-2.log",
        )
        assert str(root) in _maps(service)
    assert 0 == demo.run(running, False, None)
    assert 0 == demo.run(also, False, None)
    for service in ("intake", "referral", "aid"):  # notify stays: the provider tells its receipts to that address
        stacks.leave(running, service)
    assert 0 == demo.run(also, False, None)
    for service in SERVICES:
        _nothing_is_left(running, service)


def _nothing_is_left(running: Stack, service: str) -> None:
    engine = create_engine(running.database(service))
    look = text("SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM inbox WHERE state <> 'done')")

    def settled() -> bool:
        with engine.connect() as connection:
            return tuple(connection.execute(look).one()) == (0, 0)

    stacks.until(settled, 60, f"{service}: something waits", FOLDER / "log" / f"{service}-2.log")
    engine.dispose()


def _previous() -> Path:
    """A folder with the older code, from the history."""
    tag = subprocess.run(["git", "describe", "--tags", "--abbrev=0", "HEAD^"], cwd=ROOT, capture_output=True, text=True)
    commit = os.environ.get("FENGQIAO_OLD") or tag.stdout.strip() or "HEAD^"
    archive = subprocess.run(["git", "archive", commit, "libs", "services"], cwd=ROOT, capture_output=True, check=True)
    folder = FOLDER / "previous"
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def _next(running: Stack) -> Path:
    """A folder with this code and a further migration of each service, which is carried out while this code runs."""
    folder = FOLDER / "next"
    for part in ("libs", "services"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for service in SERVICES:
        versions = folder / "services" / service / "migrations" / "versions"
        last = max(file.name[:4] for file in versions.glob("0*.py"))
        revision = f"{int(last) + 1:04d}"
        (versions / f"{revision}_next.py").write_text(EXPAND.format(revision=revision, down=last))
        settings = {"PYTHONPATH": _paths(folder), "DATABASE_URL": running.owned(service)}
        done = stacks.command(running, service, "migrate", settings=settings)
        assert 0 == done.returncode, done.stdout + done.stderr
    return folder


def _paths(root: Path) -> str:
    """Before the checkout's own on the path, so that this code is imported and no other."""
    folders = [str(path) for pattern in ("libs/*", "services/*") for path in sorted(root.glob(pattern))]
    return os.pathsep.join(folders)


def _maps(service: str) -> str:
    """Where a second copy imports the service from."""
    pid = processes.recorded(FOLDER / "running" / f"{service}-2")
    environment = Path(f"/proc/{pid}/environ").read_bytes().decode()
    given = next(each for each in environment.split("\0") if each.startswith("PYTHONPATH="))
    look = f"import {service}; print({service}.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", look],
        env={"PYTHONPATH": given.partition("=")[2]},
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout
