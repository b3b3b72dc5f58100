"""Where each petition sits, as intake tells it: what a service asks before every answer, act, row and count.

An event never names an officer: a wall travels as a tag, which only who shares the key and knows the officer's number
can match. On arrival it becomes the service's own fingerprint, so that a list filters in SQL. A tag that matches
nobody we know shuts the petition until the officer's letter comes. What is unknown is out of sight.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    any_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from authorization import colleagues
from authorization.sight import Placement, View, Whose
from authorization.table import Scope
from courier import tables
from courier.unit_of_work import UnitOfWork
from vault import keyring

# a column that names something: of a table, or of a mapped class
Named = ColumnElement[Any] | InstrumentedAttribute[Any]
SOURCE = "intake"
PLACED = "petition.placed.v1"

metadata = MetaData()

placement = Table(
    "placement",
    metadata,
    Column("petition", Text, primary_key=True),
    Column("version", Integer, nullable=False),  # of the event that told it: an older word changes nothing
    Column("department", Text),
    Column("service_point", Text, nullable=False),
    Column("handler", LargeBinary),  # like the walls: an officer's fingerprint, and the tag it was made from
    Column("handler_tag", LargeBinary),
    Column("kind", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("secrecy", Boolean, nullable=False),
    Column("unnamed", Boolean, nullable=False),
    Column("walled_officers", ARRAY(LargeBinary), nullable=False),
    Column("walled_departments", ARRAY(Text), nullable=False),
    Column("unmatched", ARRAY(LargeBinary), nullable=False),  # tags of walls around nobody we know
    Index(
        "placement_unmatched",
        "petition",
        postgresql_where=text("cardinality(unmatched) > 0 OR (handler_tag IS NOT NULL AND handler IS NULL)"),
    ),
    Index("placement_handler", "handler", "petition", postgresql_where=text("handler IS NOT NULL")),
)


@dataclass(frozen=True, slots=True)
class Tags:
    """The key that the services share and no outsider has."""

    key: bytes

    @classmethod
    def from_file(cls, path: Path) -> "Tags":
        """Raises WrongKeys: a service without its keys must not start."""
        return cls(keyring.key_of(path, "key", keyring.read(path, "key")["key"]))

    def of(self, petition: str, officer: str) -> bytes:
        """What stands for an officer in one petition's placement, and in no other's."""
        return hmac.digest(self.key, f"{petition}|{officer}".encode(), hashlib.sha256)


# -- what intake tells -----------------------------------------------------------------------------------------------


def keep(work: UnitOfWork, tags: Tags, version: int, data: Mapping[str, Any]) -> None:
    """Writes what an event told of a petition, with the others of its transaction."""
    petition = data["petition"]
    wanted = [bytes.fromhex(tag) for tag in data["walled_officers"]]
    handler_tag = bytes.fromhex(data["handler"]) if data["handler"] else None
    asked = [*wanted, *([handler_tag] if handler_tag else [])]
    found = _match(work, tags, petition, asked, colleagues.numbers(work.session) if asked else [])
    work.put(
        placement,
        newer="version",
        petition=petition,
        version=version,
        department=data["department"],
        service_point=data["service_point"],
        handler=found.get(handler_tag) if handler_tag else None,
        handler_tag=handler_tag,
        kind=data["kind"],
        line=data["line"],
        colour=data["colour"],
        secrecy=data["secrecy"],
        unnamed=data["unnamed"],
        walled_officers=[found[tag] for tag in wanted if tag in found],
        walled_departments=list(data["walled_departments"]),
        unmatched=[tag for tag in wanted if tag not in found],
    )


def match_again(work: UnitOfWork, tags: Tags) -> int:
    """Tries once more whom no officer we knew had the number of. Returns how many placements changed."""
    rows = work.session.execute(
        select(placement.c.petition, placement.c.unmatched, placement.c.handler, placement.c.handler_tag)
        .where(or_(func.cardinality(placement.c.unmatched) > 0, _handler_unmatched()))
        .order_by(placement.c.petition)
        .with_for_update()
    ).all()
    changed, officers = 0, colleagues.numbers(work.session) if rows else []
    for row in rows:
        waits = list(map(bytes, row.unmatched))
        unknown = [bytes(row.handler_tag)] if row.handler is None and row.handler_tag is not None else []
        found = _match(work, tags, row.petition, [*waits, *unknown], officers)
        if found:
            walled = [found[tag] for tag in waits if tag in found]
            values: dict[str, Any] = {"unmatched": [tag for tag in waits if tag not in found]}
            if walled:
                values["walled_officers"] = placement.c.walled_officers + walled
            if found.keys() & unknown:
                values["handler"] = found[unknown[0]]
            work.session.execute(update(placement).where(placement.c.petition == row.petition).values(values))
            changed += 1
    return changed


# -- what a door asks --------------------------------------------------------------------------------------------------


def covers(work: UnitOfWork, view: View, petition: str) -> bool:
    """Whether the view covers this petition; one that is unknown is out of sight."""
    found = load(work, petition)
    return found is not None and view.covers(found)


def load(work: UnitOfWork, petition: str) -> Placement | None:
    """None: nobody has told where it sits."""
    row = work.session.execute(select(placement, _held().label("held")).where(placement.c.petition == petition)).first()
    if row is None:
        return None
    return Placement(
        department=row.department,
        service_point=row.service_point,
        walled_officers=frozenset(map(bytes, row.walled_officers)),
        walled_departments=frozenset(row.walled_departments),
        unnamed=row.unnamed,
        shut=row.held or bool(row.unmatched),
        handler=row.handler and bytes(row.handler),
    )


def visible(view: View, petition: Named, whose: Whose = Whose.OFFICE) -> ColumnElement[bool]:
    """What `View.covers` says, for a list of any length; `petition`: the column that names it."""
    its = placement.c
    in_hand = one_of(its.handler, view.fingerprints)
    return exists().where(
        its.petition == petition,
        func.cardinality(its.unmatched) == 0,
        ~_held(),
        ~(literal(view.officer, LargeBinary) == any_(its.walled_officers)),
        func.cardinality(its.walled_departments) == 0
        if view.seats is None
        else ~its.walled_departments.overlap(sorted(view.seats)),
        within(view, its.department, its.service_point, its.unnamed, in_hand),
        among(view, whose, its.department, in_hand),
    )


def one_of(handler: Named, hands: Sequence[str] | Sequence[bytes]) -> ColumnElement[bool]:
    """Whether it is in these hands; of what nobody handles false and not unknown, which `NOT` would leave as it is."""
    return and_(handler.is_not(None), handler.in_(hands))


def among(view: View, whose: Whose, department: Named, in_hand: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of what is in sight, what a list is of, over the same columns as `within`."""
    match whose:
        case Whose.MINE:
            return in_hand
        case Whose.DEPARTMENT:
            return false() if view.department is None else department == view.department
        case Whose.OFFICE:
            return true()


