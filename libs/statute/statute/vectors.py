"""The golden vectors: periods whose ends were found apart from this library, each with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from statute.calendar import SHANGHAI, Calendar
from statute.page import read
from statute.periods import Due, Suspension, Unit, due, due_before, due_in_hours

FILE = Path(__file__).parent / "vectors.yaml"


@dataclass(frozen=True, slots=True)
class Vector:
    """A period reckoned by hand, with the reason: what the library must say, too.

    `rule`: of which it is an edge; else of the arithmetic alone. `at`: the time of day that hours begin, `ends_at` the
    moment they end; `hour_counts`: the hour they begin in is counted.
    """

    start: date
    length: int
    unit: Unit
    suspensions: tuple[Suspension, ...]
    due: date
    target: date
    provisional: bool
    edge: bool
    why: str
    rule: str = ""
    extension: int = 0
    in_custody: bool = False
    before: bool = False
    at: time | None = None
    hour_counts: bool = True
    ends_at: datetime | None = None

    def reckoned(self, calendar: Calendar) -> Due:
        """What the library says."""
        if self.at is not None:
            begins = datetime.combine(self.start, self.at, SHANGHAI)
            return due_in_hours(begins, self.length, calendar=calendar, hour_counts=self.hour_counts)
        if self.before:
            return due_before(self.start, self.length, self.unit, calendar=calendar)
        return due(
            self.start,
            self.length,
            self.unit,
            calendar=calendar,
            suspensions=self.suspensions,
            extension=self.extension,
            in_custody=self.in_custody,
        )

    def disagrees(self, calendar: Calendar) -> str | None:
        """What the library says instead, or None."""
        found = self.reckoned(calendar)
        expected = self.due, self.target, self.provisional, self.ends_at
        if (found.due, found.target, found.provisional, found.at) == expected:
            return None
        return f"应为 {self.due}（目标 {self.target}），算得 {found.due}（目标 {found.target}）：{self.why}"


def load(file: Path = FILE) -> Iterator[Vector]:
    """Raises PageError."""
    for row in read(file).sections("vectors", least=1):
        yield Vector(
            row.day("from"),
            row.number("length"),
            row.word("unit", Unit),
            tuple(span(text) for text in row.texts("suspend")),
            row.day("due"),
            row.day("target"),
            row.flag("provisional") if row.has("provisional") else False,
            row.flag("edge") if row.has("edge") else False,
            row.text("why"),
            row.text("rule", ""),
            row.number("extend") if row.has("extend") else 0,
            row.flag("custody") if row.has("custody") else False,
            row.flag("before") if row.has("before") else False,
            time.fromisoformat(row.text("at")) if row.has("at") else None,
            row.flag("hour_counts") if row.has("hour_counts") else True,
            datetime.fromisoformat(row.text("ends_at")).replace(tzinfo=SHANGHAI) if row.has("ends_at") else None,
        )
        row.done()


def span(text: str) -> Suspension:
    """FROM..TO, both included. Raises ValueError."""
    first, _, last = text.partition("..")
    return Suspension(date.fromisoformat(first), date.fromisoformat(last))
