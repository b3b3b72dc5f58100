"""批量办理: what is done to many at once, how far it is, what became of each; until its officer has read it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from flask import Blueprint, redirect, url_for
from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from desk.browsers import grant_of
from desk.client import Refused
from desk.office import cards, steps
from desk.office.door import door, officer, page, secret
from desk.office.steps import Batch, Steps
from desk.office.tables import BatchRow

pages = Blueprint("batches", __name__)

KEPT = timedelta(days=30)  # of who never says that they have read it


@pages.get("/batches")
def listed() -> Any:
    """One's own, the last begun first."""
    with door().sessions() as session:
        shown = [_shown(each) for each in session.scalars(_OWN, {"officer": officer()})]
    numbers = {petition for each in shown if not each["runs"] for petition, _ in each["batch"].of}
    return page("batches.html", batches=shown, runs=any(each["runs"] for each in shown), cards=cards.of(numbers))


@pages.post("/batches/<id_>/stop")
def stop(id_: str) -> Any:
    """No step more; one that is on its way is done."""
    with _mine() as (session, rows):
        if id_ in rows:
            rows[id_].running = False
            session.commit()
    return redirect(url_for("batches.listed"))


@pages.post("/batches/<id_>/go-on")
def go_on(id_: str) -> Any:
    """From the first that was not tried."""
    with _mine() as (session, rows):
        if id_ in rows and not steps.is_running(rows[id_]):
            batch = steps.read(door().safe, rows[id_])
            batch.halted = ""
            _run(session, rows, rows[id_], batch)
    return redirect(url_for("batches.listed"))


@pages.post("/batches/<id_>/drop")
def drop(id_: str) -> Any:
    """It was read."""
    with _mine() as (session, rows):
        if id_ in rows and not steps.is_running(rows[id_]):
            session.delete(rows[id_])
            session.commit()
    return redirect(url_for("batches.listed"))


def count() -> int:
    """How many of one's own there are."""
    with door().sessions() as session:
        return session.scalar(select(func.count()).where(BatchRow.officer == officer())) or 0


def begin(title: str, service: str, of: Sequence[tuple[str, str | None]], key: str) -> None:
    """Begins what `steps.Batch` says; the same key begins nothing more. Raises Refused where another one runs."""
    id_, at = hashlib.sha256(f"{officer()}\n{key}".encode()).hexdigest()[:32], datetime.now(UTC)
    with _mine() as (session, rows):
        session.execute(delete(BatchRow).where(BatchRow.stepped_at < at - KEPT))
        if id_ not in rows:
            row = BatchRow(id=id_, officer=officer(), begun_at=at)
            _run(session, rows, row, Batch(title, service, of, []))


def _run(session: Session, rows: Mapping[str, BatchRow], row: BatchRow, batch: Batch) -> None:
    """One of an officer's at a time: two would ask the services twice as hard, and leave others less."""
    if any(steps.is_running(each) for each in rows.values()):
        raise Refused(409, {"detail": "另一批还在办理，请等它办完，或先停下它"})
    row.running = True
    steps.write(door().safe, row, batch)
    session.add(row)
    session.commit()
    taking = Steps(row.id, grant_of(secret()), door().sessions, door().safe, door().signing, door().settings.services)
    Thread(target=taking.run, daemon=True, name="batch").start()


@contextmanager
def _mine() -> Iterator[tuple[Session, Mapping[str, BatchRow]]]:
    """One's own by their ids; until the block is left no other page of this officer changes any."""
    with door().sessions() as session:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"batch {officer()}"))))
        yield session, {each.id: each for each in session.scalars(_OWN.with_for_update(), {"officer": officer()})}


_OWN = select(BatchRow).where(BatchRow.officer == bindparam("officer")).order_by(BatchRow.begun_at.desc())


def _shown(row: BatchRow) -> Mapping[str, Any]:
    """`runs`: somebody takes its steps; `parts`: what → petition and why not of each."""
    batch = steps.read(door().safe, row)
    tried = list(zip((petition for petition, _ in batch.of), batch.became, strict=False))
    parts = {
        "没有办成": [each for each in tried if each[1]],
        "还没有办": [(petition, "") for petition, _ in batch.of[len(tried) :]],
        "已办理": [each for each in tried if not each[1]],
    }
    return {"row": row, "batch": batch, "runs": steps.is_running(row), "parts": parts}