def within(
    view: View,
    department: Named,
    service_point: Named,
    unnamed: ColumnElement[bool],
    in_hand: ColumnElement[bool],
) -> ColumnElement[bool]:
    """How far the view reaches, over the columns of whoever keeps a petition's place.

    `in_hand`: whether the officer, or whom they stand in for, handles it.
    """
    own = department.is_(None) if view.department is None else or_(department.is_(None), department == view.department)
    reach: Mapping[Scope, ColumnElement[bool]] = {
        Scope.OFFICE: true(),
        Scope.DEPARTMENT: and_(~unnamed, own),
        Scope.SERVICE_POINT: false() if view.service_point is None else service_point == view.service_point,
    }
    if not view.scopes:
        return false()
    return or_(and_(~unnamed, in_hand), *(reach[scope] for scope in sorted(view.scopes)))


def shut(session: Session) -> int:
    """How many petitions nobody sees: a wall around nobody we know, or a lane that is held."""
    unmatched = select(placement.c.petition).where(func.cardinality(placement.c.unmatched) > 0)
    held = select(tables.lane.c.subject).where(tables.lane.c.source == SOURCE, tables.lane.c.held_at.is_not(None))
    return session.scalar(select(func.count()).select_from(unmatched.union(held).subquery())) or 0


def _held() -> ColumnElement[bool]:
    """Intake's later word about the petition could not be applied: what we know of its place may be out of date."""
    lane = tables.lane.c
    return exists().where(lane.source == SOURCE, lane.subject == placement.c.petition, lane.held_at.is_not(None))


def _handler_unmatched() -> ColumnElement[bool]:
    return and_(placement.c.handler_tag.is_not(None), placement.c.handler.is_(None))


def _match(
    work: UnitOfWork, tags: Tags, petition: str, wanted: Iterable[bytes], officers: Iterable[str]
) -> dict[bytes, bytes]:
    """Tag → our fingerprint of the officer it stands for, as far as they are among these."""
    missing, found = set(wanted), dict[bytes, bytes]()
    for officer in officers if missing else ():
        tag = tags.of(petition, officer)
        if tag in missing:
            found[tag] = colleagues.fingerprint(work, officer)
            missing.discard(tag)
    return found
