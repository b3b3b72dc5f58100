"""Lanes: applied once, in order, whatever order and how often things arrive; against the real database."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from plain_service import ACTOR, Open, build_context, delivery, event
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from courier.amqp import Delivery
from courier.envelope import Actor, Envelope, digest, parse
from courier.faults import NotYet, Park, TooEarly
from courier.inbox import BatchHandler, Inbox, Message
from courier.partners.answers import Answers
from courier.partners.receiving import AGENCIES, receive_from_partner
from courier.unit_of_work import ServiceContext, UnitOfWork


def see(work: UnitOfWork, message: Message) -> None:
    envelope = message.envelope
    work.session.execute(
        text("INSERT INTO seen (subject, version, id) VALUES (:s, :v, :i)"),
        {"s": envelope.subject, "v": envelope.version, "i": envelope.id},
    )


class Gone(Open):
    """The key of s2, the one longest due, was destroyed."""

    def open(self, session: Session, subject: str, label: str, sealed: bytes) -> bytes:
        if subject == "s2":
            raise LookupError("the data key is gone")
        return super().open(session, subject, label, sealed)


def inbox(context: ServiceContext, handler: Callable[[UnitOfWork, Message], None] = see) -> Inbox:
    return Inbox(context, events={"thing.happened.v1": handler}, letters={"note.v1": handler})


def seen(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT subject, version FROM seen ORDER BY n"))]


def states(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text("SELECT state, count(*) FROM inbox GROUP BY 1"))}


@pytest.mark.parametrize("together", [1, 7, 50])
@pytest.mark.parametrize("seed", range(3))
def test_shuffled_and_doubled_events_are_applied_once_in_order(engine: Engine, seed: int, together: int) -> None:
    """Every version of every subject once, in order, with three consumers at once on a shuffled, doubled stream."""
    context = build_context(engine)
    box, subjects, last = inbox(context), [f"s{n}" for n in range(4)], 12
    stream = [event(subject, version) for subject in subjects for version in range(1, last + 1)] * 2
    random.Random(seed).shuffle(stream)
    threads = [
        threading.Thread(
            target=lambda part=stream[n::3]: [
                box.take_events("there", [delivery(e) for e in part[start : start + together]])
                for start in range(0, len(part), together)
            ]
        )
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = seen(engine)
    assert {subject: list(range(1, last + 1)) for subject in subjects} == {
        subject: [version for s, version in found if s == subject] for subject in subjects
    }
    assert states(engine) == {}


def test_what_is_critical_and_not_understood_is_not_applied(engine: Engine) -> None:
    """A newer service's event or letter, read by older code: kept for the code that knows it, its lane held."""
    box = inbox(build_context(engine))
    previous = None
    for version, critical in ((1, ("known",)), (2, ("newer",)), (3, ())):
        said = replace(event("s1", version), data={"known": 1}, critical=critical, previous=previous)
        previous = digest(said.to_bytes()).hex()
        box.take_events("there", [delivery(said)])
    box.take_letters([delivery(Envelope("/619926/there", "note.v1", "s2", datetime.now(UTC), {}, critical=("newer",)))])
    assert [("s1", 1)] == seen(engine)
    assert {"retry": 2, "waiting": 1} == states(engine)


def test_a_failed_event_holds_its_own_lane_only(engine: Engine) -> None:
    """What comes behind a failed event waits for it; other subjects go on; a retry that succeeds drains the lane."""
    context, broken = build_context(engine), {"s1"}

    def sometimes(work: UnitOfWork, message: Message) -> None:
        see(work, message)
        if message.envelope.subject in broken and message.envelope.version == 2:
            raise RuntimeError("张三 must not be written down")

    box = inbox(context, sometimes)
    for subject in ("s1", "s2"):
        for version in (1, 2, 3):
            box.take_events("there", [delivery(event(subject, version))])
    assert seen(engine) == [("s1", 1), ("s2", 1), ("s2", 2), ("s2", 3)]
    assert states(engine) == {"retry": 1, "waiting": 1}
    with engine.begin() as connection:
        reason = connection.scalar(text("SELECT reason FROM inbox WHERE state = 'retry'"))
        connection.execute(text("UPDATE inbox SET next_at = now() WHERE state = 'retry'"))
    assert "RuntimeError" in reason
    assert "张三" not in reason
    broken.clear()
    box.sweep()
    assert seen(engine)[4:] == [("s1", 2), ("s1", 3)]
    assert states(engine) == {}


