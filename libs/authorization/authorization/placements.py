"""Where each petition sits, as intake tells it: what a service asks before every answer, act, row and count.

An event never names an officer: a wall travels as a tag, which only who shares the key and knows the officer's number
can match. On arrival it becomes the service's own fingerprint, so that a list filters in SQL. A tag that matches
nobody we know shuts the petition until the officer's letter comes. What is unknown is out of sight.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DDL,
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
    event,
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
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session

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


_FOLLOWS = """
CREATE FUNCTION %(table)s_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE %(table)s SET department = NEW.department, service_point = NEW.service_point
    WHERE petition = NEW.petition AND service_point IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER %(table)s_follows AFTER UPDATE ON placement FOR EACH ROW
    WHEN (NEW.department IS DISTINCT FROM OLD.department OR NEW.service_point <> OLD.service_point)
    EXECUTE FUNCTION %(table)s_follows();
"""


class Beside:
    """Where a row's petition sits, written beside the row: what is out of reach by it is not looked up for a list.

    `write_beside` writes it some time after the row was made; from then on a trigger moves it with the petition, older
    code's word of it included. No `service_point`: not written yet.
    """

    petition: Mapped[str]
    department: Mapped[str | None]
    service_point: Mapped[str | None]


def follows(table: Any) -> None:
    """Declares the trigger by which what is beside the rows of a table moves with the petition."""
    event.listen(table, "after_create", DDL(_FOLLOWS))


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


def write_beside(work: UnitOfWork, rows: type[Beside], limit: int = 500) -> int:
    """Writes the place beside rows that have none yet, as far as it is known. Returns how many."""
    # whoever moves the petition waits, and moves these rows then; of one that is being moved they are written later
    some = (
        select(rows.petition, placement.c.department, placement.c.service_point)
        .join(placement, placement.c.petition == rows.petition)
        .where(rows.service_point.is_(None))
        .order_by(rows.petition)
        .limit(limit)
        .with_for_update(read=True, of=placement, skip_locked=True)
        .cte("some")
    )
    written = work.session.execute(
        update(rows)
        .where(rows.petition == some.c.petition, rows.service_point.is_(None))
        .values(department=some.c.department, service_point=some.c.service_point)
        .execution_options(synchronize_session=False)
    )
    return int(written.rowcount)  # type: ignore[attr-defined]


def officer_of(work: UnitOfWork, tags: Tags, petition: str, tag: str) -> str | None:
    """The number of the colleague a tag of this petition stands for; None: nobody we know, or one who left."""
    wanted = bytes.fromhex(tag)
    working = colleagues.working(work.session)
    return next((each for each in working if hmac.compare_digest(tags.of(petition, each), wanted)), None)


# -- what a door asks --------------------------------------------------------------------------------------------------


def covers(work: UnitOfWork, view: View, petition: str) -> bool:
    """Whether the view covers this petition; one that is unknown is out of sight."""
    found = load(work, petition)
    return found is not None and view.covers(found)


def load(work: UnitOfWork, petition: str) -> Placement | None:
    """None: nobody has told where it sits."""
    work.write_rows()  # told in this same transaction, as of several messages that are applied together
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


def visible(
    view: View,
    petition: Named,
    whose: Whose = Whose.OFFICE,
    narrowed: Iterable[ColumnElement[bool]] = (),
    beside: type[Beside] | None = None,
) -> ColumnElement[bool]:
    """What `View.covers` says, for a list of any length; `petition`: the column that names it.

    `narrowed`: what else is asked of its place. `beside`: the rows of the list, where their place is beside them.
    """
    narrowed = list(narrowed)
    decided = select(placement.c.petition).where(placement.c.petition == petition, covered(view, whose), *narrowed)
    if beside is None:
        return decided.exists()
    if whose is not Whose.MINE and not narrowed:
        # looked up for each row that is left, where the planner would first gather every petition in sight
        decided = decided.offset(0)
    return and_(nearby(view, whose, beside), decided.exists())


def nearby(view: View, whose: Whose, beside: type[Beside]) -> ColumnElement[bool]:
    """What must hold of a row in sight, whoever handles it and whatever the walls; which are looked up of what is left.

    Without it a list that is sorted by the row looks up the place of nearly all rows, to show a small department's few.
    """
    its, anybodys = beside, true()
    only = view.department if whose is Whose.DEPARTMENT else None
    reach = within(view, its.department, its.service_point, false(), anybodys, only)
    return or_(its.service_point.is_(None), and_(reach, among(view, whose, its.department, anybodys)))


def open_to(view: View, petition: Named) -> ColumnElement[bool]:
    """Whether nothing keeps the officer away, however far they see: for what is theirs where the petition is not.

    Of what concerns us and nobody has said whom, nobody has anything.
    """
    its = placement.c
    return exists().where(its.petition == petition, ~its.unnamed, _unwalled(view), literal(bool(view.scopes)))


# the same for every page of an officer, and each box of the worklist: made anew, it takes longer than many a page does
@lru_cache(256)
def covered(view: View, whose: Whose = Whose.OFFICE) -> ColumnElement[bool]:
    """The same of a row of `placement` itself."""
    its = placement.c
    hands = one_of(its.handler, view.fingerprints)
    return and_(_unwalled(view), reached(view), among(view, whose, its.department, hands))


def _unwalled(view: View) -> ColumnElement[bool]:
    its = placement.c
    # compared to what is empty, of which the planner knows how many there are; of a cardinality it would guess one in
    # two hundred, and read all placements to find what it takes for few
    return and_(
        its.unmatched == [],
        ~_held(),
        ~(literal(view.officer, LargeBinary) == any_(its.walled_officers)),
        its.walled_departments == [] if view.seats is None else ~its.walled_departments.overlap(sorted(view.seats)),
    )


def narrowed(risk: View, filters: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    """What a list asks of the place beside its being in sight: line, colour; `risk`: whose colours are read."""
    if "line" in filters:
        yield placement.c.line == filters["line"]
    if "colour" in filters:
        # of whose colour one may not read, one may not learn it from being listed either
        yield placement.c.colour == filters["colour"]
        yield reached(risk)


@lru_cache(256)
def reached(view: View) -> ColumnElement[bool]:
    """How far the view reaches, whatever the walls, over a row of `placement`."""
    its = placement.c
    return within(view, its.department, its.service_point, its.unnamed, one_of(its.handler, view.fingerprints))


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
    only: str | None = None,
    searched: bool = True,
) -> ColumnElement[bool]:
    """How far the view reaches, over the columns of whoever keeps a petition's place.

    `in_hand`: whether the officer, or whom they stand in for, handles it. `only`: the one department that is asked for
    besides, of which the same would be asked twice: the planner takes that for two things, and for few rows.
    `searched`: the rows may be found by their department; not where they are few whatever it is.
    """
    if only is None:
        nobodys = department.is_(None)
        own = nobodys if view.department is None else or_(nobodys, department == view.department)
        if view.department is not None and not searched:
            # the same, in words that no index is searched for: a large department has a third of all there is. And of
            # which the planner takes half for so: it knows a small department's share of all, not that nobody's are
            # half of what waits, and would gather and sort them where the first rows in order end it at once
            own = func.coalesce(department == view.department, true())
        # nobody is on leave for whom they stand in, nearly always: then not a word of it
        there = and_(department.is_not(None), department.in_(sorted(view.lent))) if view.lent else false()
    else:
        own = true() if only == view.department else false()
        there = true() if only in view.lent else false()
    reach: Mapping[Scope, ColumnElement[bool]] = {
        Scope.OFFICE: true(),
        Scope.DEPARTMENT: and_(~unnamed, own),
        Scope.SERVICE_POINT: false() if view.service_point is None else service_point == view.service_point,
    }
    if not view.scopes:
        return false()
    lent = and_(~unnamed, in_hand, there)
    return or_(lent, *(reach[scope] for scope in sorted(view.scopes)))


def shut(session: Session) -> int:
    """How many petitions nobody sees: a wall around nobody we know, or a lane that is held."""
    unmatched = select(placement.c.petition).where(func.cardinality(placement.c.unmatched) > 0)
    held = select(tables.lane.c.subject).where(tables.lane.c.source == SOURCE, tables.lane.c.held_at.is_not(None))
    return session.scalar(select(func.count()).select_from(unmatched.union(held).subquery())) or 0


@cache
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
