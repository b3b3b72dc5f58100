"""What only serves to know a repeat tells nobody what was said, and goes by its age; the ids stay."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from plain_service import ACTOR, build_context
from sqlalchemy import Engine, text

import vault
from courier.amqp import Delivery
from courier.envelope import Envelope
from courier.faults import Reject
from courier.inbox import Inbox, Message
from courier.ops import parked, retention
from courier.partners.answers import Answers
from courier.partners.receiving import AGENCIES, receive_from_partner
from courier.unit_of_work import UnitOfWork
from vault import Keyring, Vault
from vault.keyring import generate

TYPE = "petition.submitted.v1"
QUARTER = timedelta(days=90)


def says(phone: str, id_: str = "m-1") -> Envelope:
    return Envelope("/agencies/A09", TYPE, "s-1", datetime.now(UTC), {"phone": phone}, id=id_)


def by_agency(body: bytes) -> Delivery:
    return Delivery("here.agencies", "agency.A09.out", TYPE, "A09", body, False, {})


@dataclass
class Box:
    """An inbox with real keys; `applied`: what the agency said, `told`: what it was told."""

    engine: Engine
    folder: Path
    applied: list[Any] = field(default_factory=list)
    told: list[tuple[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        generate(self.folder, ["here", "there"])
        keys = Vault(Keyring.from_file(self.folder / "here.keys.json"))
        self.context = replace(build_context(self.engine), cipher=keys)
        vault.metadata.create_all(self.engine)
        self.inbox = Inbox(self.context, events={}, letters={}, partners=Answers(self._apply, self._tell))

    def _apply(self, work: UnitOfWork, message: Message) -> None:
        self.applied.append(message.envelope.data)

    def _tell(self, work: UnitOfWork, who: str, message_id: str, type_: str, fault: Reject) -> None:
        self.told.append((message_id, fault.field))

    def come(self, body: bytes) -> None:
        receive_from_partner(self.inbox, by_agency(body), AGENCIES, (TYPE,))

    def forget(self, limit: int = 100) -> int:
        with self.context.begin(ACTOR) as work:
            return retention.forget(work, QUARTER, limit)

    def run(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.begin() as connection:
            done = connection.execute(text(statement), values)
            return list(done) if done.returns_rows else []

    def dump(self) -> str:
        """Every row of every table, bytes in hexadecimal; an event's body as it reads."""
        tables = self.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (table,) in tables for row in self.run(f'SELECT t::text FROM "{table}" AS t')]
        return "\n".join(str(row[0]) for row in [*rows, *self.run("SELECT convert_from(body, 'UTF8') FROM events")])


@pytest.fixture
def box(engine: Engine, tmp_path: Path) -> Box:
    return Box(engine, tmp_path)


def phones() -> Iterator[str]:
    return (f"1990000{each:04d}" for each in range(10_000))


def meant(phone: str) -> str:
    """The digest of before, of what a message meant."""
    said = {"type": TYPE, "subject": "s-1", "data": {"phone": phone}}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def test_a_dump_does_not_tell_what_an_agency_said(box: Box) -> None:
    """Everything known but four digits of a phone, and all of them tried: no digest of before is in any table."""
    unreadable = lambda phone: f'{{"id": "m-2", "phone": "{phone}"'.encode()  # noqa: E731
    box.come(says("19900001208").to_bytes())
    box.come(unreadable("19900001208"))
    box.come(says("19900001208", id_="19900001208").to_bytes().replace(b'"1.0"', b'"0.9"'))
    for (row,) in box.run("SELECT id FROM inbox WHERE state = 'parked' ORDER BY id"):
        parked.open_body(box.context, ACTOR, row)
    parked.discard(box.inbox, ACTOR, row, "已请单位更正")
    reason = next(each[0] for each in box.run("SELECT reason FROM inbox WHERE reason IS NOT NULL"))
    dump = box.dump()
    assert "19900001208" not in dump
    for phone in phones():
        body = hashlib.sha256(f"{TYPE}|{reason}|".encode() + unreadable(phone)).hexdigest()
        tried = (
            meant(phone),
            body,
            hashlib.sha256(body.encode()).hexdigest(),
            hashlib.sha256(phone.encode()).hexdigest(),
        )
        assert not [each for each in tried if each in dump], phone


