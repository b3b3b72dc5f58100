"""Our relay, as a service runs it: sends what the outbox lists and prints the seconds. Run by bench/relay.py."""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

from sqlalchemy.orm import sessionmaker  # noqa: E402

import contracts.registry as language  # noqa: E402
from courier.amqp import Publisher  # noqa: E402
from courier.outbox import Relay  # noqa: E402
from courier.unit_of_work import ServiceContext  # noqa: E402
from service_kit import database  # noqa: E402

database.make_green()
engine = database.engine(os.environ["DATABASE"])
context = ServiceContext("intake", "619926", sessionmaker(engine), language, None)  # type: ignore[arg-type]
publisher = Publisher(os.environ["AMQP"])
relay, begun = Relay(context, publisher), time.perf_counter()
while relay.run_once():
    pass
sys.stdout.write(f"{time.perf_counter() - begun}\n")
publisher.close()
