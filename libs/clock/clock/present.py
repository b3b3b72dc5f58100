"""A clock as a person sees it: the working target first, the law's last day below, and why."""

from typing import Any

from clock import levels
from clock.clocks import rule_of, why_of
from clock.tables import Clock
from statute import Duty, Law


def present(clock: Clock, law: Law) -> dict[str, Any]:
    """A clock as an officer sees it: state, duty, days, and the sentence why they are these."""
    rule, missed_by = rule_of(law, clock), clock.missed_by
    return {
        "clock": clock.id,
        "rule": clock.rule,
        "rule_zh": rule.zh,
        "row": rule.name,
        "referral": clock.referral,
        "pack": clock.pack,
        "source": rule.source.zh,
        "verified": rule.verified,
        "state": clock.state,
        "state_zh": clock.now_in.zh,
        "duty": clock.duty,
        "duty_zh": Duty(clock.duty).zh,
        "holder": clock.holder,
        "officer": clock.officer,
        "held_before": [
            {"until": each.until.isoformat(), "holder": each.holder, "officer": each.officer} for each in clock.past
        ],
        "start": clock.start.isoformat(),
        "target": clock.target.isoformat(),
        "due": clock.due.isoformat(),
        "provisional": clock.provisional,
        "extension": clock.extension,
        "suspensions": [{"from": first, "to": last, "reason": reason} for first, last, reason in clock.suspensions],
        "suspended_since": clock.suspended_since and clock.suspended_since.isoformat(),
        "started_by": clock.started_by,
        "stopped_by": clock.stopped_by,
        "stopped_at": clock.stopped_at and clock.stopped_at.isoformat(),
        "late": clock.missed_at is not None,
        "missed_by": missed_by and {"holder": missed_by[0], "officer": missed_by[1]},
        "levels": [
            {
                "level": level.level,
                "level_zh": levels.zh(level.level),
                "at": level.at.isoformat(),
                "fired_at": level.fired_at and level.fired_at.isoformat(),
            }
            for level in clock.levels
        ],
        "sentence": why_of(law, clock, rule),
    }
