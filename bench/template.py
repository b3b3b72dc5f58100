"""Databases that are restored before each turn, so that every runner begins with the same rows."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import requests
import turns
from psycopg2 import sql

from tools.dev import stack
from tools.dev.stack import Stack


@contextmanager
def asking(url: str) -> Iterator[Any]:
    """A cursor that commits by itself."""
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        yield connection.cursor()


def keep(place: Stack, service: str, name: str) -> None:
    """Keeps the service's database under another name; nobody may be connected."""
    _copy(place, service, name)
    with asking(place.database_admin.rpartition("/")[0] + f"/{name}") as cursor:
        # else the first runner's turn would pay for the hint bits of all
        cursor.execute("VACUUM ANALYZE")


def restore(place: Stack, name: str, service: str) -> None:
    """Puts what was kept in the place of the service's database; the service does not run."""
    _copy(place, name, service)


def drop(place: Stack, name: str) -> None:
    with asking(place.database_admin) as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def fresh(folder: Path) -> Stack:
    """The whole system with nothing in its databases and queues."""
    place = stack.servers(folder)
    forget(place)
    return stack.up(folder)


def forget(place: Stack) -> None:
    """Drops every service's database and what waits for it: whoever is next begins anew."""
    for service in stack.SERVICES:
        turns.halt(place, service)
        drop(place, service)
    empty(place)


def empty(place: Stack) -> None:
    """Purges every queue: what a runner left for notify, aid or the agency is not the next one's."""
    queues = requests.get(f"{place.management}/api/queues/%2F?columns=name", timeout=10).json()
    for queue in queues:
        url = f"{place.management}/api/queues/%2F/{quote(queue['name'], safe='')}/contents"
        requests.delete(url, timeout=10).raise_for_status()


def _copy(place: Stack, source: str, target: str) -> None:
    drop(place, target)
    owner = f"{source if source in place.passwords else target}_owner"
    copy = "CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY"
    with asking(place.database_admin) as cursor:
        cursor.execute(sql.SQL(copy).format(*map(sql.Identifier, (target, source, owner))))
