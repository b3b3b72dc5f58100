"""The law as one thing to hand around: the rule packs and the calendar they are computed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from statute.calendar import Calendar
from statute.explain import sentence
from statute.periods import Due, Suspension, due, due_before
from statute.rules import Packs, Rule


@dataclass(frozen=True, slots=True)
class Law:
    """The rules and the calendar they are counted by."""

    packs: Packs
    calendar: Calendar

    @classmethod
    def load(cls, folder: Path | None = None) -> "Law":
        """What is shipped, and a folder's `calendars/`, `packs/` and `region.yaml` over it. Raises PageError."""
        if folder is None:
            return cls(Packs.load(), Calendar.load())
        region = folder / "region.yaml"
        packs = Packs.load(folder / "packs", region if region.exists() else None)
        return cls(packs, Calendar.load(folder / "calendars"))

    def due(self, rule: Rule, start: date, suspensions: Sequence[Suspension] = (), extension: int = 0) -> Due:
        """When a rule's period ends that starts on a day, or before that day where it is counted back."""
        if rule.before:
            return due_before(start, rule.length, rule.unit, calendar=self.calendar)
        return due(start, rule.length, rule.unit, calendar=self.calendar, suspensions=suspensions, extension=extension)

    def why(self, rule: Rule, start: date, suspensions: Sequence[Suspension] = (), extension: int = 0) -> str:
        """The same as a sentence."""
        found = self.due(rule, start, suspensions, extension)
        return sentence(rule, found, self.calendar, suspensions, extension)
