"""What the broker must hold: every service's exchanges, queues and rights, and every agency's own corner."""

from collections.abc import Iterable, Mapping

from contracts.routes import Route
from courier.partners.topology import (
    NEVER,
    RETURNS_OF_PARTNERS,
    Binding,
    Exchange,
    Plan,
    Queue,
    User,
    dead_letters,
    dead_letters_of,
    keep_all,
    set_aside,
    with_own_exchange,
)
from courier.unit_of_work import inbox_of

UNROUTED = "agency.unrouted"
INBOX_LENGTH = 100_000
UNREADABLE_LENGTH = 10_000


def plan(
    routes: Mapping[str, Route], agencies: Iterable[str], gone: Iterable[str] = (), *, shared: bool = False
) -> Plan:
    """The whole topology as data: nothing is declared by anybody else.

    `gone`: agencies that once had a queue. What was on its way to them must still be somewhere: the exchange stays and
    leads to referral's dead letters. `shared`: what partners say goes, as before each had a queue of its own, to one
    queue a service, as long as a copy of the older code reads it; decision 012.
    """
    agencies, gone = sorted(agencies), sorted(gone)
    whole = keep_all()
    for service in routes:
        whole += Plan((Exchange(f"{service}.events"),)) + dead_letters(service)
    for agency in agencies:
        whole += with_own_exchange(Queue(inbox_of(agency), "referral.dead", INBOX_LENGTH))
        whole += _agency(agency, routes, shared)
    for agency in gone:
        inbox = inbox_of(agency)
        whole += Plan((Exchange(inbox, "fanout"),), (), (Binding(inbox, "referral.dead", ""),))
    for service, route in routes.items():
        whole += _service(service, route, routes, agencies, gone)
        for channel in route.channels:
            whole += _channel(service, channel, shared)
    if shared:
        whole += Plan(
            queues=tuple(Queue(name, dead, one_reader=name != UNROUTED) for name, dead in before(routes).items())
        )
        whole += Plan(bindings=(Binding(UNROUTED, UNROUTED, ""),))
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
        # what one that left had said is read, too
        reads += [queue_of(service, agency) for agency in (*agencies, *gone)]
    if route.unrouted:
        reads += [late_of(f"agency.{agency}") for agency in (*agencies, *gone)]
    for channel in route.channels:
        reads += [results_of(service, channel), late_of(f"{service}.{channel}")]
    # what the older code left in them is read to its end
    reads += [name for name, dead_queue in before(routes).items() if dead_queue == dead]
    writes = [f"{service}.events", *(f"{service}.{channel}" for channel in route.channels)]
    # letters it sends, and questions for versions that never came
    writes += [f"{other}.letters" for other, theirs in routes.items() if service in theirs.letters_from]
    writes += [f"{source}.letters" for source in route.events_of]
    if route.writes_to_agencies:
        writes += [inbox_of(agency) for agency in (*agencies, *gone)]
    return whole + Plan(users=(User(service, tuple(sorted(set(writes))), tuple(reads)),))


def before(routes: Mapping[str, Route]) -> dict[str, str]:
    """The queues that partners shared before each had its own → the dead letters of who reads it."""
    found = {f"{service}.agencies": f"{service}.dead" for service, route in routes.items() if route.from_agencies}
    found |= {f"{service}.results": f"{service}.dead" for service, route in routes.items() if route.channels}
    return found | {UNROUTED: "referral.dead"}


def queue_of(service: str, agency: str) -> str:
    """Where a service reads what an agency says."""
    return f"{service}.agency.{agency}"


def results_of(service: str, channel: str) -> str:
    """Where a service reads what a channel's operator says."""
    return f"{service}.{channel}.results"


def unreadable_of(partner: str) -> str:
    """`agency.A09` or `notify.phone`: what could not even be handed over; a person looks, nobody reads."""
    return f"{partner}.unreadable"


def late_of(partner: str) -> str:
    """Where what the broker gave up on of a partner waits to be answered."""
    return f"{partner}.late"


def _agency(agency: str, routes: Mapping[str, Route], shared: bool) -> Plan:
    """What it says by its exchange: to a queue of its own at every service that hears it, as far as the key is known.

    A live exchange's alternate cannot be changed, and the one of `out` is everybody's: so `out` only leads on to
    `said`, which has an alternate of the agency's own. Without one an unknown key would be confirmed and gone.
    """
    out, said, unrouted = (f"agency.{agency}.{each}" for each in ("out", "said", "unrouted"))
    whole = Plan((Exchange(UNROUTED, "fanout"), Exchange(unrouted, "fanout")))
    whole += Plan((Exchange(out, alternate=UNROUTED), Exchange(said, alternate=unrouted)))
    whole += _last_of(f"agency.{agency}")
    for service, route in routes.items():
        if not route.from_agencies:
            continue
        queue = queue_of(service, agency)
        whole += _of_partner(queue, f"agency.{agency}")
        whole += Plan(bindings=tuple(Binding(said, queue, key) for key in route.from_agencies))
        if route.unrouted:
            whole += Plan(bindings=(Binding(unrouted, queue, ""),))
        if shared:
            whole += Plan(bindings=tuple(Binding(out, f"{service}.agencies", key) for key in route.from_agencies))
    return whole if shared else whole + Plan(bindings=(Binding(out, said, "#", onward=True),))


def _of_partner(queue: str, partner: str) -> Plan:
    own = Queue(queue, dead_letters_of(queue), returns=RETURNS_OF_PARTNERS, one_reader=True)
    return set_aside(queue, unreadable_of(partner), late_of(partner)) + Plan(queues=(own,))


def _last_of(partner: str) -> Plan:
    """What expired before its turn is read apart: the broker may fail on it, too, and everybody's dead letters wait."""
    unreadable = unreadable_of(partner)
    late = Queue(late_of(partner), unreadable, returns=RETURNS_OF_PARTNERS, one_reader=True)
    return with_own_exchange(Queue(unreadable, None, UNREADABLE_LENGTH, returns=NEVER)) + with_own_exchange(late)


def _channel(service: str, channel: str, shared: bool) -> Plan:
    """An operator of calls or SMS: takes tasks from one queue, says what became of them by one exchange."""
    tasks, out = f"{service}.{channel}", f"{service}.{channel}.out"
    results = results_of(service, channel)
    corner = with_own_exchange(Queue(tasks, f"{service}.dead", INBOX_LENGTH)) + Plan((Exchange(out, "fanout"),))
    corner += _last_of(tasks) + _of_partner(results, tasks)
    corner += Plan(bindings=(Binding(out, f"{service}.results" if shared else results, ""),))
    return corner + Plan(users=(User(channel, (out,), (tasks,), connections=10, channels=20),))


def _agency_user(agency: str) -> User:
    return User(agency, (f"agency.{agency}.out",), (inbox_of(agency),), connections=10, channels=20)
