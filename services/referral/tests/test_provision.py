"""The topology as data: least rights, exactly."""

import re

import pytest

from contracts.routes import ROUTES
from courier.partners.topology import NEVER, Binding, Plan, checks_passive
from referral.use_cases.provision import before, plan

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
        # read by partners; or by nobody, since whoever read it would be stopped by it
        others = queue.name.endswith((".inbox", ".unreadable")) or queue.name in ("notify.phone", "notify.sms")
        assert len(readers) == (0 if others else 1), queue.name


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
        if queue.name.endswith(".unreadable"):
            # looked at and given back any number of times: from 4.0 on a queue without a limit of its own has one of 20
            assert queue.arguments["x-delivery-limit"] == NEVER
        elif not queue.name.endswith(".dead"):
            assert queue.arguments["x-dead-letter-strategy"] == "at-least-once"
            assert queue.arguments["x-delivery-limit"] == (50 if queue.one_reader else 1000)


def test_a_queue_with_nothing_behind_it_drops_nothing() -> None:
    """It has no dead letters, so the policy that lifts the broker's own limit of returns is for it; and for no other,
    whose limit would be lost with it."""
    (policy,) = PLAN.policies
    last = {queue.name for queue in PLAN.queues if not queue.dead_letters}
    assert {f"{service}.dead" for service in ROUTES} <= last
    assert last == {queue.name for queue in PLAN.queues if re.search(policy.pattern, queue.name)}
    assert policy.definition["delivery-limit"] > 1_000_000


def test_what_partners_say_keeps_its_order_with_several_copies() -> None:
    """Their messages have no version: two copies of a service that read at once would turn an answer and a report."""
    alone = {queue.name for queue in PLAN.queues if queue.arguments.get("x-single-active-consumer")}
    agencies = {f"{service}.agency.{code}" for service in ("intake", "referral", "aid") for code in ("A08", "A09")}
    late = {f"{partner}.late" for partner in ("agency.A08", "agency.A09", "notify.phone", "notify.sms")}
    assert agencies | late | {"notify.phone.results", "notify.sms.results"} == alone


def ends(plan: Plan, exchange: str, key: str) -> set[str]:
    """The queues a message comes to, as the broker routes it."""
    alternates = {each.name: each.alternate for each in plan.exchanges}
    kinds = {each.name: each.type for each in plan.exchanges}
    leads = [
        b for b in plan.bindings if b.exchange == exchange and (b.key in ("#", key) or kinds[exchange] == "fanout")
    ]
    if not leads and alternates[exchange]:
        return ends(plan, alternates[exchange], key)
    return set().union(*(ends(plan, each.queue, key) if each.onward else {each.queue} for each in leads))


def test_what_an_agency_sends_is_in_queues_of_its_own() -> None:
    """One a service that hears it, and under a key nobody bound, referral's: never nowhere, never with another's."""
    for agency in ("A08", "A09"):
        out = f"agency.{agency}.out"
        assert {f"intake.agency.{agency}"} == ends(PLAN, out, "petition.submitted.v1")
        assert {f"referral.agency.{agency}", f"aid.agency.{agency}"} == ends(PLAN, out, "inbox.resync.v1")
        for key in ("reply.signed.v1", "no.such.type", "", "\0"):
            assert {f"referral.agency.{agency}"} == ends(PLAN, out, key), key
    for channel in ("phone", "sms"):
        assert {f"notify.{channel}.results"} == ends(PLAN, f"notify.{channel}.out", "notice.result.v1")


def test_what_could_not_be_handed_over_is_with_its_senders_own_and_nobody_reads_it() -> None:
    """What the broker fails on would stop whoever reads the dead letters next, and be given up there again."""
    queues, exchanges = {each.name: each for each in PLAN.queues}, {each.name: each for each in PLAN.exchanges}
    for partner in ("agency.A08", "agency.A09", "notify.phone", "notify.sms"):
        unreadable, late = f"{partner}.unreadable", f"{partner}.late"
        assert None is queues[unreadable].dead_letters
        assert unreadable == queues[late].dead_letters
        assert {unreadable} == ends(PLAN, unreadable, "")
        heard = [f"{each}.{partner}" for each in ("intake", "referral", "aid")]
        for queue in heard if partner.startswith("agency") else [f"{partner}.results"]:
            exchange = exchanges[queues[queue].dead_letters]
            assert ("headers", late) == (exchange.type, exchange.alternate)
            (leads,) = [each for each in PLAN.bindings if each.exchange == exchange.name]
            assert unreadable == leads.queue
            assert ("x-first-death-reason", "delivery_limit") in leads.match


def test_shared_is_as_it_was_before() -> None:
    """For as long as older code reads: its queues with their arguments, and nothing for those of each partner."""
    shared = plan(ROUTES, ["A08", "A09"], shared=True)
    queues = {queue.name: queue.arguments for queue in shared.queues}
    for name in before(ROUTES):
        assert (1000, True) == (queues[name]["x-delivery-limit"], "x-dead-letter-exchange" in queues[name])
        assert (name != "agency.unrouted") == queues[name].get("x-single-active-consumer", False)
    for agency in ("A08", "A09"):
        out = f"agency.{agency}.out"
        assert {"intake.agencies"} == ends(shared, out, "petition.submitted.v1")
        assert {"referral.agencies", "aid.agencies"} == ends(shared, out, "inbox.resync.v1")
        assert {"agency.unrouted"} == ends(shared, out, "no.such.type")
    assert {"notify.results"} == ends(shared, "notify.phone.out", "")


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
