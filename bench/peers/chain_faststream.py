"""The chain in FastStream and asyncpg: a transaction for each message, several at once, acknowledged after the commit.

`chain_faststream.py intake|referral`, run by bench/chain.py in an environment of its own. What is unsent is sent by a
loop, one after the other: several would send a subject's events out of order.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import handover
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from handover import Keys

TOGETHER = 20


async def raw(message: Any) -> bytes:
    return message.body


async def relay(broker: RabbitBroker, pool: asyncpg.Pool, keys: Keys, user: str) -> None:
    query = handover.UNSENT.format(limit=1)
    async with pool.acquire() as connection:
        while True:
            async with connection.transaction():
                row = await connection.fetchrow(query)
                if row is not None:
                    message = keys.message(row)
                    await broker.publish(
                        message.body,
                        exchange=message.exchange,
                        routing_key=message.key,
                        message_id=message.id,
                        user_id=user,
                        content_type="application/cloudevents+json",
                        persist=True,
                        mandatory=True,
                    )
                    await connection.execute("DELETE FROM outbox WHERE id = $1", row["id"])
            if row is None:
                await asyncio.sleep(0.02)


async def write(connection: asyncpg.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """One INSERT for one table's rows."""
    width = len(rows[0])
    places = ("(" + ", ".join(f"${row * width + n + 1}" for n in range(width)) + ")" for row in range(len(rows)))
    query = f"INSERT INTO {table} ({handover.WRITTEN[table]}) VALUES {', '.join(places)}"  # noqa: S608 - constants
    await connection.execute(query, *(value for row in rows for value in row))


def listen(broker: RabbitBroker, pool: asyncpg.Pool, keys: Keys) -> None:
    def queue(name: str) -> RabbitQueue:
        return RabbitQueue(name, declare=False)

    moved = handover.MOVED.format(values="($1, $2, $3)")
    claimed = handover.CLAIMED.format(values="($1, $2, $3, $4, $5, $6)")

    @broker.subscriber(queue(handover.EVENTS), decoder=raw, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def heard(body: bytes) -> None:
        event = json.loads(body)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(moved, "intake", event["subject"], event["version"])

    @broker.subscriber(queue(handover.LETTERS), decoder=raw, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def asked(body: bytes) -> None:
        letter = json.loads(body)
        subject, year = letter["subject"], datetime.now(UTC).year
        async with pool.acquire() as connection, connection.transaction():
            claim = ("letter", "intake", subject, letter["id"], letter["type"], "done")
            if not await connection.fetch(claimed, *claim):
                return
            await connection.fetchrow(handover.AGENCY_THERE.format(code="$1"), handover.AGENCY)
            for query in (handover.HELD, handover.GUARDED, handover.EARLIER):
                await connection.fetch(query.format(petitions="$1"), [subject])
            serial = await connection.fetchval(handover.NUMBERED.format(year="$1", many="$2"), year, 1)
            rows, _ = handover.offer(keys, letter, keys.read(letter), serial)
            for table, written in rows.items():
                await write(connection, table, written)


async def main() -> None:
    role, url = sys.argv[1], os.environ["AMQP"]
    pool = await asyncpg.create_pool(os.environ["DATABASE"], min_size=4, max_size=2 * TOGETHER)
    keys = Keys(Path(os.environ["KEYS"]))
    broker = RabbitBroker(url, logger=None, default_channel=Channel(prefetch_count=TOGETHER))
    if role == "referral":
        listen(broker, pool, keys)
    await broker.start()
    sys.stdout.write(f"{handover.READY}\n")
    sys.stdout.flush()
    await relay(broker, pool, keys, role)


asyncio.run(main())
