"""Lanes: how far each subject of a source was applied, and which of its versions are kept here.

Who holds a lane's row moves that lane alone. Several are locked in one order everywhere, so that two batches that meet
wait for each other and never in a circle.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select, text, update
from sqlalchemy.orm import Session

from courier import tables
from courier.work import Work

ASK_AFTER = timedelta(seconds=10)

_lane, _box = tables.lane, tables.inbox


@dataclass(slots=True)
class Lane:
    """One locked lane. `kept`: its versions in the inbox, whether they wait, are tried again or are parked."""

    source: str
    subject: str
    applied: int
    kept: set[int]
    moved: bool = False
    held: bool = False

    def advance(self, version: int) -> None:
        self.applied, self.moved, self.held = version, True, False
        self.kept.discard(version)

    def hold(self) -> None:
        """The next version failed: what comes behind it waits."""
        self.held = True


@contextmanager
def locked(work: Work, source: str, subjects: Collection[str]) -> Iterator[dict[str, Lane]]:
    """Subject → its lane; nobody else moves one until the transaction ends. They are written when the block ends."""
    wanted = lock(work, source, subjects)
    # a statement of its own: it sees what was committed while we waited for the locks
    rows = work.session.execute(_READ, {"source": source, "subjects": wanted}).all()
    lanes = {row.subject: Lane(source, row.subject, row.applied, set(row.kept)) for row in rows}
    work.began(rows[0].now)
    yield lanes
    changed = [lane for lane in lanes.values() if lane.moved or lane.held]
    if changed:
        work.session.execute(
            _WRITE,
            {
                "source": source,
                "subjects": [lane.subject for lane in changed],
                "reached": [lane.applied for lane in changed],
                "held": [lane.held for lane in changed],
            },
        )


def lock(work: Work, source: str, subjects: Collection[str]) -> list[str]:
    """The same, for what has no version and moves no lane; the subjects in the order in which they were locked."""
    wanted = in_order(subjects)
    work.session.execute(_LOCK, {"source": source, "subjects": wanted})
    return wanted


def in_order(subjects: Collection[str]) -> list[str]:
    return sorted(set(subjects))


def asked(session: Session, source: str, subject: str) -> None:
    """The source was asked now for the version that is missing."""
    session.execute(
        update(_lane).where(_lane.c.source == source, _lane.c.subject == subject).values(asked_at=func.now())
    )


def ready(limit: int) -> Select[Any]:
    """Lanes whose next version is already here: a drain that stopped at its bound."""
    return _waiting().where(_box.c.version == _lane.c.applied + 1).limit(limit)


def gaps(limit: int) -> Select[Any]:
    """Lanes that have waited too long for a version that never came."""
    return (
        _waiting()
        .where(func.coalesce(_lane.c.asked_at + 6 * ASK_AFTER, _box.c.received_at + ASK_AFTER) <= func.now())
        .group_by(_lane.c.source, _lane.c.subject, _lane.c.applied)
        .having(func.min(_box.c.version) > _lane.c.applied + 1)
        .limit(limit)
    )


def _waiting() -> Select[Any]:
    return (
        select(_lane.c.source, _lane.c.subject)
        .join(_box, and_(_box.c.source == _lane.c.source, _box.c.subject == _lane.c.subject))
        .where(_box.c.state == "waiting", _lane.c.held_at.is_(None))
    )


# a lane that is there is locked, not written: the update that never happens costs no new version of its row
_LOCK = text("""
INSERT INTO lane (source, subject, applied) SELECT :source, unnest(CAST(:subjects AS text[])), 0
ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE SET applied = lane.applied WHERE false
""")
_READ = text("""
SELECT subject, applied, now() AS now, ARRAY(
    SELECT version FROM inbox
    WHERE inbox.source = lane.source AND inbox.subject = lane.subject AND version IS NOT NULL) AS kept
FROM lane WHERE source = :source AND subject = ANY(:subjects)
""")
# a lane that is held already is held since then; one that moved is asked about anew
_WRITE = text("""
UPDATE lane SET applied = new.applied,
    held_at = CASE WHEN NOT new.held THEN NULL WHEN lane.applied = new.applied THEN coalesce(held_at, now())
        ELSE now() END,
    asked_at = CASE WHEN lane.applied = new.applied THEN asked_at END
FROM unnest(CAST(:subjects AS text[]), CAST(:reached AS integer[]), CAST(:held AS boolean[]))
    AS new (subject, applied, held)
WHERE lane.source = :source AND lane.subject = new.subject
""")
