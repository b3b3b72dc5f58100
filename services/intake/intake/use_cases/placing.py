"""Where a petition sits, told to the other services: at registration, at each change, once for those of before.

It is no step of the petition's own timeline: it says again, for who must decide whose eyes it is for, what others said.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from authorization import colleagues
from authorization.placements import PLACED
from contracts.vocabulary import Kind, Line, RiskColour
from courier.envelope import Actor
from courier.inbox import Message
from courier.tables import events
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.tables import Petition, Wall
from intake.use_cases.tools import tools_of

REGISTERED = "petition.registered.v1"
# what changes where a petition sits, or who is kept away from it
MOVES = frozenset(
    {
        REGISTERED,
        "petition.accepted.v1",
        "petition.assigned.v1",
        "petition.handler_changed.v1",
        "petition.reopened.v1",
        "petition.walled.v1",
        "petition.unwalled.v1",
        "petition.risk_changed.v1",
        "petition.sealed.v1",
        "petition.reclassified.v1",
        "petition.respondents_corrected.v1",
    }
)
BATCH = 100


def tell(work: UnitOfWork, petition: Petition, new: bool = False) -> bool:
    """Says where it sits if that differs from what was said last. The caller holds the petition's lock."""
    # of one that is being registered nothing was scored yet; what is scored then is told after it
    placement = _placement(work, petition, RiskColour.NONE if new else _colour(petition))
    digest = _digest(work, placement)
    if petition.placed == digest and not new:
        return False
    petition.placed = digest
    work.event(PLACED, petition.number, **placement)
    return True


def first(work: UnitOfWork, petition: Petition) -> bytes:
    """What `tell` will find told of a petition that is being registered: written with its row, not after it."""
    return _digest(work, _placement(work, petition, RiskColour.NONE))


def tag(work: UnitOfWork, number: str, officer: str) -> bytes:
    """What stands for an officer in one petition's placement."""
    return work.late.made(number, lambda: tools_of(work).tags.of(work.late.put(number), officer))


def tag_of(work: UnitOfWork, number: str, fingerprint: bytes) -> bytes | None:
    """The same of whom only a wall's keyed hash tells; None of nobody whom the office's list knows."""
    officer = _known(work).get(fingerprint)
    return None if officer is None else tools_of(work).tags.of(number, officer)


def asked(work: UnitOfWork, message: Message) -> None:
    """A service does not know it: what was said was taken by a copy too old to keep it, or lost with a restore."""
    petition = work.session.get(Petition, message.data["petition"], with_for_update=True)
    if petition is not None:  # who asks there may have made the number up
        petition.placed = None
        tell(work, petition)


def tell_earlier(work: UnitOfWork) -> int:
    """Of petitions from before anybody was told, a batch; and walls whose officer the office's list knows by now."""
    untold = select(Petition).where(Petition.placed.is_(None))
    found: Collection[Petition] = work.session.scalars(
        untold.order_by(Petition.number).limit(BATCH).with_for_update(skip_locked=True)
    ).all()
    told = sum(tell(work, petition) for petition in found)
    return told + _name_walls(work)


def tell_all(context: ServiceContext, actor: Actor) -> tuple[int, int]:
    """Compares every petition with what was told of it: (looked at, told anew). For after an upgrade."""
    seen = told = 0
    after = ""
    while True:
        with context.begin(actor) as work:
            page = select(Petition).where(Petition.number > after).order_by(Petition.number).limit(BATCH)
            found = work.session.scalars(page.with_for_update()).all()
            known = _known(work) if found else {}
            for petition in found:
                for wall in petition.walls:
                    # also when there is one: it may be of a key that was replaced
                    wall.tag = _of(work, known, wall) or wall.tag
                told += tell(work, petition)
            after = found[-1].number if found else ""
        seen += len(found)
        if len(found) < BATCH:
            return seen, told


def latest(session: Session, after: str, limit: int = 500) -> list[tuple[int, dict[str, Any]]]:
    """(version, data) of what was told last of each petition after one: for a service that fetches them anew."""
    said = (
        select(events.c.version, events.c.body)
        .where(events.c.subject == Petition.number, events.c.type == PLACED)
        .order_by(events.c.version.desc())
        .limit(1)
        .lateral()
    )
    query = select(said.c.version, said.c.body).select_from(Petition).join(said, true())
    rows = session.execute(query.where(Petition.number > after).order_by(Petition.number).limit(limit))
    return [(row.version, json.loads(row.body)["data"]) for row in rows]


def untold(session: Session) -> int:
    """How many petitions no other service shows to anybody yet."""
    return session.scalar(select(func.count()).where(Petition.placed.is_(None))) or 0


def _name_walls(work: UnitOfWork) -> int:
    """Walls of before have no tag, and no number is read out of a fingerprint: it is found among the officers'."""
    query = select(Wall).where(Wall.officer.is_not(None), Wall.tag.is_(None)).order_by(Wall.petition, Wall.seq)
    walls = work.session.scalars(query.with_for_update(skip_locked=True)).all()
    if not walls:
        return 0
    known, told = _known(work), 0
    for wall in walls:
        wall.tag = _of(work, known, wall)
        if wall.tag is not None:
            told += tell(work, work.session.get_one(Petition, wall.petition, with_for_update=True))
    return told


def _digest(work: UnitOfWork, placement: dict[str, Any]) -> bytes:
    said, late = json.dumps(placement, sort_keys=True, ensure_ascii=False), work.late
    return late.made(said, lambda: hashlib.sha256(json.dumps(json.loads(late.put(said))).encode()).digest())


def _known(work: UnitOfWork) -> dict[bytes, str]:
    """Fingerprint → number, of all officers."""
    return {colleagues.fingerprint(work, each): each for each in colleagues.numbers(work.session)}


def _of(work: UnitOfWork, known: Mapping[bytes, str], wall: Wall) -> bytes | None:
    officer = known.get(bytes(wall.officer or b""))
    return None if officer is None else tools_of(work).tags.of(wall.petition, officer)


def _tag(work: UnitOfWork, wall: Wall) -> bytes:
    """Of a wall whose officer nobody can name, something that matches nobody: the petition stays shut elsewhere."""
    if wall.tag is not None:
        return bytes(wall.tag)
    return tag(work, wall.petition, f"?{bytes(wall.officer or b'').hex()}")


def _colour(petition: Petition) -> RiskColour:
    return RiskColour(petition.risk.colour) if petition.risk else RiskColour.NONE


def _placement(work: UnitOfWork, petition: Petition, colour: RiskColour) -> dict[str, Any]:
    number = petition.number
    return {
        "petition": number,
        "department": petition.department,
        "service_point": petition.service_point,
        "handler": petition.handler and tag(work, number, petition.handler).hex(),
        "kind": Kind(petition.kind),
        "line": Line(petition.line),
        "colour": colour,
        "secrecy": petition.secrecy,
        "unnamed": petition.placement.unnamed,
        "walled_officers": [_tag(work, wall).hex() for wall in petition.standing if wall.officer is not None],
        "walled_departments": sorted({wall.department for wall in petition.standing if wall.department is not None}),
    }
