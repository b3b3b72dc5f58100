"""The officers of our own office as intake tells them: one table in every service, intake's own copy included.

Letters come in no promised order, so the greatest revision wins.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, Row, Table, Text, bindparam, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from authorization.sight import Placement, View
from authorization.table import Scope, scopes
from contracts.problems import Invalid
from courier.unit_of_work import UnitOfWork
from statute import day_of
from vault import Vault
from web.tokens import Officer

metadata = MetaData()

colleague = Table(
    "colleague",
    metadata,
    Column("officer", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("department", Text),
    Column("service_point", Text),
    Column("roles", JSONB, nullable=False),
    Column("leads", JSONB, nullable=False),  # of a leader: the departments in their charge
    Column("active", Boolean, nullable=False),
    Column("leaves", JSONB(none_as_null=True)),  # [{since, until, deputy}], both days included; none: older intake
)

_CACHE, _VIEWS = "authorization.colleagues", "authorization.views"
# made once: each request asks them
_ACTIVE = select(colleague.c.active).where(colleague.c.officer == bindparam("who"))
_OWN_AND_NAMED_BY = select(colleague).where(
    or_(colleague.c.officer == bindparam("who"), colleague.c.leaves.contains(bindparam("named", type_=JSONB)))
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the office's list says of one officer: their row, and the rows of those who named them as their deputy."""

    row: Row[Any] | None
    named_by: tuple[Row[Any], ...]


def keep(work: UnitOfWork, entry: Mapping[str, Any]) -> None:
    """`entry`: what an officer's letter says. An older one than is known changes nothing."""
    values = {column.name: entry[column.name] for column in colleague.columns if column.name != "leaves"}
    values["leaves"] = [
        {"since": str(each["since"]), "until": str(each["until"]), "deputy": each["deputy"]}
        for each in entry.get("leaves") or ()
    ]
    statement = upsert(colleague).values(**values)
    for cache in (_CACHE, _VIEWS):
        work.session.info.pop(cache, None)
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["officer"], set_=values, where=colleague.c.revision < statement.excluded.revision
        )
    )


class UnknownColleague(Invalid):
    """The number is nobody's who works here; names those who do."""

    def __init__(self, officer: str, known: list[str]):
        super().__init__(
            f"本院没有工号为 {officer} 的在岗人员；现有：{'、'.join(known)}", "no officer of ours has this number",
            field="officer", more={"known": known},
        )  # fmt: skip


def check(session: Session, officer: str) -> None:
    """Raises UnknownColleague for who does not work here. A service that was told of nobody takes any number."""
    known = dict(session.execute(select(colleague.c.officer, colleague.c.active).order_by(colleague.c.officer)).all())
    if known and not known.get(officer):
        raise UnknownColleague(officer, [number for number, active in known.items() if active])


def left(session: Session | Connection, officer: str) -> bool:
    """Whether they worked here once and do no more: what they hold of before opens no door."""
    return session.scalar(_ACTIVE, {"who": officer}) is False


def numbers(session: Session) -> list[str]:
    """Of all officers there ever were: a wall stays up around one who left."""
    return list(session.scalars(select(colleague.c.officer)))


def working(session: Session) -> Sequence[str]:
    """Of those who work here now, by number."""
    return session.scalars(select(colleague.c.officer).where(colleague.c.active).order_by(colleague.c.officer)).all()


def fingerprint(work: UnitOfWork, officer: str) -> bytes:
    """The service's own keyed hash of an officer's number: who is kept away must not be read in a database either."""
    vault = work.context.cipher
    assert isinstance(vault, Vault)
    return vault.fingerprint("officer", officer)


def view(work: UnitOfWork, officer: Officer, action: str) -> View:
    """How far the officer sees for this action; what of it is the same for others is reckoned once a transaction.

    Where the office's own list says where they sit, that counts, and a token of before a move does not; a wall around
    either of the two departments holds. Who left sees nothing. During a leave the deputy has in hand what the one on
    leave handles.
    """
    views: dict[tuple[Officer, frozenset[Scope]], View] = work.session.info.setdefault(_VIEWS, {})
    its = officer, scopes(officer, action)
    if (found := views.get(its)) is None:
        found = views[its] = _view(work, *its)
    return found


def _view(work: UnitOfWork, officer: Officer, reach: frozenset[Scope]) -> View:
    known = _known(work, officer.id).row
    seats = {each for each in (officer.department, known and known.department) if each}
    return View(
        officer=fingerprint(work, officer.id),
        department=(known and known.department) or officer.department,
        service_point=(known and known.service_point) or officer.service_point,
        scopes=frozenset() if known and not known.active else reach,
        seats=frozenset(seats) if seats or known else None,
        hands=frozenset(
            hand
            for number in (officer.id, *stands_in_for(work, officer.id))
            for hand in (number, fingerprint(work, number))
        ),
        lent=frozenset(filter(None, (each.department for each in _absent(work, officer.id)))),
    )


def stands_in_for(work: UnitOfWork, officer: str) -> list[str]:
    """Whom the officer is the deputy of today: those on leave who still work here. Not who these stand in for."""
    return [each.officer for each in _absent(work, officer)]


def leave_on(leaves: Iterable[Mapping[str, Any]] | None, day: date) -> Mapping[str, Any] | None:
    """Of an officer's leaves, {since, until, deputy}, the one of that day; both its days are included."""
    return next((each for each in leaves or () if each["since"] <= day.isoformat() <= each["until"]), None)


def seat(work: UnitOfWork, officer: str) -> str | None:
    """The department they belong to, as the office's list says."""
    known = _known(work, officer).row
    department: str | None = known and known.department
    return department


def _absent(work: UnitOfWork, deputy: str) -> list[Row[Any]]:
    named_by = _known(work, deputy).named_by
    if not named_by:
        return []
    today = day_of(work.now)
    leaves = ((each, leave_on(each.leaves, today)) for each in named_by if each.active)
    return [each for each, leave in leaves if leave is not None and leave["deputy"] == deputy]


def kept_away(work: UnitOfWork, placement: Placement, officer: str) -> bool:
    """Whether a colleague may have nothing to do with what sits there, themselves or with their department."""
    walled = fingerprint(work, officer) in placement.walled_officers
    return walled or seat(work, officer) in placement.walled_departments


def _known(work: UnitOfWork, officer: str) -> _Known:
    """Once a transaction: a page asks for the same officer before each action it offers."""
    cache: dict[str, _Known] = work.session.info.setdefault(_CACHE, {})
    if officer not in cache:
        rows = work.session.execute(_OWN_AND_NAMED_BY, {"who": officer, "named": [{"deputy": officer}]}).all()
        own = next((each for each in rows if each.officer == officer), None)
        cache[officer] = _Known(own, tuple(each for each in rows if each.officer != officer))
    return cache[officer]
