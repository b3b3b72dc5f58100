"""Sends what the outbox lists, in order per lane, and forgets it only when the broker has confirmed it.

A lane is (exchange, subject). One relay owns a lane for as long as its transaction holds the lane's oldest row: with
plain SKIP LOCKED three relays sent 37-60 of 2,000 events out of order.
"""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from courier import counters, tables, waits
from courier.amqp import Outgoing, Publisher
from courier.faults import describe
from courier.unit_of_work import ServiceContext

__all__ = ["Relay"]

log = logging.getLogger(__name__)

LANES = 100
ROWS = 500

_BOX, _EARLIER, _EVENTS = tables.outbox, aliased(tables.outbox), tables.events
_HEADS = (
    select(_BOX.c.exchange, _BOX.c.subject)
    .where(
        _BOX.c.next_at <= func.now(),
        ~exists().where(
            _EARLIER.c.exchange == _BOX.c.exchange, _EARLIER.c.subject == _BOX.c.subject, _EARLIER.c.id < _BOX.c.id
        ),
    )
    .order_by(_BOX.c.id)
    .limit(LANES)
    .with_for_update(skip_locked=True)
    .cte("heads")
)
# one statement: at light load each round trip of the relay is a part of what a message takes
_CLAIMED = (
    select(_BOX, _EVENTS.c.body.label("event_body"))
    .join(_HEADS, and_(_HEADS.c.exchange == _BOX.c.exchange, _HEADS.c.subject == _BOX.c.subject))
    .outerjoin(_EVENTS, and_(_EVENTS.c.subject == _BOX.c.subject, _EVENTS.c.version == _BOX.c.version))
    .order_by(_BOX.c.id)
    .limit(ROWS)
)


class Relay:
    """One of any number: each takes the lanes that no other has in hand."""

    def __init__(self, context: ServiceContext, publisher: Publisher):
        self.context, self.publisher = context, publisher
        self.more = False  # the last batch was full: to be gone on with at once

    def run_once(self) -> int:
        """Sends one batch. Returns how many rows were confirmed and lanes put off; raises what wire or database raise.

        Until `more` is False it is to be called again at once: else each hundred lanes of somebody whose inbox is full
        would be a pause for everybody's. What is committed meanwhile wakes the relay itself.
        """
        with self.context.sessions() as session, session.begin():
            rows = self._claim(session)
            self.more = len(rows) == ROWS or len({(row.exchange, row.subject) for row in rows}) == LANES
            if not rows:
                return 0
            outgoing, refused = self._open(session, rows)
            with counters.CONFIRM.time():
                faults = self.publisher.publish(outgoing)
            refused |= {row.id: faults[row.message_id] for row in rows if row.message_id in faults}
            sent, held = [], set()
            for row in rows:
                lane = (row.exchange, row.subject)
                if lane in held:
                    # confirmed or not, it goes again behind the one before it: repeats are harmless, a gap is not
                    continue
                if row.id in refused:
                    held.add(lane)
                    self._back_off(session, row, refused[row.id])
                else:
                    sent.append(row.id)
            if sent:
                session.execute(delete(tables.outbox).where(tables.outbox.c.id.in_(sent)))
            return len(sent) + len(held)

    def _claim(self, session: Session) -> Sequence[Row[Any]]:
        """The lanes' oldest rows are locked, and so the lanes are: nobody else takes what is behind such a row."""
        return session.execute(_CLAIMED).all()

    def _open(self, session: Session, rows: Sequence[Row[Any]]) -> tuple[list[Outgoing], dict[int, str]]:
        outgoing, refused = [], {}
        if sealed := {row.subject for row in rows if row.body is not None}:
            self.context.cipher.fetch_keys(session, sealed)
        for row in rows:
            try:
                body = row.event_body if row.body is None else self._unseal(session, row)
            except Exception as fault:  # noqa: BLE001 - one body that cannot be opened must not stop every lane
                refused[row.id] = describe(fault)
            else:
                outgoing.append(Outgoing(row.message_id, row.exchange, row.routing_key, bytes(body)))
        return outgoing, refused

    def _unseal(self, session: Session, row: Row[Any]) -> bytes:
        label = f"outbox|body|{row.message_id}"
        return self.context.cipher.open(session, row.subject, label, bytes(row.body))

    def _back_off(self, session: Session, row: Row[Any], reason: str) -> None:
        wait = waits.after(row.attempts + 1, waits.RETRY_REFUSED)
        refused = "refused by the broker: %s to %s (%s); again in %d s"
        log.warning(refused, row.message_id, row.exchange, reason, wait.seconds)
        session.execute(
            update(tables.outbox)
            .where(tables.outbox.c.id == row.id)
            .values(attempts=row.attempts + 1, reason=reason, next_at=func.now() + wait)
        )
