"""What partners send is answered or kept once, whatever is in it; against the real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plain_service import ACTOR, build_context
from sqlalchemy import Engine, text

from courier.amqp import Delivery
from courier.envelope import Actor, Envelope
from courier.faults import Reject, legible
from courier.inbox import Inbox, Message
from courier.ops import parked, retention
from courier.partners.answers import UNTOLD, Answers
from courier.partners.quotas import OVER_QUOTA, Quotas
from courier.partners.receiving import AGENCIES, receive_dead, receive_from_partner
from courier.unit_of_work import UnitOfWork

ODD = ["", " ", "\t", "\x00", "reply.v1\x00", "a\nb", "\x1b[2J", "\ud800", "\u202e", "\u200b", "签收", "x" * 10_000]


class Edge:
    """An inbox for partners; `told` has what was answered, and to whom."""

    def __init__(self, engine: Engine, quotas: Quotas = Quotas()):  # noqa: B008 - frozen
        self.engine, self.context = engine, build_context(engine)
        self.told: list[tuple[str, str, str, str | None, str]] = []
        self.said: list[str] = []
        self.broken = False
        self.inbox = Inbox(self.context, events={}, letters={}, partners=Answers(self.hear, self.tell, quotas))

    def hear(self, work: UnitOfWork, message: Message) -> None:
        self.said.append(message.envelope.id)
        if message.data.get("wrong"):
            raise Reject("wrong", "不对", "it is wrong")

    def tell(self, work: UnitOfWork, who: str, message_id: str, type_: str, fault: Reject) -> None:
        work.to_agency(who, "message.rejected.v1", "-", {})
        if self.broken:
            # the transaction is of no use after it
            work.session.execute(text("SELECT 1/0"))
        self.told.append((who, message_id, type_, fault.field, fault.zh))

    def come(self, key: str = "reply.v1", body: bytes | None = None, user: str | None = "A09", **more: Any) -> None:
        receive_from_partner(self.inbox, self.delivery(key, body, user, **more), AGENCIES, ["reply.v1", "submitted.v1"])

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


def message(id_: str = "m-1", type_: str = "reply.v1", who: str = "A09", **data: Any) -> bytes:
    return Envelope(f"/agencies/{who}", type_, "s", datetime(2026, 11, 25, tzinfo=UTC), data, ACTOR, id=id_).to_bytes()


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
    """By no partner's exchange, in no known user's name, dead in a queue of any name: kept once."""
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
    edge.broken, before = True, UNTOLD._value.get()
    edge.come(body=body)
    assert [("parked", 1)] == edge.rows()
    assert (0, 1) == (edge.scalar("SELECT count(*) FROM outbox"), UNTOLD._value.get() - before)
    edge.broken = False
    edge.come(body=message("m-2", wrong=True))
    assert ["m-2"] == [message_id for _, message_id, *_ in edge.told]


def test_what_is_put_down_is_legible() -> None:
    """Marked, cut and stripped; nothing where nothing is left or where it is no text."""
    assert [None] * 5 == [legible(each) for each in ("", "  ", None, 7, b"x")]
    assert ("a\ufffdb", "签收", "xx") == (legible("a\x00b"), legible(" 签收 "), legible("xxx", 2))


OURS = ("here", "there", "intake")


def died(reason: str, **more: str) -> dict[str, Any]:
    return {"x-death": [{"queue": "here.agencies", "reason": reason, "exchange": "agency.A09.out"} | more]}


def test_who_gave_its_message_a_period_is_told_that_it_expired(edge: Edge) -> None:
    """It was never read: turned back to its sender once, by its id, and no fault of ours that rings an alarm."""
    for _ in range(2):
        receive_dead(edge.inbox, edge.delivery("reply.v1", message(), headers=died("expired"), queue="here.dead"), OURS)
    assert [("A09", "m-1", "reply.v1", "expiration")] == [told[:4] for told in edge.told]
    assert "有效期" in edge.told[0][4]
    assert [("A09", "parked", "here.agencies")] == edge.rows("source, state, queue", "")
    edge.come(body=message())
    assert ["m-1"] == edge.said


@pytest.mark.parametrize("reason", ["delivery_limit", "maxlen", "rejected"])
def test_a_partners_message_the_broker_gave_up_is_told_and_kept_with_the_dead(edge: Edge, reason: str) -> None:
    """Ours to look into; whoever waits for what will never come is told to send it again."""
    for _ in range(2):
        receive_dead(edge.inbox, edge.delivery("reply.v1", message(), headers=died(reason)), OURS)
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
    receive_dead(edge.inbox, edge.delivery("reply.v1", message(), user, headers=headers), OURS)
    assert [] == edge.told
    assert [("dead", "parked")] == edge.rows("source, state", "")


def test_who_hides_fills_no_disk_with_the_dead(engine: Engine) -> None:
    """Without its name, or with a forged exchange, nobody can be told: kept up to a number a day; what is a service's
    own is always kept."""
    edge = Edge(engine, Quotas(kept=3))
    for n in range(4):
        receive_dead(edge.inbox, edge.delivery("x", b"{%d" % n, None, headers=died("expired")), OURS)
        forged = died("expired", exchange="agency.A06.inbox")
        receive_dead(edge.inbox, edge.delivery("x", b"{f%d" % n, "A06", headers=forged), OURS)
        receive_dead(edge.inbox, edge.delivery("x", b"{o%d" % n, "there", headers=died("delivery_limit")), OURS)
    assert (3, 4) == tuple(
        edge.scalar(f"SELECT count(*) FROM inbox WHERE sender IS {which} DISTINCT FROM 'there'")
        for which in ("", "NOT")
    )


# -- how much is taken and kept ----------------------------------------------------------------------------------------


def later(edge: Edge) -> None:
    """The hour or day that had begun is over."""
    with edge.engine.begin() as connection:
        connection.execute(text("UPDATE spent SET begins = begins - interval '1 day'"))


@pytest.mark.parametrize(
    ("quotas", "type_"),
    [(Quotas(messages=3), "reply.v1"), (Quotas(of_type={"submitted.v1": 3}), "submitted.v1")],
    ids=["an hour", "a type a day"],
)
def test_what_is_above_the_quota_is_answered_and_taken_later_under_its_id(
    engine: Engine, quotas: Quotas, type_: str
) -> None:
    """Told once when it may come again, however often the broker brings it; nothing of it was done, so that the same
    message is taken then. A repeat of what was taken costs nothing; another agency has a quota of its own."""
    edge = Edge(engine, quotas)
    for name in ("m-1", "m-2", "m-2", "m-1", "m-3", "m-4", "m-4"):
        edge.come(type_, message(name, type_))
    edge.come(type_, message("other", type_, "A06"), "A06", exchange="agency.A06.out")
    assert ["m-1", "m-2", "m-3", "other"] == edge.said
    ((who, message_id, _, field, zh),) = edge.told
    assert ("A09", "m-4", "quota") == (who, message_id, field)
    assert "3 条" in zh
    assert "北京时间）以后用原编号重新发送" in zh
    later(edge)
    edge.come(type_, message("m-4", type_))
    assert "m-4" == edge.said[-1]
    assert 1 == len(edge.told)


def test_who_needs_more_has_so_many_times_the_quota(engine: Engine) -> None:
    """A vendor who serves the whole county at one account."""
    edge = Edge(engine, Quotas(messages=2, times={"A09": 3}))
    for n in range(7):
        edge.come(body=message(f"m-{n}"))
    assert (6, 1) == (len(edge.said), len(edge.told))


@pytest.mark.parametrize(
    "wrong", [lambda n: b"{%d" % n, lambda n: message(f"m-{n}", wrong=True)], ids=["unreadable", "wrong"]
)
def test_what_is_turned_back_beyond_measure_is_neither_kept_nor_answered(engine: Engine, wrong: Any) -> None:
    """The first few are; then the sender is told once that no more are, until when; the right ones go on."""
    edge = Edge(engine, Quotas(kept=3))
    before = OVER_QUOTA.labels("kept")._value.get()
    for n in range(8):
        edge.come(body=wrong(n))
    edge.come(body=message("right"))
    assert ["quota"] == [field for *_, field, _ in edge.told[3:]]
    assert "不再逐条告知" in edge.told[3][4]
    assert 3 == edge.scalar("SELECT count(*) FROM inbox WHERE body IS NOT NULL")
    assert 5 == OVER_QUOTA.labels("kept")._value.get() - before
    assert "right" == edge.said[-1]
    later(edge)
    edge.come(body=wrong(99))
    assert 5 == len(edge.told)


def test_what_was_answered_goes_after_its_time_and_nothing_else_does(edge: Edge) -> None:
    """Bodies first, the rows of what nobody could read later; the id of what could be read stays, so that a repeat is
    known. What nobody was told of, and what is ours, waits for a person as long as it takes."""
    edge.come(body=b"{")
    edge.come(body=message("wrong", wrong=True))
    edge.come(body=message("right"))
    edge.broken = True
    edge.come(body=b"{untold")
    edge.inbox.take_dead(edge.delivery("x", b"{dead", "there"))
    edge.inbox.take_events("there", [edge.delivery("x", b"{ours", "there")])

    def let_go(days: int) -> int:
        with edge.engine.begin() as connection:
            connection.execute(
                text("UPDATE inbox SET told_at = told_at - :d, received_at = received_at - :d"), {"d": timedelta(days)}
            )
        with edge.context.begin(ACTOR) as work:
            return retention.let_go(work, timedelta(30), timedelta(365), 100)

    assert 0 == let_go(29)
    assert 2 == let_go(2)
    assert [("done", 3), ("parked", 3)] == edge.rows()
    assert 1 == let_go(335)
    assert [("done", 2), ("parked", 3)] == edge.rows()
    assert 0 == let_go(9_999)
    edge.come(body=message("wrong", wrong=True))
    assert 1 == edge.said.count("wrong")


OPERATOR = Actor("A00", "900007", "operations")


def test_many_are_discarded_at_once_each_on_the_trail(edge: Edge) -> None:
    """By sender, type and day; what is not asked for stays, and so does what is ours: that has lanes behind it."""
    for n in range(450):
        edge.come(body=b"{%d" % n)
    edge.come("x", b"{another type")
    edge.come(body=b"{another's", user="A06", exchange="agency.A06.out")
    edge.inbox.take_events("there", [edge.delivery("reply.v1", b"{ours", "there", queue="here.events.there")])
    tomorrow = datetime.now(UTC) + timedelta(1)
    wanted = parked.Wanted("A09", "reply.v1", tomorrow)
    with edge.context.sessions() as session:
        assert 450 == parked.count(session, wanted)
        assert 0 == parked.count(session, parked.Wanted("A09", "reply.v1", tomorrow - timedelta(2)))
        assert 451 == parked.count(session, parked.Wanted("A09"))
        assert 0 == parked.count(session, parked.Wanted("there"))
    assert 450 == parked.discard_all(edge.inbox, OPERATOR, wanted, "同一故障，已与单位核实")
    assert 450 == edge.scalar("SELECT count(*) FROM events WHERE type = 'message.discarded.v1'")
    assert 450 == edge.scalar("SELECT count(*) FROM discarded WHERE officer = '900007'")
    assert [("done", 450), ("parked", 3)] == edge.rows()
    assert 0 == parked.discard_all(edge.inbox, OPERATOR, wanted, "再来一次")
    with pytest.raises(parked.CannotDo):
        parked.discard_all(edge.inbox, OPERATOR, parked.Wanted("A09"), " ")
