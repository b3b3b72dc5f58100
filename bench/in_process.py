"""A service in this process, on any database of its schema: a bench does there what the service does."""

import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url

from contracts.vocabulary import Channel, Kind, Line
from courier.amqp import Delivery, Outgoing
from courier.envelope import Actor
from courier.inbox import Inbox
from courier.outbox import Relay
from courier.unit_of_work import ServiceContext
from intake.use_cases import people, registration
from tools.dev import stack
from tools.dev.stack import Stack

OFFICER = Actor("A00", "900001", "all")
# a claim with a petitioner who is told by SMS
CLAIM = registration.RegisterInput(
    channel=Channel.VISIT,
    service_point="12309",
    received_on=None,
    received_reason=None,
    kind=Kind.CLAIM,
    line=Line.SUPPORT_PROSECUTION,
    title="请求支持起诉讨薪",
    statement="石桥安置房工地欠我们7人工资11.6万，包工头自春节后失联，总包单位称已结清。" * 3,
    post_number=None,
    post_digest=None,
    place=None,
    group_size=7,
    secrecy=False,
    petitioner=people.PetitionerInput("石大川", None, "19900001208", "枫禾县石桥镇中街12号", True),
    respondents=(),
)


@dataclass
class Tray:
    """Where a relay puts what it sends, instead of at a broker."""

    sender: str
    sent: list[Outgoing] = field(default_factory=list)

    def publish(self, batch: Sequence[Outgoing]) -> dict[str, str]:
        self.sent += batch
        return {}

    def take(self, exchange: str) -> list[Delivery]:
        """What was sent there, as its reader is given it, taken away."""
        taken = [each for each in self.sent if each.exchange == exchange]
        self.sent = [each for each in self.sent if each.exchange != exchange]
        return [Delivery("-", exchange, each.routing_key, self.sender, each.body, False, {}) for each in taken]


@dataclass
class InProcess:
    context: ServiceContext
    inbox: Inbox
    tray: Tray

    def send(self) -> None:
        relay = Relay(self.context, self.tray)  # type: ignore[arg-type]
        while relay.run_once():
            pass

    def leave(self) -> None:
        self.context.sessions.kw["bind"].dispose()


def start(place: Stack, service: str, database: str | None = None) -> InProcess:
    url = make_url(place.database(service)).set(database=database or service)
    environment = stack._environment(place, service)
    os.environ.update(environment | {"DATABASE_URL": url.render_as_string(hide_password=False)})
    settings = importlib.import_module(f"{service}.settings").Settings.from_environment()
    given = importlib.import_module(f"{service}.service").config(settings)
    return InProcess(given["context"], given["inbox"], Tray(service))
