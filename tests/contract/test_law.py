"""The packs speak of events that exist: a misspelt one would be a deadline that never starts or never stops."""

import pytest

from contracts import registry
from statute import Law, Rule

LAW = Law.load()
RULES = [rule for pack in LAW.packs.packs for rule in pack.rules.values()]
PASSED_ALONG = {"received_on"}  # a fact of the petition that its service adds to every event's


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_trigger_is_an_event_with_such_facts(rule: Rule) -> None:
    """Its type is registered, its facts are fields of it, and each value listed is one the field can have."""
    for trigger in (*rule.starts, *rule.stops, *rule.renews):
        fields = registry.contract("event", trigger.event).schema().fields
        if trigger.day:
            assert trigger.day in set(fields) | PASSED_ALONG
        assert trigger.until is None or trigger.until in fields
        for name, allowed in trigger.when.items():
            for value in allowed:
                assert fields[name].deserialize(value) == value


def test_what_starts_can_be_stopped_and_warns() -> None:
    """A running clock nobody is warned of is a deadline nobody sees."""
    running = [rule for rule in RULES if rule.starts]
    assert {"procedural_reply", "anonymous_diversion", "progress_or_outcome", "outcome_promise", "referral_sign",
            "receiver_tells", "receiver_objects", "signature_after_urge", "objection_to_sender",
            "answer_to_sender"} == {rule.id for rule in running}  # fmt: skip
    assert all(rule.stops and {"target", "last_day"} <= set(rule.warnings) for rule in running)
