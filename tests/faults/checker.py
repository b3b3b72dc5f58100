"""Decides offline, from a history and the state at the end, whether the promises held.

Each invariant is a function over both that yields a sentence for everything that broke it.
"""

import hashlib
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.routes import ROUTES
from contracts.vocabulary import PetitionState, ReferralState
from intake.domain import states as petitions
from intake.use_cases.handlers import EVENTS as INTAKE_HEARS
from intake.use_cases.inbound import submission_moved
from referral.domain import states as referrals
from statute import day_of
from tests.faults import history as histories

SHOWN = 5
SLACK = 5.0  # seconds between the clock of the database and ours
# what a petitioner is told because of it: one notice each
OWES = {"petition.registered.v1", "petition.accepted.v1", "petition.replied.v1", "referral.signed.v1"}
STEPS = {
    "petition.accepted.v1": "accept",
    "petition.referred.v1": "refer",
    "petition.concluded.v1": "conclude",
    "petition.replied.v1": "reply",
    "petition.closing.v1": "close",
    "petition.withdrawn.v1": "withdraw",
    "petition.not_accepted.v1": "not-accept",
    "petition.guided.v1": "guide",
    "petition.material_asked.v1": "ask-material",
    "petition.completed.v1": "complete",
    "petition.suspended.v1": "suspend",
    "petition.resumed.v1": "resume",
    "petition.terminated.v1": "terminate",
    "petition.reopened.v1": "reopen",
}
CONSEQUENCES = {
    "referral.accepted.v1": "taken up",
    "referral.returned.v1": "given back",
    "referral.recalled.v1": "given back",
    "referral.undelivered.v1": "given back",
    "referral.voided.v1": "given back",
    "routing.refused.v1": "refused",
    "command.refused.v1": "refused",
    "custody.ended.v1": "custody ended",
    "custody.kept.v1": "custody kept",
}
# what intake hears and writes on the timeline
LINES = {type_ for type_, handler in INTAKE_HEARS.items() if handler is not submission_moved}
MOVES = {move.event: move for move in referrals.MOVES.values()}


@dataclass(frozen=True)
class Violation:
    invariant: str
    sentence: str


@dataclass
class Run:
    """A history and the state it ended in."""

    history: list[dict[str, Any]]
    state: sqlite3.Connection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.state.execute(query, values).fetchall()

    def ops(self, op: str) -> list[dict[str, Any]]:
        return [line for line in self.history if line["op"] == op]


def check(history: Path, state: Path) -> list[Violation]:
    """Every violation, at most a few of each sort."""
    connection = sqlite3.connect(state)
    run = Run(histories.read(history), connection)
    found = []
    for name, invariant in INVARIANTS.items():
        sentences = list(invariant(run))
        found += [Violation(name, sentence) for sentence in sentences[:SHOWN]]
        if len(sentences) > SHOWN:
            found.append(Violation(name, f"… and {len(sentences) - SHOWN} more"))
    connection.close()
    return found


def accepted_exist(run: Run) -> Iterator[str]:
    """I1: every accepted petition exists, under one number, in one state; numbers have no gap."""
    numbers: dict[str, str] = {}
    for line in run.ops("registered"):
        if numbers.setdefault(line["key"], line["number"]) != line["number"]:
            yield f"key {line['key']} got two numbers"
    for number, count in Counter(numbers.values()).items():
        if count > 1:
            yield f"{number} was given to {count} keys"
    known = {number: state for number, _, state in run.rows("SELECT * FROM petition")}
    for number in numbers.values():
        if number not in known:
            yield f"{number} was accepted and does not exist"
    for number, state in known.items():
        if state not in set(PetitionState):
            yield f"{number} is in no state: {state}"
    last = run.rows("SELECT coalesce(max(serial), 0), count(*) FROM petition")[0]
    if last[0] != last[1]:
        yield f"{last[1]} petitions, and the last has number {last[0]}"


