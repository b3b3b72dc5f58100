"""The suite's own broker, database and running system, under .run/test*: nothing else is ever touched."""

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import BinaryExpression, Date, DateTime, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from service_kit.database import migrate
from tools.dev import database, stack
from tools.dev.stack import Stack

# each of those who share the suite has a system of its own
FOLDER = Path(__file__).parent / ".run" / f"test{os.environ.get('PYTEST_XDIST_WORKER', '')}"

# no test depends on how fast the machine is
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@compiles(BinaryExpression)
def _binary(element: BinaryExpression[Any], compiler: SQLCompiler, **given: Any) -> str:
    """No statement compares a day with a moment: when the day begins would be up to the session's time zone."""
    kinds = {type(side.type) for side in (element.left, element.right)}
    assert not {Date, DateTime} <= kinds, f"{element.left.compile()} beside {element.right.compile()}"
    return compiler.visit_binary(element, **given)  # type: ignore[no-untyped-call, no-any-return, unused-ignore]


@pytest.fixture(scope="session", autouse=True)
def _nobody_is_left_at_work() -> Iterator[None]:
    """A thread that a test leaves behind may wait, not work: it would slow every test after it."""
    yield
    named = {each.native_id: each.name for each in threading.enumerate() if each is not threading.main_thread()}
    tasks = {name: Path(f"/proc/self/task/{id_}/stat") for id_, name in named.items()}
    used = {name: int(task.read_text().rpartition(")")[2].split()[11]) for name, task in tasks.items() if task.exists()}
    assert not [name for name, ticks in used.items() if ticks > 30 * os.sysconf("SC_CLK_TCK")]


@pytest.fixture(scope="session")
def system() -> Iterator[Stack]:
    """Every service running for real, on fresh data."""
    stack.down(FOLDER)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.parent.mkdir(exist_ok=True, mode=0o700)
    # ten minutes in the field; who looks up comes from an address of its own, by a web server and the petitioners' door
    yield stack.up(FOLDER, progress=lambda _: None, settings={"EARLY_HELD": "15", "LOOKUP_PROXIES": "2"})
    stack.down(FOLDER)


@pytest.fixture
def empty_database(system: Stack) -> Iterator[str]:
    """The address of a fresh database of one test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    system.passwords[name] = "only-for-tests"
    database.create(system.database_admin, name, system.passwords[name])
    yield system.database(name)
    _command(system, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


@pytest.fixture(scope="session")
def with_tables(system: Stack) -> Callable[[str], str]:
    """Of a service: the name of a database with its tables; made once, for it takes seconds; copied for each test."""

    @cache
    def make(service: str) -> str:
        name = f"tables_{service}"
        system.passwords[name] = "only-for-tests"
        database.create(system.database_admin, name, system.passwords[name])
        migrate(system.database(name), import_module(f"{service}.service").MIGRATIONS)
        return name

    return make


@pytest.fixture
def engine(request: pytest.FixtureRequest, system: Stack) -> Iterator[Engine]:
    """A fresh database of one test; in a service's own tests with its tables."""
    folder = request.path.parent.parent
    if not (folder / "migrations" / "versions").is_dir():
        made = create_engine(request.getfixturevalue("empty_database"))
        yield made
        made.dispose()
        return
    owner, name = request.getfixturevalue("with_tables")(folder.name), f"test_{uuid.uuid4().hex[:12]}"
    _command(system, f"CREATE DATABASE {name} TEMPLATE {owner} OWNER {owner}")
    made = create_engine(system.database(name, owner))
    yield made
    made.dispose()
    _command(system, f"DROP DATABASE {name} WITH (FORCE)")


def _command(system: Stack, *statements: str) -> None:
    admin = create_engine(make_url(system.database_admin).set(drivername="postgresql+psycopg2"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for each in statements:
            connection.execute(text(each))
    admin.dispose()
