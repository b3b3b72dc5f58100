"""Exchanges, queues, users and rights as data, and the one-shot command's way of declaring them.

Every queue that somebody writes to directly has an exchange of its own name: the right to write to an exchange is a
permission the broker checks, the right to write to a queue is not. Services and agencies declare nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from courier import waits

__all__ = [
    "APART",
    "NEVER",
    "RETURNS_OF_PARTNERS",
    "Binding",
    "Broker",
    "Exchange",
    "Plan",
    "ProvisionError",
    "Queue",
    "User",
    "checks_passive",
    "dead_letters",
    "dead_letters_of",
    "keep_all",
    "set_aside",
    "with_own_exchange",
]

MAX_LENGTH = 200_000
# Queues with nothing behind them: what such a one gives up is gone, and from RabbitMQ 4.0 on a quorum queue gives a
# message up after 20 returns unless it is told otherwise; from 4.3 on what was dead-lettered brings its returns along.
# 3.10 refuses -1, which later ones take for "never": so many returns are as good.
LAST = r"\.(dead|unreadable)$"
NEVER = 1_000_000_000
PRIORITY = 100  # of our policies: others may be there for other ends
RETURNS = 1000  # the broker counts returns, not faults: a low limit dead-letters what nobody touched
# a partner's: what the broker fails on is set aside soon. Few are handed over at a time, one once it failed, so that
# returns are the culprit's own
RETURNS_OF_PARTNERS = 50
APART = "apart-"  # begins a consumer's tag of code that knows each partner's own queue


@dataclass(frozen=True, slots=True)
class Exchange:
    """`alternate`: where that goes for which no queue is bound."""

    name: str
    type: str = "topic"
    alternate: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue. A full one refuses new messages instead of dropping old ones."""

    name: str
    dead_letters: str | None = None
    max_length: int = MAX_LENGTH
    returns: int | None = None  # after so many it is dead-lettered
    one_reader: bool = False  # of several copies one reads, another when it goes: what has no version keeps its order

    @property
    def arguments(self) -> dict[str, Any]:
        """The x-arguments it is declared with; a live queue cannot be given others."""
        arguments: dict[str, Any] = {
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-max-length": self.max_length,
        }
        if self.one_reader:
            arguments["x-single-active-consumer"] = True
        if self.dead_letters or self.returns:
            arguments["x-delivery-limit"] = self.returns or RETURNS
        if self.dead_letters:
            arguments |= {
                "x-dead-letter-exchange": self.dead_letters,
                "x-dead-letter-strategy": "at-least-once",
            }
        return arguments


@dataclass(frozen=True, slots=True)
class Binding:
    """Of a queue, or, `onward`, of a further exchange of that name."""

    exchange: str
    queue: str
    key: str
    onward: bool = False
    match: tuple[tuple[str, str], ...] = ()  # of a headers exchange


@dataclass(frozen=True, slots=True)
class User:
    """A broker user and the names it may write to and read from. Nobody may configure anything."""

    name: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    connections: int | None = None
    channels: int | None = None

    @property
    def permissions(self) -> dict[str, str]:
        """What the management API takes: anchored patterns of the names it may write to and read from."""
        return {"configure": "^$", "write": _exactly(self.writes), "read": _exactly(self.reads)}


@dataclass(frozen=True, slots=True)
class Policy:
    """What the broker adds to every queue whose name matches, also to one that lives already."""

    name: str
    pattern: str
    definition: Mapping[str, Any]
    apply_to: str = "queues"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the broker should have; plans are added up."""

    exchanges: Sequence[Exchange] = ()
    queues: Sequence[Queue] = ()
    bindings: Sequence[Binding] = ()
    users: Sequence[User] = ()
    policies: Sequence[Policy] = ()

    def __add__(self, other: "Plan") -> "Plan":
        return Plan(
            (*self.exchanges, *other.exchanges),
            (*self.queues, *other.queues),
            (*self.bindings, *other.bindings),
            (*self.users, *other.users),
            (*self.policies, *other.policies),
        )


def keep_all() -> Plan:
    """The last queues drop nothing, however often it comes back."""
    return Plan(policies=(Policy("last", LAST, {"delivery-limit": NEVER}),))


class ProvisionError(RuntimeError):
    """The broker said no; the sentence says to what."""


def with_own_exchange(queue: Queue) -> Plan:
    """A queue people write to by name: an exchange of the same name, bound to it alone."""
    return Plan((Exchange(queue.name, "fanout"),), (queue,), (Binding(queue.name, queue.name, ""),))


def dead_letters(service: str) -> Plan:
    """Where a service's undeliverable messages go; the service itself takes them into parked rows."""
    return with_own_exchange(Queue(f"{service}.dead"))