def one_effect(run: Run) -> Iterator[str]:
    """I2: whatever a service heard, it did once."""
    heard = defaultdict(Counter[tuple[str, str]])  # type: ignore[var-annotated]
    for type_, body in run.rows("SELECT type, body FROM event WHERE service <> 'intake'"):
        if type_ in LINES:
            heard["cause"][json.loads(body)["data"]["petition"], type_] += 1
    for petition, type_ in run.rows("SELECT petition, type FROM step"):
        if type_ in LINES:
            heard["effect"][petition, type_] += 1
    yield from _differences("intake's timeline", heard["cause"], heard["effect"])

    registered = Counter(subject for (subject,) in run.rows(_events("petition.registered.v1")))
    first = Counter(petition for (petition,) in run.rows("SELECT petition FROM custody WHERE seq = 1"))
    yield from _differences("custody at registration", registered, first)

    owed = Counter()  # type: ignore[var-annotated]
    for id_, type_, body in run.rows("SELECT id, type, body FROM event"):
        if type_ in OWES:
            data = json.loads(body)["data"]
            if type_ != "petition.replied.v1" or (data["reply"], data["means"]) == ("outcome_reply", "post"):
                owed[id_] += 1
    yield from _differences("notices", owed, Counter(cause for (cause,) in run.rows("SELECT cause FROM notice")))

    told = Counter(line["number"] for line in _stories(run, "told") + _stories(run, "aided"))
    yield from _differences("contacts at notify", told, Counter(p for (p,) in run.rows("SELECT petition FROM contact")))

    marked = Counter(s for (s,) in run.rows(_events("petition.hardship_marked.v1")))
    yield from _differences("aid cases", marked, Counter(p for (p,) in run.rows("SELECT petition FROM aid_case")))

    answered = Counter(s for (s,) in run.rows(_events("referral.answered.v1")))
    yield from _differences(
        "answers at intake", answered, Counter(r for (r,) in run.rows("SELECT referral FROM answer"))
    )

    said = Counter((about, type_) for about, type_ in run.rows("SELECT about, type FROM said WHERE sent"))
    names = {type_: referrals.MOVES[move].event for type_, move in referrals.REPLIES.items()}
    wanted = Counter({(about, names[type_]): n for (about, type_), n in said.items() if type_ in names})
    own = set(names.values())
    done = Counter(
        (subject, type_)
        for subject, type_ in run.rows("SELECT subject, type FROM event WHERE service = 'referral'")
        if type_ in own
    )
    if said:
        yield from _differences("what the agency said", wanted, done)


def has_cause(run: Run) -> Iterator[str]:
    """I3: no petition nobody asked for, no referral without intake's wish, no notice without its event."""
    given = {line["number"] for line in run.ops("registered")}
    for (number,) in run.rows("SELECT number FROM petition"):
        if number not in given:
            yield f"{number} exists and nobody asked for it"
    wanted = Counter(subject for (subject,) in run.rows(_events("petition.referred.v1")))
    made = Counter(petition for (petition,) in run.rows("SELECT petition FROM referral"))
    yield from _differences("referrals", wanted, made)
    ids = {id_ for (id_,) in run.rows("SELECT id FROM event")}
    for id_, cause in run.rows("SELECT id, cause FROM notice"):
        if cause not in ids:
            yield f"notice {id_} has no cause"


def legal_paths(run: Run) -> Iterator[str]:
    """I4: versions without gap or repeat, every lane at its source's end, every path in its table, order kept."""
    ends: dict[tuple[str, str], int] = {}
    for service, subject, last, count in run.rows(
        "SELECT service, subject, max(version), count(*) FROM event GROUP BY 1, 2"
    ):
        ends[service, subject] = last
        if last != count:
            yield f"{service} {subject}: {count} versions, the last is {last}"
    applied = {(c, s, subject): n for c, s, subject, n, _ in run.rows("SELECT * FROM lane")}
    for consumer, route in ROUTES.items():
        for (source, subject), last in ends.items():
            if source in route.events_of and applied.get((consumer, source, subject), 0) != last:
                reached = applied.get((consumer, source, subject), 0)
                yield f"{consumer} applied {reached} of {last} of {source} {subject}"
    for (consumer, source, subject), reached in applied.items():
        if reached > ends.get((source, subject), 0):
            yield f"{consumer} applied {reached} of {source} {subject}, which ends at {ends.get((source, subject), 0)}"
    yield from _petition_paths(run)
    yield from _referral_paths(run)


