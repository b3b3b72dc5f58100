"""What the broker could not hand over to us: whose it is, how much, what is seen of it; and its end.

It lies in `agency.<code>.unreadable` or `notify.<channel>.unreadable`, which nobody reads; decision 012.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from courier.faults import legible
from courier.inbox import death
from courier.partners.topology import Broker, ProvisionError

log = logging.getLogger(__name__)
SHOWN = 20
_QUEUE = re.compile(r"(?:agency|notify)\.(.+)\.unreadable")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A queue of a partner's messages that could not be handed over, and how many wait there."""

    partner: str
    queue: str
    count: int


def listed(broker: Broker, partner: str | None = None) -> list[SetAside]:
    """Those that hold something, as the broker last counted (every 5 s). Raises ProvisionError: no such partner."""
    found, known = [], partner is None
    for queue in broker.queues():
        name = _QUEUE.fullmatch(queue["name"])
        known = known or bool(name and name[1] == partner)
        if name and queue.get("messages") and partner in (None, name[1]):
            found.append(SetAside(name[1], queue["name"], queue["messages"]))
    if not known:
        raise ProvisionError(f"没有 {partner} 这个单位或运营方")
    return sorted(found, key=lambda each: each.partner)


def seen(broker: Broker, queue: str) -> Iterator[str]:
    """A line for each of the first; never what a message says. One line when the broker fails on it here, too."""
    messages = broker.look(queue, SHOWN)
    if messages is None:
        yield "消息服务器取不出其内容（多为 AMQP 1.0 的特殊类型）"
    for message in messages or ():
        # without any the broker says [] here
        died = death((message["properties"] or {}).get("headers") or {})
        line = f"{message['payload_bytes']} 字节  {message['routing_key']}  {died.get('queue', '-')}"
        yield legible(line, 200) or "-"
