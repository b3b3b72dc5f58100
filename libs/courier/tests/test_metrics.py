"""The numbers are true, cheap to ask for, and name nobody."""

import time
from typing import Any

import pytest
from plain_service import ACTOR, build_context, delivery
from plain_service import event as thing
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from courier.faults import Park
from courier.inbox import Inbox, Message
from courier.ops import metrics
from courier.unit_of_work import ServiceContext, UnitOfWork


def figures(context: ServiceContext, swept: float | None = None) -> dict[str, float]:
    """Every sample by its name and labels."""
    page = metrics.page(context.sessions, time.monotonic() if swept is None else swept).decode()
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_what_is_kept_and_counted_is_what_is_there(engine: Engine) -> None:
    """One parked, one waiting, one applied, one repeat: by state, by kind, the lane held, the sweep's age."""
    context = build_context(engine)

    def handle(work: UnitOfWork, message: Message) -> None:
        if message.envelope.subject == "held":
            raise Park("a person has to look")

    box = Inbox(context, events={"thing.happened.v1": handle}, letters={})
    before = figures(context)
    for each in (thing("held", 1), thing("held", 2), thing("fine", 1), thing("fine", 1)):
        box.take_events("there", [delivery(each)])
    with context.begin(ACTOR) as work:
        work.event("thing.happened.v1", "s")
    with engine.begin() as connection:
        connection.execute(text("UPDATE lane SET held_at = now() - interval '90 s' WHERE held_at IS NOT NULL"))
        connection.execute(text("UPDATE outbox SET created_at = now() - interval '40 s'"))
    now = figures(context, time.monotonic() - 30)
    rise = {name: now[name] - before[name] for name in now if name.split()[0].endswith("_total")}
    assert {
        "fengqiao_applied_total event": 1,
        "fengqiao_repeats_total event": 1,
        "fengqiao_parked_total event": 1,
    } == {name: value for name, value in rise.items() if value}
    assert {"parked": 1, "waiting": 1, "retry": 0} == {s: now[f"fengqiao_inbox_rows {s}"] for s in metrics.STATES}
    assert (1, 1) == (now["fengqiao_lane_held"], now["fengqiao_outbox_rows"])
    assert (90, 40, 30) == pytest.approx(
        [now[f"fengqiao_{name}"] for name in ("lane_age_seconds", "outbox_age_seconds", "sweep_seconds_since")], abs=5
    )


def test_what_is_rolled_back_is_not_counted(engine: Engine) -> None:
    """Version 1 is applied and the connection dies in version 2 behind it: both come again, each is counted once."""
    context = build_context(engine)
    cut: list[bool] = [True]

    def handle(work: UnitOfWork, message: Message) -> None:
        if message.envelope.version == 2 and cut:
            cut.clear()
            work.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    box, before = Inbox(context, events={"thing.happened.v1": handle}, letters={}), figures(context)
    box.take_events("there", [delivery(thing("s", 2))])
    with pytest.raises(OperationalError):
        box.take_events("there", [delivery(thing("s", 1))])
    engine.dispose()
    box.take_events("there", [delivery(thing("s", 1))])
    name = "fengqiao_applied_total event"
    assert 2 == figures(context)[name] - before[name]


def test_asking_reads_no_row_that_is_done(engine: Engine) -> None:
    """Each statement of the page goes by an index, whatever the planner thinks of a table of this size."""
    context, statements = build_context(engine), []
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO inbox (kind, source, subject, message_id, type, state)"
                " SELECT 'letter', 'there', 's', g::text, 't', 'done' FROM generate_series(1, 50000) g"
            )
        )
        connection.execute(text("INSERT INTO lane SELECT 'there', g::text, 1 FROM generate_series(1, 50000) g"))
        connection.execute(
            text(
                "INSERT INTO outbox (exchange, routing_key, subject, message_id, body)"
                " SELECT 'x', 't', g::text, g::text, '' FROM generate_series(1, 50000) g"
            )
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    figures(context)
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 6
    with engine.connect() as connection:
        for statement, parameters in statements:
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
            assert "Seq Scan on inbox" not in plan, plan
            assert "Seq Scan on lane" not in plan, plan
            if "created_at" in statement:
                assert "outbox_pkey" in plan, plan
