"""The events table is the trail: append-only and chained."""

import threading

import pytest
from plain_service import ACTOR, build_context
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from courier.envelope import digest, parse


def test_each_event_names_the_digest_of_the_one_before(engine: Engine) -> None:
    """The chain verifies from the bytes alone."""
    context = build_context(engine)
    for _ in range(4):
        with context.begin(ACTOR) as work:
            work.event("thing.happened.v1", "s", n=1)
    with engine.connect() as connection:
        bodies = [bytes(row[0]) for row in connection.execute(text("SELECT body FROM events ORDER BY version"))]
    assert [None, *(digest(body).hex() for body in bodies[:-1])] == [parse(body).previous for body in bodies]
    assert [parse(body).version for body in bodies] == [1, 2, 3, 4]


@pytest.mark.parametrize("change", ["UPDATE events SET type = 'x'", "DELETE FROM events", "TRUNCATE events"])
def test_the_trail_cannot_be_changed(engine: Engine, change: str) -> None:
    """Not even by the service itself."""
    context = build_context(engine)
    with context.begin(ACTOR) as work:
        work.event("thing.happened.v1", "s")
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(change))


def test_two_writers_cannot_write_one_version(engine: Engine) -> None:
    """The second of two transactions that append the same version fails; none overwrites the other."""
    context = build_context(engine)
    begun, over = threading.Event(), threading.Event()

    def first() -> None:
        with context.begin(ACTOR) as work:
            work.event("thing.happened.v1", "s")
            work.write()
            work.late.send()
            begun.set()
            over.wait(10)

    writer = threading.Thread(target=first)
    writer.start()
    begun.wait(10)
    threading.Timer(0.2, over.set).start()  # the second is waiting by then, or fails all the same
    with pytest.raises(IntegrityError), context.begin(ACTOR) as work:
        work.event("thing.happened.v1", "s")
    writer.join()
