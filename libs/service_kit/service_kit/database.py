"""Engines that cannot wait for ever, and migrations that run once. The only file that knows psycopg2 is made green."""

import logging
import time
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError

from courier import waits
from courier.waits import Backoff

log = logging.getLogger(__name__)

_LIMITS = (
    f"-c statement_timeout={waits.STATEMENT_MS} -c lock_timeout={waits.LOCK_MS}"
    f" -c idle_in_transaction_session_timeout={waits.IDLE_IN_TRANSACTION_MS} -c timezone=UTC"
    # a page of a list takes milliseconds: compiling it, or starting workers for it, takes longer, and what is asked for
    # all day is in memory
    " -c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
)
_SINCE = "since"  # when a connection was given back
_MET = {"40P01", "55P03"}  # deadlock, lock timeout
_KEEPALIVE = {
    "keepalives_idle": waits.KEEPALIVE_IDLE,
    "keepalives_interval": waits.KEEPALIVE_INTERVAL,
    "keepalives_count": 3,
    "tcp_user_timeout": waits.TCP_USER_TIMEOUT_MS,
}


def engine(url: str, pool: int = 24, options: str = _LIMITS) -> Engine:
    """An engine with every wait bounded and more connections than workers; parameters, maybe people, are not logged."""
    made = create_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=waits.POOL_TIMEOUT,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": waits.CONNECT_TIMEOUT, **_KEEPALIVE},
    )
    event.listen(made, "checkin", _rest)
    event.listen(made, "checkout", _wake)
    return made


def _rest(_: Any, record: Any) -> None:
    record.info[_SINCE] = time.monotonic()


def _wake(connection: Any, record: Any, _: Any) -> None:
    """One that was at work a moment ago need not be asked whether it is there; another is, for it may be long gone."""
    if time.monotonic() - record.info.get(_SINCE, time.monotonic()) > waits.CONNECTION_TRUSTED:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.rollback()
        except Exception as fault:
            raise InvalidatePoolError from fault


def make_green() -> None:
    """Lets other greenlets run while PostgreSQL works. Call after monkey_patch, before the first connection."""
    import psycopg2
    from eventlet.hubs import trampoline
    from psycopg2 import extensions

    def wait(connection: Any) -> None:
        while (state := connection.poll()) != extensions.POLL_OK:
            silent = psycopg2.OperationalError("the database did not answer in time")
            reads = state == extensions.POLL_READ
            within = waits.DATABASE_SILENT
            trampoline(connection.fileno(), read=reads, write=not reads, timeout=within, timeout_exc=silent)

    extensions.set_wait_callback(wait)


def wait_until_up(database: Engine) -> None:
    """Returns when the database answers; one line per try that failed."""
    backoff = Backoff()
    while True:
        try:
            with database.connect() as connection:
                ctype = connection.scalar(text("SELECT datctype FROM pg_database WHERE datname = current_database()"))
                if ctype not in {"C.UTF-8", "C.utf8"}:
                    # with lc_ctype C the trigram search sees no Chinese at all, and says nothing
                    raise SystemExit(f"the database has lc_ctype {ctype}; create it with C.UTF-8")
                return
        except (OperationalError, DBAPIError):
            wait = backoff.next()
            log.warning("database away; again in %.1f s", wait)
            time.sleep(wait)


def migrate(url: str, scripts: Path) -> None:
    """Brings a service's schema to its newest revision; two at once do it one after the other.

    Copies of the service are at work meanwhile. What they hold is waited for only so long that who comes behind is
    served still, and a deadlock with them is nobody's fault: the whole is tried again.
    """
    database = engine(url, pool=1, options=f"-c lock_timeout={waits.MIGRATION_LOCK_MS} -c timezone=UTC")
    wait_until_up(database)
    backoff, until = Backoff(), time.monotonic() + waits.LONGEST_MIGRATION
    while True:
        try:
            _migrate(database, scripts)
        except DBAPIError as fault:
            met = getattr(fault.orig, "pgcode", None) in _MET
            if not met or time.monotonic() > until:
                raise
            wait = backoff.next()
            log.warning("others hold what is to be changed; again in %.1f s", wait)
            time.sleep(wait)
        else:
            break
    database.dispose()


def _migrate(database: Engine, scripts: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    directory = ScriptDirectory.from_config(config)
    with (
        EnvironmentContext(config, directory, fn=lambda rev, _: directory._upgrade_revs("head", rev)) as environment,
        database.begin() as connection,
    ):
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('fengqiao migrate'))"))
        environment.configure(connection=connection)
        if _is_newer(environment.get_context().get_current_revision(), directory):
            log.warning("the schema is of newer code; left as it is")
        else:
            environment.run_migrations()
            connection.execute(text(_ADD_ONLY))


# by default the service may write to what is made here: not to change or delete what it may only add to
_ADD_ONLY = """
DO $$ DECLARE statement text; BEGIN
    FOR statement IN
        SELECT format('REVOKE UPDATE, DELETE ON %s FROM %s', tgrelid::regclass, grantee::regrole)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid, aclexplode(relacl)
        WHERE tgname = relname || '_append_only' AND grantee NOT IN (0, relowner) AND privilege_type = 'UPDATE'
    LOOP EXECUTE statement; END LOOP;
END $$
"""


def is_migrated(database: Engine, scripts: Path) -> bool:
    """Whether the schema is the one this code was written for, or a newer one, which only adds to it."""
    config = Config()
    config.set_main_option("script_location", str(scripts))
    directory = ScriptDirectory.from_config(config)
    with database.connect() as connection:
        current = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return bool(current == directory.get_current_head() or _is_newer(current, directory))


def _is_newer(revision: str | None, directory: ScriptDirectory) -> bool:
    """Revisions are numbered, so that older code can tell one that it does not know from one that is missing."""
    head = directory.get_current_head()
    return revision is not None and head is not None and revision > head
