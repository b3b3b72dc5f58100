"""The trail is safe from the service itself: its role owns nothing, in a new database and in one from before."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import errors

from tests.upgrade.test_side_by_side import _paths, _previous
from tools.dev import database, stack
from tools.dev.stack import SERVICES, Stack

POSTGRES = stack.ROOT / "deploy" / "postgres"
REFUSED = [
    "ALTER TABLE {table} DISABLE TRIGGER {table}_append_only",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TRIGGER {table}_append_only ON {table}",
    "CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "ALTER FUNCTION {table}_append_only() SET search_path = pg_temp",
    "DROP FUNCTION {table}_append_only() CASCADE",
    "CREATE TRIGGER swallow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
    "CREATE RULE swallow AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "UPDATE {table} SET {column} = 'x'",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} RENAME TO elsewhere",
    "ALTER TABLE {table} OWNER TO {role}",
    "GRANT UPDATE ON {table} TO {role}; UPDATE {table} SET {column} = 'x'",
    "SELECT * FROM {table} FOR UPDATE",
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    "REASSIGN OWNED BY {owner} TO {role}",
    "SET ROLE {owner}",
    "SET SESSION AUTHORIZATION {owner}",
    "GRANT {owner} TO {role}",
    "ALTER ROLE {owner} PASSWORD 'x'",
    "SET session_replication_role = replica",
    "CREATE TABLE mine (n integer)",
    "CREATE TEMP TABLE mine (n integer)",
    "CREATE SCHEMA mine",
]
KEPT = [*((service, "events") for service in SERVICES), ("referral", "custody")]


@contextmanager
def asking(url: str) -> Iterator[Any]:
    """A cursor whose statements are undone."""
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        yield connection.cursor()
    finally:
        connection.rollback()
        connection.close()


@pytest.mark.parametrize(("service", "table"), KEPT)
def test_no_service_can_change_what_it_said(system: Stack, service: str, table: str) -> None:
    """Every way to alter the trail, or to make altering possible, is refused to the role the service logs in as, for
    want of a right: the trigger is not what stops it."""
    column = {"events": "type", "custody": "agency"}[table]
    for statement in REFUSED:
        asked = statement.format(table=table, column=column, role=service, owner=f"{service}_owner")
        with asking(system.database(service)) as cursor:
            try:
                cursor.execute(asked)
            except errors.InsufficientPrivilege:
                continue
            pytest.fail(f"{service} may: {asked}")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_owns_nothing(system: Stack, service: str) -> None:
    """Neither in its database nor the database itself; it is in no other role; what it serves with tells no more."""
    _has_the_right_owners(system, service, system.database_admin)
    assert system.passwords[f"{service}_owner"] not in str(stack._environment(system, service))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("take_over", ["up", "databases"])
def test_a_database_from_before_is_taken_over(
    system: Stack, service: str, take_over: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Made and filled by the older code as the service's own role; then the owner's, nothing lost, the service at work
    on it, and the newer migration carried out by the owner. Twice is the same as once."""
    name = f"old_{service}_{uuid.uuid4().hex[:8]}"
    system.passwords.update({name: "its-own", f"{name}_owner": "of-its-owner"})
    database.create(system.database_admin, name, "its-own")
    request.addfinalizer(lambda: _drop(system, name))
    older = {"DATABASE_URL": system.database(name), "PYTHONPATH": _paths(_previous())}
    made = stack.command(system, service, "migrate", settings=older)
    assert 0 == made.returncode, made.stdout + made.stderr
    said = "INSERT INTO events VALUES ('s', %s, %s, 't', now(), '', '')"
    _write(system.database(name), said, (1, "1"))
    take = {"up": _up, "databases": _databases}[take_over]
    for _ in range(2):
        take(system, name, tmp_path)
        _has_the_right_owners(system, name, system.database_admin)
    _write(system.database(name), said, (2, "2"))  # by the older code, which still runs
    newer = {"DATABASE_URL": system.owned(name)}
    made = stack.command(system, service, "migrate", settings=newer)
    assert 0 == made.returncode, made.stdout + made.stderr
    _has_the_right_owners(system, name, system.database_admin)
    _write(system.database(name), said, (3, "3"))
    with asking(system.database(name)) as cursor:
        cursor.execute("SELECT version FROM events ORDER BY version")
        assert [(1,), (2,), (3,)] == cursor.fetchall()


def _up(system: Stack, name: str, _: Path) -> None:
    database.create_for(system.database_admin, name, "its-own", "of-its-owner")


def _databases(system: Stack, name: str, folder: Path) -> None:
    """As the container of that name does it."""
    (folder / f"{name}_database").write_text("its-own")
    (folder / f"{name}_owner").write_text("of-its-owner")
    command = [str(database.program("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", f"service={name}"]
    command += ["-d", system.database_admin, "-f", str(POSTGRES / "database.sql")]
    done = subprocess.run(command, env={**os.environ, "SECRETS": str(folder)}, capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr


def _write(url: str, statement: str, values: tuple[Any, ...]) -> None:
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
    connection.close()


def _drop(system: Stack, name: str) -> None:
    with database._asking(system.database_admin) as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        cursor.execute(f"DROP ROLE {name}")
        cursor.execute(f"DROP ROLE IF EXISTS {name}_owner")


OWNED = """
SELECT 'database', datname FROM pg_database WHERE datdba = %(role)s::regrole
UNION ALL SELECT 'relation', relname FROM pg_class WHERE relowner = %(role)s::regrole
UNION ALL SELECT 'function', proname FROM pg_proc WHERE proowner = %(role)s::regrole
UNION ALL SELECT 'type', typname FROM pg_type WHERE typowner = %(role)s::regrole
UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspowner = %(role)s::regrole
"""
RIGHTS = """
SELECT relname, relkind, array(
    SELECT privilege_type FROM aclexplode(relacl) WHERE grantee = %(role)s::regrole ORDER BY 1)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
"""


def _has_the_right_owners(system: Stack, name: str, admin: str) -> None:
    with asking(admin.rpartition("/")[0] + f"/{name}") as cursor:
        ask: Callable[[str], list[Any]] = lambda query: _all(cursor, query, name)  # noqa: E731
        assert [] == ask(OWNED)
        assert [] == ask("SELECT roleid::regrole FROM pg_auth_members WHERE member = %(role)s::regrole")
        assert [(False, False, False, False)] == ask(
            "SELECT has_schema_privilege(%(role)s, 'public', 'CREATE'),"
            " has_database_privilege(%(role)s, current_database(), 'CREATE'),"
            " has_database_privilege(%(role)s, current_database(), 'TEMP'), rolsuper FROM pg_roles"
            " WHERE rolname = %(role)s"
        )
        found = {(kind, relation): tuple(rights) for relation, kind, rights in ask(RIGHTS)}
        added_to = {relation for (kind, relation), rights in found.items() if kind == "r" and "UPDATE" not in rights}
        assert {"events", "custody"} & {relation for _, relation in found} == added_to
        for (kind, relation), rights in found.items():
            few, all_ = ("INSERT", "SELECT"), ("DELETE", "INSERT", "SELECT", "UPDATE")
            wanted = ("USAGE",) if kind == "S" else few if relation in added_to else all_
            assert wanted == rights, relation
        everything = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert [(f"{name}_owner",)] == ask(everything)


def _all(cursor: Any, query: str, role: str) -> list[Any]:
    cursor.execute(query, {"role": role})
    rows: list[Any] = cursor.fetchall()
    return rows
