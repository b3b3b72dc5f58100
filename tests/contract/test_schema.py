"""What migrations make is what the mapping says, whose rights included, and a migration says the same for ever.

Alembic's own comparison sees neither CHECKs nor triggers nor defaults: here PostgreSQL is asked for both databases what
it has. Tables are found by importing the service, so that a new one is compared by being there.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from tools.dev.stack import DATABASES, ROOT, SERVICES, Stack

# in a process of its own: what only another service maps is not to be found there
MAKE = """
import gc, importlib, pkgutil, sys
from sqlalchemy import MetaData, create_engine
service, url = sys.argv[1:]
for module in pkgutil.walk_packages(importlib.import_module(service).__path__, f"{service}."):
    importlib.import_module(module.name)
engine = create_engine(url)
found = [each for each in gc.get_objects() if type(each) is MetaData]
# what follows a placement or a key has a trigger on it
for each in sorted(found, key=lambda each: {"placement", "data_key"}.isdisjoint(each.tables)):
    if not any(table.schema for table in each.tables.values()):  # those are PostgreSQL's
        each.create_all(engine, checkfirst=False)
"""
# package that maps tables → the database it has them in
OWNERS = {service: service for service in SERVICES} | {f"desk.{door}": name for door, name in DATABASES.items()}
# intake tells where each petition sits, so that it knows the table of those who are told; the desk keeps no keys beside
# what they close
KEYS = ["TABLE data_key", "TABLE key_used", "FUNCTION data_key_names_its_key"]
NOT_KEPT = {"intake": ["TABLE placement"], "desk.office": KEYS, "desk.signer": KEYS}

# what there is → how PostgreSQL writes it; the order of columns tells only which came first
CATALOG = text("""
WITH here AS (SELECT oid AS here, relname, relkind, relpersistence, reloptions FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'S') AND relname <> 'alembic_version')
SELECT 'table ' || relname, concat_ws(' ', relkind, relpersistence, reloptions::text) FROM here
UNION ALL SELECT 'column ' || relname || '.' || attname, concat_ws(' ', format_type(atttypid, atttypmod),
    CASE WHEN attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(adbin, adrelid), attidentity, attgenerated,
    (SELECT collname FROM pg_collation WHERE oid = attcollation))
