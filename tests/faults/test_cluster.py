"""Three broker nodes: one killed, one cut off, while petitions flow. None is lost."""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.cluster import Cluster, NoClusterError, address
from tests.faults.field import Field, report
from tools.dev.stack import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    made = Cluster(ROOT / ".run" / "cluster")
    try:
        try:
            made.start()
        except NoClusterError as fault:
            pytest.skip(str(fault))
        monkeypatch.setenv("FENGQIAO_AMQP_ADMIN_URL", made.amqp)
        monkeypatch.setenv("FENGQIAO_BROKER_MANAGEMENT_URL", made.management())
        yield made
    finally:
        made.stop()


def test_a_leader_is_killed_and_a_node_cut_off(cluster: Cluster) -> None:
    """The leader of a busy queue dies with kill -9 and comes back, a node is cut off: nothing is lost."""
    field = Field(ROOT / ".run" / "cluster-system", 3, proxied=False, broker_host=address(3))
    try:
        field.load.start()
        field.until("flowing", lambda: field.ask("notify", "SELECT count(*) > 30 FROM events"))
        leader = cluster.leader("notify.events.intake")
        cluster.kill(leader if leader != 3 else 1)
        field.until("still flowing", _more(field), 90)
        cluster.until_up(leader if leader != 3 else 1, 90)
        cluster.cut_off(2)
        field.until("flowing without it", _more(field), 90)
        cluster.join(2)
        cluster.until_up(2, 120)
        field.ready(120)
        field.until("flowing again", _more(field), 90)
        violations = field.settle(180)
    finally:
        field.close()
    assert not violations, report(violations)


def _more(field: Field) -> Callable[[], bool]:
    had = field.ask("notify", "SELECT count(*) FROM events")
    return lambda: field.ask("notify", "SELECT count(*) FROM events") > had + 30