def test_one_that_fails_among_others_fails_alone(engine: Engine) -> None:
    """The others are applied, once, and what they say is said once; the one that failed is kept with its reason."""
    context = build_context(engine)

    def sometimes(work: UnitOfWork, message: Message) -> None:
        see(work, message)
        work.event("thing.seen.v1", message.envelope.subject)
        if message.envelope.subject == "s2":
            raise RuntimeError

    inbox(context, sometimes).take_events("there", [delivery(event(f"s{n}", 1)) for n in range(4)])
    assert [("s0", 1), ("s1", 1), ("s3", 1)] == seen(engine)
    assert {"retry": 1} == states(engine)
    with engine.connect() as connection:
        said = connection.execute(text("SELECT subject, version FROM events ORDER BY subject")).all()
    assert [("s0", 1), ("s1", 1), ("s3", 1)] == [tuple(row) for row in said]


def test_what_was_early_is_applied_in_the_midst_of_a_batch(engine: Engine) -> None:
    """A batch that brings what a lane waited for goes on through it, and on from there; a failed one holds its lane."""
    context, broken = build_context(engine), {("s", 5)}

    def sometimes(work: UnitOfWork, message: Message) -> None:
        see(work, message)
        if (message.envelope.subject, message.envelope.version) in broken:
            raise RuntimeError

    box = inbox(context, sometimes)
    box.take_events("there", [delivery(event("s", 2)), delivery(event("s", 5))])
    box.take_events("there", [delivery(event("s", version)) for version in (1, 3, 4, 6)] + [delivery(event("t", 1))])
    assert [("s", 1), ("s", 2), ("s", 3), ("s", 4), ("t", 1)] == seen(engine)
    assert {"retry": 1, "waiting": 1} == states(engine)
    with engine.begin() as connection:
        lanes = connection.execute(text("SELECT subject, applied, held_at IS NOT NULL FROM lane ORDER BY 1")).all()
        connection.execute(text("UPDATE inbox SET next_at = now() WHERE state = 'retry'"))
    assert [("s", 4, True), ("t", 1, False)] == [tuple(row) for row in lanes]
    broken.clear()
    box.sweep()
    assert [("s", 5), ("s", 6)] == seen(engine)[5:]


