"""One transaction of a service: what a use case reads and writes, and what it tells the world once it commits.

A `ServiceContext` is a service's name, its database, what it may say (`Language`) and how it keeps secrets
(`Cipher`). Its `begin(...)` opens a `UnitOfWork`; leaving it commits and wakes the relay.
"""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from prometheus_client import Counter
from sqlalchemy import Table, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from courier import late, tables
from courier.envelope import Actor, Envelope, digest, new_trace
from courier.late import Late

__all__ = ["NOW", "ServiceContext", "UnitOfWork", "inbox_of"]

NOW = "courier.now"  # where a session has its transaction's time


class Language(Protocol):
    """The published contracts, as data; courier knows none of the words."""

    def dump(self, category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def dump_personal(self, type_: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def load(self, category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def load_personal(self, type_: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def understand(self, category: str, type_: str, data: Mapping[str, Any], critical: Collection[str]) -> None: ...


class Cipher(Protocol):
    """How bodies rest, how they are known again, how the personal part of a letter is closed to all but its reader."""

    def seal(self, session: Session, subject: str, label: str, plain: bytes) -> bytes: ...

    def open(self, session: Session, subject: str, label: str, sealed: bytes) -> bytes: ...

    def fingerprint(self, purpose: str, value: str | bytes) -> bytes: ...

    def fetch_keys(self, session: Session, subjects: Collection[str]) -> None: ...

    def address(self, reader: str, personal: Mapping[str, Any]) -> str: ...

    def read(self, token: str) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What a service's transactions have in common; made once per process."""

    name: str  # the service's: intake
    jurisdiction: str  # GB/T 2260 code
    sessions: sessionmaker[Session]
    language: Language
    cipher: Cipher
    tools: Any = None  # what the service's own use cases need: its settings, its calendar
    relay_wakeup: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        late.listen(self.sessions.kw["bind"])

    @property
    def source(self) -> str:
        """What its messages name as their source (CloudEvents): /619926/intake."""
        return f"/{self.jurisdiction}/{self.name}"

    @contextmanager
    def begin(self, actor: Actor, trace: str | None = None) -> Iterator["UnitOfWork"]:
        """Commits when the block ends, rolls back when it raises; the relay is woken only after the commit."""
        with self.sessions() as session:
            with session.begin():
                work = UnitOfWork(self, session, actor, trace or new_trace(), Late(session))
                yield work
                work.write()
                work.late.send()
            if work.recorded:
                self.relay_wakeup.set()
            for counter in work.counted:
                counter.inc()


@dataclass(slots=True)
class UnitOfWork:
    """One transaction: everything in it is committed, or nothing."""

    context: ServiceContext
    session: Session
    actor: Actor
    trace: str
    late: Late
    recorded: bool = False
    counted: list[Counter] = field(default_factory=list)
    _said: list[Envelope | dict[str, Any]] = field(default_factory=list)  # events without a version; rows of the outbox
    _rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)
    _puts: dict[tuple[Table, str], dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    _begun: dict[str, tuple[int, str | None]] = field(default_factory=dict)  # subject → its head

    @property
    def now(self) -> datetime:
        """The database's time at this transaction: legal times come from one clock, never from a host's."""
        if NOW not in self.session.info:
            self.set_now(self.session.scalars(select(func.now())).one())
        now: datetime = self.session.info[NOW]
        return now

    def set_now(self, now: datetime) -> None:
        """Another statement brought the transaction's time along."""
        self.session.info[NOW] = now

    def act_as(self, envelope: Envelope) -> None:
        """From here on: what is said because of a message is said in the name of who said it."""
        self.actor = envelope.actor or Actor("-", self.context.name, "system")
        self.trace = envelope.trace or new_trace()

    def counts(self, counter: Counter) -> None:
        """Counts what was done here once it is committed: what was rolled back is done again, and counted then."""
        self.counted.append(counter)

    def event(self, type_: str, subject: str, /, **data: Any) -> dict[str, Any]:
        """Says what happened: the subject's next version on the trail, and in what is to be sent. Returns its data."""
        said = self.context.language.dump("event", type_, data)
        self._say(self.envelope(type_, subject, said))
        return said

    def begins(self, subject: str) -> None:
        """Nothing was said of it before this transaction, and it is known here alone: its head is not asked for."""
        self._begun[subject] = 0, None

    def alone(self, subject: str) -> None:
        """Nobody else is here until the transaction ends.

        For a subject that no row stands for, whose versions would otherwise be given twice.
        """
        self.session.execute(_ALONE, {"subject": subject})

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A savepoint: when the block raises, nothing of it stays, neither written nor said."""
        self.write()
        recorded, begun, counted = self.recorded, dict(self._begun), len(self.counted)
        try:
            with self.session.begin_nested():
                self.session.connection()  # from here on: what is written before it is not the block's
                yield
                self.write()
                self.late.send()  # what is wrong with it is wrong in here
        except Exception:
            self._said.clear()
            self._rows.clear()
            self._puts.clear()
            self.recorded, self._begun = recorded, begun
            del self.counted[counted:]
            self.session.expire_all()
            raise

    def append(self, table: Table, **row: Any) -> None:
        """A row that is written behind this transaction; what it refers to is written, and nobody asks for its id."""
        self.late.write(table, [row])

    def add(self, table: Table, **row: Any) -> None:
        """A row that is written with the others of its table, by one statement."""
        self._rows.setdefault(table, []).append(row)

    def put(self, table: Table, /, newer: str, **row: Any) -> None:
        """A row that takes the place of the one with its key, unless that one's `newer` column is as great or greater.

        Written with the others of its table, by one statement; of several with one key the last.
        """
        key = tuple(row[column.name] for column in table.primary_key)
        self._puts.setdefault((table, newer), {})[key] = row

    def write_rows(self) -> None:
        """Who asks a table that rows are added to writes them first."""
        rows, self._rows = self._rows, {}
        for table, several in rows.items():
            self.late.write(table, several)
        puts, self._puts = self._puts, {}
        for (table, newer), by_key in puts.items():
            keys = [column.name for column in table.primary_key]
            # in one order everywhere: two batches with the same keys would wait for each other
            statement = upsert(table).values([by_key[key] for key in sorted(by_key)])
            self.session.execute(
                statement.on_conflict_do_update(
                    index_elements=keys,
                    set_={each.name: each for each in statement.excluded if each.name not in keys},
                    where=table.c[newer] < statement.excluded[newer],
                )
            )

    def write(self) -> None:
        """Writes what was said since the last time, in the order in which it was, with as many statements as for one.

        Called before every commit. The heads are read here, not when something is said: whoever else appends to a
        subject has the shorter time to do it in.
        """
        self.session.flush()
        self.write_rows()
        self.late.settle()
        put, said, self._said = self.late.put, self._said, []
        self._begun = {put(subject): head for subject, head in self._begun.items()}
        heads = self._heads({put(each.subject) for each in said if isinstance(each, Envelope)})
        appended, listed = [], []
        for each in said:
            if isinstance(each, Envelope):
                last, previous = heads[subject := put(each.subject)]
                each = replace(each, subject=subject, version=last + 1, previous=previous)
                body = self.late.put_bytes(each.to_bytes())
                its_digest = digest(body)
                heads[subject] = last + 1, its_digest.hex()
                appended.append(
                    {
                        "subject": subject,
                        "version": each.version,
                        "id": each.id,
                        "type": each.type,
                        "recorded_at": each.time,
                        "body": body,
                        "digest": its_digest,
                    }
                )
                each = _listed(f"{self.context.name}.events", each.type, subject, each.id, version=each.version)
            listed.append(each)
        self._begun |= {subject: heads[subject] for subject in self._begun if subject in heads}
        if appended:
            self.late.write(tables.events, appended)
        if listed:
            self.late.write(tables.outbox, listed)

    def _heads(self, subjects: Collection[str]) -> dict[str, tuple[int, str | None]]:
        """Subject → its last version and that one's digest."""
        heads = {each: self._begun.get(each, (0, None)) for each in subjects}
        asked = sorted(set(subjects) - set(self._begun))
        if asked:
            rows = self.session.execute(_HEADS, {"subjects": asked})
            heads |= {row.subject: (row.version, row.digest.hex()) for row in rows}
        return heads

    def letter(
        self,
        to: str,
        type_: str,
        subject: str,
        /,
        data: Mapping[str, Any],
        personal: Mapping[str, Any] | None = None,
    ) -> str:
        """A letter to another service; `personal` is readable by that service alone. Returns the message id."""
        body = self.context.language.dump("letter", type_, data)
        if personal is not None:
            body["personal"] = self.context.cipher.address(to, self.context.language.dump_personal(type_, personal))
        return self._post(f"{to}.letters", type_, subject, body)

    def to_agency(self, agency: str, type_: str, subject: str, /, data: Mapping[str, Any]) -> str:
        """A message to an agency's own queue. Returns the message id."""
        body = self.context.language.dump("to_agency", type_, data)
        return self._post(inbox_of(agency), type_, subject, body)

    def to_channel(self, channel: str, type_: str, subject: str, /, data: Mapping[str, Any]) -> str:
        """A task for a channel's operator, on this service's queue for it. Returns the message id."""
        body = self.context.language.dump("to_channel", type_, data)
        return self._post(f"{self.context.name}.{channel}", type_, subject, body)

    def ask_again(self, source: str, subject: str, after: int) -> None:
        """Asks a source for the versions of a subject that never came."""
        self._post(f"{source}.letters", RESEND, subject, {"after": after})

    def say_again(self, subject: str, after: int) -> None:
        """Lists a subject's later events for sending once more; who has them already takes them for repeats."""
        events = tables.events
        for row in self.session.execute(
            select(events.c.version, events.c.id, events.c.type)
            .where(events.c.subject == subject, events.c.version > after)
            .order_by(events.c.version)
            .limit(1000)
        ):
            self._say(_listed(f"{self.context.name}.events", row.type, subject, row.id, version=row.version))

    def envelope(self, type_: str, subject: str, data: Mapping[str, Any]) -> Envelope:
        """What is said in this transaction's name, with a new id."""
        return Envelope(
            source=self.context.source,
            type=type_,
            subject=subject,
            time=self.now,
            data=data,
            actor=self.actor,
            trace=self.trace,
        )

    def post(self, exchange: str, type_: str, subject: str, message_id: str, body: bytes) -> None:
        """Lists a ready body for sending, sealed until the broker has it."""
        sealed = self.context.cipher.seal(self.session, subject, f"outbox|body|{message_id}", body)
        self._say(_listed(exchange, type_, subject, message_id, body=sealed))

    def _post(self, exchange: str, type_: str, subject: str, data: Mapping[str, Any]) -> str:
        envelope = self.envelope(type_, subject, data)
        self.post(exchange, type_, subject, envelope.id, envelope.to_bytes())
        return envelope.id

    def _say(self, what: Envelope | dict[str, Any]) -> None:
        self._said.append(what)
        self.recorded = True


def _listed(
    exchange: str, key: str, subject: str, message_id: str, version: int | None = None, body: bytes | None = None
) -> dict[str, Any]:
    return {
        "exchange": exchange,
        "routing_key": key,
        "subject": subject,
        "message_id": message_id,
        "version": version,
        "body": body,
    }


def inbox_of(agency: str) -> str:
    """The queue of an agency's own, and the exchange of the same name."""
    return f"agency.{agency}.inbox"


RESEND = "lane.resend.v1"

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")
_HEADS = text("""
SELECT given.subject, last.version, last.digest FROM unnest(CAST(:subjects AS text[])) AS given (subject)
CROSS JOIN LATERAL (
    SELECT version, digest FROM events WHERE events.subject = given.subject ORDER BY version DESC LIMIT 1) AS last
""")
