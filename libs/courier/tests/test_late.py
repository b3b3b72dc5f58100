"""What a transaction need not wait for: in order, whole, and wrong at the place where it is seen."""

import gc
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from plain_service import ACTOR, build_context
from prometheus_client import Counter
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from courier import tables
from courier.envelope import digest
from courier.late import AHEAD, Late, listen
from courier.unit_of_work import ServiceContext, UnitOfWork

metadata = MetaData()
thing = Table("thing", metadata, Column("number", Text, primary_key=True), Column("made", LargeBinary))
part = Table("part", metadata, Column("id", Integer, primary_key=True), Column("of", ForeignKey("thing.number")))
other = Table("other", metadata, Column("name", Text, primary_key=True))


TAKE = text("UPDATE counted SET last = last + :many RETURNING last").execution_options(**{AHEAD: True})


@pytest.fixture
def context(engine: Engine) -> ServiceContext:
    context = build_context(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counted AS SELECT 0 AS last"))
    return context


@pytest.fixture
def messages() -> Iterator[list[int]]:
    """Of each that was sent, how many rows went in it."""
    found, real = list[int](), Late.execute

    def execute(late: Late, *given: Any) -> bool:
        waiting = len(late._rows)
        done = real(late, *given)
        if len(late._rows) <= waiting:
            found.append(waiting - len(late._rows))
        return done

    with patch.object(Late, "execute", execute):
        yield found


def number(work: UnitOfWork, series: str = "T") -> str:
    def take(many: int) -> list[str]:
        last = work.session.execute(TAKE, {"many": many}).scalar_one()
        return [f"{series}2026-{each:06d}" for each in range(last - many + 1, last + 1)]

    return work.late.number(series, f"{series}2026-000000", take)


def rows(context: ServiceContext, table: Table) -> list[Any]:
    with context.sessions() as session:
        return [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]


def test_rows_go_in_one_message(context: ServiceContext, messages: list[int]) -> None:
    """Of several tables, in the order in which they were written, before the commit."""
    with context.begin(ACTOR) as work:
        work.append(thing, number="a", made=b"\0'\\")
        work.session.execute(insert(part), [{"id": 1, "of": "a"}, {"id": 2, "of": "a"}])
        work.append(other, name="%(x)s; '")
    assert [3] == messages
    assert [("a", b"\0'\\")] == [(name, bytes(made)) for name, made in rows(context, thing)]
    assert [[(1, "a"), (2, "a")], [("%(x)s; '",)]] == [rows(context, part), rows(context, other)]


def test_who_asks_sees_what_was_written(context: ServiceContext, messages: list[int]) -> None:
    """A question to another table goes ahead; one to the same, or that changes something, takes the rows along."""
    with context.begin(ACTOR) as work:
        work.append(thing, number="a", made=None)
        assert [] == work.session.scalars(select(other.c.name)).all()
        assert ["a"] == work.session.scalars(select(thing.c.number)).all()
        work.append(part, id=1, of="a")
        assert 1 == work.session.execute(text("UPDATE part SET id = 2 RETURNING 1")).scalar_one()
    assert [0, 1, 1] == messages
    assert [(2, "a")] == rows(context, part)


def test_what_is_wrong_is_told_before_the_commit(context: ServiceContext) -> None:
    """And nothing of it stays; within an attempt the attempt alone is undone, number included."""
    with pytest.raises(IntegrityError), context.begin(ACTOR) as work:
        work.append(part, id=1, of="nobody")
    assert [] == rows(context, thing)
    with context.begin(ACTOR) as work:
        work.append(thing, number="a", made=None)
        with pytest.raises(IntegrityError), work.attempt(), work.late.numbers():
            work.append(part, id=1, of=number(work))
        work.append(thing, number="b", made=None)
        with work.late.numbers():
            work.append(thing, number=number(work), made=None)
    assert ["T2026-000001", "a", "b"] == [name for name, _ in rows(context, thing)]


def test_a_number_is_put_in_the_place_of_what_stands_for_it(context: ServiceContext, messages: list[int]) -> None:
    """In rows, events, what is made of it, and what is answered; all of a transaction are taken at once, at its end."""
    with context.begin(ACTOR) as work:
        with work.late.numbers():
            first, second = number(work), number(work)
            for each in (first, second):
                made = work.late.made(each, lambda each=each: work.late.put(each).encode())  # type: ignore[misc]
                work.append(thing, number=each, made=made)
                work.event("thing.happened.v1", each, thing=each, hex=made.hex())
            assert first != second
            assert len(first) == len("T2026-000001")
            assert first.startswith("T0")
            answer: dict[str, Any] = {"things": [first, {"of": second}]}
        assert {"things": ["T2026-000001", {"of": "T2026-000002"}]} == work.late.put_in(answer)
    assert 4 == sum(messages) == messages[-1]  # things, events, what is to be sent
    found = {name: bytes(made) for name, made in rows(context, thing)}
    assert {"T2026-000001": b"T2026-000001", "T2026-000002": b"T2026-000002"} == found
    with context.sessions() as session:
        bodies = session.execute(text("SELECT subject, convert_from(body, 'UTF8') FROM events ORDER BY subject"))
        for subject, body in bodies:
            assert body.count(subject) == 2
            assert subject.encode().hex() in body


def test_a_number_is_put_in_addresses_and_within_json(context: ServiceContext) -> None:
    """Where its characters are written otherwise it is the same number."""
    with context.begin(ACTOR) as work:
        with work.late.numbers():
            stands = number(work, "件")
            answer = {"href": f"/things/{quote(stands)}", "said": json.dumps({"of": stands})}
        assert {"href": f"/things/{quote('件2026-000001')}", "of": "件2026-000001"} == {
            "href": (put := work.late.put_in(answer))["href"],
            **json.loads(put["said"]),
        }


def test_a_number_is_taken_early_for_who_asks(context: ServiceContext) -> None:
    """Whoever asks a table that it waits for sees it, and may go on with what stood for it."""
    with context.begin(ACTOR) as work, work.late.numbers():
        stands = number(work)
        work.append(thing, number=stands, made=None)
        assert ["T2026-000001"] == work.session.scalars(select(thing.c.number)).all()
        work.append(part, id=1, of=stands)
        assert 1 == work.session.scalar(select(part.c.id).where(part.c.of == stands))
    assert [(1, "T2026-000001")] == rows(context, part)


def test_also_what_goes_in_several_messages_has_the_number(context: ServiceContext) -> None:
    """Rows that are changed one after the other, whatever of them waited; and what a cursor of the database's asks."""
    change = update(thing).where(thing.c.number == bindparam("its")).values(made=bindparam("own"))
    with context.begin(ACTOR) as work, work.late.numbers():
        made = {each: work.late.made(each, partial(made_of, work, each)) for each in (number(work), number(work))}
        for each in made:
            work.append(thing, number=each, made=None)
        work.session.execute(change, [{"its": each, "own": made[each]} for each in made])
        for each in made:
            its = select(thing.c.made).where(thing.c.number == each).execution_options(yield_per=10)
            assert [made_of(work, each)] == [bytes(found) for found in work.session.scalars(its)]
    assert [("T2026-000001", b"T2026-000001"), ("T2026-000002", b"T2026-000002")] == [
        (name, bytes(own)) for name, own in rows(context, thing)
    ]


def made_of(work: UnitOfWork, of: str) -> bytes:
    return work.late.put(of).encode()


def test_of_what_is_undone_nothing_is_known(context: ServiceContext) -> None:
    """What is said after a savepoint that was rolled back follows what was said before it; what it counted is not."""
    counter = Counter("undone", "-", registry=None)
    with context.begin(ACTOR) as work:
        work.begins("a")
        work.event("thing.happened.v1", "a")
        with suppress(ValueError), work.attempt():
            work.event("thing.happened.v1", "a")
            work.counts(counter)
            work.write()
            raise ValueError
        work.event("thing.happened.v1", "a")
    with context.sessions() as session:
        said = session.execute(select(tables.events.c.version, tables.events.c.body).order_by("version")).all()
    assert [1, 2] == [each.version for each in said]
    assert json.loads(bytes(said[1].body))["previous"] == digest(bytes(said[0].body)).hex()
    assert counter.collect()[0].samples[0].value == 0


def test_without_a_block_a_number_is_taken_at_once(context: ServiceContext) -> None:
    """Who puts nothing off waits for nothing."""
    with context.begin(ACTOR) as work:
        assert ["T2026-000001", "T2026-000002"] == [number(work), number(work)]


def test_an_engine_in_the_place_of_one_that_is_gone_is_listened_to(empty_database: str) -> None:
    """What is known of an engine by its address in memory outlives it as long as its dialect is kept somewhere."""
    dialects, where = [], set[int]()
    while True:
        engine = create_engine(empty_database)
        if id(engine) in where:
            break
        listen(engine)
        dialects.append(engine.dialect)
        where.add(id(engine))
        del engine
        gc.collect()
    build_context(engine)
    metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        late = Late(session)
        late.write(other, [{"name": "written"}])
        late.send()
    with engine.connect() as connection:
        assert ["written"] == connection.scalars(select(other.c.name)).all()
    engine.dispose()