def test_the_same_id_over_another_content_is_a_mistake_until_only_the_id_is_known(box: Box) -> None:
    """A repeat changes nothing, before and after; once the digest went, another content is a repeat as well."""
    first, other = says("19900001208").to_bytes(), says("19900009999").to_bytes()
    for body in (first, first, other, other):
        box.come(body)
    assert ([{"phone": "19900001208"}], [("m-1", "id")]) == (box.applied, box.told)
    assert 0 == box.forget()
    box.run("UPDATE inbox SET received_at = now() - interval '91 days'")
    assert (1, 0) == (box.forget(), box.forget())
    for body in (first, other, says("19900007777").to_bytes()):
        box.come(body)
    assert (1, 1) == (len(box.applied), len(box.told))


def test_copies_at_once_are_done_once(box: Box) -> None:
    """Also while what is old is forgotten beside them."""
    body = says("19900001208").to_bytes()
    with ThreadPoolExecutor() as several:
        came = [several.submit(box.come, body) for _ in range(8)]
        gone = [several.submit(box.forget) for _ in range(8)]
        assert [None] * 8 == [each.result() for each in came]
        assert [0] * 8 == [each.result() for each in gone]
    assert ([{"phone": "19900001208"}], []) == (box.applied, box.told)


def test_what_older_code_hashed_without_a_key_goes_and_stays_done(box: Box) -> None:
    """Its ids are repeats as before; what could not be read is known again, opens, and is shown under its new id."""
    old = bytes.fromhex(meant("19900001208"))
    box.run(
        "INSERT INTO inbox (kind, source, subject, message_id, type, digest, state)"
        f" SELECT 'agency', 'A09', 's-1', 'm-' || n, '{TYPE}', :old, 'done' FROM generate_series(1, 150) AS n",
        old=old,
    )
    poison = b'{"phone": "19900001208"'
    box.come(poison)
    ((row, mine),) = box.run("SELECT id, message_id FROM inbox WHERE kind = 'unreadable'")
    _write_as_before(box, row, poison)
    assert [100, 51, 0] == [box.forget() for _ in range(3)]
    assert [(mine,)] == box.run("SELECT message_id FROM inbox WHERE kind = 'unreadable'")
    assert poison == parked.open_body(box.context, ACTOR, row)
    box.come(poison)
    box.come(says("19900001208").to_bytes())
    assert ([], 1, 151) == (box.applied, len(box.told), box.run("SELECT count(*) FROM inbox")[0][0])
    assert old.hex() not in box.dump()


def test_what_older_code_keeps_beside_the_newer_is_kept_once(box: Box) -> None:
    """The same body under both ids, and one that was discarded: what older code wrote is taken away or renamed."""
    for poison in (b'{"phone": "1"', b'{"phone": "2"'):
        box.come(poison)
    (twice,), (gone,) = box.run("SELECT id FROM inbox ORDER BY id")
    _write_as_before(box, twice, b'{"phone": "1"')
    box.come(b'{"phone": "1"')
    _write_as_before(box, gone, b'{"phone": "2"')
    parked.discard(box.inbox, ACTOR, gone, "已请单位更正")
    assert [2, 0] == [box.forget() for _ in range(2)]
    ids = box.run("SELECT message_id FROM inbox UNION ALL SELECT message_id FROM discarded")
    assert (3, 2) == (len(ids), len(set(ids)))
    assert all(each.startswith("keyed:") for (each,) in ids)


def _write_as_before(box: Box, row: int, body: bytes) -> None:
    """Its id the bare SHA-256, its body sealed under that."""
    ((source, reason),) = box.run("SELECT source, reason FROM inbox WHERE id = :row", row=row)
    plain = hashlib.sha256(f"{TYPE}|{reason}|".encode() + body).hexdigest()
    with box.context.begin(ACTOR) as work:
        sealed = box.context.cipher.seal(work.session, "-", f"inbox|body|{source}|{plain}", body)
    box.run("UPDATE inbox SET message_id = :plain, body = :sealed WHERE id = :row", plain=plain, sealed=sealed, row=row)
