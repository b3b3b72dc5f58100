"""After a restore: two integers per subject, how far we applied a source's events and how far the source has said.

We behind: its events are asked for again. The source behind: it lost what we applied, and a person has to decide.
Equal, and the digests differ: the source lost what we applied and has said something else since, or was altered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, sessionmaker

from courier import tables

__all__ = ["PAGE", "Difference", "Heads", "differences", "heads", "still_behind"]

PAGE = 1000
Head = tuple[int, str | None]  # version, and its digest in hex where it is known
Heads = Sequence[tuple[str, int, str | None]]  # (subject, version, digest), by subject


@dataclass(frozen=True, slots=True)
class Difference:
    """A subject of which the source has said something else than was applied here."""

    subject: str
    applied: int  # here
    said: int  # by the source

    @property
    def is_behind(self) -> bool:
        """Whether the source has said more than was applied here: it is asked to say that again."""
        return self.applied < self.said

    @property
    def is_replaced(self) -> bool:
        """The same version, and another event."""
        return self.applied == self.said


def heads(session: Session, after: str = "", limit: int = PAGE) -> list[tuple[str, int, str | None]]:
    """What a source answers: its subjects after one, each with its last version and that one's digest, a page long."""
    events = tables.events
    last = (
        select(events.c.subject, func.max(events.c.version).label("version"))
        .where(events.c.subject > after)
        .group_by(events.c.subject)
        .order_by(events.c.subject)
        .limit(limit)
        .subquery()
    )
    query = (
        select(events.c.subject, events.c.version, events.c.digest)
        .join(last, and_(last.c.subject == events.c.subject, last.c.version == events.c.version))
        .order_by(events.c.subject)
    )
    return [(row.subject, row.version, row.digest.hex()) for row in session.execute(query)]


def differences(
    sessions: sessionmaker[Session], source: str, ask: Callable[[str], Heads]
) -> Iterator[list[Difference]]:
    """Subject by subject, a list a page. `ask(after)` gives the source's next page, an empty one at its end.

    Events go on while we look. What is behind may be on its way: `still_behind` looks again later. What is ahead is
    asked for once more before it is said: the source may have spoken, and we heard it, between the two looks.
    """
    after = ""
    while True:
        page, ours = ask(after), _applied(sessions, source, after)
        # both sides are compared as far as both pages reach; databases in C.UTF-8 sort as Python does
        ends = [page[-1][0]] if page else []
        ends += [ours[-1][0]] if len(ours) == PAGE else []
        upto = min(ends, default=None)
        said, applied = (_by_subject(each for each in side if upto is None or each[0] <= upto) for side in (page, ours))
        if any(head[0] > said.get(subject, _NONE)[0] for subject, head in applied.items()):
            again = _by_subject(ask(after))
            said |= {subject: again[subject] for subject in applied if subject in again}
        yield [
            Difference(subject, here[0], there[0])
            for subject in sorted(said.keys() | applied.keys())
            if _differ(here := applied.get(subject, _NONE), there := said.get(subject, _NONE))
        ]
        if upto is None:
            return
        after = upto


def still_behind(sessions: sessionmaker[Session], source: str, found: Sequence[Difference]) -> list[Difference]:
    """Those of `found` whose events have not come meanwhile."""
    lane, left = tables.lane, []
    for start in range(0, len(found), PAGE):
        part = found[start : start + PAGE]
        with sessions() as session:
            query = select(lane.c.subject, lane.c.applied).where(
                lane.c.source == source, lane.c.subject.in_([each.subject for each in part])
            )
            applied = {row.subject: row.applied for row in session.execute(query)}
        left += [each for each in part if applied.get(each.subject, 0) < each.said]
    return left


_NONE: Head = (0, None)


def _by_subject(heads: Iterable[tuple[str, int, str | None]]) -> dict[str, Head]:
    return {subject: (version, digest) for subject, version, digest in heads}


def _differ(here: Head, there: Head) -> bool:
    """Digests count where both are known: neither older code nor a lane that it moved has one."""
    return here[0] != there[0] or (None not in (here[1], there[1]) and here[1] != there[1])


def _applied(sessions: sessionmaker[Session], source: str, after: str) -> Heads:
    lane = tables.lane
    # of a lane that older code moved on it is the digest of another version
    digest = case((lane.c.last_version == lane.c.applied, lane.c.last_digest)).label("digest")
    query = (
        select(lane.c.subject, lane.c.applied, digest)
        .where(lane.c.source == source, lane.c.subject > after)
        .order_by(lane.c.subject)
        .limit(PAGE)
    )
    with sessions() as session:
        return [(row.subject, row.applied, row.digest and row.digest.hex()) for row in session.execute(query)]
