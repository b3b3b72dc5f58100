"""Lanes: how far each subject of a source was applied, and which of its versions are kept here.

Who holds a lane's row moves that lane alone. Several are locked in one order everywhere, so that two batches that meet
wait for each other and never in a circle.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, text, update
from sqlalchemy.orm import Session

from courier import tables, waits
from courier.envelope import Envelope, digest
from courier.faults import OutOfChain
from courier.unit_of_work import UnitOfWork

__all__: list[str] = []

_lane, _box = tables.lane, tables.inbox


@dataclass(slots=True)
class Lane:
    """One locked lane. `stored_versions`: in the inbox, whether they wait, are tried again or are parked."""

    source: str
    subject: str
    applied: int
    digest: bytes | None  # of the event applied last; unknown where older code applied it
    time: datetime | None  # when that was said
    stored_versions: set[int]
    moved: bool = False
    held: bool = False

    @property
    def is_disputed(self) -> bool:
        """Another event is kept under a version that was applied: until a person has looked, nothing follows."""
        return any(version <= self.applied for version in self.stored_versions)

    def is_next(self, version: int) -> bool:
        """Everything before it was applied, and nothing of that is disputed."""
        return version == self.applied + 1 and not self.is_disputed

    def is_repeat(self, envelope: Envelope, body: bytes) -> bool:
        """Kept or applied before. Which event was applied is known of the last; those before it were said before it."""
        version = envelope.version or 0
        if version in self.stored_versions or version > self.applied or self.digest is None or self.time is None:
            return version in self.stored_versions or version <= self.applied
        if version == self.applied:
            return digest(body) == self.digest
        return envelope.time <= self.time + waits.LONGEST_TRANSACTION

    def doubt(self, envelope: Envelope) -> OutOfChain | None:
        """Why an event that is no repeat is not what follows; None when it is, or when nobody can tell."""
        version = envelope.version or 0
        if version <= self.applied:
            return OutOfChain(f"another event was applied as version {version}")
        expected = self.digest.hex() if self.digest else None
        if envelope.previous == expected or (self.applied and expected is None):
            return None
        return OutOfChain(f"it does not name the digest of version {self.applied} that was applied")

    def advance(self, envelope: Envelope, body: bytes) -> None:
        """Is done with an event. One that disputed what was applied is from now on what the next one must follow."""
        version = envelope.version or 0
        if version >= self.applied:
            self.applied, self.digest, self.time = version, digest(body), envelope.time
        self.moved, self.held = True, False
        self.stored_versions.discard(version)

    def hold(self) -> None:
        """The next version failed: what comes behind it waits."""
        self.held = True


@contextmanager
def locked(work: UnitOfWork, source: str, subjects: Collection[str]) -> Iterator[dict[str, Lane]]:
    """Subject → its lane; nobody else moves one until the transaction ends. They are written when the block ends."""
    wanted = lock(work, source, subjects)
    # a statement of its own: it sees what was committed while we waited for the locks
    rows = work.session.execute(_READ, {"source": source, "subjects": wanted}).all()
    lanes = {
        row.subject: Lane(
            source, row.subject, row.applied, row.digest and bytes(row.digest), row.time, set(row.stored_versions)
        )
        for row in rows
    }
    work.set_now(rows[0].now)
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
                "digests": [lane.digest for lane in changed],
                "times": [lane.time for lane in changed],
            },
        )


def lock(work: UnitOfWork, source: str, subjects: Collection[str]) -> list[str]:
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
        .where(func.coalesce(_lane.c.asked_at + waits.MISSING_ASKED, _box.c.received_at + waits.MISSING) <= func.now())
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
SELECT subject, applied, now() AS now, CASE WHEN last_version = applied THEN last_digest END AS digest,
    CASE WHEN last_version = applied THEN last_time END AS time, ARRAY(
    SELECT version FROM inbox
    WHERE inbox.source = lane.source AND inbox.subject = lane.subject AND version IS NOT NULL) AS stored_versions
FROM lane WHERE source = :source AND subject = ANY(:subjects)
""")
# a lane that is held already is held since then; one that moved is asked about anew
_WRITE = text("""
UPDATE lane SET applied = new.applied,
    last_version = new.applied, last_digest = new.digest, last_time = new.time,
    held_at = CASE WHEN NOT new.held THEN NULL WHEN lane.applied = new.applied THEN coalesce(held_at, now())
        ELSE now() END,
    asked_at = CASE WHEN lane.applied = new.applied THEN asked_at END
FROM unnest(CAST(:subjects AS text[]), CAST(:reached AS integer[]), CAST(:held AS boolean[]),
    CAST(:digests AS bytea[]), CAST(:times AS timestamptz[])) AS new (subject, applied, held, digest, time)
WHERE lane.source = :source AND lane.subject = new.subject
""")
