"""Law as data: calendars and period arithmetic. Pure; installs alone."""

from statute.calendar import Calendar, CalendarError
from statute.periods import Due, Unit, due, ends_at

__all__ = ["Calendar", "CalendarError", "Due", "Unit", "due", "ends_at"]
