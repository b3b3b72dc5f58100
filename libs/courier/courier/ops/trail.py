"""Reads a service's whole trail again: every version there, every body what was recorded, each naming the one before.

The chain tells what was altered or taken out of its midst. That its end was cut off, it cannot tell: for that the heads
of an earlier time are compared, kept where who owns the database cannot write. Consumers notice too, and `reconcile`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session, sessionmaker

from courier import tables
from courier.envelope import EnvelopeError, digest, parse

PAGE = 2000


@dataclass(frozen=True, slots=True)
class Head:
    """A subject's last version and the digest of it, in hex."""

    subject: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a version of a subject; `zh` says it."""

    subject: str
    version: int
    zh: str


def verify(
    sessions: sessionmaker[Session],
    known: Iterable[Head] = (),
    keep: Callable[[Head], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Fault]:
    """Subject by subject, a page at a time: neither memory nor a transaction grows with the trail.

    `known`: heads of an earlier time, by subject. `keep` is given each subject's head as it is now, `progress` after
    each page the number of events read, the last time with all of them.
    """
    earlier, head, events = iter(known), None, 0
    expected = next(earlier, None)
    while rows := _page(sessions, head):
        for row in rows:
            while expected and (expected.subject, expected.version) < (row.subject, row.version):
                yield _gone(expected)
                expected = next(earlier, None)
            if expected and (expected.subject, expected.version) == (row.subject, row.version):
                if expected.digest != row.digest.hex():
                    yield Fault(row.subject, row.version, "已不是上次核验时的那一件")
                expected = next(earlier, None)
            if head and head.subject != row.subject:
                if keep:
                    keep(head)
                head = None
            yield from _faults(row, head)
            head = Head(row.subject, row.version, row.digest.hex())
        events += len(rows)
        if progress:
            progress(events)
    if head and keep:
        keep(head)
    for each in (expected, *earlier) if expected else ():
        yield _gone(each)


def _faults(row: Row[Any], before: Head | None) -> Iterator[Fault]:
    """`before`: the head of the same subject, None for its first event."""
    body, first_missing = bytes(row.body), before.version + 1 if before else 1
    if row.version > first_missing:
        last_missing = row.version - 1
        some = "缺这一版" if first_missing == last_missing else f"自此缺到第 {last_missing} 版"
        yield Fault(row.subject, first_missing, some)
    if digest(body) != bytes(row.digest):
        yield Fault(row.subject, row.version, "内容与记录的摘要不符")
    try:
        envelope = parse(body)
    except EnvelopeError:
        yield Fault(row.subject, row.version, "内容无法识别")
        return
    said = (envelope.subject, envelope.version, envelope.id, envelope.type)
    if said != (row.subject, row.version, row.id, row.type):
        yield Fault(row.subject, row.version, "内容说的是另一件事")
    # behind a gap nobody knows what it should name
    if row.version == first_missing and envelope.previous != (before.digest if before else None):
        yield Fault(row.subject, row.version, "没有接在前一版之后")


def _gone(head: Head) -> Fault:
    return Fault(head.subject, head.version, "上次核验时有这一版，现已没有")


def _page(sessions: sessionmaker[Session], after: Head | None) -> Sequence[Row[Any]]:
    events = tables.events
    place = tuple_(events.c.subject, events.c.version)
    query = select(events).order_by(events.c.subject, events.c.version).limit(PAGE)
    if after:
        query = query.where(place > tuple_(after.subject, after.version))
    with sessions() as session:
        return session.execute(query).all()
