"""What the broker must hold: every service's exchanges, queues and rights, and every agency's own corner."""

from collections.abc import Iterable, Mapping

from contracts.routes import Route
from courier.topology import Binding, Exchange, Plan, Queue, User, dead_letters, keep_all, with_own_exchange
from courier.work import inbox_of

UNROUTED = "agency.unrouted"
INBOX_LENGTH = 100_000


def plan(routes: Mapping[str, Route], agencies: Iterable[str], gone: Iterable[str] = ()) -> Plan:
    """The whole topology as data: nothing is declared by anybody else.

    `gone`: agencies that once had a queue. What was on its way to them must still be somewhere: the exchange stays and
    leads to referral's dead letters.
    """
    agencies, gone = sorted(agencies), sorted(gone)
    whole = keep_all()
    for service in routes:
        whole += Plan((Exchange(f"{service}.events"),)) + dead_letters(service)
    whole += with_own_exchange(Queue(UNROUTED, "referral.dead"))
    for agency in agencies:
        # the alternate exchange: an unknown routing key would be confirmed and gone
        whole += Plan((Exchange(f"agency.{agency}.out", alternate=UNROUTED),))
        whole += with_own_exchange(Queue(inbox_of(agency), "referral.dead", INBOX_LENGTH))
    for agency in gone:
        inbox = inbox_of(agency)
        whole += Plan((Exchange(inbox, "fanout"),), (), (Binding(inbox, "referral.dead", ""),))
    for service, route in routes.items():
        whole += _service(service, route, routes, agencies, gone)
        for channel in route.channels:
            whole += _channel(service, channel)
    return whole + Plan(users=tuple(_agency_user(agency) for agency in agencies))


def _service(service: str, route: Route, routes: Mapping[str, Route], agencies: list[str], gone: list[str]) -> Plan:
    dead = f"{service}.dead"
    reads = [dead, f"{service}.letters"]
    whole = with_own_exchange(Queue(f"{service}.letters", dead))
    for source in route.events_of:
        queue = Queue(f"{service}.events.{source}", dead)
        whole += Plan((), (queue,), (Binding(f"{source}.events", queue.name, "#"),))
        reads.append(queue.name)
    if route.from_agencies:
        queue = Queue(f"{service}.agencies", dead, one_reader=True)
        bindings = tuple(
            Binding(f"agency.{agency}.out", queue.name, key) for agency in agencies for key in route.from_agencies
        )
        whole += Plan((), (queue,), bindings)
        reads.append(queue.name)
    if route.unrouted:
        reads.append(UNROUTED)
    if route.channels:
        results = Queue(f"{service}.results", dead, one_reader=True)
        whole += Plan(
            (), (results,), tuple(Binding(f"{service}.{each}.out", results.name, "") for each in route.channels)
        )
        reads.append(results.name)
    writes = [f"{service}.events", *(f"{service}.{channel}" for channel in route.channels)]
    # letters it sends, and questions for versions that never came
    writes += [f"{other}.letters" for other, theirs in routes.items() if service in theirs.letters_from]
    writes += [f"{source}.letters" for source in route.events_of]
    if route.writes_to_agencies:
        writes += [inbox_of(agency) for agency in (*agencies, *gone)]
    return whole + Plan(users=(User(service, tuple(sorted(set(writes))), tuple(reads)),))


def _channel(service: str, channel: str) -> Plan:
    """An operator of calls or SMS: takes tasks from one queue, says what became of them by one exchange."""
    tasks, out = f"{service}.{channel}", f"{service}.{channel}.out"
    corner = with_own_exchange(Queue(tasks, f"{service}.dead", INBOX_LENGTH)) + Plan((Exchange(out, "fanout"),))
    return corner + Plan(users=(User(channel, (out,), (tasks,), connections=10, channels=20),))


def _agency_user(agency: str) -> User:
    return User(agency, (f"agency.{agency}.out",), (inbox_of(agency),), connections=10, channels=20)
