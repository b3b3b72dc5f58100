"""When a clock warns: at shares of its period, on its working target, on its last day, and when it is missed."""

from datetime import date, datetime, time, timedelta

from statute import SHANGHAI, Calendar, Due, Rule, ends_at

MISSED = "missed"
MORNING = time(9)  # in Asia/Shanghai: a warning at midnight is read by nobody, or wakes somebody


def moments(rule: Rule, due: Due, calendar: Calendar) -> list[tuple[str, datetime]]:
    """Every level with its moment, in the order in which they fire; the miss is the last.

    Of hours the shares are moments, whatever the hour: they do not wait for a morning.
    """
    if due.at is not None:
        lasts = timedelta(hours=rule.length)
        shares = [(level, due.at - lasts + lasts * int(level.rstrip("%")) / 100) for level in rule.warnings]
        return [*sorted(shares, key=lambda each: each[1]), (MISSED, due.at)]
    found = [(level, datetime.combine(_day(level, due, calendar), MORNING, SHANGHAI)) for level in rule.warnings]
    return [*sorted(found, key=lambda each: each[1]), (MISSED, ends_at(due.due))]


def zh(level: str) -> str:
    """时限过 50% · 办理目标日 · 今日届满 · 逾期"""
    return {"target": "到办理目标日", "last_day": "今日届满", MISSED: "逾期"}.get(level, f"时限过{level}")


def _day(level: str, due: Due, calendar: Calendar) -> date:
    match level:
        case "last_day":
            return due.due
        case "target":
            day = due.target
        case share:
            day = due.start + timedelta(days=(due.unmoved - due.start).days * int(share.rstrip("%")) // 100)
            while calendar.is_rest_day(day):
                day -= timedelta(days=1)
    # received in a holiday, a period may have no working day before its end: the first day is soon enough
    return max(day, due.start)
