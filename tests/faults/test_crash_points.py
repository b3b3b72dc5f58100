"""Every border of the work, in every service: killed there, started again, and nothing lost or done twice."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.faults import points
from tests.faults.field import OTHER, Field, report
from tools.dev import database, stack
from tools.dev.stack import ROOT, SERVICES, Stack

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def field() -> Iterator[Field]:
    made = Field(ROOT / ".run" / "crash-points", 1, proxied=False, settings={"referral": {"OFFER_AGAIN_AFTER": "2"}})
    made.load.pause = 0.4
    yield made
    made.close()


def test_killed_at_every_border_of_every_service(field: Field) -> None:
    """Petitions flow while each service dies at each point; at the end every invariant holds."""
    field.load.start()
    field.load.refer_to(OTHER)  # who never signs: offered again and again
    died = []
    for point in dict.fromkeys(point for service in SERVICES for point in points.of(service)):
        here = [service for service in SERVICES if point in points.of(service)]
        # a retry and what waits behind it come about only where something fails first
        stumbling = [field.arm(service, "stumble") for service in here if point.split(".")[0] in ("retry", "drain")]
        armed = {service: field.arm(service, point) for service in here}
        for service, file in armed.items():
            field.until(f"{service} died at {point}", lambda file=file: not file.exists(), 45)  # type: ignore[misc]
            died.append((service, point))
        for file in stumbling:
            file.unlink(missing_ok=True)
        field.ready()
    violations = field.settle(120)
    assert {(service, point) for service in SERVICES for point in points.of(service)} == set(died)
    assert not violations, report(violations)


@pytest.mark.parametrize("service", SERVICES)
def test_killed_in_a_migration(system: Stack, service: str, tmp_path: Path) -> None:
    """Nothing of it stays, and the same command does all of it the next time."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    system.passwords[name] = "only-for-tests"
    database.create(system.database_admin, name, system.passwords[name])
    environment = stack._base() | {"DATABASE_URL": system.database(name), "FAULTS_FOLDER": str(tmp_path)}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "tests.faults.launch", service, "migrate"]
    (tmp_path / f"{service}.{points.MIGRATION}").touch()
    engine = create_engine(system.database(name))
    tables = text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
    try:
        killed = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=60)
        assert -9 == killed.returncode
        with engine.connect() as connection:
            assert 0 == connection.scalar(tables)
        subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=60)
        with engine.connect() as connection:
            assert (connection.scalar(tables) or 0) > 5
    finally:
        engine.dispose()
    assert not os.listdir(tmp_path)
