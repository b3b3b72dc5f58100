"""The edge to systems of others: the sender is the exchange a message came by, proved by the broker's user-id.

A partner is an agency (`agency.A09.out`, user A09, source /agencies/A09) or the operator of a channel
(`notify.phone.out`, user phone, source /channels/phone).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from courier.amqp import Delivery
from courier.envelope import Envelope, EnvelopeError, parse, said_by
from courier.faults import Reject
from courier.inbox import Inbox, death
from courier.partners.answers import answers_of, take_read, turn_back

__all__ = ["AGENCIES", "CHANNELS", "receive_dead", "receive_from_partner"]


@dataclass(frozen=True, slots=True)
class PartnerKind:
    """One kind of them: the exchanges they speak by and the source they must name."""

    exchange: re.Pattern[str]  # its one group is who speaks
    source: str

    def sender(self, exchange: str) -> str | None:
        found = self.exchange.fullmatch(exchange)
        return found[1] if found else None


AGENCIES = PartnerKind(re.compile(r"agency\.([A-Z][0-9]{2,5}(?:-[0-9]{1,3})?)\.out"), "/agencies/{}")
CHANNELS = PartnerKind(re.compile(r"notify\.([a-z]{2,16})\.out"), "/channels/{}")


def receive_from_partner(inbox: Inbox, delivery: Delivery, who: PartnerKind, expected: Collection[str]) -> None:
    """Takes a partner's message, or tells it what was wrong with it. Nothing is dropped in silence."""
    sender = who.sender(delivery.exchange)
    if sender is None:
        return inbox.park_unreadable("?", delivery, f"not by an outsider's exchange: {delivery.exchange}")
    try:
        envelope = _read(sender, delivery, who.source.format(sender), expected)
    except EnvelopeError as fault:
        wrong = Reject(fault.field, fault.zh, fault.en)
        return turn_back(inbox, sender, delivery, _claimed_id(delivery.body), wrong)
    return take_read(inbox, sender, envelope, delivery)


def receive_dead(inbox: Inbox, delivery: Delivery, services: Collection[str]) -> None:
    """What the broker gave up on: of a service of ours, or of a partner, who is answered as far as it is proved.

    A period of validity was the sender's own wish, so its message is turned back like any mistake. Whatever else ended
    one is ours to look into: it is kept with the dead, and its sender told to send it again.
    """
    if delivery.user in services:
        return inbox.take_dead(delivery)
    died = death(delivery.headers)
    exchange = str(died.get("exchange"))
    sender = AGENCIES.sender(exchange) or CHANNELS.sender(exchange)
    # an exchange in a death may be forged by its sender, the user cannot: who speaks for another is told nothing
    if sender is None or delivery.user != sender:
        return inbox.take_dead(delivery, answers_of(inbox).within_quota)
    message_id, queue = _claimed_id(delivery.body), died.get("queue")
    if died.get("reason") == "expired":
        fault = Reject(
            "expiration",
            "消息设置了有效期（expiration），到期时还没有轮到办理，未采用；请去掉有效期，用原编号重新发送",
            "the message expired before its turn; send it again without an expiration",
        )
        return turn_back(inbox, sender, replace(delivery, queue=str(queue)), message_id, fault)
    fault = Reject(
        None,
        "本系统多次未能接收此消息，已停止；请用原编号重新发送，仍不成功请与本院联系",
        "the message was given up after many attempts; send it again under the same id",
    )
    answers = answers_of(inbox)
    return inbox.take_dead(delivery, lambda work: answers.answer(work, sender, message_id, delivery.routing_key, fault))


def _read(sender: str, delivery: Delivery, source: str, expected: Collection[str]) -> Envelope:
    if not delivery.sound:
        zh = "消息属性（properties、headers）不合 AMQP 0-9-1，无法读取：文字须为 UTF-8，时间须为秒"
        raise EnvelopeError("properties", zh, "a property or header is not what its type says")
    if delivery.user != sender:
        raise EnvelopeError("user-id", f"user-id 属性必填，须为 {sender}", f"the user-id property must be {sender}")
    envelope = parse(delivery.body)
    if envelope.source != source:
        raise EnvelopeError("source", f"应为 {source}", f"source must be {source}")
    if delivery.routing_key != envelope.type:
        raise EnvelopeError("type", "路由键须与 type 一致", "the routing key is not the type")
    if envelope.type not in expected:
        raise EnvelopeError("type", "消息类型未登记", "the message type is not known here")
    return said_by(sender, envelope)


def _claimed_id(body: bytes) -> str:
    """The id of a message that cannot be read, as far as it can be found, so that its sender knows which it was."""
    found = re.search(rb'"id"\s*:\s*"([\x21-\x7e]{1,128}?)"', body[:1_048_576])
    return found[1].decode() if found else "-"
