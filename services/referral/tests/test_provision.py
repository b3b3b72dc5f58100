"""The topology as data: least rights, exactly."""

import re

from contracts.routes import ROUTES
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
        assert len(readers) == (0 if queue.name.endswith(".inbox") else 1), queue.name


def test_every_queue_keeps_what_it_was_given() -> None:
    """Quorum, refusing when full, and dead letters at least once with a limit that means something."""
    for queue in PLAN.queues:
        assert queue.arguments["x-queue-type"] == "quorum"
        assert queue.arguments["x-overflow"] == "reject-publish"
        if not queue.name.endswith(".dead"):
            assert queue.arguments["x-dead-letter-strategy"] == "at-least-once"
            assert queue.arguments["x-delivery-limit"] == 1000


def test_what_an_agency_sends_is_never_nowhere() -> None:
    """An unknown routing key goes to the alternate exchange, whose queue somebody reads."""
    out = [exchange for exchange in PLAN.exchanges if exchange.name.endswith(".out")]
    assert {"agency.unrouted"} == {exchange.alternate for exchange in out}
    assert "agency.unrouted" in {binding.exchange for binding in PLAN.bindings}
