"""What an agency's system can do wrong, and what comes of each: the table docs/agency.md promises."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pika
import pytest
import requests
from county import OPENED, Agency, Window, today, until
from pika.exceptions import AMQPError, ChannelClosedByBroker, ConnectionClosedByBroker, ProbableAccessDeniedError
from sqlalchemy import Engine, create_engine, text

from courier.partners.topology import Broker, checks_passive
from tools.dev import stack
from tools.dev.stack import COUNTY, Stack

CODE = "A04"
SUBMISSION = {
    "received_on": today().isoformat(),
    "kind": "claim",
    "line": "other",
    "title": "邻里纠纷",
    "statement": "通道被占",
    "petitioner": {"name": "孙长根", "resident_id": None, "phone": None, "address": "石桥镇"},
}


@dataclass
class Edge:
    """An agency with referrals in several states, and a look into what was parked of its messages."""

    system: Stack
    agency: Agency
    referrals: dict[str, str]
    engines: list[Engine] = field(default_factory=list)

    def message(self, type_: str, data: Any, **changes: Any) -> dict[str, Any]:
        whole = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": f"/agencies/{CODE}",
            "type": type_,
            "subject": "x",
            "time": datetime.now(UTC).isoformat(),
            "data": data,
        } | changes
        return {name: value for name, value in whole.items() if value is not ...}

    def reply(self, what: str, referral: str, **data: Any) -> dict[str, Any]:
        number = self.referrals.get(referral, referral)
        return self.message(f"reply.{what}.v1", {"referral": number, "officer": "经办员"} | data)

    def send(self, message: Any, key: str | None = None, **how: Any) -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.agency.send(body, message["type"] if key is None else key, **how)

    def rejection(self, message_id: str) -> dict[str, Any]:
        told: dict[str, Any] = self.agency.hear("message.rejected.v1", lambda data: data["message"] == message_id)[
            "data"
        ]
        return told

    def parked(self, reason: str) -> int:
        """How many of its messages are kept with this reason, in whichever service took them."""
        query = text("SELECT count(*) FROM inbox WHERE state = 'parked' AND source = :code AND reason LIKE :reason")
        count = 0
        for engine in self.engines:
            with engine.connect() as connection:
                count += connection.scalar(query, {"code": CODE, "reason": f"%{reason}%"}) or 0
        return count


@pytest.fixture(scope="module")
def edge(system: Stack) -> Iterator[Edge]:
    window, agency, referrals = Window(system), Agency(system, CODE), {}
    OPENED.remove(agency)  # it outlives one story
    for state in ("sent", "signed", "accepted", "recalled"):
        number = window.number()
        assert window.refer(number, CODE).status_code == 200
        offer = agency.hear("referral.offered.v1", lambda data, number=number: data["petition"] == number)
        referrals[state] = offer["data"]["referral"]
        if state in ("signed", "accepted"):
            agency.reply("signed", referrals[state])
        if state == "accepted":
            agency.reply("accepted", referrals[state])
        if state == "recalled":
            path = f"/referrals/{referrals[state]}/recall"
            assert window.request("POST", path, service="referral", json={}).status_code == 200
        until(lambda number=number, state=state: window.referral(number)["state"] == state, state)  # type: ignore[misc]
    other = window.number()
    assert window.refer(other, "A06").status_code == 200
    referrals["another's"] = window.referral(other)["number"]
    engines = [create_engine(system.database(service)) for service in ("intake", "referral", "aid")]
    yield Edge(system, agency, referrals, engines)
    agency.close()
    for engine in engines:
        engine.dispose()


def deep(levels: int) -> bytes:
    return b'{"data":' + b"[" * levels + b"]" * levels + b"}"


# what it says · the field its message.rejected names · the present state it is told, if any
REJECTED: list[tuple[str, Callable[[Edge], Any], str, str | None]] = [
    ("an empty body", lambda d: b"", "body", None),
    ("not UTF-8", lambda d: "{签收}".encode("gbk"), "body", None),
    ("broken JSON", lambda d: b"{garbage", "body", None),
    ("a JSON list", lambda d: b"[1]", "body", None),
    ("a JSON text", lambda d: b'"x"', "body", None),
    ("NaN", lambda d: b'{"data": NaN}', "body", None),
    ("a million brackets", lambda d: deep(400_000), "body", None),
    ("forty levels", lambda d: deep(40), "body", None),
    ("more than 1 MiB", lambda d: d.reply("progress", "accepted", text="长" * 400_000), "body", None),
    ("no specversion", lambda d: d.reply("signed", "sent") | {"specversion": "0.3"}, "specversion", None),
    ("a number for an id", lambda d: d.reply("signed", "sent") | {"id": 7}, "id", None),
    ("an id with a space", lambda d: d.reply("signed", "sent") | {"id": "a b"}, "id", None),
    ("an id too long", lambda d: d.reply("signed", "sent") | {"id": "x" * 129}, "id", None),
    ("no source", lambda d: without(d.reply("signed", "sent"), "source"), "source", None),
    ("another's source", lambda d: d.reply("signed", "sent") | {"source": "/agencies/A06"}, "source", None),
    ("our own source", lambda d: d.reply("signed", "sent") | {"source": "/619926/intake"}, "source", None),
    ("no subject", lambda d: without(d.reply("signed", "sent"), "subject"), "subject", None),
    ("no time", lambda d: without(d.reply("signed", "sent"), "time"), "time", None),
    ("a time without offset", lambda d: d.reply("signed", "sent") | {"time": "2026-11-24T09:00:00"}, "time", None),
    ("no data", lambda d: without(d.reply("signed", "sent"), "data"), "data", None),
    ("a list for data", lambda d: d.reply("signed", "sent") | {"data": []}, "data", None),
    ("half an actor", lambda d: d.reply("signed", "sent") | {"actorofficer": "01"}, "actor", None),
    ("no such referral", lambda d: d.reply("signed", "移2026-619926-999999"), "referral", None),
    ("another's referral", lambda d: d.reply("signed", "another's"), "referral", None),
    ("no number at all", lambda d: d.reply("signed", "一号"), "referral", None),
    ("a petition's number", lambda d: d.reply("signed", "信2026-619926-000001"), "referral", None),
    ("a list for a number", lambda d: d.message("reply.signed.v1", {"referral": [], "officer": "某"}), "referral", None),
    ("no officer", lambda d: d.message("reply.signed.v1", {"referral": d.referrals["sent"]}), "officer", None),
    ("an empty officer", lambda d: d.reply("signed", "sent", officer=" "), "officer", None),
    ("an officer's name too long", lambda d: d.reply("signed", "sent", officer="某" * 101), "officer", None),
    ("signed twice", lambda d: d.reply("signed", "signed"), "type", "signed"),
    ("objected after acceptance", lambda d: d.reply("objected", "accepted", reason="duplicate", text="x"), "type", "accepted"),
    ("signed after the recall", lambda d: d.reply("signed", "recalled"), "type", "recalled"),
    ("answered after the recall", lambda d: d.reply("answered", "recalled", result="supported", text="x"), "type", "recalled"),
    ("a reason of its own", lambda d: d.reply("objected", "signed", reason="busy", text="x"), "reason", None),
    ("an objection without words", lambda d: d.reply("objected", "signed", reason="duplicate"), "text", None),
    ("a result of its own", lambda d: d.reply("answered", "accepted", result="perhaps", text="x"), "result", None),
    ("an answer without words", lambda d: d.reply("answered", "accepted", result="supported"), "text", None),
    ("an answer of control characters", lambda d: d.reply("progress", "accepted", text="\x00"), "text", None),
    ("half a character", lambda d: d.reply("progress", "accepted", text="\ud800"), "body", None),
    ("progress too long", lambda d: d.reply("progress", "accepted", text="长" * 2_001), "text", None),
    ("no petitioner", lambda d: d.message("petition.submitted.v1", without(SUBMISSION | {"submission": "1"}, "petitioner")), "petitioner", None),
    ("no number of its own", lambda d: d.message("petition.submitted.v1", SUBMISSION), "submission", None),
    ("a wrong ID", lambda d: d.message("petition.submitted.v1", SUBMISSION | {"submission": "2", "petitioner": {"name": "某", "resident_id": "619926198503120015"}}), "petitioner.resident_id", None),
    ("from the future", lambda d: d.message("petition.submitted.v1", SUBMISSION | {"submission": "3", "received_on": "2999-01-01"}), "received_on", None),
    ("a unit nobody knows", lambda d: d.message("petition.submitted.v1", SUBMISSION | {"submission": "4", "respondents": [{"unit": "A99"}]}), "respondents.0.unit", None),
    ("no such lead", lambda d: d.message("aid.lead_signed.v1", {"lead": "线2026-619926-999999", "officer": "某"}), "lead", None),
    ("a referral for a lead", lambda d: d.message("aid.lead_signed.v1", {"lead": d.referrals["sent"], "officer": "某"}), "lead", None),
    ("a lead's result of its own", lambda d: d.message("aid.lead_answered.v1", {"lead": "线2026-619926-000001", "officer": "某", "result": "supported", "text": "x"}), "result", None),
]  # fmt: skip


def without(message: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != name}


@pytest.mark.parametrize(("what", "say", "named", "state"), REJECTED, ids=[row[0] for row in REJECTED])
def test_a_mistake_is_told_by_name_and_kept(
    edge: Edge, what: str, say: Callable[[Edge], Any], named: str, state: str | None
) -> None:
    """message.rejected names the field in Chinese and English, says where the matter stands; the message is parked."""
    message = say(edge)
    before = edge.parked(f"{named}:")
    key = "reply.signed.v1" if isinstance(message, bytes) else None
    edge.send(message, key)
    known = message.get("id") if isinstance(message, dict) else "-"
    told = edge.rejection(known if isinstance(known, str) and len(known) <= 128 and " " not in known else "-")
    assert (named, state) == (told["field"], told["state"])
    assert told["reason_zh"]
    assert told["reason_en"].isascii()
    # what was heard may be an earlier one's, said twice: of a body without an id they are told apart by nothing
    until(lambda: before + 1 == edge.parked(f"{named}:"), "kept")


# what it does · how it sends a message that is right in itself · the field
MISDIRECTED = [
    ("no user-id", {"user_id": None}, "user-id"),
    ("the key is not the type", {"key": "reply.accepted.v1"}, "type"),
    ("no key", {"key": ""}, "type"),
    ("a key nobody knows", {"key": "reply.whispered.v1"}, "type"),
]


@pytest.mark.parametrize(("what", "how", "named"), MISDIRECTED, ids=[row[0] for row in MISDIRECTED])
def test_a_message_sent_the_wrong_way_is_told(edge: Edge, what: str, how: dict[str, Any], named: str) -> None:
    """What the broker lets through is answered here; nothing goes nowhere."""
    message = edge.reply("signed", "sent")
    edge.send(message, **how)
    assert named == edge.rejection(message["id"])["field"]


@pytest.mark.parametrize("type_", ["reply.whispered.v1", "petition.closed.v1", "referral.offered.v1", "lane.resend.v1"])
def test_a_type_that_is_not_an_agencys_is_told(edge: Edge, type_: str) -> None:
    """An unknown type, an event or a letter of ours: an agency cannot say it."""
    message = edge.message(type_, {})
    edge.send(message)
    assert "type" == edge.rejection(message["id"])["field"]


def test_an_early_message_is_held_then_told_where_the_matter_stands(edge: Edge) -> None:
    """Answered before it was signed for: held in case the signature is on its way, then refused with the state."""
    message = edge.reply("answered", "sent", result="supported", text="x")
    edge.send(message)
    told = edge.rejection(message["id"])
    assert ("type", "sent", ["reply.signed.v1"]) == (told["field"], told["state"], told["allowed"])


def test_a_repeat_is_harmless_and_another_content_under_the_same_id_is_told(edge: Edge) -> None:
    """The same words again change nothing and are not answered; other words under an old id are."""
    message = edge.reply("progress", "accepted", text="正在核实")
    for time in (message["time"], datetime.now(UTC).isoformat()):
        edge.send(message | {"time": time})
    other = message | {"data": message["data"] | {"text": "另一句话"}}
    edge.send(other)
    assert "id" == edge.rejection(message["id"])["field"]
    number = edge.referrals["accepted"]
    with edge.engines[1].connect() as connection:
        query = text("SELECT count(*) FROM events WHERE subject = :s AND type = 'referral.progressed.v1'")
        assert 1 == connection.scalar(query, {"s": number})


def test_who_asks_is_told_once_what_was_taken(edge: Edge) -> None:
    """By the message's id, with the state it led to and what may be said next; who does not ask hears nothing."""
    data = {"referral": edge.referrals["accepted"], "officer": "经办员", "text": "正在核实"}
    asked, silent, last = (edge.message("reply.progress.v1", data, receipt=each) for each in (True, ..., True))
    for message in (asked, asked, silent, edge.message("reply.progress.v1", data, receipt="yes"), last):
        edge.send(message)
    told = []
    while not told or told[-1]["message"] != last["id"]:
        told.append(edge.agency.hear("message.taken.v1")["data"])
    assert [asked["id"], last["id"]] == [each["message"] for each in told]
    expected = ("reply.progress.v1", "in_progress", ["reply.progress.v1", "reply.answered.v1"])
    assert {expected[:2]} == {(each["type"], each["state"]) for each in told}
    assert expected[2] == told[0]["allowed"]