def set_aside(queue: str, unreadable: str, others: str) -> Plan:
    """Where a partner's queue's dead letters go: to `unreadable` what was handed over in vain, else to `others`."""
    exchange = dead_letters_of(queue)
    in_vain = (("x-first-death-reason", "delivery_limit"), ("x-match", "all-with-x"))
    return Plan((Exchange(exchange, "headers", others),), (), (Binding(exchange, unreadable, "", match=in_vain),))


def dead_letters_of(queue: str) -> str:
    """The exchange of a queue's own dead letters."""
    return f"{queue}.dead"


def _exactly(names: Iterable[str]) -> str:
    """An anchored pattern of these names and no other: the broker does not anchor by itself."""
    alternatives = "|".join(sorted(re.escape(n).replace(r"\-", "-") for n in names))
    return f"^({alternatives})$" if alternatives else "^$"


def checks_passive(version: str) -> bool:
    """Whether such a RabbitMQ asks for a right before it answers a passive declaration, which tells a queue's length.

    It does from 4.2.6 and 4.3.0 on; what is no plain version is not trusted to.
    """
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(\+.*)?", version)
    if found is None:
        return False
    numbers = tuple(int(each) for each in found.groups()[:3])
    return numbers >= (4, 2, 6)


@dataclass(slots=True)
class Broker:
    """The management API of one virtual host. `url` holds the admin's name and password."""

    url: str
    vhost: str = "/"
    session: requests.Session = field(default_factory=requests.Session)

    def apply(self, plan: Plan, passwords: dict[str, str]) -> set[str]:
        """Declares what is missing, takes away bindings the plan does not know. Raises ProvisionError.

        Returns the queues that lost a binding.
        """
        host = quote(self.vhost, safe="")
        for exchange in plan.exchanges:
            self.declare_exchange(exchange)
        for queue in plan.queues:
            self._put(f"queues/{host}/{quote(queue.name, safe='')}", {"durable": True, "arguments": queue.arguments})
        ours = {exchange.name for exchange in plan.exchanges}
        found = {
            Binding(
                each["source"],
                each["destination"],
                each["routing_key"],
                each["destination_type"] == "exchange",
                tuple(sorted(each["arguments"].items())),
            ): each["properties_key"]
            for each in self._get(f"bindings/{host}")
            if each["source"] in ours
        }
        for policy in plan.policies:
            self._lay_down(policy, [each.name for each in plan.queues if re.search(policy.pattern, each.name)])
        for binding in plan.bindings:
            if binding not in found:
                self._call(
                    "POST", self._between(binding), {"routing_key": binding.key, "arguments": dict(binding.match)}
                )
        # the new ones stand before the old ones go: what is sent meanwhile has a queue
        for binding in found.keys() - set(plan.bindings):
            self._call("DELETE", f"{self._between(binding)}/{quote(found[binding], safe='')}")
        for user in plan.users:
            self._put(f"users/{quote(user.name, safe='')}", {"password": passwords[user.name], "tags": ""})
            self._put(f"permissions/{host}/{quote(user.name, safe='')}", user.permissions)
            for limit, value in (("max-connections", user.connections), ("max-channels", user.channels)):
                if value is not None:
                    self._put(f"user-limits/{quote(user.name, safe='')}/{limit}", {"value": value})
        return {binding.queue for binding in found.keys() - set(plan.bindings) if not binding.onward}

    def declare_exchange(self, exchange: Exchange) -> None:
        """Raises ProvisionError when one of that name stands there with other properties."""
        arguments = {"alternate-exchange": exchange.alternate} if exchange.alternate else {}
        self._put(
            f"exchanges/{quote(self.vhost, safe='')}/{quote(exchange.name, safe='')}",
            {"type": exchange.type, "durable": True, "arguments": arguments},
        )

    def remove_user(self, name: str) -> None:
        """Ends its connections too; nothing happens when there is none."""
        self._call("DELETE", f"users/{quote(name, safe='')}", gone_is_fine=True)

    def remove_queue(self, name: str) -> int:
        """Returns how many messages it still held; 0 when it was gone already."""
        held = self.length(name)
        self._call("DELETE", f"queues/{quote(self.vhost, safe='')}/{quote(name, safe='')}", gone_is_fine=True)
        return held

    def remove_exchange(self, name: str) -> None:
        """Takes its bindings along; nothing happens when there is none. Raises ProvisionError."""
        self._call("DELETE", f"exchanges/{quote(self.vhost, safe='')}/{quote(name, safe='')}", gone_is_fine=True)

    def version(self) -> str:
        """The broker's own, such as 4.2.1. Raises ProvisionError."""
        return str(self._get("overview")["rabbitmq_version"])

    def length(self, queue: str) -> int:
        """Messages in a queue, as the broker last counted them (every 5 s)."""
        answer = self._ask("GET", f"queues/{quote(self.vhost, safe='')}/{quote(queue, safe='')}")
        return int(answer.json().get("messages", 0)) if answer.ok else 0

    def queue(self, name: str) -> dict[str, Any] | None:
        """What the broker says of a queue; its lengths and readers are some seconds old."""
        answer = self._ask("GET", f"queues/{quote(self.vhost, safe='')}/{quote(name, safe='')}")
        return answer.json() if answer.ok else None

    def queues(self) -> list[dict[str, Any]]:
        """What the broker says of every queue of the host, as `queue` does of one. Raises ProvisionError."""
        found: list[dict[str, Any]] = self._get(f"queues/{quote(self.vhost, safe='')}")
        return found

    def has_exchange(self, name: str) -> bool:
        """Whether one of that name is there; False also when the broker does not say."""
        return self._ask("GET", f"exchanges/{quote(self.vhost, safe='')}/{quote(name, safe='')}").ok

    def mark(self, queue: str) -> None:
        """Puts an empty message behind all others, by the default exchange. Raises ProvisionError."""
        path = f"exchanges/{quote(self.vhost, safe='')}/amq.default/publish"
        message = {
            "properties": {"delivery_mode": 2},
            "routing_key": queue,
            "payload": "",
            "payload_encoding": "string",
        }
        answer = self._ask("POST", path, message)
        if not answer.ok or not answer.json()["routed"]:
            raise ProvisionError(f"POST {path}: {answer.status_code}")

    def look(self, queue: str, count: int) -> list[dict[str, Any]] | None:
        """The first messages, which stay, each body cut short; None when the broker fails on them here, too."""
        path = f"queues/{quote(self.vhost, safe='')}/{quote(queue, safe='')}/get"
        how = {"count": count, "ackmode": "ack_requeue_true", "encoding": "base64", "truncate": 1024}
        answer = self._ask("POST", path, how)
        return answer.json() if answer.ok else None

    def empty(self, queue: str) -> None:
        """Throws away every message that waits in it. Raises ProvisionError."""
        self._call("DELETE", f"queues/{quote(self.vhost, safe='')}/{quote(queue, safe='')}/contents")

    def _between(self, binding: Binding) -> str:
        host, kind = quote(self.vhost, safe=""), "e" if binding.onward else "q"
        return f"bindings/{host}/e/{quote(binding.exchange, safe='')}/{kind}/{quote(binding.queue, safe='')}"

    def _lay_down(self, policy: Policy, queues: Sequence[str]) -> None:
        host = quote(self.vhost, safe="")
        self._put(
            f"policies/{host}/{quote(policy.name, safe='')}",
            {
                "pattern": policy.pattern,
                "definition": dict(policy.definition),
                "apply-to": policy.apply_to,
                "priority": PRIORITY,
            },
        )
        # what is in force the broker's pages say of a new queue after ten seconds only, but whom it depends on at once:
        # one policy alone is kept for a queue, and an operator's makes of each limit the smaller one
        rivals = [each for each in self._get(f"policies/{host}") if each["priority"] >= PRIORITY]
        rivals += [
            each for each in self._get(f"operator-policies/{host}") if set(each["definition"]) & set(policy.definition)
        ]
        for each in rivals:
            if each["name"] != policy.name and each["apply-to"] in ("all", "queues", "quorum_queues"):
                hit = next((queue for queue in queues if re.search(each["pattern"], queue)), None)
                if hit is not None:
                    raise ProvisionError(
                        f"the policy {each['name']} is in force for {hit} instead of {policy.name}: "
                        "what comes back too often would be dropped there; give it a narrower pattern"
                    )

    def _put(self, path: str, body: dict[str, Any]) -> None:
        self._call("PUT", path, body)

    def _get(self, path: str) -> Any:
        answer = self._ask("GET", path)
        if not answer.ok:
            raise ProvisionError(f"GET {path}: {answer.status_code}")
        return answer.json()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        return self.session.request(
            method, f"{self.url.rstrip('/')}/api/{path}", json=body, timeout=waits.MANAGEMENT_TIMEOUT
        )

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, *, gone_is_fine: bool = False) -> None:
        answer = self._ask(method, path, body)
        if gone_is_fine and answer.status_code == 404:
            return
        if answer.status_code == 400 and "inequivalent" in answer.text:
            raise ProvisionError(
                f"{path} exists with other arguments; a live queue cannot be changed: "
                f"drain it, delete it, provision again ({answer.json().get('reason')})"
            )
        if not answer.ok:
            raise ProvisionError(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