def test_batches_of_two_queues_that_meet_do_not_deadlock(engine: Engine) -> None:
    """Each waits for rows the other holds, never in a circle: nothing is undone and taken a second time."""
    context, calls, both = build_context(engine), [], threading.Barrier(2)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE matter AS SELECT n::text AS id FROM generate_series(10, 49) AS n"))

    def lock(work: UnitOfWork, message: Message) -> None:
        calls.append(message.envelope.id)
        work.session.execute(text("SELECT id FROM matter WHERE id = :id FOR UPDATE"), {"id": message.data["matter"]})

    box = Inbox(
        context, events={"thing.happened.v1": lock}, letters={}, order=lambda envelope: str(envelope.data["matter"])
    )

    def take(source: str, matters: list[int]) -> None:
        events = [
            Envelope(f"/619926/{source}", "thing.happened.v1", f"{source}-{n}", datetime.now(UTC), {"matter": str(n)},
                     ACTOR, 1)
            for n in matters
        ]  # fmt: skip
        both.wait(10)
        box.take_events(source, [delivery(each, user=source) for each in events])

    matters = list(range(10, 50))
    threads = [
        threading.Thread(target=take, args=arguments)
        for arguments in (("there", matters), ("elsewhere", matters[::-1]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 80 == len(calls)


def test_each_of_a_batch_speaks_for_itself(engine: Engine) -> None:
    """What a handler says carries the actor and the trace of its own event, not of the one before it."""
    context = build_context(engine)

    def tell(work: UnitOfWork, message: Message) -> None:
        work.event("thing.seen.v1", message.envelope.subject)

    actors = [Actor("A09", "3", "agency"), None, Actor("A08", "7", "agency")]
    come = [replace(event(f"s{n}", 1), actor=actor, trace=f"00-{n:032x}-{n:016x}-01") for n, actor in enumerate(actors)]
    inbox(context, tell).take_events("there", [delivery(each) for each in come])
    with engine.connect() as connection:
        said = [parse(bytes(row.body)) for row in connection.execute(text("SELECT body FROM events ORDER BY subject"))]
    assert [each or Actor("-", "here", "system") for each in actors] == [each.actor for each in said]
    assert [each.trace for each in come] == [each.trace for each in said]


def test_a_body_that_never_opens_again_stops_nothing_else(engine: Engine) -> None:
    """Its key destroyed, a letter that is due is parked with its reason; what is due after it is tried all the same."""
    context = build_context(engine)

    def not_yet(work: UnitOfWork, message: Message) -> None:
        raise NotYet("a fact is missing")

    box = inbox(context, not_yet)
    notes = [Envelope("/619926/there", "note.v1", f"s{n}", datetime.now(UTC), {}, ACTOR, id=f"n-{n}") for n in (1, 2)]
    for note in notes:
        box.take_letters([Delivery("here.letters", "here.letters", "note.v1", "there", note.to_bytes(), True, {})])
    with engine.begin() as connection:
        connection.execute(text("UPDATE inbox SET next_at = now() - right(subject, 1)::int * interval '1 hour'"))
    assert 2 == inbox(replace(context, cipher=Gone())).sweep()
    assert [("s1", None)] == seen(engine)
    assert {"parked": 1, "done": 1} == states(engine)
    with engine.connect() as connection:
        assert "LookupError" in connection.scalar(text("SELECT reason FROM inbox WHERE state = 'parked'"))


def test_not_yet_spends_no_attempt_and_park_waits_for_a_person(engine: Engine) -> None:
    """NotYet is tried again for ever; Park is not tried again at all."""
    context = build_context(engine)
    faults: list[Exception] = [NotYet("a fact is missing")] * 20 + [Park("a person has to look")]

    def failing(work: UnitOfWork, message: Message) -> None:
        raise faults.pop(0)

    box = inbox(context, failing)
    box.take_events("there", [delivery(event("s", 1))])
    while faults:
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT attempts FROM inbox")) == 0
            connection.execute(text("UPDATE inbox SET next_at = now()"))
        box.sweep()
    assert states(engine) == {"parked": 1}
    assert box.sweep() == 0


def test_a_letter_said_twice_is_done_once_and_its_body_is_gone(engine: Engine) -> None:
    """A letter has no version: its id tells a repeat; once handled, nothing of its body stays."""
    context = build_context(engine)
    box = inbox(context)
    note = Envelope("/619926/there", "note.v1", "s", datetime.now(UTC), {"n": 1}, ACTOR, id="n-1")
    for _ in range(3):
        box.take_letters([Delivery("here.letters", "here.letters", "note.v1", "there", note.to_bytes(), True, {})])
    assert len(seen(engine)) == 1
    with engine.connect() as connection:
        assert [tuple(r) for r in connection.execute(text("SELECT state, body FROM inbox"))] == [("done", None)]


def note(number: int, id_: str | None = None, actor: Actor = ACTOR) -> Delivery:
    said = Envelope("/619926/there", "note.v1", f"s{number}", datetime.now(UTC), {}, actor, id=id_ or f"n-{number}")
    return delivery(said, queue="here.letters")


def together(handler: Callable[[UnitOfWork, Message], None]) -> BatchHandler:
    def handle(work: UnitOfWork, messages: Sequence[Message]) -> None:
        for message in messages:
            work.act_as(message.envelope)
            handler(work, message)

    return BatchHandler(handle)


@pytest.mark.parametrize("wrap", [lambda handler: handler, together])
def test_letters_that_come_together_are_done_once_each(engine: Engine, wrap: Any) -> None:
    """By one transaction, in their senders' names; a repeat, in the same batch or later, changes nothing."""
    context = build_context(engine)

    def tell(work: UnitOfWork, message: Message) -> None:
        see(work, message)
        work.event("note.seen.v1", message.envelope.subject)

    box = Inbox(context, events={}, letters={"note.v1": wrap(tell)})
    actors = [Actor("A00", str(n), "all") for n in range(5)]
    notes = [note(n, actor=actor) for n, actor in enumerate(actors)]
    box.take_letters([*notes, notes[0]])
    box.take_letters([notes[3], note(5, actor=actors[0]), notes[3]])
    assert [(f"s{n}", None) for n in range(6)] == seen(engine)
    assert {"done": 6} == states(engine)
    with engine.connect() as connection:
        said = [parse(bytes(row.body)) for row in connection.execute(text("SELECT body FROM events ORDER BY subject"))]
        transactions = connection.scalar(text("SELECT count(DISTINCT xmin::text) FROM inbox"))
    assert [*actors, actors[0]] == [each.actor for each in said]
    assert 2 == transactions


@pytest.mark.parametrize("wrap", [lambda handler: handler, together])
def test_a_letter_that_fails_among_others_fails_alone(engine: Engine, wrap: Any) -> None:
    """The rest of its batch is done, once; a body nobody can read is parked and keeps no other."""
    context = build_context(engine)

    def choosy(work: UnitOfWork, message: Message) -> None:
        see(work, message)
        if message.envelope.subject == "s2":
            raise Park("a person has to look")

    box = Inbox(context, events={}, letters={"note.v1": wrap(choosy)})
    box.take_letters([*(note(n) for n in range(4)), replace(note(9), body=b"{")])
    assert [("s0", None), ("s1", None), ("s3", None)] == seen(engine)
    assert {"done": 3, "parked": 2} == states(engine)


def test_three_consumers_of_the_same_letters_do_each_once(engine: Engine) -> None:
    """Copies that arrive at the same time, shuffled: each is claimed by one, and nobody waits in a circle."""
    box, notes = inbox(build_context(engine)), [note(n) for n in range(60)]
    dice = random.Random(5)
    streams = [dice.sample(notes, len(notes)) for _ in range(3)]
    threads = [
        threading.Thread(target=lambda part=part: [box.take_letters(part[n : n + 20]) for n in range(0, 60, 20)])
        for part in streams
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((f"s{n}", None) for n in range(60)) == sorted(seen(engine))
    assert {"done": 60} == states(engine)


def test_one_service_cannot_speak_for_another(engine: Engine) -> None:
    """A body whose source is not the broker's user is parked, never applied."""
    box = inbox(build_context(engine))
    box.take_events("there", [delivery(event("s", 1), user="elsewhere")])
    assert seen(engine) == []
    assert states(engine) == {"parked": 1}


def test_poison_is_parked_once(engine: Engine) -> None:
    """A body nobody can read is kept for a person, once, however often it comes."""
    box = inbox(build_context(engine))
    for _ in range(3):
        box.take_events("there", [Delivery("q", "there.events", "x", "there", b"{nonsense", False, {})])
    assert states(engine) == {"parked": 1}


def test_a_missing_version_is_asked_for(engine: Engine) -> None:
    """A gap that stays is asked for at the source, by letter, and not more than once a minute."""
    box = inbox(build_context(engine))
    box.take_events("there", [delivery(event("s", 2))])
    box.sweep()
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0
        connection.execute(text("UPDATE inbox SET received_at = now() - interval '1 minute'"))
    box.sweep()
    box.sweep()
    with engine.connect() as connection:
        asked = connection.execute(text("SELECT exchange, routing_key, subject FROM outbox")).all()
    assert [tuple(row) for row in asked] == [("there.letters", "lane.resend.v1", "s")]


def test_the_source_sends_again_what_is_asked_for(engine: Engine) -> None:
    """A resend lists the later versions for sending once more, from the trail."""
    context = build_context(engine, "there")
    for _ in range(3):
        with context.begin(ACTOR) as work:
            work.event("thing.happened.v1", "s")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox"))
    ask = Envelope("/619926/here", "lane.resend.v1", "s", datetime.now(UTC), {"after": 1}, ACTOR)
    inbox(context).take_letters(
        [Delivery("there.letters", "there.letters", ask.type, "here", ask.to_bytes(), False, {})]
    )
    with engine.connect() as connection:
        assert [row[0] for row in connection.execute(text("SELECT version FROM outbox ORDER BY id"))] == [2, 3]


def test_what_an_agency_claims_to_be_never_reaches_the_trail(engine: Engine) -> None:
    """Neither at once nor after a wait: the broker's user is the agency, whatever the body says of its actor."""
    context = build_context(engine)
    actors, waits = [], [NotYet("early")]

    def hear(work: UnitOfWork, message: Message) -> None:
        actors.append((work.actor, message.envelope.actor))
        if waits:
            raise waits.pop()

    forged = Envelope("/agencies/A09", "reply.v1", "s", datetime.now(UTC), {}, Actor("A00", "检察长张三", "chief"))
    box = Inbox(context, events={}, letters={}, partners=Answers(hear))
    come = Delivery("q", "agency.A09.out", "reply.v1", "A09", forged.to_bytes(), False, {})
    receive_from_partner(box, come, AGENCIES, ["reply.v1"])
    with engine.begin() as connection:
        connection.execute(text("UPDATE inbox SET next_at = now()"))
    box.sweep()
    assert [(Actor("A09", "-", "agency"),) * 2] * 2 == actors


def test_what_an_agency_said_first_is_applied_first(engine: Engine) -> None:
    """One that failed holds back what the agency said of the thing after it; one that was too early does not.

    Which it was is a column: the sentence that people read decides nothing."""
    context = build_context(engine)
    failing, said = {"m-2"}, list[str]()

    def hear(work: UnitOfWork, message: Message) -> None:
        if message.envelope.id in failing:
            raise NotYet("a fact is missing")
        if message.envelope.id == "m-1" and "m-3" not in said:
            raise TooEarly("its step before has not come")
        said.append(message.envelope.id)

    box = Inbox(context, events={}, letters={}, partners=Answers(hear))

    def say(name: str, subject: str = "s") -> None:
        body = Envelope("/agencies/A09", "reply.v1", subject, datetime.now(UTC), {"n": name}, ACTOR, id=name).to_bytes()
        receive_from_partner(
            box, Delivery("q", "agency.A09.out", "reply.v1", "A09", body, False, {}), AGENCIES, ["reply.v1"]
        )

    for name in ("m-1", "m-2", "m-3"):
        say(name)
    say("other", "t")
    assert ["other"] == said
    with engine.begin() as connection:
        connection.execute(
            text("ALTER TABLE inbox DISABLE TRIGGER inbox_cause_updated")
        )  # for older code, which says no cause
        connection.execute(text("UPDATE inbox SET reason = '尚缺一步' WHERE reason IS NOT NULL"))
    failing.clear()
    say("m-4")
    assert ["other", "m-2", "m-3", "m-1", "m-4"] == said
    assert states(engine) == {"done": 5}
