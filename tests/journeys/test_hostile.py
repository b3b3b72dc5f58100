"""Hostile messages mixed with good ones, at every queue that partners reach: the good ones go on, each bad one is kept
and answered once, nothing loops."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pika
import pytest
from county import PETITIONER, Agency, Window, logs, today, until
from hostile import Bad, Line, Sender, bad, short, table, texts
from sqlalchemy import Engine, create_engine, text
from test_aid import ask_for_aid, decide
from test_channels import Operator

from tools.dev.stack import SERVICES, Stack

AHEAD = 6  # bad messages sent and not yet kept; they and the good ones wait in one queue, on a machine of any speed
WITHIN = 5.0  # seconds from the broker's confirm to the effect
HOSTILE, HONEST, CIVIL = "A05", "A12", "A08"
SUBMISSION = {
    "received_on": today().isoformat(), "kind": "claim", "line": "other", "title": "邻里纠纷", "statement": "通道被占",
    "petitioner": {"name": "孙长根", "resident_id": None, "phone": None, "address": "石桥镇"},
}  # fmt: skip


@dataclass
class Good:
    """Somebody with a matter of theirs who goes on saying right things about it."""

    sender: Sender
    line: Line
    service: str
    key: str
    exchange: str
    said: dict[str, float] = field(default_factory=dict)  # message → when the broker confirmed it

    def say(self) -> None:
        message = self.sender.envelope(self.key)
        assert self.line.say(self.exchange, self.key, json.dumps(message).encode(), user_id=short(self.sender.code)), (
            self.line.url
        )
        self.said[message["id"]] = time.time()


@dataclass
class Ground:
    system: Stack
    engines: dict[str, Engine]
    hostile: dict[str, tuple[Sender, Line, str]]
    good: list[Good]
    hears: dict[str, tuple[Any, str]]  # who → channel and queue
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def kept(self, state: str = "parked") -> int:
        query = text("SELECT count(*) FROM inbox WHERE state = :state AND source = ANY(:who) AND received_at > :since")
        given = {"state": state, "who": list(self.hostile), "since": self.since}
        return sum(self._asked(engine, query, given) or 0 for engine in self.engines.values())

    def of_nobody(self) -> int:
        """What is kept and belongs to none of those who sent."""
        query = text(
            "SELECT count(*) FROM inbox WHERE state <> 'done' AND source IN ('?', 'dead') AND received_at > :since"
        )
        return sum(self._asked(engine, query, {"since": self.since}) or 0 for engine in self.engines.values())

    def done(self, good: Good) -> dict[str, float]:
        query = text(
            "SELECT message_id, extract(epoch FROM received_at) FROM inbox"
            " WHERE state = 'done' AND source = :who AND message_id = ANY(:ids)"
        )
        with self.engines[good.service].connect() as connection:
            rows = connection.execute(query, {"who": good.sender.code, "ids": list(good.said)}).all()
        return {row[0]: float(row[1]) for row in rows}

    def listen(self) -> int:
        """Takes what was answered to the hostile ones; how many answers there were."""
        for who, (channel, queue) in self.hears.items():
            while True:
                method, _, body = channel.basic_get(queue, auto_ack=True)
                if not method:
                    break
                message = json.loads(body)
                if message["type"] == "message.rejected.v1":
                    self.heard.setdefault(who, []).append(message["data"])
        return sum(map(len, self.heard.values()))

    def reconnects(self) -> int:
        return logs(self.system.folder).count("; again in ") + logs(self.system.folder).count("consuming agency")

    @staticmethod
    def _asked(engine: Engine, query: Any, given: dict[str, Any]) -> Any:
        with engine.connect() as connection:
            return connection.scalar(query, given)


def agency(
    system: Stack, code: str, dice: random.Random, right: Callable[[str], dict[str, Any]]
) -> tuple[Sender, Line, str]:
    keys = ("reply.progress.v1", "petition.submitted.v1", "aid.lead_signed.v1")
    return Sender(code, f"/agencies/{code}", keys, right, dice), Line(system.amqp(code)), f"agency.{code}.out"


def operator(
    system: Stack, name: str, dice: random.Random, right: Callable[[str], dict[str, Any]]
) -> tuple[Sender, Line, str]:
    sender = Sender(name, f"/channels/{name}", ("notice.result.v1",), right, dice)
    return sender, Line(system.amqp(name)), f"notify.{name}.out"


def accepted(window: Window, code: str) -> str:
    """A referral that the agency has taken on: progress may be told of it again and again."""
    system, number = Agency(window.system, code), window.number()
    assert window.refer(number, code).status_code == 200
    offer = system.hear("referral.offered.v1", lambda data: data["petition"] == number)
    referral: str = offer["data"]["referral"]
    system.reply("signed", referral)
    system.reply("accepted", referral)
    until(lambda: window.referral(number)["state"] == "accepted", "accepted")
    return referral


@pytest.fixture
def ground(system: Stack) -> Iterator[Ground]:
    dice, window = random.Random(20261126), Window(system)
    referrals = {code: accepted(window, code) for code in (HOSTILE, HONEST)}
    civil, case = Agency(system, CIVIL), ask_for_aid(window)
    assert decide(window, case["number"], "leads", to=CIVIL).status_code == 201
    lead = civil.hear("aid.lead_offered.v1")["data"]["lead"]
    civil.say("aid.lead_signed.v1", {"lead": lead, "officer": "经办员"})
    phone = Operator(system, "phone")
    number = window.number(petitioner=PETITIONER | {"sms_consent": False})
    task = phone.hear("notice.task.v1", number[-6:])["task"]

    def right(code: str) -> Callable[[str], dict[str, Any]]:
        def data(key: str) -> dict[str, Any]:
            now = datetime.now(UTC).isoformat()
            return {
                "reply.progress.v1": {"referral": referrals.get(code), "officer": "经办员", "text": "正在核实"},
                "petition.submitted.v1": SUBMISSION | {"submission": f"{code}-{dice.getrandbits(60):x}"},
                "aid.lead_signed.v1": {"lead": lead, "officer": "经办员"},
                "aid.lead_answered.v1": {"lead": lead, "officer": "经办员", "result": "pending", "text": "在核查"},
                "notice.result.v1": {"task": task, "state": "accepted", "at": now},
            }.get(key, {})

        return data

    hostile = {HOSTILE: agency(system, HOSTILE, dice, right(HOSTILE))}
    hostile |= {name: operator(system, name, dice, right(name)) for name in ("phone", "sms")}
    good = []
    for code, service, key in (
        (HONEST, "referral", "reply.progress.v1"),
        (HONEST, "intake", "petition.submitted.v1"),
        (HOSTILE, "referral", "reply.progress.v1"),
        (CIVIL, "aid", "aid.lead_answered.v1"),
    ):
        sender, line, exchange = agency(system, code, dice, right(code))
        good.append(Good(sender, line, service, key, exchange))
    good.append(
        Good(*operator(system, "phone", dice, right("phone"))[:2], "notify", "notice.result.v1", "notify.phone.out")
    )
    listening = pika.BlockingConnection(pika.URLParameters(system.amqp(HOSTILE)))
    sms = Operator(system, "sms")
    hears = {
        HOSTILE: (listening.channel(), f"agency.{HOSTILE}.inbox"),
        "phone": (phone.channel, "notify.phone"),
        "sms": (sms.channel, "notify.sms"),
    }
    engines = {service: create_engine(system.database(service)) for service in SERVICES}
    ground = Ground(system, engines, hostile, good, hears)
    ground.listen()
    ground.heard.clear()
    yield ground
    for connection in (listening, phone.connection, sms.connection):
        connection.close()
    for _, line, _ in hostile.values():
        line.close()
    for each in good:
        each.line.close()
    for engine in engines.values():
        engine.dispose()


def kinds(ground: Ground, count: int) -> list[tuple[str, Callable[[], Bad]]]:
    """Every kind at every queue, as often as it takes, in no order."""
    every = [(who, make) for who, (sender, *_) in ground.hostile.items() for make in bad(sender)]
    sender = ground.hostile[HOSTILE][0]
    own = {"user_id": short(HOSTILE)}
    for header in ("CC", "BCC"):
        # a copy by its own exchange reaches what it may write to anyway: each service keeps and answers its own
        more = own | {"headers": table(**{header: texts("petition.submitted.v1")})}
        every.append((HOSTILE, lambda more=more: Bad("reply.progress.v1", sender.body("x", id=sender.id), more, 2)))  # type: ignore[misc]
    return (every * (1 + count // len(every)))[: max(count, len(every))]


@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_hostile_messages_stop_nobody(ground: Ground, count: int) -> None:
    """Each good one has its effect within five seconds of the broker's confirm, also the hostile agency's own; each bad
    one is kept once and answered once; no consumer falls, nothing comes back."""
    dice, fell = random.Random(7), ground.reconnects()
    every = kinds(ground, count)
    dice.shuffle(every)
    expected, surprises, begun = 0, [], time.monotonic()
    for n, (who, make) in enumerate(every):
        _, line, exchange = ground.hostile[who]
        message = make()
        taken = line.say(exchange, message.key, message.body, **message.properties)
        if taken == message.refused:
            surprises.append(f"{who} {message.key!r} {message.properties} {message.body[:40]!r}")
        expected += message.copies * taken
        if n % 4 == 0:
            until(lambda: expected - ground.kept() < AHEAD, "the bad ones before are kept")  # noqa: B023 - called here
        if n % 8 == 0:
            for good in ground.good:
                good.say()
    sent = time.monotonic() - begun
    assert not surprises, "\n".join(surprises)
    until(lambda: ground.kept() >= expected or ground.kept("retry"), "all kept", 90)
    until(lambda: ground.listen() >= expected, "all answered", 60)
    slow = {}
    for good in ground.good:
        done = until(lambda good=good: (d := ground.done(good)) and len(d) == len(good.said) and d, good.key)  # type: ignore[misc]
        late = [done[each] - confirmed for each, confirmed in good.said.items()]
        slow[good.sender.code, good.key] = max(late)
    assert {} == {who: late for who, late in slow.items() if late > WITHIN}, f"{len(every)} sent in {sent:.0f} s"
    assert (expected, expected, 0, 0) == (ground.kept(), ground.listen(), ground.kept("retry"), ground.of_nobody())
    told = Counter(each["message"] for answers in ground.heard.values() for each in answers if each["message"] != "-")
    # "twice" is what a body with two ids may be called by
    assert {} == {each: times for each, times in told.items() if times > 2}
    assert fell == ground.reconnects()


def test_a_copy_reaches_nobody_whom_its_sender_may_not_write_to(ground: Ground) -> None:
    """CC and BCC route by the same exchange: they lead to no inbox of another, no letter and no dead queue."""
    sender, line, exchange = ground.hostile[HOSTILE]
    spy = pika.BlockingConnection(pika.URLParameters(ground.system.amqp_admin)).channel()
    queues = [f"agency.{HONEST}.inbox", "agency.A06.inbox", f"agency.{HOSTILE}.inbox", "notify.sms", "notify.phone"]
    before = {queue: spy.queue_declare(queue, passive=True).method.message_count for queue in queues}
    for header in ("CC", "BCC"):
        headers = table(**{header: texts(*queues, "referral.letters", "referral.dead", "intake.events", "#", "*", "")})
        body = sender.body("reply.progress.v1")
        assert line.say(exchange, "reply.progress.v1", body, user_id=short(HOSTILE), headers=headers)
    # right in itself and taken where it belongs; the copy without a key is nobody's
    until(lambda: ground.kept("done") >= 2, "taken")
    assert {queue: spy.queue_declare(queue, passive=True).method.message_count for queue in queues} == before
    spy.connection.close()
