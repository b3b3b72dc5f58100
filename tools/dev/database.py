"""A private PostgreSQL on 127.0.0.1 only, and the databases of the services in it."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from tools.dev import machine, supervisor

_VERSIONS = Path("/usr/lib/postgresql")
_RIGHTS = Path(__file__).resolve().parent.parent / "deploy" / "postgres" / "rights.sql"


def start(folder: Path, port: int, password: str) -> None:
    """Asks for it to run, making the cluster first; `is_up` says when it does."""
    if _programs() is None:
        machine.need({"postgresql": _VERSIONS / "initdb"})
    programs, data = _programs(), folder / "postgres"
    assert programs is not None
    if not (data / "PG_VERSION").exists():
        secret = folder / "postgres.password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=scram-sha-256"]
        command += [f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8"]
        result = subprocess.run([*_as_other(), *command], capture_output=True, text=True)
        secret.unlink()
        if result.returncode:
            raise machine.MachineError(f"建立数据库失败：\n{result.stderr.strip()}")
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
    # no unix socket: its path may be longer than the kernel takes
    command += ["-c", "unix_socket_directories=", "-c", "max_connections=200"]
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    supervisor.want(folder, "postgres", [*_as_other(), *command], environment, "SIGINT", leaned_on=True)


def is_up(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def create(url: str, name: str, password: str) -> None:
    """A database with an owner of the same name, who makes its tables; nobody else may connect. Data stays."""
    with _asking(url) as cursor:
        _role(cursor, name, password)
        _database(cursor, name, name)
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


def create_for(url: str, service: str, password: str, owner_password: str) -> None:
    """The same as a deployment's: `<service>_owner` owns it, the service's role only reads and writes.

    What exists keeps its data; what the service's role owned before is the owner's from now on.
    """
    with _asking(url) as cursor:
        _role(cursor, service, password)
        _role(cursor, f"{service}_owner", owner_password)
        _database(cursor, service, f"{service}_owner")
    with _asking(url, dbname=service) as cursor:
        cursor.execute(_RIGHTS.read_text(encoding="utf-8"))


@contextmanager
def _asking(url: str, **place: str) -> Iterator[Any]:
    """A cursor that commits by itself."""
    with closing(psycopg2.connect(url, **place)) as connection:
        connection.autocommit = True
        yield connection.cursor()


def _role(cursor: Any, name: str, password: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
    verb = "ALTER" if cursor.fetchone() else "CREATE"
    statement = sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %s")
    cursor.execute(statement.format(sql.Identifier(name)), (password,))


def _database(cursor: Any, name: str, owner: str) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    if not cursor.fetchone():
        # with lc_ctype C the trigram search would see no Chinese
        statement = sql.SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
        )
        cursor.execute(statement.format(sql.Identifier(name), sql.Identifier(owner)))


def program(name: str) -> Path:
    """One of PostgreSQL's own programs. Raises MachineError."""
    programs = _programs()
    if programs is None:
        raise machine.MachineError(f"没有找到 PostgreSQL 的 {name}")
    return programs / name


def _programs() -> Path | None:
    found = [path for path in _VERSIONS.glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def _as_other() -> list[str]:
    """PostgreSQL refuses root, and another user cannot reach a folder under a closed home: a user namespace can."""
    if os.geteuid() != 0:
        return []
    # a user that every Debian knows: initdb looks the name up
    nobody = pwd.getpwnam("nobody")
    return ["unshare", "-U", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}"]
