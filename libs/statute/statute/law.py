"""The law as one thing to hand around: the rule packs and the calendar they are computed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path

from statute import signed
from statute.calendar import SHANGHAI, Calendar
from statute.datum import Cited
from statute.explain import sentence
from statute.periods import Due, Suspension, Unit, due, due_before, due_in_hours
from statute.rules import Counting, Packs, Rule
from statute.signed import Signed


@dataclass(frozen=True, slots=True)
class Law:
    """The rules, the calendar they are counted by, and by digest what a legal officer of the county has signed."""

    packs: Packs
    calendar: Calendar
    signed: Mapping[str, Signed] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path | None = None) -> "Law":
        """What is shipped, and a folder's `calendars/`, `packs/`, `region.yaml` and `signed.yaml` over it.

        Raises PageError.
        """
        if folder is None:
            return cls(Packs.load(), Calendar.load())
        region, signatures = folder / "region.yaml", signed.load(folder)
        packs = signed.applied(Packs.load(folder / "packs", region if region.exists() else None), signatures)
        return cls(packs, Calendar.load(folder / "calendars"), signatures)

    def read(self, cited: Cited) -> Cited:
        """A source of our data as the county has it: verified, too, where a legal officer signed these words."""
        return replace(cited, verified=cited.verified or cited.digest in self.signed)

    def due(
        self,
        rule: Rule,
        start: date,
        suspensions: Sequence[Suspension] = (),
        extension: int = 0,
        in_custody: bool = False,
    ) -> Due:
        """When a rule's period ends that starts on a day, or before that day where it is counted back.

        Of hours, `start` is a moment; of a day, they are counted from its midnight. `in_custody`: whom the matter is
        about is held; it changes nothing of a period that is not counted by criminal procedure.
        """
        if rule.unit is Unit.HOURS:
            moment = start if isinstance(start, datetime) else datetime.combine(start, time(), SHANGHAI)
            hour_counts = rule.counting is Counting.CIVIL
            return due_in_hours(moment, rule.length, calendar=self.calendar, hour_counts=hour_counts)
        if rule.before:
            return due_before(start, rule.length, rule.unit, calendar=self.calendar)
        return due(
            start,
            rule.length,
            rule.unit,
            calendar=self.calendar,
            suspensions=suspensions,
            extension=extension,
            in_custody=in_custody and rule.counting is Counting.CRIMINAL,
        )

    def why(
        self,
        rule: Rule,
        start: date,
        suspensions: Sequence[Suspension] = (),
        extension: int = 0,
        in_custody: bool = False,
    ) -> str:
        """The same as a sentence."""
        found = self.due(rule, start, suspensions, extension, in_custody)
        return sentence(rule, found, self.calendar, suspensions, extension)