def _petition_paths(run: Run) -> Iterator[str]:
    steps = defaultdict(list)
    for petition, type_, data in run.rows("SELECT petition, type, data FROM step ORDER BY id"):
        steps[petition].append((type_, data))
    ends = dict(run.rows("SELECT number, state FROM petition"))
    for petition, path in steps.items():
        state, before, accepted = PetitionState.REGISTERED, None, False
        if path[0][0] != "petition.registered.v1":
            yield f"{petition} begins with {path[0][0]}"
        for type_, data in path:
            if type_ == "petition.replied.v1" and json.loads(data)["reply"] != "outcome_reply":
                continue
            if type_ in STEPS:
                sources, target = petitions.MOVES[STEPS[type_]]
                if state not in sources:
                    yield f"{petition}: {type_} in state {state}"
                state, before = petitions.next_state(state, before, target)
                accepted = STEPS[type_] == "accept" or (accepted and STEPS[type_] != "reopen")
            elif type_ in CONSEQUENCES:
                state, before = petitions.consequence(CONSEQUENCES[type_], state, before, accepted)
        if state != ends[petition]:
            yield f"{petition} is {ends[petition]}, its steps lead to {state}"


def _referral_paths(run: Run) -> Iterator[str]:
    ends = dict(run.rows("SELECT number, state FROM referral"))
    paths = defaultdict(list)
    query = "SELECT subject, type FROM event WHERE service = 'referral' ORDER BY subject, version"
    for subject, type_ in run.rows(query):
        if type_.startswith("referral."):
            paths[subject].append(type_)
    heard = defaultdict(list)
    for type_, data in run.rows("SELECT type, data FROM step WHERE type LIKE 'referral.%' ORDER BY id"):
        heard[json.loads(data)["referral"]].append(type_)
    for subject, path in paths.items():
        state = ReferralState.DRAFTED
        for type_ in path[1:]:
            move = MOVES[type_]
            if state not in move.sources | move.copy_sources:
                yield f"{subject}: {type_} in state {state}"
            state = referrals.after(move, state)
        if state != ends[subject]:
            yield f"{subject} is {ends[subject]}, its events lead to {state}"
        if heard[subject] != [type_ for type_ in path if type_ in INTAKE_HEARS]:
            yield f"{subject}: intake heard {heard[subject]}"


def notices_end(run: Run) -> Iterator[str]:
    """I5: every notice ended or is known to be unclear; the provider has each of ours once and no other."""
    ended = {"delivered", "failed", "refused", "impossible", "unknown"}
    sms = {key for (key,) in run.rows("SELECT key FROM sms")}
    ids = set()
    for id_, state, person in run.rows("SELECT id, state, person FROM notice"):
        ids.add(id_)
        if state not in ended:
            yield f"notice {id_} is still {state}"
        if state == "delivered" and person and id_ not in sms:
            yield f"notice {id_} is {state} and the provider knows nothing of it"
    for key in sms - ids:
        yield f"the provider sent {key}, which nobody intended"


def addressed(run: Run) -> Iterator[str]:
    """I7: an agency was given what is addressed to it, and can look at nothing else."""
    agencies = dict(run.rows("SELECT number, agency FROM referral"))
    for agency, type_, about in run.rows("SELECT agency, type, about FROM received"):
        if type_.startswith("referral.") and agencies.get(about) != agency:
            yield f"{agency} was given {about}"
    for line in run.ops("probe"):
        if line["outcome"] != "refused":
            yield f"{line['user']} could {line['what']}"


def nothing_left(run: Run) -> Iterator[str]:
    """I9: queues and outboxes are empty; parked is what somebody poisoned, all of it, and nothing else."""
    for name, length in run.rows("SELECT * FROM queue WHERE length > 0"):
        if not (name.startswith("agency.") and name.endswith(".inbox")):
            yield f"{length} messages are left in {name}"
    for service, exchange, subject, _, reason in run.rows("SELECT * FROM outbox"):
        yield f"{service} did not send to {exchange} about {subject} ({reason})"
    for consumer, state, count in run.rows(
        "SELECT consumer, state, count(*) FROM inbox WHERE state <> 'parked' GROUP BY 1, 2"
    ):
        yield f"{count} messages are {state} at {consumer}"
    parked = Counter(consumer for (consumer,) in run.rows("SELECT consumer FROM inbox WHERE state = 'parked'"))
    poison = Counter(line["consumer"] for line in run.ops("poison"))
    yield from _differences("parked messages", poison, parked)


