"""What every service says to agencies' systems when they say something wrong, and to those who lost their store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from contracts.problems import Problem
from contracts.registry import ContractError
from contracts.vocabulary import Transport
from courier import tables, waits
from courier.faults import Reject, legible
from courier.inbox import Handler, Message
from courier.partners import partner_outbox
from courier.unit_of_work import ServiceContext, UnitOfWork

RESYNC = "inbox.resync.v1"


def tell_agency(work: UnitOfWork, agency: str, message_id: str, type_: str, fault: Reject) -> None:
    """`message.rejected`: which message was not taken, why, and where the matter stands."""
    said = rejection(message_id, type_, fault)
    work.to_agency(agency, "message.rejected.v1", said["message"], said)


def rejection(message_id: str, type_: str, fault: Reject) -> dict[str, Any]:
    """The answer's data. What of it the sender wrote may be anything: none of it makes the answer fail."""
    return {
        "message": legible(message_id) or "-",
        "type": legible(type_),
        "field": legible(fault.field, 200),
        "reason_zh": legible(fault.zh, 500) or "消息未采用",
        "reason_en": legible(fault.en, 500) or "the message was not taken",
        "state": legible(fault.state, 64),
        "allowed": fault.allowed,
    }


@dataclass(frozen=True, slots=True)
class Taken:
    """How a thing stands after an agency's message: its number here, its state, the types that may be said next."""

    subject: str
    state: str
    allowed: Sequence[str] = ()


def heard(context: ServiceContext, directory: Any, ours: str) -> Callable[[], dict[str, bool]]:
    """Who of a service's copy of the directory may have a queue here: code → whether it must have one now."""

    def look() -> dict[str, bool]:
        with context.sessions() as session:
            rows = session.execute(select(directory.code, directory.transport, directory.active)).all()
        return {row.code: row.active and Transport(row.transport).queued for row in rows if row.code != ours}

    return look


def validated(category: str, handler: Callable[[UnitOfWork, Message, Mapping[str, Any]], Taken | None]) -> Handler:
    """A handler of partners' messages: their data is checked, and every refusal becomes a Reject that is answered.

    An agency that asked for it is told what was taken, in the same transaction.
    """

    def handle(work: UnitOfWork, message: Message) -> None:
        try:
            work.context.language.understand(
                category, message.envelope.type, message.envelope.data, message.envelope.critical
            )
            data = work.context.language.load(category, message.envelope.type, message.envelope.data)
            taken = handler(work, message, data)
        except (ContractError, Problem) as fault:
            raise Reject(fault.field, fault.zh, str(fault)) from None
        if taken is not None and message.envelope.receipt:
            said: dict[str, Any] = {"message": message.envelope.id, "type": message.envelope.type}
            said |= {"state": taken.state, "allowed": list(taken.allowed)}
            work.to_agency(message.sender, "message.taken.v1", taken.subject, said)

    return handle


def resync(
    work: UnitOfWork,
    message: Message,
    renew: partner_outbox.Renew = partner_outbox.as_it_was,
    withheld: ColumnElement[bool] | None = None,
) -> None:
    """Sends an agency everything it holds or should hold once more, with the same ids; at most once a minute.

    `withheld`: what may not leave now.
    """
    inbox = tables.inbox
    recent = work.session.scalar(
        select(func.count())
        .select_from(inbox)
        .where(
            inbox.c.source == message.sender,
            inbox.c.type == RESYNC,
            inbox.c.state == "done",
            inbox.c.message_id != message.envelope.id,
            inbox.c.received_at > func.now() - waits.RESYNC,
        )
    )
    if recent:
        raise Reject("type", "一分钟内只能请求一次重发，请稍后再试", "one resync a minute; try again later")
    partner_outbox.send_all_again(work, message.sender, renew, withheld=withheld)