def test_a_mistake_repeated_is_told_once(edge: Edge) -> None:
    """A system in a loop fills neither its own queue nor our disk."""
    message = edge.reply("signed", "another's")
    for _ in range(5):
        edge.send(message)
    last = edge.reply("signed", "recalled")
    edge.send(last)
    told = []
    while not told or told[-1] != last["id"]:
        told.append(edge.agency.hear("message.rejected.v1")["data"]["message"])
    assert 1 == told.count(message["id"])


# what it tries · the reply code with which the broker closes the channel or the connection
CLOSED: list[tuple[str, Callable[[Agency], Any], int]] = [
    ("takes from another's inbox", lambda a: a.channel.basic_get("agency.A09.inbox"), 403),
    ("takes from our queue", lambda a: a.channel.basic_get(f"referral.agency.{a.code}"), 403),
    ("takes our events", lambda a: a.channel.basic_get("notify.events.intake"), 403),
    ("takes an operator's tasks", lambda a: a.channel.basic_get("notify.phone"), 403),
    ("consumes another's inbox", lambda a: a.channel.basic_consume("agency.A09.inbox", lambda *_: None), 403),
    ("declares a queue", lambda a: a.channel.queue_declare("mine"), 403),
    ("declares a queue without a name", lambda a: a.channel.queue_declare(""), 403),
    ("declares its own inbox", lambda a: a.channel.queue_declare(f"agency.{CODE}.inbox", durable=True), 403),
    ("declares an exchange", lambda a: a.channel.exchange_declare("mine"), 403),
    ("binds its inbox to our events", lambda a: a.channel.queue_bind(f"agency.{CODE}.inbox", "intake.events", "#"), 403),
    ("binds its inbox to another's out", lambda a: a.channel.queue_bind(f"agency.{CODE}.inbox", "agency.A09.out", "#"), 403),
    ("unbinds its inbox", lambda a: a.channel.queue_unbind(f"agency.{CODE}.inbox", f"agency.{CODE}.inbox", ""), 403),
    ("purges another's inbox", lambda a: a.channel.queue_purge("agency.A09.inbox"), 403),
    ("deletes its own inbox", lambda a: a.channel.queue_delete(f"agency.{CODE}.inbox"), 403),
    ("deletes its own exchange", lambda a: a.channel.exchange_delete(f"agency.{CODE}.out"), 403),
    ("publishes to the default exchange", lambda a: a.send(b"{}", "agency.A09.inbox", exchange=""), 403),
    ("publishes by another's out", lambda a: a.send(b"{}", "reply.signed.v1", exchange="agency.A09.out"), 403),
    ("publishes to another's inbox", lambda a: a.send(b"{}", "x", exchange="agency.A09.inbox"), 403),
    ("publishes to its own inbox", lambda a: a.send(b"{}", "x", exchange=f"agency.{CODE}.inbox"), 403),
    ("publishes as an event of ours", lambda a: a.send(b"{}", "petition.closed.v1", exchange="intake.events"), 403),
    ("publishes to our letters", lambda a: a.send(b"{}", "x", exchange="aid.letters"), 403),
    ("publishes to the unrouted", lambda a: a.send(b"{}", "x", exchange="agency.unrouted"), 403),
    ("publishes to where there is nothing", lambda a: a.send(b"{}", "x", exchange="agency.A99.out"), 403),
    ("forges the user-id", lambda a: a.send(b"{}", "reply.signed.v1", user_id="A09"), 406),
    ("sends 17 MiB", lambda a: a.send(b"x" * (17 << 20), "reply.signed.v1"), 406),
]  # fmt: skip