def one_custodian(run: Run) -> Iterator[str]:
    """I10: at every moment exactly one custodian: places without gap, each later than the one before."""
    last: dict[str, tuple[int, float, str | None]] = {}
    for petition, seq, agency, since in run.rows("SELECT * FROM custody ORDER BY petition, seq"):
        before = last.get(petition)
        if seq != (before[0] + 1 if before else 1):
            yield f"{petition}: custody {seq} follows {before and before[0]}"
        if before and (since <= before[1] or before[2] == agency):
            yield f"{petition}: custody {seq} does not begin after the one before"
        last[petition] = (seq, since, agency)


def trail_verifies(run: Run) -> Iterator[str]:
    """I11: each event names the digest of the one before it, and what it says happened is in the tables."""
    before: tuple[str, str, bytes] | None = None
    query = "SELECT service, subject, version, body, digest FROM event ORDER BY service, subject, version"
    for service, subject, version, body, digest in run.state.execute(query):
        if hashlib.sha256(body).digest() != digest:
            yield f"{service} {subject} v{version}: the body is not what was recorded"
        previous = json.loads(body).get("previous")
        expected = before[2].hex() if before and before[:2] == (service, subject) else None
        if previous != expected:
            yield f"{service} {subject} v{version} does not follow the one before it"
        before = (service, subject, digest)
    moves = Counter()  # type: ignore[var-annotated]
    query = "SELECT body FROM event WHERE service = 'referral' AND type IN ('custody.moved.v1', 'custody.ended.v1')"
    for (body,) in run.rows(query):
        data = json.loads(body)["data"]
        moves[data["petition"], data["seq"]] += 1
    rows = Counter(run.rows("SELECT petition, seq FROM custody WHERE seq > 1"))
    yield from _differences("custody on the trail", moves, rows)


def drained(run: Run) -> Iterator[str]:
    """I12: once healed the backlog drains in the time given, a stop is in time, nobody waits in a circle."""
    for line in run.ops("drain"):
        if line["seconds"] is None:
            yield "the backlog did not drain"
    for line in run.ops("stopped"):
        if line["seconds"] > line["grace"]:
            yield f"{line['service']} took {line['seconds']:.0f} s to stop"
    for (deadlocks,) in run.rows("SELECT value FROM fact WHERE name = 'deadlocks' AND value > 0"):
        yield f"{deadlocks} deadlocks between transactions of ours"


def database_time(run: Run) -> Iterator[str]:
    """I6, its ground: whatever a host's clock says, what is recorded has the database's time."""
    begun, ended = run.history[0]["at"] - SLACK, run.history[-1]["at"] + SLACK
    for service, subject, at, body in run.rows("SELECT service, subject, at, body FROM event"):
        if not begun <= at <= ended:
            yield f"{service} {subject} is recorded {at - ended:+.0f} s outside the run"
        said = json.loads(body)["data"].get("received_on")
        if said and not _within(said, begun, ended):
            yield f"{service} {subject} was received on {said}"


def _within(day: str, begun: float, ended: float) -> bool:
    first, last = (day_of(datetime.fromtimestamp(each, UTC)) for each in (begun, ended))
    return str(first) <= day <= str(last)


def _stories(run: Run, story: str) -> list[dict[str, Any]]:
    keys = {line["key"] for line in run.ops("register") if line["story"] == story}
    return list({line["key"]: line for line in run.ops("registered") if line["key"] in keys}.values())


def _events(type_: str) -> str:
    return f"SELECT subject FROM event WHERE type = '{type_}' AND service IN ('intake', 'referral')"


def _differences(what: str, causes: Counter[Any], effects: Counter[Any]) -> Iterator[str]:
    if causes == effects:
        return
    for key in causes.keys() | effects.keys():
        if causes[key] != effects[key]:
            yield f"{what}: {key} was caused {causes[key]} times and done {effects[key]} times"


INVARIANTS: dict[str, Callable[[Run], Iterator[str]]] = {
    "I1": accepted_exist,
    "I2": one_effect,
    "I3": has_cause,
    "I4": legal_paths,
    "I5": notices_end,
    "I6": database_time,
    "I7": addressed,
    "I9": nothing_left,
    "I10": one_custodian,
    "I11": trail_verifies,
    "I12": drained,
}
