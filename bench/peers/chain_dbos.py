"""The chain in DBOS: between the two no broker but durable workflows in PostgreSQL, each with one transaction.

`chain_dbos.py intake|referral`, run by bench/chain.py in an environment of its own. intake's unsent messages are
enqueued for referral by their ids, a partition for each subject, so that a subject's events keep their order; what
referral lists is published to the broker, one after the other, as by the other peers.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import handover
import psycopg2
from dbos import DBOS, DBOSClient, SQLAlchemyDatasource
from handover import Keys, Message
from sqlalchemy import create_engine, make_url

TOGETHER, QUEUE = 20, "referral"
SERVER = make_url(os.environ["DATABASE_ADMIN"]).set(drivername="postgresql+psycopg2")
SYSTEM = os.environ["DATABASE_ADMIN"].rpartition("/")[0] + "/chain_dbos"
keys = Keys(Path(os.environ["KEYS"]))


def relay(send: Callable[[Message, str], None]) -> None:
    """`send`: of a message and its subject."""
    connection, query = psycopg2.connect(os.environ["DATABASE"]), handover.UNSENT.format(limit=1)
    while True:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
            if row:
                send(keys.message(row), row[3])
                cursor.execute("DELETE FROM outbox WHERE id = %s", (row[0],))
        if not row:
            time.sleep(0.02)


def enqueuing() -> Callable[[Message, str], None]:
    client = DBOSClient(system_database_url=SYSTEM)

    def send(message: Message, subject: str) -> None:
        # of each exchange one queue: referral.events has what is heard, referral.letters what is asked
        workflow = "heard" if message.exchange.endswith(".events") else "asked"
        options = {"workflow_name": workflow, "queue_name": QUEUE, "workflow_id": message.id}
        client.enqueue({**options, "queue_partition_key": f"{workflow}/{subject}"}, json.loads(message.body))

    return send


def publishing() -> Callable[[Message, str], None]:
    url = urlsplit(os.environ["AMQP"])
    connection = amqp.Connection(
        f"{url.hostname}:{url.port}",
        userid=url.username,
        password=url.password,
        virtual_host=unquote(url.path[1:]) or "/",
        confirm_publish=True,
    )
    connection.connect()
    channel = connection.channel()

    def send(message: Message, _: str) -> None:
        body = amqp.Message(
            message.body,
            message_id=message.id,
            user_id=sys.argv[1],
            content_type="application/cloudevents+json",
            delivery_mode=2,
        )
        channel.basic_publish(body, message.exchange, message.key, mandatory=True)

    return send


def work() -> None:
    """Begins to do what is enqueued."""
    engine = create_engine(SERVER.set(database="referral"), pool_size=2 * TOGETHER)
    database = SQLAlchemyDatasource.create("postgresql://", engine=engine)
    DBOS(config={"name": "chain", "system_database_url": SYSTEM, "log_level": "ERROR"})

    @database.transaction(isolation_level="READ COMMITTED")
    def moved(event: dict[str, Any]) -> None:
        with _cursor(database) as cursor:
            handover.hear(cursor, event)

    @database.transaction(isolation_level="READ COMMITTED")
    def offered(letter: dict[str, Any]) -> None:
        with _cursor(database) as cursor:
            handover.take(cursor, keys, letter)

    @DBOS.workflow(name="heard")
    def heard(event: dict[str, Any]) -> None:
        moved(event)

    @DBOS.workflow(name="asked")
    def asked(letter: dict[str, Any]) -> None:
        offered(letter)

    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=TOGETHER, partition_worker_concurrency=1, polling_interval_sec=0.05)


def _cursor(database: Any) -> Any:
    return database.sql_session().connection().connection.driver_connection.cursor()


def main() -> None:
    if sys.argv[1] == "referral":
        with create_engine(SERVER, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS chain_dbos WITH (FORCE)")
        work()
        send = publishing()
    else:
        send = enqueuing()
    sys.stdout.write(f"{handover.READY}\n")
    sys.stdout.flush()
    relay(send)


main()
