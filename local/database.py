"""A private PostgreSQL on 127.0.0.1 only, and the databases of the services in it."""

import os
import pwd
import subprocess
from pathlib import Path

import psycopg2
from psycopg2 import sql

from local import machine, supervisor

_VERSIONS = Path("/usr/lib/postgresql")


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
    """A database with an owner of the same name; nobody else may connect. What exists keeps its data."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    who = sql.Identifier(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        statement = sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %s")
        cursor.execute(statement.format(who), (password,))
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if not cursor.fetchone():
            # with lc_ctype C the trigram search would see no Chinese
            statement = sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
            )
            cursor.execute(statement.format(who, who))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(who))
    connection.close()


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
