"""A service that says everything it hears: the smallest one courier can carry for."""

import hmac
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from courier import tables
from courier.amqp import Delivery
from courier.envelope import Actor, Envelope, digest
from courier.unit_of_work import ServiceContext

ACTOR = Actor("A00", "900001", "all")


class Plain:
    """A language without words of its own."""

    def dump(self, category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)

    def load(self, category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)

    def dump_personal(self, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)

    def load_personal(self, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)

    def understand(self, category: str, type_: str, data: Mapping[str, Any], critical: Collection[str]) -> None:
        if set(critical) - set(data):
            raise ValueError("critical")


class Open:
    """A cipher that marks what it sealed and hides nothing."""

    def seal(self, session: Session, subject: str, label: str, plain: bytes) -> bytes:
        return b"sealed:" + plain

    def open(self, session: Session, subject: str, label: str, sealed: bytes) -> bytes:
        return sealed.removeprefix(b"sealed:")

    def fingerprint(self, purpose: str, value: str | bytes) -> bytes:
        plain = value if isinstance(value, bytes) else value.encode()
        return hmac.digest(b"of the service", f"{purpose}|".encode() + plain, "sha256")

    def fetch_keys(self, session: Session, subjects: Collection[str]) -> None:
        pass

    def address(self, reader: str, personal: Mapping[str, Any]) -> str:
        return json.dumps(personal)

    def read(self, token: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(token)
        return read


def build_context(engine: Engine, name: str = "here") -> ServiceContext:
    """The context of a service with courier's tables and one of its own, `seen`, for what was applied."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE seen (n serial, subject text, version int, id text)"))
    return ServiceContext(name, "619926", sessionmaker(engine), Plain(), Open())


def event(subject: str, version: int, type_: str = "thing.happened.v1") -> Envelope:
    """What `there` says as a version of a subject, always the same; it names the digest of the one before."""
    previous = digest(event(subject, version - 1, type_).to_bytes()).hex() if version > 1 else None
    time = datetime(2026, 11, 25, tzinfo=UTC) + timedelta(hours=version)
    return Envelope("/619926/there", type_, subject, time, {}, ACTOR, version, previous, id=f"{subject}-{version}")


def delivery(envelope: Envelope, user: str = "there", queue: str = "here.events.there") -> Delivery:
    return Delivery(queue, "there.events", envelope.type, user, envelope.to_bytes(), False, {})
