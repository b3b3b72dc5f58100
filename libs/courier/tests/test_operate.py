"""What a person does with kept messages, and what a restore lost; against the real database."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from plain_service import ACTOR, build_context, delivery, event
from sqlalchemy import Engine, text

from courier.amqp import Delivery
from courier.envelope import Actor, Envelope
from courier.faults import Park, Reject
from courier.inbox import Inbox, Message
from courier.ops import parked, reconcile
from courier.partners.answers import Answers
from courier.partners.receiving import AGENCIES, receive_from_partner
from courier.unit_of_work import UnitOfWork

OPERATOR = Actor("A00", "900007", "operations")


def note(id_: str = "n-1") -> Delivery:
    body = Envelope("/619926/there", "note.v1", "s", datetime.now(UTC), {"said": "石大川"}, ACTOR, id=id_).to_bytes()
    return Delivery("here.letters", "here.letters", "note.v1", "there", body, False, {})


class Bench:
    """An inbox whose handler parks what is in `broken`: "subject-version", or a message id."""

    def __init__(self, engine: Engine):
        self.engine, self.context = engine, build_context(engine)
        self.broken: set[str] = set()
        self.told: list[tuple[str, str]] = []
        self.inbox = Inbox(
            self.context,
            events={"thing.happened.v1": self.see},
            letters={"note.v1": self.see},
            partners=Answers(self.see, self.tell),
        )

    def tell(self, work: UnitOfWork, who: str, message_id: str, type_: str, fault: Reject) -> None:
        self.told.append((who, message_id))

    def see(self, work: UnitOfWork, message: Message) -> None:
        envelope = message.envelope
        if self.broken & {f"{envelope.subject}-{envelope.version}", envelope.id}:
            raise Park("a person has to look")
        work.session.execute(
            text("INSERT INTO seen (subject, version, id) VALUES (:s, :v, :i)"),
            {"s": envelope.subject, "v": envelope.version, "i": envelope.id},
        )

    def come(self, subject: str, *versions: int) -> None:
        for version in versions:
            self.inbox.take_events("there", [delivery(event(subject, version))])

    def parked(self) -> int:
        (row,) = self.listed()
        row_id: int = row.id
        return row_id

    def listed(self, *states: str) -> Any:
        with self.context.sessions() as session:
            return parked.listed(session, states or ("parked",))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def seen(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT subject, version FROM seen ORDER BY n")


@pytest.fixture
def bench(engine: Engine) -> Bench:
    return Bench(engine)


def test_a_replayed_event_is_applied_once_and_its_lane_goes_on(bench: Bench) -> None:
    """Replayed by two at once and once more: applied once, then what waited behind it, in order."""
    bench.broken = {"s-2"}
    bench.come("s", 1, 2, 3, 4)
    assert [("s", 1)] == bench.seen()
    row_id, answers = bench.parked(), []
    bench.broken.clear()

    def replay() -> None:
        try:
            answers.append(parked.replay(bench.inbox, row_id))
        except parked.CannotDo as fault:
            answers.append(str(fault))

    both = [threading.Thread(target=replay) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert [("s", version) for version in (1, 2, 3, 4)] == bench.seen()
    assert 1 == answers.count(None)
    with pytest.raises(parked.CannotDo, match="已处理完毕"):
        parked.replay(bench.inbox, row_id)
    assert [(4, None)] == bench.rows("SELECT applied, held_at FROM lane")


def test_a_replay_that_fails_again_says_why_and_keeps_the_lane(bench: Bench) -> None:
    """Nothing is applied, the message stays parked under its number, and what is behind it waits on."""
    bench.broken = {"s-1"}
    bench.come("s", 1, 2)
    row_id = bench.parked()
    assert "Park: a person has to look" == parked.replay(bench.inbox, row_id)
    assert (row_id, []) == (bench.parked(), bench.seen())
    (waiting,) = bench.listed("waiting")
    with pytest.raises(parked.CannotDo, match="第 1 版还没有处理"):
        parked.replay(bench.inbox, waiting.id)


def test_a_letter_is_replayed_once(bench: Bench) -> None:
    """A replayed letter is done like any other: its body is gone and a copy of it changes nothing."""
    bench.broken = {"n-1"}
    bench.inbox.take_letters([note()])
    bench.broken.clear()
    assert parked.replay(bench.inbox, bench.parked()) is None
    bench.inbox.take_letters([note()])
    assert [("s", None)] == bench.seen()
    assert [("done", None)] == bench.rows("SELECT state, body FROM inbox")


def test_a_discarded_event_lets_its_lane_go_on(bench: Bench) -> None:
    """The versions behind it are applied in order, it never is, also when it comes again."""
    bench.broken = {"s-2", "s-4"}
    bench.come("s", 1, 2, 3, 4, 5)
    (behind, *_) = bench.listed("waiting")
    with pytest.raises(parked.CannotDo, match="第 2 版还没有处理"):
        parked.discard(bench.inbox, OPERATOR, behind.id, "先后不对")
    parked.discard(bench.inbox, OPERATOR, bench.parked(), "石大川已当面说明")
    assert [("s", 1), ("s", 3)] == bench.seen()
    bench.come("s", 2)
    bench.broken.clear()
    assert parked.replay(bench.inbox, bench.parked()) is None
    assert [("s", 1), ("s", 3), ("s", 4), ("s", 5)] == bench.seen()


def test_a_discard_says_who_on_the_trail_and_why_under_seal(bench: Bench) -> None:
    """The event has ids and the officer, never the reason; the reason is sealed and opened like a body."""
    bench.broken = {"n-1"}
    bench.inbox.take_letters([note()])
    row_id = bench.parked()
    with pytest.raises(parked.CannotDo, match="理由"):
        parked.discard(bench.inbox, OPERATOR, row_id, " ")
    parked.discard(bench.inbox, OPERATOR, row_id, "石大川已撤回")
    assert [("done", None)] == bench.rows("SELECT state, body FROM inbox")
    ((type_, body),) = bench.rows("SELECT type, convert_from(body, 'UTF8') FROM events")
    assert parked.DISCARDED == type_
    assert '"actorofficer":"900007"' in body
    assert "石大川" not in body
    assert [(row_id, "900007", "sealed:石大川已撤回")] == bench.rows(
        "SELECT id, officer, convert_from(said, 'UTF8') FROM discarded"
    )
    assert "石大川已撤回".encode() == parked.open_body(bench.context, OPERATOR, row_id)
    with pytest.raises(parked.CannotDo):
        parked.discard(bench.inbox, OPERATOR, row_id, "再来一次")
    bench.inbox.take_letters([note()])
    assert [] == bench.seen()


def test_who_opens_a_body_is_on_the_trail(bench: Bench) -> None:
    """The list has no body at all; opening one is an event in the opener's name."""
    bench.broken = {"n-1"}
    bench.inbox.take_letters([note()])
    (row,) = bench.listed()
    assert "body" not in row._fields
    assert [] == bench.rows("SELECT type FROM events")
    assert "石大川".encode() in parked.open_body(bench.context, OPERATOR, row.id)
    ((type_, body),) = bench.rows("SELECT type, convert_from(body, 'UTF8') FROM events")
    assert (parked.OPENED, True, False) == (type_, '"actorofficer":"900007"' in body, "石大川" in body)


