"""What partners are told of their mistakes, within what is taken, kept and answered of each of them.

A partner is an agency with a system of its own or the operator of a channel: known to the broker, strange to us.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter
from sqlalchemy import Row

from courier import counters
from courier.amqp import Delivery
from courier.envelope import Envelope
from courier.faults import Answered, Reject, describe, is_transient, legible
from courier.inbox import DEAD, Handler, Inbox
from courier.partners import ordering
from courier.partners.quotas import OVER_QUOTA, OverQuota, Quotas
from courier.unit_of_work import UnitOfWork

__all__ = ["Answers", "Tell"]

log = logging.getLogger(__name__)

UNTOLD = Counter("fengqiao_untold", "Mistakes that could not be told to their senders.", registry=counters.REGISTRY)

# (work, who, message id, type, what was wrong): says so to a partner
Tell = Callable[[UnitOfWork, str, str, str, Reject], None]


@dataclass(frozen=True, slots=True)
class Answers:
    """What an inbox asks about partners' messages: see `courier.inbox.Partners`."""

    handle: Handler | None = None
    tell: Tell | None = None
    quotas: Quotas = Quotas()  # noqa: RUF009 - frozen

    def apply_again(self, inbox: Inbox, work: UnitOfWork, row: Row[Any]) -> bool:
        """Applies a kept message in the order of those of its sender; True when it is done."""
        return ordering.apply_again(inbox, work, row)

    def apply_behind(self, inbox: Inbox, work: UnitOfWork, row: Row[Any]) -> None:
        """Goes on with what waited for a message that is done."""
        ordering.apply_earlier(inbox, work, row.source, row.subject)

    def turn_down(self, work: UnitOfWork, sender: str, message_id: str, type_: str, fault: Reject) -> Answered:
        """Answers a mistake within what is kept and answered of this sender; above it, says once that it is above."""
        within, instead = self.quotas.keep(work, sender)
        fault.answered = Answered.BEYOND
        if within:
            fault.answered = self.answer(work, sender, message_id, type_, fault)
        elif instead:
            self.answer(work, sender, message_id, type_, instead)
        return fault.answered

    def answer(self, work: UnitOfWork, sender: str, message_id: str, type_: str, fault: Reject) -> Answered:
        """Says so to a partner. Where that fails its message is kept all the same, or it would come for ever."""
        if self.tell is None:
            return Answered.UNTOLD
        try:
            with work.attempt():
                self.tell(work, sender, message_id, type_, fault)
            return Answered.TOLD
        except Exception as failed:
            if is_transient(failed):
                raise
            work.counts(UNTOLD)
            log.error("%s was not told of its mistake: %s; a person has to", legible(sender), describe(failed))
            return Answered.UNTOLD

    def within_quota(self, work: UnitOfWork) -> Answered:
        """Of dead messages that nobody can be told of, all together: who hides sends no more than who does not."""
        within, _ = self.quotas.keep(work, DEAD)
        return Answered.UNTOLD if within else Answered.BEYOND


def answers_of(inbox: Inbox) -> Answers:
    assert isinstance(inbox.partners, Answers)
    return inbox.partners


def take_read(inbox: Inbox, sender: str, envelope: Envelope, delivery: Delivery) -> None:
    """A message whose envelope was read and whose sender was proved by the caller."""
    try:
        if ordering.take(inbox, answers_of(inbox).quotas, sender, envelope, delivery.body):
            return
        fault = Reject("id", "此消息编号已用于内容不同的另一条消息，请换新编号重发", "the id was used before")
    except OverQuota as too_many:
        OVER_QUOTA.labels("taken").inc()
        fault = too_many
    turn_back(inbox, sender, delivery, envelope.id, fault)


def turn_back(inbox: Inbox, sender: str, delivery: Delivery, message_id: str, fault: Reject) -> None:
    """Keeps what a partner should not have sent and says so to it, once for each different body."""
    answers = answers_of(inbox)

    def tell(work: UnitOfWork) -> Answered:
        return answers.turn_down(work, sender, message_id, delivery.routing_key, fault)

    inbox.park_unreadable(sender, delivery, str(fault), tell)
