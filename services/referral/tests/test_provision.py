"""The topology as data: least rights, exactly."""

import re

import pytest

from contracts.routes import ROUTES
from courier.topology import Binding, checks_passive
from referral.provision import plan

PLAN = plan(ROUTES, ["A08", "A09"])
USERS = {user.name: user for user in PLAN.users}


def test_an_agency_reads_its_own_inbox_and_writes_its_own_out() -> None:
    """Anchored patterns: A0, A099 and A08's corner are out of reach of A09."""
    rights = USERS["A09"].permissions
    names = [exchange.name for exchange in PLAN.exchanges] + [queue.name for queue in PLAN.queues]
    names += ["agency.A099.out", "xagency.A09.out", "agencyXA09.out", "amq.default", ""]
    assert sorted({name for name in names if re.search(rights["write"], name)}) == ["agency.A09.out"]
    assert sorted({name for name in names if re.search(rights["read"], name)}) == ["agency.A09.inbox"]
    assert not [name for name in names if name and re.search(rights["configure"], name)]


def test_no_service_reads_anothers_queue() -> None:
    """Every queue has one reader among the services, and every service consumes from its own."""
    for queue in PLAN.queues:
        readers = [name for name in ROUTES if re.search(USERS[name].permissions["read"], queue.name)]
        outsiders = queue.name.endswith(".inbox") or queue.name in ("notify.phone", "notify.sms")
        assert len(readers) == (0 if outsiders else 1), queue.name


def test_an_operator_sees_its_own_tasks_only() -> None:
    """Calls and SMS are two operators' business, and neither is an agency's."""
    for channel in ("phone", "sms"):
        rights = USERS[channel].permissions
        names = [exchange.name for exchange in PLAN.exchanges] + [queue.name for queue in PLAN.queues]
        assert {name for name in names if re.search(rights["read"], name)} == {f"notify.{channel}"}
        assert {name for name in names if re.search(rights["write"], name)} == {f"notify.{channel}.out"}


def test_who_left_has_no_rights_and_leaves_no_hole() -> None:
    """Its user and queue are not in the plan; what is still on its way to it has somewhere to go."""
    after = plan(ROUTES, ["A09"], gone=["A08"])
    assert "A08" not in {user.name for user in after.users}
    assert "agency.A08.inbox" not in {queue.name for queue in after.queues}
    assert Binding("agency.A08.inbox", "referral.dead", "") in after.bindings
    assert not [binding for binding in after.bindings if binding.exchange == "agency.A08.out"]


def test_every_queue_keeps_what_it_was_given() -> None:
    """Quorum, refusing when full, and dead letters at least once with a limit that means something."""
    for queue in PLAN.queues:
        assert queue.arguments["x-queue-type"] == "quorum"
        assert queue.arguments["x-overflow"] == "reject-publish"
        if not queue.name.endswith(".dead"):
            assert queue.arguments["x-dead-letter-strategy"] == "at-least-once"
            assert queue.arguments["x-delivery-limit"] == 1000


def test_a_queue_with_nothing_behind_it_drops_nothing() -> None:
    """It has no dead letters, so the policy that lifts the broker's own limit of returns is for it; and for no other,
    whose limit would be lost with it."""
    (policy,) = PLAN.policies
    last = {queue.name for queue in PLAN.queues if not queue.dead_letters}
    assert {f"{service}.dead" for service in ROUTES} <= last
    assert last == {queue.name for queue in PLAN.queues if re.search(policy.pattern, queue.name)}
    assert policy.definition["delivery-limit"] > 1_000_000


def test_what_outsiders_say_keeps_its_order_with_several_copies() -> None:
    """Their messages have no version: two copies of a service that read at once would turn an answer and a report."""
    alone = {queue.name for queue in PLAN.queues if queue.arguments.get("x-single-active-consumer")}
    assert {"intake.agencies", "referral.agencies", "aid.agencies", "notify.results"} == alone


def test_what_an_agency_sends_is_never_nowhere() -> None:
    """An unknown routing key goes to the alternate exchange, whose queue somebody reads."""
    out = [each for each in PLAN.exchanges if re.fullmatch(r"agency\..*\.out", each.name)]
    assert {"agency.unrouted"} == {exchange.alternate for exchange in out}
    assert "agency.unrouted" in {binding.exchange for binding in PLAN.bindings}


@pytest.mark.parametrize(
    ("version", "checks"),
    [
        ("3.10.8", False), ("4.0.5", False), ("4.1.9", False), ("4.2.5", False), ("4.2.6", True), ("4.2.10", True),
        ("4.3.0", True), ("4.10.0", True), ("5.0.0", True), ("4.3.1+1.g0a1b2c3", True),
        ("4.3.0-rc.1", False), ("4.3", False), ("", False), ("unknown", False),
    ],
)  # fmt: skip
def test_which_broker_keeps_the_length_of_a_queue_to_itself(version: str, checks: bool) -> None:
    """From 4.2.6 and 4.3.0 on a passive declaration needs a right; what is no plain version is not trusted to."""
    assert checks == checks_passive(version)
