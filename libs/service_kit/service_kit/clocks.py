"""What every service with periods answers of one, as `clock.present` makes it."""

from marshmallow.fields import Boolean, Dict, Integer, List, Nested, String

from clock.tables import State
from contracts.fields import Day, Moment, WordOf
from statute import Duty
from web.answers import Answer


class LevelSaid(Answer):
    """A warning of a clock, and when it came."""

    level = String()
    level_zh = String()
    at = Moment()
    fired_at = Moment(allow_none=True)


class MissedBy(Answer):
    """Who held a clock when it was missed; `officer`: of one of ours, the person there."""

    holder = String()
    officer = String(allow_none=True)


class HeldUntil(MissedBy):
    """Who held it before, and until when."""

    until = Moment()


class ClockSaid(Answer):
    """A period: whose duty, its working target, the law's last day, and the sentence why.

    `row`: of the rule's rows the one it runs by, as docs/clocks.md names it.
    """

    clock = String()
    rule = String()
    rule_zh = String()
    row = String()
    referral = String(allow_none=True)
    pack = String()
    source = String()
    verified = Boolean()
    state = WordOf(State)
    state_zh = String()
    duty = WordOf(Duty)
    duty_zh = String()
    holder = String()
    officer = String(allow_none=True)
    held_before = List(Nested(HeldUntil))
    start = Day()
    target = Day()
    due = Day()
    provisional = Boolean()
    extension = Integer()
    suspensions = List(Dict(keys=String()))
    suspended_since = Day(allow_none=True)
    started_by = String()
    stopped_by = String(allow_none=True)
    stopped_at = Moment(allow_none=True)
    late = Boolean()
    missed_by = Nested(MissedBy, allow_none=True)
    levels = List(Nested(LevelSaid))
    sentence = String()
