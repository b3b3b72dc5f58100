"""Databases with many stored petitions: all rows that one petition left in each table, again and again, renamed.

Numbers, ids and the keyed hashes that are searched differ in every copy; ciphertexts and bodies are the sample's.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import template

from tools.dev.stack import Stack

_YEAR = 2019  # of no petition that is registered now
_NAMES = re.compile(r"[信移]\d{4}-\d{6}-\d{6}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")


def fill(place: Stack, name: str, petitions: int) -> None:
    """Fills a database that holds one petition with `petitions` more like it."""
    with template.asking(place.database_admin.rpartition("/")[0] + f"/{name}") as cursor:
        # the rows were right when they were the sample's: neither triggers nor foreign keys look again
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT * FROM {table} AS old WHERE old::text NOT LIKE '%agency/%'")  # noqa: S608 - its name
            columns = [each.name for each in cursor.description]
            for row in cursor.fetchall():
                # a row that names nothing of the petition is there without it
                if _NAMES.search(str(row)):
                    _copy(cursor, table, columns, row, petitions)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _copy(cursor: Any, table: str, columns: Sequence[str], row: Sequence[Any], petitions: int) -> None:
    kept = [(name, value) for name, value in zip(columns, row, strict=True) if not _is_counted(name, value)]
    values = ", ".join(_value(cursor, name, value) for name, value in kept)
    names = ", ".join(name for name, _ in kept)
    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {petitions}) AS n")  # noqa: S608


def _is_counted(name: str, value: Any) -> bool:
    """A number the database gives itself."""
    return name == "id" and isinstance(value, int)


def _value(cursor: Any, name: str, value: Any) -> str:
    """SQL for the value in the n-th copy."""
    if name == "serial":
        return "n"
    if name == "year":
        return str(_YEAR)
    if name.endswith("_index") and value is not None:
        return "decode(md5(n::text) || md5('-' || n), 'hex')"
    if isinstance(value, dict | list):
        return f"CAST({_text(cursor, json.dumps(value, ensure_ascii=False))} AS jsonb)"
    return _text(cursor, value) if isinstance(value, str) else _literal(cursor, value)


def _text(cursor: Any, value: str) -> str:
    parts, begin = [], 0
    for found in _NAMES.finditer(value):
        parts += [_literal(cursor, value[begin : found.start()]), _renamed(found[0])]
        begin = found.end()
    return " || ".join([*parts, _literal(cursor, value[begin:])])


def _renamed(name: str) -> str:
    if name[0] in "信移":
        return f"'{name[0]}{_YEAR}{name[5:13]}' || lpad(n::text, 7, '0')"
    return f"md5('{name}' || n)" + ("::uuid::text" if "-" in name else "")


def _literal(cursor: Any, value: Any) -> str:
    return cursor.mogrify("%s", (value,)).decode()
