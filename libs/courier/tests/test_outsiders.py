"""What outsiders send is answered or kept once, whatever is in it; against the real database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from seat import ACTOR, office
from sqlalchemy import Engine, text

from courier import metrics
from courier.envelope import Envelope
from courier.faults import Reject, legible
from courier.inbox import Inbox, Message
from courier.outsiders import AGENCIES, take, take_dead
from courier.wire import Delivery
from courier.work import Work

ODD = ["", " ", "\t", "\x00", "reply.v1\x00", "a\nb", "\x1b[2J", "\ud800", "\u202e", "\u200b", "签收", "x" * 10_000]


class Edge:
    """An inbox for outsiders; `told` has what was answered, and to whom."""

    def __init__(self, engine: Engine):
        self.engine, self.office = engine, office(engine)
        self.told: list[tuple[str, str, str, str | None, str]] = []
        self.said: list[str] = []
        self.broken = False
        self.inbox = Inbox(self.office, events={}, letters={}, outsider=self.hear, tell=self.tell)

    def hear(self, work: Work, message: Message) -> None:
        self.said.append(message.envelope.id)
        if message.data.get("wrong"):
            raise Reject("wrong", "不对", "it is wrong")

    def tell(self, work: Work, who: str, message_id: str, type_: str, fault: Reject) -> None:
        work.to_agency(who, "message.rejected.v1", "-", {})
        if self.broken:
            # the transaction is of no use after it
            work.session.execute(text("SELECT 1/0"))
        self.told.append((who, message_id, type_, fault.field, fault.zh))

    def come(self, key: str = "reply.v1", body: bytes | None = None, user: str | None = "A09", **more: Any) -> None:
        take(self.inbox, self.delivery(key, body, user, **more), AGENCIES, ["reply.v1"])

    def delivery(self, key: str, body: bytes | None, user: str | None = "A09", **more: Any) -> Delivery:
        made = {"queue": "here.agencies", "exchange": "agency.A09.out", "headers": {}} | more
        return Delivery(
            made["queue"], made["exchange"], key, user, message() if body is None else body, False, made["headers"]
        )

    def rows(self, columns: str = "state, count(*)", rest: str = "GROUP BY 1 ORDER BY 1") -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM inbox {rest}"))]

    def scalar(self, query: str) -> Any:
        with self.engine.connect() as connection:
            return connection.scalar(text(query))


def message(id_: str = "m-1", **data: Any) -> bytes:
    return Envelope(
        "/agencies/A09", "reply.v1", "s", datetime(2026, 11, 25, tzinfo=UTC), data, ACTOR, id=id_
    ).to_bytes()


@pytest.fixture
def edge(engine: Engine) -> Edge:
    return Edge(engine)


@pytest.mark.parametrize("odd", ODD)
def test_whatever_a_routing_key_holds_its_message_is_kept_and_answered_once(edge: Edge, odd: str) -> None:
    """A blank, a NUL, half a character, a terminal's command: none of it keeps the report of the mistake from being
    written, which would bring the message back for ever."""
    for _ in range(2):
        edge.come(odd)
    assert [("parked", 1)] == edge.rows()
    assert 1 == len(edge.told)
    ((type_,),) = edge.rows("type", "")
    assert 0 < len(type_) <= 128
    assert type_.isprintable()


@pytest.mark.parametrize("odd", ODD)
def test_whatever_a_delivery_claims_it_is_kept(edge: Edge, odd: str) -> None:
    """By no outsider's exchange, in no known user's name, dead in a queue of any name: kept once."""
    edge.come(exchange=f"agency.{odd}", user=odd)
    dead = {"x-death": [{"queue": odd, "reason": odd, "exchange": odd}]}
    edge.inbox.take_dead(edge.delivery(odd, b"{}", odd, headers=dead))
    assert [("parked", 2)] == edge.rows()


@pytest.mark.parametrize(
    "deaths", [None, "", b"\xff", 7, {}, [], [None], ["expired"], [[]], [{}], [{"queue": 7}], [{"queue": None}]]
)
def test_a_forged_death_keeps_nobody_else_waiting(edge: Edge, deaths: Any) -> None:
    """`x-death` is the broker's word only where the broker wrote it: whatever lies there, the message is kept."""
    edge.inbox.take_dead(edge.delivery("reply.v1", b"{}", headers={"x-death": deaths}))
    assert [("parked", 1)] == edge.rows()


@pytest.mark.parametrize("body", [b"{", message(wrong=True)], ids=["unreadable", "wrong"])
def test_an_answer_that_fails_keeps_no_message_from_being_kept(edge: Edge, body: bytes) -> None:
    """The answer is undone alone, counted and logged; the message is parked, and the next one is taken."""
    edge.broken, before = True, metrics.UNTOLD._value.get()
    edge.come(body=body)
    assert [("parked", 1)] == edge.rows()
    assert (0, 1) == (edge.scalar("SELECT count(*) FROM outbox"), metrics.UNTOLD._value.get() - before)
    edge.broken = False
    edge.come(body=message("m-2", wrong=True))
    assert ["m-2"] == [message_id for _, message_id, *_ in edge.told]


def test_what_is_put_down_is_legible() -> None:
    """Marked, cut and stripped; nothing where nothing is left or where it is no text."""
    assert [None] * 5 == [legible(each) for each in ("", "  ", None, 7, b"x")]
    assert ("a\ufffdb", "签收", "xx") == (legible("a\x00b"), legible(" 签收 "), legible("xxx", 2))


def died(reason: str, **more: str) -> dict[str, Any]:
    return {"x-death": [{"queue": "here.agencies", "reason": reason, "exchange": "agency.A09.out"} | more]}


def test_who_gave_its_message_a_period_is_told_that_it_expired(edge: Edge) -> None:
    """It was never read: turned back to its sender once, by its id, and no fault of ours that rings an alarm."""
    for _ in range(2):
        take_dead(edge.inbox, edge.delivery("reply.v1", message(), headers=died("expired"), queue="here.dead"))
    assert [("A09", "m-1", "reply.v1", "expiration")] == [told[:4] for told in edge.told]
    assert "有效期" in edge.told[0][4]
    assert [("A09", "parked", "here.agencies")] == edge.rows("source, state, queue", "")
    edge.come(body=message())
    assert ["m-1"] == edge.said


@pytest.mark.parametrize("reason", ["delivery_limit", "maxlen", "rejected"])
def test_an_outsiders_message_the_broker_gave_up_is_told_and_kept_with_the_dead(edge: Edge, reason: str) -> None:
    """Ours to look into; whoever waits for what will never come is told to send it again."""
    for _ in range(2):
        take_dead(edge.inbox, edge.delivery("reply.v1", message(), headers=died(reason)))
    assert [("A09", "m-1", "reply.v1", None)] == [told[:4] for told in edge.told]
    assert [("dead", "parked")] == edge.rows("source, state", "")


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        (died("expired"), "A06"),
        (died("expired", exchange="agency.A06.out"), "A09"),
        (died("expired"), None),
        (died("expired", exchange="agency.A09.inbox"), "A09"),
        (died("expired", exchange="referral.letters"), "intake"),
        ({}, "A09"),
    ],
)
def test_nobody_is_told_of_a_dead_message_that_is_not_provably_its_own(
    edge: Edge, headers: dict[str, Any], user: str | None
) -> None:
    """Exchange and user must agree; our own letters and offers that died are for a person alone."""
    take_dead(edge.inbox, edge.delivery("reply.v1", message(), user, headers=headers))
    assert [] == edge.told
    assert [("dead", "parked")] == edge.rows("source, state", "")