FROM here JOIN pg_attribute ON attrelid = here AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(oid)
FROM here JOIN pg_constraint ON conrelid = here
UNION ALL SELECT 'index ' || indexrelid::regclass, concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid)
FROM here JOIN pg_index ON indrelid = here
UNION ALL SELECT 'trigger ' || relname || '.' || tgname, concat_ws(' ', pg_get_triggerdef(oid), tgenabled)
FROM here JOIN pg_trigger ON tgrelid = here WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || proname, pg_get_functiondef(oid) FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
""")
# who but the owner may do what, to a table or to a column of it
RIGHTS = text("""
SELECT relname, relkind = 'S' AS numbers, EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = relname || '_append_only') AS append_only,
    array(SELECT concat_ws(' ', CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, privilege_type)
        FROM (SELECT relacl UNION ALL SELECT attacl FROM pg_attribute WHERE attrelid = pg_class.oid) AS acls (acl),
            aclexplode(acl) WHERE grantee <> relowner) AS granted
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'
""")
# kind → a statement by which one of the two databases would be another, and what that is
BREAKS = {
    "type": ("ALTER TABLE inbox ALTER version TYPE bigint", {"column inbox.version"}),
    "null": ("ALTER TABLE inbox ALTER type DROP NOT NULL", {"column inbox.type"}),
    "default": ("ALTER TABLE aid_case ALTER sealed DROP DEFAULT", {"column aid_case.sealed"}),
    "column": ("ALTER TABLE lead ADD more text", {"column lead.more"}),
    "check": ("ALTER TABLE aid_case DROP CONSTRAINT aid_case_amount_positive",
              {"constraint aid_case.aid_case_amount_positive"}),
    "foreign key": ("ALTER TABLE lead DROP CONSTRAINT lead_case_number_fkey",
                    {"constraint lead.lead_case_number_fkey"}),
    "index": ("DROP INDEX lead_case; CREATE INDEX lead_case ON lead (case_number) WHERE state = 'offered'",
              {"index lead_case"}),
    "trigger": ("ALTER TABLE events DISABLE TRIGGER events_append_only", {"trigger events.events_append_only"}),
    "function": ("CREATE OR REPLACE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                 "'BEGIN RETURN NULL; END'", {"function events_append_only"}),
    "storage": ("ALTER TABLE lane RESET (fillfactor)", {"table lane"}),
    "table": ("CREATE TABLE more ()", {"table more"}),
}  # fmt: skip
GRANTS = [
    "GRANT UPDATE ON events TO aid",
    "GRANT UPDATE (type) ON events TO aid",
    "REVOKE INSERT ON inbox FROM aid",
    "GRANT SELECT ON lead TO notify",
    "GRANT SELECT ON lead TO PUBLIC",
    "GRANT TRUNCATE ON lead TO aid",
]


@pytest.mark.parametrize("package", OWNERS)
def test_migrations_make_what_the_mapping_says(system: Stack, engine: Engine, package: str) -> None:
    """Every table, column, constraint, index, trigger and function is in both, and the same in both."""
    _make(package, engine)
    with _migrated(system, OWNERS[package]) as migrated, engine.connect() as mapped:
        assert {} == _differences(_catalog(migrated), _catalog(mapped))


def test_each_kind_of_difference_is_seen(engine: Engine) -> None:
    """What the comparison passes over would be passed over for ever."""
    _make("aid", engine)
    with engine.connect() as connection:
        before = _catalog(connection)
        for kind, (statement, names) in BREAKS.items():
            connection.execute(text(statement))
            assert names == _differences(before, _catalog(connection)).keys(), kind
            connection.rollback()


@pytest.mark.parametrize("service", OWNERS.values())
def test_a_service_has_the_rights_it_needs(system: Stack, service: str) -> None:
    """It reads and writes its rows, adds to what is append-only, takes numbers; nobody else has any right."""
    with _migrated(system, service) as migrated:
        assert [] == _wrong_rights(migrated, service)


@pytest.mark.parametrize("grant", GRANTS)
def test_each_right_too_many_or_too_few_is_seen(system: Stack, grant: str) -> None:
    """Whoever it was given to, and for a column alone."""
    with _migrated(system, "aid") as migrated:
        migrated.execute(text(grant))
        assert 1 == len(_wrong_rights(migrated, "aid"))


def test_a_migration_stands_alone() -> None:
    """It runs for ever what it ran first: of what it imports nothing is ours, and changes with our code."""
    files = sorted(ROOT.glob("services/*/migrations/**/*.py"))
    ours = {str(file.relative_to(ROOT)): _imports(file.read_text(encoding="utf-8")) - {"alembic"} for file in files}
    assert {*SERVICES, "desk"} == {file.relative_to(ROOT).parts[1] for file in files}
    assert {} == {file: names for file, names in ours.items() if names}


def test_every_import_is_seen() -> None:
    """At the top, within a function, or of a neighbour."""
    assert {"a", "b", "c", ".", "importlib"} == _imports(
        "import a.x as y\nfrom b.z import w\ndef f():\n    import c\n    from . import d\n    import importlib\n"
    )


@contextmanager
def _migrated(system: Stack, service: str) -> Iterator[Connection]:
    """The running service's own database, as its owner; what is done there is undone."""
    engine = create_engine(system.owned(service))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _make(service: str, engine: Engine) -> None:
    """What the service and the libraries it imports map, in an empty database."""
    command = [sys.executable, "-W", "ignore", "-c", MAKE, service, engine.url.render_as_string(hide_password=False)]
    made = subprocess.run(command, capture_output=True, text=True)
    assert 0 == made.returncode, made.stderr
    with engine.begin() as connection:
        for each in NOT_KEPT.get(service, ()):
            connection.execute(text(f"DROP {each}"))


def _catalog(connection: Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(CATALOG)}


def _differences(migrated: dict[str, str], mapped: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """What → how it is in the one and in the other; None where it is not."""
    both = {name: (migrated.get(name), mapped.get(name)) for name in migrated | mapped}
    return {name: pair for name, pair in sorted(both.items()) if pair[0] != pair[1]}


def _wrong_rights(connection: Connection, service: str) -> list[tuple[str, list[str]]]:
    """The tables and sequences of which somebody may do something else, and who may what."""
    wrong = []
    for name, numbers, append_only, granted in connection.execute(RIGHTS):
        needed = ["USAGE"] if numbers else ["SELECT", "INSERT", *([] if append_only else ["UPDATE", "DELETE"])]
        if sorted(granted) != sorted(f"{service} {each}" for each in needed):
            wrong.append((name, granted))
    return wrong


def _imports(source: str) -> set[str]:
    """The first names of what is imported anywhere in it; `.` for a neighbour."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else (node.module or "").partition(".")[0])
    return found
