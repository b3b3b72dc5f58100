"""Tasks inside our office: what each kind is, whose by rule, and who has it when that one cannot. Plain Python."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from contracts import county
from statute import Unit

_SHIPPED = Path(__file__).with_name("tasks.yaml")
LEAD = "liability_"  # before a box of the liability review
# what the program itself opens: a county's file that lacks one would leave it undone
NEEDED = frozenset(
    {"coordination", "coordination_nobody", "reception", "other"}
    | {f"{LEAD}{box}" for box in ("criminal", "civil", "administrative", "public_interest")}
)


class Duty(StrEnum):
    """Whose a task is to be, whoever that is at the moment."""

    HANDLER = "handler"
    DEPARTMENT = "department"
    LEADER = "leader"  # in charge of the petition's department (分管)
    CHIEF = "chief"
    NAMED = "named"  # a department or an officer that somebody named


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a task is: a department's by code or an officer's by number; with neither, the level above's, on paper."""

    department: str | None = None
    officer: str | None = None


ABOVE = Owner()


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A kind of task: what is to be done, by whom, within how many days. `urgent`: who has it is told at once."""

    id: str
    zh: str
    duty: Duty
    department: str | None  # of one that is a certain department's
    length: int
    unit: Unit
    urgent: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "TaskKind":
        """Raises KeyError or ValueError for a row that says no owner or no day."""
        [unit] = {Unit.WORKING_DAYS, Unit.CALENDAR_DAYS} & set(row)
        duty = Duty(row["owner"]) if row["owner"] in set(Duty) - {Duty.NAMED} else Duty.NAMED
        department = row["owner"] if duty is Duty.NAMED else None
        if int(row[unit]) < 1:
            raise ValueError(f"{row['id']}: at least one day")
        return cls(row["id"], row["zh"], duty, department, row[unit], Unit(unit), row.get("urgent", False))


def kinds(path: Path | None) -> Mapping[str, TaskKind]:
    """By id: the county's own file where there is one. Raises ValueError for one that leaves out what we open."""
    file = path if path is not None and path.exists() else _SHIPPED
    rows: list[Mapping[str, Any]] = county.read(file)
    found = {row["id"]: TaskKind.of(row) for row in rows}
    if NEEDED - set(found):
        raise ValueError(f"{file.name}: kinds are missing: {sorted(NEEDED - set(found))}")
    return found


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who works here now and is not kept away from the petition."""

    number: str
    department: str | None
    leads: frozenset[str] = frozenset()  # of a leader: the departments in their charge
    is_leader: bool = False
    is_chief: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """What decides who can have a petition's task.

    `departments`: those that are there and not kept away; none while it concerns us and nobody has said whom.
    """

    department: str | None
    handler: str | None
    colleagues: Mapping[str, Colleague]
    departments: frozenset[str]
    unnamed: bool = False


def owner(duty: Duty, seat: Seat, now: Owner, beside: Sequence[str | None] = ()) -> Owner:
    """Who has it: whose it is to be, else who has it `now`, else a department `beside`, the leader, the chief.

    Whoever is named by the rule goes before who has it: a task follows its petition. ABOVE: nobody of us can.
    `beside`: the department of who has it, and of who opened it.
    """
    return next((each for each in _wanted(duty, seat, now, beside) if _fits(each, seat)), ABOVE)


def _wanted(duty: Duty, seat: Seat, now: Owner, beside: Sequence[str | None]) -> Iterator[Owner]:
    others, its = [Owner(department=each) for each in beside], Owner(department=seat.department)
    match duty:
        case Duty.HANDLER:
            yield from (Owner(officer=seat.handler), its, now, *others)
        case Duty.DEPARTMENT:
            yield from (its, now, *others)
        case Duty.NAMED:
            yield from (now, *others, its)
    everybody = sorted(seat.colleagues.values(), key=lambda each: each.number)
    if duty is not Duty.CHIEF:
        in_charge = [each for each in everybody if each.is_leader and seat.department in each.leads]
        yield from (Owner(officer=each.number) for each in sorted(in_charge, key=lambda each: each.is_chief))
    # who is a chief and nothing else goes first
    chiefs = sorted((each for each in everybody if each.is_chief), key=lambda each: each.is_leader)
    yield from (Owner(officer=each.number) for each in chiefs)


def _fits(one: Owner, seat: Seat) -> bool:
    if one.officer is not None:
        found = seat.colleagues.get(one.officer)
        # of what concerns nobody knows whom, no department sees anything: it is for who sees the whole office
        return found is not None and (not seat.unnamed or found.is_leader or found.is_chief)
    return one.department in seat.departments and not seat.unnamed
