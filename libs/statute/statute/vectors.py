"""The golden vectors: periods whose ends were found apart from this library, each with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from statute.calendar import Calendar
from statute.page import read
from statute.periods import Suspension, Unit, due

FILE = Path(__file__).parent / "vectors.yaml"


@dataclass(frozen=True, slots=True)
class Vector:
    """A period reckoned by hand, with the reason: what the library must say, too."""

    start: date
    length: int
    unit: Unit
    suspensions: tuple[Suspension, ...]
    due: date
    target: date
    provisional: bool
    edge: bool
    why: str

    def disagrees(self, calendar: Calendar) -> str | None:
        """What the library says instead, or None."""
        found = due(self.start, self.length, self.unit, calendar=calendar, suspensions=self.suspensions)
        if (found.due, found.target, found.provisional) == (self.due, self.target, self.provisional):
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
        )
        row.done()


def span(text: str) -> Suspension:
    """FROM..TO, both included. Raises ValueError."""
    first, _, last = text.partition("..")
    return Suspension(date.fromisoformat(first), date.fromisoformat(last))