@pytest.mark.parametrize(("fault", "times"), [(Park("ours"), 1), (Reject("field", "不对", "wrong"), 1)])
def test_an_agency_is_told_once_that_its_message_will_not_be_done(engine: Engine, fault: Exception, times: int) -> None:
    """Told at once of a mistake of its own; of one that was ours, when a person gives it up."""
    bench = Bench(engine)

    def refuse(work: UnitOfWork, message: Message) -> None:
        raise fault

    bench.inbox.partners = Answers(refuse, bench.tell)
    said = Envelope("/agencies/A09", "reply.v1", "s", datetime.now(UTC), {}, ACTOR, id="a-1")
    come = Delivery("q", "agency.A09.out", "reply.v1", "A09", said.to_bytes(), False, {})
    receive_from_partner(bench.inbox, come, AGENCIES, ["reply.v1"])
    assert isinstance(fault, Reject) == bool(bench.told)
    parked.discard(bench.inbox, OPERATOR, bench.parked(), "无法办理")
    assert [("A09", "a-1")] * times == bench.told


def died(letter: Delivery, queue: str = "here.letters") -> Delivery:
    """As the broker hands it over by way of the dead letters; the sender's own header must not be believed."""
    headers = {"x-death": [{"queue": queue}], "x-first-death-queue": "here.events.there"}
    return replace(letter, queue="here.dead", exchange="here.dead", headers=headers)


def test_a_dead_lettered_letter_is_read_again_by_the_way_it_came(bench: Bench) -> None:
    """The queue it died in says how it is read; applied once, however often it died and is replayed."""
    letter = died(note())
    for _ in range(2):
        bench.inbox.take_dead(letter)
    row_id = bench.parked()
    assert parked.replay(bench.inbox, row_id) is None
    with pytest.raises(parked.CannotDo):
        parked.replay(bench.inbox, row_id)
    assert [("s", None)] == bench.seen()
    assert [] == bench.listed(*parked.OPEN_STATES)


