"""faststream-outbox, tuned: sends what its table lists to the exchange and prints the seconds.

Run by bench/relay.py in an environment of its own. Several workers send at once, so it keeps no order; ours does.
"""

import asyncio
import os
import sys
import time
from typing import Any

from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from faststream_outbox import OutboxBroker, make_outbox_table
from sqlalchemy import MetaData, func, select
from sqlalchemy.ext.asyncio import create_async_engine

WORKERS, FETCH = 32, 200

metadata = MetaData()
table = make_outbox_table(metadata, table_name="peer_outbox")


async def raw(message: Any) -> bytes:
    # else each body would be read as JSON and written anew
    return message.body


async def main() -> None:
    engine = create_async_engine(os.environ["DATABASE"], pool_size=WORKERS + 8)
    if sys.argv[1] == "prepare":
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        return
    rabbit, boxes = RabbitBroker(os.environ["AMQP"], logger=None), OutboxBroker(engine, outbox_table=table, logger=None)
    exchange = RabbitExchange(sys.argv[2], type=ExchangeType.TOPIC, durable=True, declare=False)
    publisher = rabbit.publisher(routing_key="petition.registered.v1", exchange=exchange, persist=True, mandatory=True)

    @publisher
    @boxes.subscriber("relay", max_workers=WORKERS, fetch_batch_size=FETCH, min_fetch_interval=0.01, decoder=raw)
    async def relay(body: bytes) -> bytes:
        return body

    begun = time.perf_counter()
    await rabbit.start()
    await boxes.start()
    async with engine.connect() as connection:
        while await connection.scalar(select(func.count()).select_from(table)):
            await connection.rollback()
            await asyncio.sleep(0.02)
    sys.stdout.write(f"{time.perf_counter() - begun}\n")
    await boxes.stop()
    await rabbit.stop()


asyncio.run(main())
