"""The line to the broker: one connection as the agency's user, which takes what comes and sends what waits.

Whenever the process is killed: what is not committed is not acknowledged and comes again, what is not marked as sent
goes again under its id.
"""

import logging
import time
from contextlib import closing
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pika
from pika.exceptions import AMQPError
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from desk.agency import hearing, saying
from vault import Safe
from vault.vault import Sealed

log = logging.getLogger(__name__)

_LOOK = 0.25  # seconds between two looks at what waits
_LONGEST = 10.0  # seconds until the next try
_SWEEP = 600.0
_ALONE = text("SELECT pg_try_advisory_lock(hashtext('fengqiao agency line'))")


class Line:
    """`code`: the agency's, whose user and queues it has. `connected`: whether the broker answers now."""

    def __init__(self, code: str, url: str, engine: Engine, safe: Safe):
        self.code, self.url, self.engine, self.safe = code, url, engine, safe
        self.connected = False
        self.swept = 0.0

    def start(self) -> None:
        """On a thread of its own, until the process ends."""
        Thread(target=self.run, name="line", daemon=True).start()

    def run(self) -> None:
        """For ever; a broker or a database that is away is waited for."""
        wait = 0.5
        while True:
            begun = time.monotonic()
            try:
                self._hold()
            except (AMQPError, SQLAlchemyError, OSError) as fault:
                log.warning("the line is down (%s); again in %.1f s", type(fault).__name__, wait)
            except Exception:
                # ours: a door without its line would show yesterday for ever
                log.exception("the line failed; again in %.1f s", wait)
            self.connected = False
            time.sleep(wait)
            wait = 0.5 if time.monotonic() - begun > 60 else min(_LONGEST, wait * 2)

    def _hold(self) -> None:
        with self.engine.connect() as database:
            # of two processes, one being the other's successor, one has the line: what goes twice could change places
            if not database.scalar(_ALONE):
                database.commit()
                log.info("another process has the line")
                return
            database.commit()
            try:
                parameters = pika.URLParameters(self.url)
                parameters.heartbeat = parameters.blocked_connection_timeout = 30
                with closing(pika.BlockingConnection(parameters)) as broker:
                    self._serve(database, broker)
            finally:
                # given back to the pool with the lock nobody else would have the line
                database.invalidate()

    def _serve(self, database: Any, broker: Any) -> None:
        channel = broker.channel()
        channel.confirm_delivery()
        channel.basic_qos(prefetch_count=50)

        def came(_channel: Any, method: Any, _properties: Any, body: bytes) -> None:
            with Session(database) as session:
                hearing.take(session, self.safe, body)
                session.commit()
            channel.basic_ack(method.delivery_tag)

        channel.basic_consume(f"agency.{self.code}.inbox", came)
        self.connected = True
        log.info("the line is up")
        while channel.consumer_tags:
            broker.process_data_events(time_limit=_LOOK)
            with Session(database) as session:
                self._send(session, channel)
                if time.monotonic() - self.swept > _SWEEP or not self.swept:
                    saying.forget(session)
                    session.commit()
                    self.swept = time.monotonic()
        raise ConnectionError("the broker ended the consumer")

    def _send(self, session: Session, channel: Any) -> None:
        for said in saying.unsent(session):
            try:
                body = self.safe.open(saying.label(said.id), said.key_id or "", said.content or b"")
            except Sealed:
                # one that no key opens keeps the others waiting no longer than this look
                log.error("what was to be said under %s does not open", said.id)
                continue
            properties = pika.BasicProperties(
                content_type="application/cloudevents+json", delivery_mode=2, message_id=said.id, user_id=self.code
            )
            # returns once the broker has it on disk, and raises where it does not
            channel.basic_publish(f"agency.{self.code}.out", said.type, body, properties, mandatory=True)
            said.sent_at = datetime.now(UTC)
            session.commit()
        session.commit()