def test_a_dead_lettered_event_takes_its_place_in_its_lane(bench: Bench) -> None:
    """Version 2 died: replayed before version 1 it waits, and is applied behind it."""
    bench.inbox.take_dead(died(delivery(event("s", 2)), "here.events.there"))
    assert "前一版本还没有到" == parked.replay(bench.inbox, bench.parked())
    bench.come("s", 1)
    assert [("s", 1), ("s", 2)] == bench.seen()


@pytest.mark.parametrize(
    "come",
    [
        died(note(), "agency.A09.inbox"),
        died(replace(note(), user=None)),
        died(replace(note(), user="elsewhere")),
        died(replace(note(), body=b"{nonsense")),
        died(delivery(replace(event("s", 1), version=None)), "here.events.there"),
    ],
    ids=["an agency's queue", "nobody", "not its sender", "nonsense", "no version"],
)
def test_what_cannot_be_proved_is_not_replayed(bench: Bench, come: Delivery) -> None:
    """Refused by a sentence, and still parked; a person may discard it."""
    bench.inbox.take_dead(come)
    row_id = bench.parked()
    with pytest.raises(parked.CannotDo, match="无法识别"):
        parked.replay(bench.inbox, row_id)
    assert (row_id, []) == (bench.parked(), bench.seen())
    parked.discard(bench.inbox, OPERATOR, row_id, "垃圾")
    assert [] == bench.listed(*parked.OPEN_STATES)


# -- reconcile -------------------------------------------------------------------------------------------------------


def lanes(engine: Engine, applied: dict[str, int], said: dict[str, int]) -> None:
    with engine.begin() as connection:
        for subject, version in applied.items():
            connection.execute(
                text("INSERT INTO lane VALUES ('there', :s, :v), ('elsewhere', :s, 99)"), {"s": subject, "v": version}
            )
        for subject, version in said.items():
            connection.execute(
                text("INSERT INTO events SELECT :s, g, :s || g, 't', now(), '', '' FROM generate_series(1, :v) g"),
                {"s": subject, "v": version},
            )


def asking(bench: Bench, limit: int) -> Callable[[str], reconcile.Heads]:
    def ask(after: str) -> reconcile.Heads:
        with bench.context.sessions() as session:
            return reconcile.heads(session, after, limit)

    return ask


@pytest.mark.parametrize("seed", range(6))
def test_every_difference_is_found_whatever_the_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Behind, ahead, known on one side only: each is said once, in order, and nothing that is equal."""
    chance = random.Random(seed)
    monkeypatch.setattr(reconcile, "PAGE", chance.randint(1, 7))
    names = [f"信2026-619926-{n:06d}" for n in range(30)] + [f"officer/{n}" for n in range(5)] + ["移1", "助2"]
    applied = {name: chance.randint(1, 4) for name in names if chance.random() < 0.7}
    said = {name: applied.get(name) or 1 if chance.random() < 0.6 else 5 for name in names if chance.random() < 0.7}
    lanes(bench.engine, applied, said)
    pages = reconcile.differences(bench.context.sessions, "there", asking(bench, chance.randint(1, 7)))
    found = [each for page in pages for each in page]
    assert [
        reconcile.Difference(name, applied.get(name, 0), said.get(name, 0))
        for name in sorted(names)
        if applied.get(name, 0) != said.get(name, 0)
    ] == found


def test_what_moves_while_we_look_is_no_loss(bench: Bench) -> None:
    """The source spoke and we applied it between the two looks: not said to be lost. What comes late is no longer
    behind when looked at again."""
    lanes(bench.engine, {"a": 3, "b": 1}, {"a": 3, "b": 2})
    looks = iter([[("a", 2, None), ("b", 2, None)], [("a", 3, None), ("b", 2, None)], []])
    pages = reconcile.differences(bench.context.sessions, "there", lambda _: next(looks))
    found = [each for page in pages for each in page]
    assert [reconcile.Difference("b", 1, 2)] == found
    assert found == reconcile.still_behind(bench.context.sessions, "there", found)
    with bench.engine.begin() as connection:
        connection.execute(text("UPDATE lane SET applied = 2 WHERE subject = 'b'"))
    assert [] == reconcile.still_behind(bench.context.sessions, "there", found)