@pytest.mark.parametrize(("what", "act", "code"), CLOSED, ids=[row[0] for row in CLOSED])
def test_the_broker_keeps_an_agency_in_its_corner(
    system: Stack, what: str, act: Callable[[Agency], Any], code: int
) -> None:
    """The channel is closed with the documented code, and the account still works afterwards."""
    agency = Agency(system, CODE)
    with pytest.raises((ChannelClosedByBroker, ConnectionClosedByBroker)) as closed:
        act(agency)
    assert code == closed.value.reply_code
    assert Agency(system, CODE).channel.is_open


def test_who_sees_the_length_of_a_queue_is_as_documented(system: Stack) -> None:
    """A passive declaration: refused where the broker asks for a right; where it does not, `provision` says so."""
    broker = Broker(system.management)
    asks = checks_passive(broker.version())
    for queue in ("agency.A09.inbox", "referral.letters", "notify.phone"):
        agency = Agency(system, CODE)
        if asks:
            with pytest.raises(ChannelClosedByBroker) as closed:
                agency.channel.queue_declare(queue, passive=True)
            assert 403 == closed.value.reply_code
        else:
            assert agency.channel.queue_declare(queue, passive=True).method.message_count >= 0
    assert asks != ("可以看到任何一个队列有多少条消息" in stack.provision(system, COUNTY / "agencies.yaml"))


def test_who_is_not_the_agency_is_not_let_in(system: Stack) -> None:
    """A wrong password, another virtual host, the management pages: refused before anything is said."""
    right = system.amqp(CODE)
    for wrong in (right.replace(system.passwords[CODE], "guess"), right.replace("%2F", "other")):
        with pytest.raises((ProbableAccessDeniedError, AMQPError)):
            pika.BlockingConnection(pika.URLParameters(wrong))
    page = f"{system.management.rpartition('@')[2]}/api/queues"
    answer = requests.get(f"http://{CODE}:{quote(system.passwords[CODE])}@{page}", timeout=5)
    assert answer.status_code == 401


def test_an_agency_cannot_take_every_connection(system: Stack) -> None:
    """The eleventh connection and the twenty-first channel of a connection are refused."""
    opened = []
    try:
        for _ in range(10):
            opened.append(pika.BlockingConnection(pika.URLParameters(system.amqp("A05"))))
        with pytest.raises(AMQPError):
            pika.BlockingConnection(pika.URLParameters(system.amqp("A05")))
        for _ in range(20):
            opened[0].channel()
        with pytest.raises(AMQPError):
            opened[0].channel()
    finally:
        for connection in opened:
            if connection.is_open:
                connection.close()
