"""Law as data: rule packs, calendars, period arithmetic, and the sentence why. Pure; installs alone."""

from statute.calendar import SHANGHAI, Calendar, Status, day_of
from statute.datum import Cited, Datum, cited
from statute.explain import sentence
from statute.law import Law
from statute.page import PageError
from statute.periods import Due, Suspension, Unit, due, due_before, due_in_hours, ends_at
from statute.rules import Duty, Packs, Rule

__all__ = [
    "SHANGHAI",
    "Calendar",
    "Cited",
    "Datum",
    "Due",
    "Duty",
    "Law",
    "Packs",
    "PageError",
    "Rule",
    "Status",
    "Suspension",
    "Unit",
    "cited",
    "day_of",
    "due",
    "due_before",
    "due_in_hours",
    "ends_at",
    "sentence",
]
