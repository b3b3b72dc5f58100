"""What does not follow the event applied last is not applied: by the consumer, by `verify`, by `reconcile`."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from plain_service import ACTOR, build_context, delivery, event
from sqlalchemy import Engine, text

from courier import counters
from courier.amqp import Delivery
from courier.envelope import Actor, Envelope, digest, parse
from courier.inbox import Inbox, Message
from courier.ops import parked, reconcile, trail
from courier.ops.trail import Fault, Head
from courier.unit_of_work import UnitOfWork

OPERATOR = Actor("A00", "900007", "operations")


class Two:
    """`there`, which says things, and `here`, which hears them: for brevity in one database."""

    def __init__(self, engine: Engine):
        self.engine, self.here = engine, build_context(engine)
        self.there = replace(self.here, name="there")
        self.inbox = Inbox(self.here, events={"thing.happened.v1": self.see}, letters={})

    def see(self, work: UnitOfWork, message: Message) -> None:
        envelope = message.envelope
        work.session.execute(
            text("INSERT INTO seen (subject, version, id) VALUES (:s, :v, :i)"),
            {"s": envelope.subject, "v": envelope.version, "i": envelope.id},
        )

    def say(self, subject: str = "s", times: int = 1) -> None:
        for _ in range(times):
            with self.there.begin(ACTOR) as work:
                work.event("thing.happened.v1", subject)

    def hear(self, after: int = 0, subject: str = "s") -> None:
        """What `there` has said of a subject after a version."""
        bodies = self.rows(
            f"SELECT body FROM events WHERE subject = '{subject}' AND version > {after} ORDER BY version"
        )
        for (body,) in bodies:
            self.inbox.take_events("there", [self.carried(bytes(body))])

    def carried(self, body: bytes) -> Delivery:
        return Delivery("here.events.there", "there.events", "thing.happened.v1", "there", body, False, {})

    def tamper(self, statement: str) -> None:
        """As the owner of the database could."""
        with self.engine.begin() as connection:
            connection.execute(text("ALTER TABLE events DISABLE TRIGGER USER"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE events ENABLE TRIGGER USER"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def seen(self, subject: str = "s") -> list[int]:
        return [row[0] for row in self.rows(f"SELECT version FROM seen WHERE subject = '{subject}' ORDER BY n")]

    def lane(self, subject: str = "s") -> tuple[Any, ...]:
        """How far it was applied, and whether it is held."""
        return self.rows(f"SELECT applied, held_at IS NOT NULL FROM lane WHERE subject = '{subject}'")[0]

    def kept(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT subject, version, state FROM inbox ORDER BY subject, version")

    def row(self, version: int) -> int:
        return int(self.rows(f"SELECT id FROM inbox WHERE version = {version}")[0][0])

    def heads(self) -> list[Head]:
        found: list[Head] = []
        assert [] == list(trail.verify(self.there.sessions, (), found.append))
        return found

    def verify(self, known: list[Head] | None = None) -> list[Fault]:
        return list(trail.verify(self.there.sessions, known or ()))

    def differences(self) -> list[reconcile.Difference]:
        def ask(after: str) -> reconcile.Heads:
            with self.there.sessions() as session:
                return reconcile.heads(session, after)

        found = [each for page in reconcile.differences(self.here.sessions, "there", ask) for each in page]
        # in one database `here` seems to have said what `there` did not hear
        return [each for each in found if not each.subject.startswith("operations/")]


@pytest.fixture
def two(engine: Engine) -> Two:
    return Two(engine)


def forged(subject: str, version: int, **said: Any) -> Envelope:
    """Not what `there` says as that version; later than all it says."""
    true = event(subject, version)
    return replace(true, id=f"forged-{version}", data=said, time=true.time + timedelta(days=7))


# -- the consumer ----------------------------------------------------------------------------------------------------


def test_a_cut_end_that_grew_again_is_no_repeat(two: Two) -> None:
    """The source's last event was cut off and it has spoken since: what it says now is kept, the lane held, and verify
    and reconcile say so too. It was taken for a repeat and dropped, and reconcile said equal."""
    two.say(times=3)
    two.hear()
    known = two.heads()
    two.tamper("DELETE FROM events WHERE subject = 's' AND version = 3")
    assert [Fault("s", 3, "上次核验时有这一版，现已没有")] == two.verify(known)
    assert [reconcile.Difference("s", 3, 2)] == two.differences()
    two.say()
    two.hear(after=2)
    assert [("s", 3, "parked")] == two.kept()
    assert (3, True) == two.lane()
    assert [] == two.verify()  # the chain itself is whole again
    assert [Fault("s", 3, "已不是上次核验时的那一件")] == two.verify(known)
    assert [reconcile.Difference("s", 3, 3)] == two.differences()
    two.say()
    two.hear(after=3)
    assert [1, 2, 3] == two.seen()
    with pytest.raises(parked.CannotDo, match="第 3 版与已处理的不是同一事件，须先处理它"):
        parked.replay(two.inbox, two.row(4))
    with pytest.raises(parked.CannotDo, match="不能重放"):
        parked.replay(two.inbox, two.row(3))
    parked.discard(two.inbox, OPERATOR, two.row(3), "来源恢复后补登，已核对")
    assert ([1, 2, 3, 4], (4, False), []) == (two.seen(), two.lane(), two.kept())
    assert [] == two.differences()


@pytest.mark.parametrize("together", [False, True])
def test_what_does_not_name_the_one_before_holds_its_lane(two: Two, together: bool) -> None:
    """Alone or among others: parked, counted, nothing behind it applied, no replay forces it; other lanes go on."""
    true = [delivery(event("s", 1)), delivery(event("s", 2)), delivery(event("t", 1))]
    false = replace(forged("s", 3), previous="0" * 64)
    come = [*true, delivery(false), delivery(event("s", 4)), delivery(event("t", 2))]
    before = counters.PARKED.labels("chain")._value.get()
    for batch in [come] if together else [[each] for each in come]:
        two.inbox.take_events("there", batch)
    assert ([1, 2], [1, 2]) == (two.seen(), two.seen("t"))
    assert [("s", 3, "parked"), ("s", 4, "waiting")] == two.kept()
    assert ((2, True), (2, False)) == (two.lane(), two.lane("t"))
    assert 1 == counters.PARKED.labels("chain")._value.get() - before
    assert "OutOfChain: it does not name the digest of version 2 that was applied" == parked.replay(
        two.inbox, two.row(3)
    )
    parked.discard(two.inbox, OPERATOR, two.row(3), "伪造")
    # version 4 follows the true third, which nobody has: a person has to look again
    assert ([1, 2], (3, True), [("s", 4, "parked")]) == (two.seen(), two.lane(), two.kept())


def test_what_waited_is_looked_at_when_its_turn_comes(two: Two) -> None:
    """Early, it could be checked against nothing."""
    two.inbox.take_events("there", [delivery(replace(forged("s", 2), previous=None))])
    two.inbox.take_events("there", [delivery(event("s", 1))])
    assert ([1], (1, True), [("s", 2, "parked")]) == (two.seen(), two.lane(), two.kept())


def test_a_first_event_that_names_another_is_not_the_first(two: Two) -> None:
    """Its beginning was cut off."""
    two.inbox.take_events("there", [delivery(replace(event("s", 1), previous="0" * 64))])
    assert ([], (0, True)) == (two.seen(), two.lane())


def test_an_older_version_said_anew_is_no_repeat(two: Two) -> None:
    """Cut deeper than its last event: what is said under a version from before the last is kept as well, not dropped;
    a true repeat of such a version changes nothing."""
    for version in (1, 2, 3):
        two.inbox.take_events("there", [delivery(event("s", version))])
    for version in (1, 2, 3):
        two.inbox.take_events("there", [delivery(event("s", version))])
    assert ([1, 2, 3], []) == (two.seen(), two.kept())
    second = forged("s", 2, n=2)
    third = replace(forged("s", 3, n=3), previous=digest(second.to_bytes()).hex())
    fourth = replace(forged("s", 4), previous=digest(third.to_bytes()).hex())
    for each in (second, third, fourth, third):
        two.inbox.take_events("there", [delivery(each)])
    assert [("s", 2, "parked"), ("s", 3, "parked"), ("s", 4, "waiting")] == two.kept()
    for version in (2, 3):
        parked.discard(two.inbox, OPERATOR, two.row(version), "已核对")
    assert ([1, 2, 3, 4], (4, False)) == (two.seen(), two.lane())


def test_an_event_that_failed_before_is_applied_once_it_follows(two: Two) -> None:
    """Version 4 came first and followed nothing; the third it follows was asked for, seen and accepted."""
    for version in (1, 2, 3):
        two.inbox.take_events("there", [delivery(event("s", version))])
    third = forged("s", 3)
    fourth = replace(event("s", 4), previous=digest(third.to_bytes()).hex())
    for each in (fourth, third):
        two.inbox.take_events("there", [delivery(each)])
    parked.discard(two.inbox, OPERATOR, two.row(3), "已核对")
    assert ((3, True), [("s", 4, "parked")]) == (two.lane(), two.kept())
    assert parked.replay(two.inbox, two.row(4)) is None
    assert ([1, 2, 3, 4], (4, False), []) == (two.seen(), two.lane(), two.kept())


def test_a_lane_that_older_code_moved_learns_its_digest_anew(two: Two) -> None:
    """Neither a lane from before nor one that older code moves meanwhile gives a false alarm; the next is looked at."""
    for version in (1, 2):
        two.inbox.take_events("there", [delivery(event("s", version))])
    with two.engine.begin() as connection:
        connection.execute(text("UPDATE lane SET applied = 3"))  # as code does that knows no digest
    two.inbox.take_events("there", [delivery(event("s", 3)), delivery(event("s", 4))])
    assert ([1, 2, 4], (4, False)) == (two.seen(), two.lane())
    two.inbox.take_events("there", [delivery(replace(event("s", 5), previous="0" * 64))])
    assert ((4, True), [("s", 5, "parked")]) == (two.lane(), two.kept())


class Forking(RuleBasedStateMachine):
    """A source that is cut and grows again, a queue that repeats and mixes, a person who replays and discards."""

    two: Two
    runs = iter(range(10**6))

    @initialize()
    def begin(self) -> None:
        self.subject = f"fork-{next(self.runs)}"
        self.chain: list[Envelope] = []
        self.said: dict[str, Envelope] = {}
        self.discarded: list[str] = []

    @rule(n=st.integers(1, 3))
    def say(self, n: int) -> None:
        for _ in range(n):
            version, before = len(self.chain) + 1, self.chain[-1].to_bytes() if self.chain else None
            each = replace(
                event(self.subject, 1),
                id=f"{self.subject}-{len(self.said)}",
                version=version,
                previous=digest(before).hex() if before else None,
                time=event("s", 1).time + timedelta(hours=len(self.said)),
            )
            self.chain.append(each)
            self.said[each.id] = each

    @rule(n=st.integers(1, 2))
    def cut(self, n: int) -> None:
        del self.chain[-n:]

    @rule(draw=st.data())
    def hear(self, draw: Any) -> None:
        if self.said:
            ids = draw.draw(st.lists(st.sampled_from(list(self.said)), min_size=1, max_size=5))
            self.two.inbox.take_events("there", [delivery(self.said[each]) for each in ids])

    @rule(discards=st.booleans())
    def look(self, discards: bool) -> None:
        aside = self.two.rows(
            f"SELECT id, message_id FROM inbox WHERE subject = '{self.subject}' AND state = 'parked' ORDER BY version"
        )
        for row_id, message in aside[:1]:
            if discards:
                parked.discard(self.two.inbox, OPERATOR, row_id, "已核对")
                self.discarded.append(message)
            else:
                with suppress(parked.CannotDo):
                    parked.replay(self.two.inbox, row_id)

    @invariant()
    def what_was_applied_is_a_chain(self) -> None:
        """Each applied event names the applied one before it, or one that a person discarded."""
        allowed = {None, *(digest(self.said[each].to_bytes()).hex() for each in self.discarded)}
        applied = [row[0] for row in self.two.rows(f"SELECT id FROM seen WHERE subject = '{self.subject}' ORDER BY n")]
        assert len(applied) == len(set(applied))
        for id_ in applied:
            assert self.said[id_].previous in allowed
            allowed.add(digest(self.said[id_].to_bytes()).hex())
        versions = [self.said[each].version or 0 for each in applied]
        assert versions == sorted(set(versions))

    @invariant()
    def a_lane_that_goes_on_has_nothing_left_to_decide(self) -> None:
        parked = f"SELECT count(*) FROM inbox WHERE subject = '{self.subject}' AND state = 'parked'"
        held = f"SELECT count(*) FROM lane WHERE subject = '{self.subject}' AND held_at IS NOT NULL"
        assert (self.two.rows(parked)[0][0] > 0) == (self.two.rows(held)[0][0] > 0)


def test_whatever_is_cut_and_grows_again_what_is_applied_is_one_chain(two: Two) -> None:
    """Under cuts, repeats and disorder; and a lane is held as long as something is left to decide."""
    Forking.two = two
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Forking, settings=settings(max_examples=60, stateful_step_count=20, suppress_health_check=checks)
    )


# -- verify ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(two: Two, monkeypatch: pytest.MonkeyPatch) -> Two:
    """Five events of each of three subjects, read in pages of four."""
    monkeypatch.setattr(trail, "PAGE", 4)
    for subject in ("s", "t", "信2026-619926-000001"):
        two.say(subject, 5)
    return two


def test_a_whole_trail_verifies_and_tells_its_heads(told: Two) -> None:
    """Whatever the pages; each subject once, with its last version; progress up to all of them."""
    heads, reached = list[Head](), list[int]()
    assert [] == list(trail.verify(told.there.sessions, (), heads.append, reached.append))
    assert [("s", 5), ("t", 5), ("信2026-619926-000001", 5)] == [(each.subject, each.version) for each in heads]
    assert [4, 8, 12, 15] == reached
    assert [] == told.verify(heads)
    told.say("u")
    told.say("t")
    assert [] == told.verify(heads)  # what was said since is nothing wrong


_ALTERED = "UPDATE events SET body = convert_to(replace(convert_from(body, 'UTF8'), '900001', '900002'), 'UTF8')"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (f"{_ALTERED} WHERE subject = 't' AND version = 2", [(2, "内容与记录的摘要不符")]),
        (
            f"{_ALTERED}, digest = sha256(convert_to(replace(convert_from(body, 'UTF8'), '900001', '900002'), 'UTF8'))"
            " WHERE subject = 't' AND version = 2",
            [(3, "没有接在前一版之后")],
        ),
        ("DELETE FROM events WHERE subject = 't' AND version = 3", [(3, "缺这一版")]),
        ("DELETE FROM events WHERE subject = 't' AND version IN (1, 2)", [(1, "自此缺到第 2 版")]),
        ("UPDATE events SET type = 'other.v1' WHERE subject = 't' AND version = 5", [(5, "内容说的是另一件事")]),
        ("UPDATE events SET body = '', digest = sha256('') WHERE subject = 't' AND version = 5", [(5, "内容无法识别")]),
    ],
)
def test_whatever_is_altered_or_taken_out_is_named(told: Two, change: str, faults: list[tuple[int, str]]) -> None:
    """By subject and version, and nothing beside it."""
    told.tamper(change)
    assert [("t", *fault) for fault in faults] == [(each.subject, each.version, each.zh) for each in told.verify()]


def test_what_the_last_time_knew_must_still_be_there(told: Two) -> None:
    """A subject gone as a whole, one that lost its end, and the last of all."""
    known = told.heads()
    told.tamper("DELETE FROM events WHERE subject = 's' OR version = 5 AND subject <> 't'")
    gone = "上次核验时有这一版，现已没有"
    assert [Fault("s", 5, gone), Fault("信2026-619926-000001", 5, gone)] == told.verify(known)
    told.tamper("DELETE FROM events")
    assert [Fault(each.subject, 5, gone) for each in known] == told.verify(known)


# -- reconcile -------------------------------------------------------------------------------------------------------


def test_only_known_digests_are_compared(two: Two) -> None:
    """An older source tells none, a lane that older code moved has none: versions alone count then."""
    two.say(times=2)
    two.hear()
    asked = iter([[("s", 2, None)], []])
    pages = reconcile.differences(two.here.sessions, "there", lambda _: next(asked))
    assert [] == [each for page in pages for each in page]
    with two.engine.begin() as connection:
        connection.execute(text("UPDATE lane SET last_version = 1, last_digest = 'x'"))
    assert [] == two.differences()


def test_what_a_source_tells_is_the_digest_of_its_last_event(two: Two) -> None:
    """The very bytes' digest, as a consumer computes it."""
    two.say(times=2)
    ((body,),) = two.rows("SELECT body FROM events WHERE version = 2")
    with two.there.sessions() as session:
        assert [("s", 2, digest(bytes(body)).hex())] == reconcile.heads(session)
    assert 2 == parse(bytes(body)).version
