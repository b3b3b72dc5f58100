"""Why a period ends on its day, in one Chinese sentence an officer can read out."""

from collections.abc import Sequence
from datetime import date, datetime

from statute.calendar import Calendar
from statute.periods import DAY, HOUR, Due, Suspension, Unit
from statute.rules import Rule

UNVERIFIED = "未核验"


def sentence(
    rule: Rule, due: Due, calendar: Calendar, suspensions: Sequence[Suspension] = (), extension: int = 0
) -> str:
    """Law, article, calendar facts, the last day, the working target; marked when unverified or provisional."""
    law = f"依{rule.source.zh}，{rule.zh}应在{rule.begins}"
    if rule.before:
        text = f"{law}（{_day(due.start)}）之前{rule.period_zh}完成；倒推至{_fact(due.unmoved, calendar)}"
        moved = "" if due.unmoved == due.due else f"，提前到此前最后一个工作日{_fact(due.due, calendar)}"
        return text + moved + "，至迟当日完成" + _marks(rule, due)
    if rule.unit is Unit.NAMED_DAY:
        target = "" if due.target == due.due else f"；办理目标为{_fact(due.target, calendar)}"
        return f"{law}{_fact(due.due, calendar)}前完成，当日24时届满{target}{_marks(rule, due)}"
    if due.at is not None:
        begins = due.at - rule.length * HOUR
        text = f"{law}后{rule.period_zh}内完成；{_moment(begins)}起，{_moment(due.at)}届满，节假日不顺延"
        return text + _marks(rule, due)
    text = f"{law}后{rule.period_zh}内完成；{_day(due.start)}起，当日不计"
    if extension:
        text += f"，经{rule.extended_by or '批准'}批准延长{rule.unit.zh(extension)}"
    if due.suspended:
        spans = "、".join(f"{_day(each.first)}至{_day(each.last)}" for each in sorted(suspensions))
        text += f"，中止期间（{spans}）{due.suspended}日不计入"
    if rule.unit is Unit.WORKING_DAYS:
        text += _between(due, calendar)
    if due.unmoved == due.due:
        text += f"，算至{_fact(due.unmoved, calendar)}"
        if calendar.is_rest_day(due.due):
            text += "，当事人在押，依《刑事诉讼法》第一百零五条不因节假日延长"
    else:
        first, last = calendar.rest_around(due.unmoved)
        rest = f"，{_day(first)}至{_day(last)}休息" if last != first else "，休息"
        text += f"，算至{_day(due.unmoved)}（{calendar.facts(due.unmoved)}{rest}）"
        text += f"，按{rule.counting.zh}顺延至其后第一个工作日{_fact(due.due, calendar)}"
    text += "，当日24时届满"
    if due.target != due.due:
        text += f"；办理目标为{_fact(due.target, calendar)}"
    return text + _marks(rule, due)


def _marks(rule: Rule, due: Due) -> str:
    marks = []
    if rule.local:
        marks.append(rule.local)
    if not rule.verified:
        marks.append(f"依据{UNVERIFIED}")
    if due.provisional:
        marks.append("该年放假安排尚未公布，暂按预测计算，公布后重算")
    return "。" + (f"（{'；'.join(marks)}）" if marks else "")


def _between(due: Due, calendar: Calendar) -> str:
    """The holidays and make-up workdays on the way: what an ordinary week does not tell."""
    days = [due.start + n * DAY for n in range(1, (due.unmoved - due.start).days + 1)]
    named = [(day, name) for day in days if calendar.is_rest_day(day) and (name := calendar.holiday(day))]
    names = list(dict.fromkeys(name for _, name in named))
    facts = [f"{name}{_span([day for day, each in named if each == name])}放假" for name in names]
    facts += [f"{_day(day)}调休上班" for day in days if day in calendar.work]
    return f"，其间{'、'.join(facts)}" if facts else ""


def _span(days: Sequence[date]) -> str:
    return _day(days[0]) if len(days) == 1 else f"{_day(days[0])}至{_day(days[-1])}"


def _fact(day: date, calendar: Calendar) -> str:
    return f"{_day(day)}（{calendar.facts(day)}）"


def _moment(moment: datetime) -> str:
    return f"{_day(moment.date())}{moment.hour}时{moment.minute}分"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
