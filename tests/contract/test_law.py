"""The packs speak of events that exist: a misspelt one would be a deadline that never starts or never stops."""

from typing import Any

import pytest
from marshmallow.fields import Field

from contracts import registry
from contracts import vocabulary as words
from contracts.fields import Code, Day, Flag, WordOf
from intake.domain import lines
from statute import Law, Rule, Unit
from statute.rules import PAUSES_ZH

LAW = Law.load()
RULES = [rule for pack in LAW.packs.packs for rule in pack.rows]
# facts of the petition, or of who sent it, that its service adds to every event's
PASSED_ALONG: dict[str, Field[Any]] = {
    "received_on": Day(),
    "kind": WordOf(words.Kind),
    "line": WordOf(words.Line),
    "sub_line": Code(),
    "channel": WordOf(words.Channel),
    "concerns_us": Flag(),
    "agency_kind": WordOf(words.AgencyKind),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_trigger_is_an_event_with_such_facts(rule: Rule) -> None:
    """Its type is registered, its facts are fields of it, and each value listed is one the field can have."""
    for trigger in (*rule.starts, *rule.stops, *rule.renews):
        fields = PASSED_ALONG | registry.contract("event", trigger.event).schema().fields
        assert trigger.day is None or trigger.day in fields
        assert trigger.until is None or trigger.until in fields
        for name, allowed in (*trigger.when.items(), *trigger.unless.items()):
            for value in allowed:
                assert fields[name].deserialize(value) == value


def test_what_is_asked_of_a_line_is_a_word_that_a_line_has() -> None:
    """A sub-line or an act that no line has would be a period that never starts, or never stops."""
    shipped = lines.shipped()
    subs = {id_ for each in shipped.subs.values() for id_ in each}
    acts = {act for sheet in shipped.everything() for act in sheet.acts}
    asked = [each for rule in RULES for each in (*rule.starts, *rule.stops, *rule.renews)]
    for when in (facts for each in asked for facts in (each.when, each.unless)):
        assert set(when.get("sub_line", ())) <= subs
        assert set(when.get("act", ())) <= acts
    moving = {act for each in asked for act in each.when.get("act", ())}
    still = {"file_read", "heard", "hearing_held", "verified", "explained", "counselled", "help_followed", "detained",
             "released", "lead_reported", "report_acknowledged"}  # fmt: skip
    assert set(words.ActKind) == acts == moving | still


def test_what_starts_can_be_stopped_and_warns() -> None:
    """A running clock nobody is warned of is a deadline nobody sees."""
    running = [rule for rule in RULES if rule.starts]
    for rule in running:
        assert rule.stops
        assert {"50%", "80%"} if rule.unit is Unit.HOURS else {"target", "last_day"} <= set(rule.warnings)


@pytest.mark.parametrize("rule", [row for row in LAW.packs.packs[-1].rows if row.starts], ids=lambda row: row.id)
def test_whatever_ends_a_petition_stops_what_runs_for_it(rule: Rule) -> None:
    """But the outcome's own, which is owed still where it was terminated; a referral's ends with the referral."""
    if rule.starts[0].event.startswith(("referral.", "submission.")):
        return
    stops = {each.event for each in rule.stops}
    assert {f"petition.{what}.v1" for what in ("withdrawn", "sent_back", "closed")} <= stops
    owed = {"procedural_reply", "progress_or_outcome", "outcome_promise", "anonymous_diversion"}
    assert rule.id in owed or "petition.terminated.v1" in stops


def test_a_reason_to_stand_still_is_called_the_same_everywhere() -> None:
    """Whoever suspends chooses a word; the sheet for the legal officer says the packs' in the same Chinese."""
    assert {each.value: each.zh for each in words.Pause} == {
        name: zh for name, zh in PAUSES_ZH.items() if name not in ("hearing", "custody")
    }
