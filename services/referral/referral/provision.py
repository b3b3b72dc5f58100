"""What the broker must hold: every service's exchanges, queues and rights, and every agency's own corner."""

from collections.abc import Iterable, Mapping

from contracts.routes import Route
from courier.topology import Binding, Exchange, Plan, Queue, User, dead_letters, with_own_exchange

UNROUTED = "agency.unrouted"
INBOX_LENGTH = 100_000


def plan(routes: Mapping[str, Route], agencies: Iterable[str]) -> Plan:
    """The whole topology as data: nothing is declared by anybody else."""
    agencies = sorted(agencies)
    whole = Plan()
    for service in routes:
        whole += Plan((Exchange(f"{service}.events"),)) + dead_letters(service)
    whole += with_own_exchange(Queue(UNROUTED, "referral.dead"))
    for agency in agencies:
        # the alternate exchange: an unknown routing key would be confirmed and gone
        whole += Plan((Exchange(f"agency.{agency}.out", alternate=UNROUTED),))
        whole += with_own_exchange(Queue(f"agency.{agency}.inbox", "referral.dead", INBOX_LENGTH))
    for service, route in routes.items():
        whole += _service(service, route, routes, agencies)
    return whole + Plan(users=tuple(_agency_user(agency) for agency in agencies))


def _service(service: str, route: Route, routes: Mapping[str, Route], agencies: list[str]) -> Plan:
    dead = f"{service}.dead"
    reads = [dead, f"{service}.letters"]
    whole = with_own_exchange(Queue(f"{service}.letters", dead))
    for source in route.events_of:
        queue = Queue(f"{service}.events.{source}", dead)
        whole += Plan((), (queue,), (Binding(f"{source}.events", queue.name, "#"),))
        reads.append(queue.name)
    if route.from_agencies:
        queue = Queue(f"{service}.agencies", dead)
        bindings = tuple(
            Binding(f"agency.{agency}.out", queue.name, key) for agency in agencies for key in route.from_agencies
        )
        whole += Plan((), (queue,), bindings)
        reads.append(queue.name)
    if route.unrouted:
        reads.append(UNROUTED)
    writes = [f"{service}.events"]
    # letters it sends, and questions for versions that never came
    writes += [f"{other}.letters" for other, theirs in routes.items() if service in theirs.letters_from]
    writes += [f"{source}.letters" for source in route.events_of]
    if route.writes_to_agencies:
        writes += [f"agency.{agency}.inbox" for agency in agencies]
    return whole + Plan(users=(User(service, tuple(sorted(set(writes))), tuple(reads)),))


def _agency_user(agency: str) -> User:
    return User(agency, (f"agency.{agency}.out",), (f"agency.{agency}.inbox",), connections=10, channels=20)
