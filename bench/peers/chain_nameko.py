"""The chain in nameko as it comes: `@consume`, `@timer` and `Publisher`, a transaction for each message.

`chain_nameko.py intake|referral`, run by bench/chain.py in an environment of its own. Several handlers run at once, as
nameko does; what is unsent is sent one after the other, so that a subject's events keep their order.
"""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
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
            handover.hear(cursor, event)
        pool.putconn(connection)

    @consume(queue(handover.LETTERS), requeue_on_error=True)
    def asked(self, letter: Any) -> None:
        connection = pool.getconn()
        with connection, connection.cursor() as cursor:
            handover.take(cursor, keys, letter)
        pool.putconn(connection)


runner = ServiceRunner({"AMQP_URI": os.environ["AMQP"], "max_workers": TOGETHER, "ACCEPT": ["events"]})
runner.add_service({"intake": Intake, "referral": Referral}[sys.argv[1]])
runner.start()
sys.stdout.write(f"{handover.READY}\n")
sys.stdout.flush()
runner.wait()
