"""The chain in nameko as it comes: `@consume`, `@timer` and `Publisher`, a transaction for each message.

`chain_nameko.py intake|referral`, run by bench/chain.py in an environment of its own. Several handlers run at once, as
nameko does; what is unsent is sent one after the other, so that a subject's events keep their order.
"""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import handover  # noqa: E402
import kombu.serialization  # noqa: E402
import psycogreen.eventlet  # noqa: E402
import psycopg2.pool  # noqa: E402
from handover import Keys  # noqa: E402
from kombu import Queue  # noqa: E402
from nameko.messaging import Publisher, consume  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from nameko.timer import timer  # noqa: E402
from psycopg2.extras import execute_values  # noqa: E402

TOGETHER = 20
psycogreen.eventlet.patch_psycopg()
pool = psycopg2.pool.ThreadedConnectionPool(4, 2 * TOGETHER, os.environ["DATABASE"])
keys = Keys(Path(os.environ["KEYS"]))


kombu.serialization.register("events", json.dumps, json.loads, content_type="application/cloudevents+json")


def queue(name: str) -> Queue:
    return Queue(name, no_declare=True)


class Sends:
    publisher = Publisher()

    @timer(interval=0.02)
    def relay(self) -> None:
        connection, query = pool.getconn(), handover.UNSENT.format(limit=1)
        row: Any = True
        while row:
            with connection, connection.cursor() as cursor:
                cursor.execute(query)
                row = cursor.fetchone()
                if row:
                    message = keys.message(row)
                    self.publisher(
                        message.body,
                        exchange=message.exchange,
                        routing_key=message.key,
                        message_id=message.id,
                        user_id=sys.argv[1],
                        serializer=None,
                        content_type="application/cloudevents+json",
                        content_encoding="utf-8",
                        mandatory=True,
                    )
                    cursor.execute("DELETE FROM outbox WHERE id = %s", (row[0],))
        pool.putconn(connection)


class Intake(Sends):
    name = "intake"


class Referral(Sends):
    name = "referral"

    @consume(queue(handover.EVENTS), requeue_on_error=True)
    def heard(self, event: Any) -> None:
        connection = pool.getconn()
        with connection, connection.cursor() as cursor:
            values = ("intake", event["subject"], event["version"])
            cursor.execute(handover.MOVED.format(values="(%s, %s, %s)"), values)
        pool.putconn(connection)

    @consume(queue(handover.LETTERS), requeue_on_error=True)
    def asked(self, letter: Any) -> None:
        connection = pool.getconn()
        with connection, connection.cursor() as cursor:
            self._offer(cursor, letter)
        pool.putconn(connection)

    def _offer(self, cursor: Any, letter: dict[str, Any]) -> None:
        subject = letter["subject"]
        claim = ("letter", "intake", subject, letter["id"], letter["type"], "done")
        cursor.execute(handover.CLAIMED.format(values="(%s, %s, %s, %s, %s, %s)"), claim)
        if not cursor.fetchall():
            return
        cursor.execute(handover.AGENCY_THERE.format(code="%s"), (handover.AGENCY,))
        for query in (handover.HELD, handover.GUARDED, handover.EARLIER):
            cursor.execute(query.format(petitions="%s"), ([subject],))
            cursor.fetchall()
        year = {"year": time.gmtime().tm_year, "many": 1}
        cursor.execute(handover.NUMBERED.format(year="%(year)s", many="%(many)s"), year)
        rows, _ = handover.offer(keys, letter, keys.read(letter), cursor.fetchone()[0])
        for table, written in rows.items():
            query = f"INSERT INTO {table} ({handover.WRITTEN[table]}) VALUES %s"  # noqa: S608 - constants
            execute_values(cursor, query, written)


runner = ServiceRunner({"AMQP_URI": os.environ["AMQP"], "max_workers": TOGETHER, "ACCEPT": ["events"]})
runner.add_service({"intake": Intake, "referral": Referral}[sys.argv[1]])
runner.start()
sys.stdout.write(f"{handover.READY}\n")
sys.stdout.flush()
runner.wait()
