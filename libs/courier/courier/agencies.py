"""The edge to systems of others: the sender is the exchange a message came by, proved by the broker's user-id."""

import logging
import re
from collections.abc import Callable, Collection

from courier.envelope import Envelope, EnvelopeError, parse, said_by
from courier.inbox import Inbox
from courier.wire import Delivery
from courier.work import Work

log = logging.getLogger(__name__)

_OUT = re.compile(r"agency\.([A-Z][0-9]{2,5}(?:-[0-9]{1,3})?)\.out")
Reject = Callable[[Work, str, str, str | None, str | None, str, str], None]


def take_from_agency(inbox: Inbox, delivery: Delivery, expected: Collection[str], reject: Reject) -> None:
    """Takes a message of an agency, or tells the agency what was wrong with it. Nothing is dropped in silence."""
    exchange = _OUT.fullmatch(delivery.exchange)
    if exchange is None:
        return inbox.park_unreadable("?", delivery, f"not by an agency's exchange: {delivery.exchange}")
    sender = exchange[1]
    try:
        envelope = _read(sender, delivery, expected)
    except EnvelopeError as fault:
        field, zh, en = fault.field, fault.zh, fault.en

        def tell(work: Work) -> None:
            reject(work, sender, _claimed_id(delivery.body), delivery.routing_key, field, zh, en)

        return inbox.park_unreadable(sender, delivery, f"{field}: {en}", tell)
    return inbox.take_agency(sender, envelope, delivery.body)


def _read(sender: str, delivery: Delivery, expected: Collection[str]) -> Envelope:
    if delivery.user != sender:
        raise EnvelopeError("user-id", "user-id 属性须为本单位代码", "the user-id property must be your own code")
    envelope = parse(delivery.body)
    if envelope.source != f"/agencies/{sender}":
        raise EnvelopeError("source", f"应为 /agencies/{sender}", f"source must be /agencies/{sender}")
    if delivery.routing_key != envelope.type:
        raise EnvelopeError("type", "路由键须与 type 一致", "the routing key is not the type")
    if envelope.type not in expected:
        raise EnvelopeError("type", "消息类型未登记", "the message type is not known here")
    return said_by(sender, envelope)


def _claimed_id(body: bytes) -> str:
    """The id of a message that cannot be read, as far as it can be found, so that its sender knows which it was."""
    found = re.search(rb'"id"\s*:\s*"([\x21-\x7e]{1,128}?)"', body[:1_048_576])
    return found[1].decode() if found else "-"
