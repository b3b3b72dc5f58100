"""The limit of bench/chain.py: the same job in batches by hand, psycopg2's `execute_values` and pipelined confirms.

`chain_limit.py intake|referral`. No lanes, no handlers, no mapper; what it wrote it sends from memory.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import amqp
import handover
import psycopg2
from handover import BATCH, Keys, Message
from psycopg2.extras import execute_values

from courier.amqp import connect, user_of


class Sender:
    def __init__(self, url: str):
        self.connection, self.user, self.tag = connect(url), user_of(url), 0
        self.channel = self.connection.channel()
        self.channel.confirm_select()
        self.channel.events["basic_ack"].add(self._answered)
        self.open = set[int]()

    def send(self, messages: Sequence[Message]) -> None:
        for each in messages:
            message = amqp.Message(
                each.body,
                content_type="application/cloudevents+json",
                delivery_mode=2,
                message_id=each.id,
                user_id=self.user,
            )
            self.tag += 1
            self.open.add(self.tag)
            self.channel._basic_publish(message, exchange=each.exchange, routing_key=each.key, mandatory=True)
        while self.open:
            self.connection.drain_events()

    def _answered(self, tag: int, multiple: bool) -> None:
        self.open.difference_update([each for each in self.open if each <= tag] if multiple else [tag])


def intake(database: Any, sender: Sender, keys: Keys) -> None:
    query = handover.UNSENT.format(limit=BATCH)
    while True:
        with database, database.cursor() as cursor:
            cursor.execute(query)
            rows = cursor.fetchall()
            sender.send([keys.message(row) for row in rows])
            cursor.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([row[0] for row in rows],))
        if not rows:
            time.sleep(0.02)


def referral(database: Any, sender: Sender, keys: Keys) -> None:
    connection = connect(os.environ["AMQP"])
    events, letters = list[Any](), list[Any]()
    for queue, waiting in ((handover.EVENTS, events), (handover.LETTERS, letters)):
        channel = connection.channel()
        channel.basic_qos(0, 2 * BATCH, False)
        channel.basic_consume(queue, callback=waiting.append)
    while True:
        if not events and not letters:
            connection.drain_events()
        _drain(connection)
        if batch := events[:BATCH]:
            move(database, batch)
            batch[-1].channel.basic_ack(batch[-1].delivery_tag, multiple=True)
            del events[:BATCH]
        if batch := letters[:BATCH]:
            ids, messages = offer(database, keys, [json.loads(each.body) for each in batch])
            batch[-1].channel.basic_ack(batch[-1].delivery_tag, multiple=True)
            del letters[:BATCH]
            sender.send(messages)
            with database, database.cursor() as cursor:
                cursor.execute("DELETE FROM outbox WHERE id = ANY(%s)", (ids,))


def _drain(connection: amqp.Connection) -> None:
    try:
        while True:
            connection.drain_events(timeout=0.001)
    except TimeoutError:
        return


def move(database: Any, batch: Sequence[Any]) -> None:
    said = sorted((each["subject"], each["version"]) for each in (json.loads(message.body) for message in batch))
    with database, database.cursor() as cursor:
        execute_values(
            cursor, handover.MOVED.format(values="%s"), [("intake", *each) for each in said], page_size=BATCH
        )


def offer(database: Any, keys: Keys, came: Sequence[Any]) -> tuple[list[int], list[Message]]:
    """The ids of the outbox's new rows, and what they send."""
    with database, database.cursor() as cursor:
        claims = [("letter", "intake", each["subject"], each["id"], each["type"], "done") for each in came]
        fresh = {
            id_
            for (id_,) in execute_values(
                cursor, handover.CLAIMED.format(values="%s"), claims, page_size=BATCH, fetch=True
            )
        }
        came = [each for each in came if each["id"] in fresh]
        cursor.execute(handover.AGENCY_THERE.format(code="%s"), (handover.AGENCY,))
        petitions = ([each["subject"] for each in came],)
        for query in (handover.HELD, handover.GUARDED, handover.EARLIER):
            cursor.execute(query.format(petitions="%s"), petitions)
            cursor.fetchall()
        year = {"year": time.gmtime().tm_year, "many": len(came)}
        cursor.execute(handover.NUMBERED.format(year="%(year)s", many="%(many)s"), year)
        first = cursor.fetchone()[0] - len(came) + 1
        offers = [handover.offer(keys, each, keys.read(each), serial) for serial, each in enumerate(came, first)]
        for table, columns in handover.WRITTEN.items():
            rows = [row for written, _ in offers for row in written[table]]
            query = f"INSERT INTO {table} ({columns}) VALUES %s"  # noqa: S608 - both are constants
            if table == "outbox":
                query += " RETURNING id"
            ids = execute_values(cursor, query, rows, page_size=len(rows), fetch=table == "outbox")
        return [id_ for (id_,) in ids], [message for _, messages in offers for message in messages]


def main() -> None:
    role = sys.argv[1]
    database = psycopg2.connect(os.environ["DATABASE"])
    sender, keys = Sender(os.environ["AMQP"]), Keys(Path(os.environ["KEYS"]))
    sys.stdout.write(f"{handover.READY}\n")
    sys.stdout.flush()
    {"intake": intake, "referral": referral}[role](database, sender, keys)


if __name__ == "__main__":
    main()
