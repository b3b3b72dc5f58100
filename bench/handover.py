"""Handing one petition on, by hand: the rows, bodies and ciphers of our services, for whom we are measured beside.

What is left out is in their favour: no contract is checked, and the law's days are constants. Nothing of ours is
imported, so that it runs in the peers' environment. A row's values are in the order of its statement's columns.
"""

import hashlib
import hmac
import json
import os
import uuid
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.jwk import OKPKey
from psycopg2.extras import execute_values

BATCH, READY = 200, "ready"
EVENTS, LETTERS, AGENCY = "referral.events.intake", "referral.letters", "A09"
INBOX = f"agency.{AGENCY}.inbox"
_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]

# the oldest that is unsent: an event's body, or a letter's with what opens it
UNSENT = """
SELECT o.id, o.exchange, o.routing_key, o.subject, o.message_id, o.body, e.body, k.wrapped
FROM outbox AS o LEFT JOIN events AS e ON e.subject = o.subject AND e.version = o.version
LEFT JOIN data_key AS k ON k.subject = o.subject ORDER BY o.id LIMIT {limit} FOR UPDATE OF o SKIP LOCKED
"""
MOVED = """
INSERT INTO lane (source, subject, applied) VALUES {values} ON CONFLICT ON CONSTRAINT lane_pkey
DO UPDATE SET applied = excluded.applied WHERE lane.applied = excluded.applied - 1
"""
CLAIMED = """
INSERT INTO inbox (kind, source, subject, message_id, type, state) VALUES {values}
ON CONFLICT DO NOTHING RETURNING message_id
"""
# what is asked before a petition may leave; each is a statement of ours, and ours asks a few more
AGENCY_THERE = "SELECT transport, active FROM agency WHERE code = {code} FOR SHARE"
HELD = "SELECT petition, agency, seq FROM custody WHERE petition = ANY({petitions}) ORDER BY seq"
GUARDED = "SELECT petition, kind, secret, units FROM guarded WHERE petition = ANY({petitions})"
EARLIER = "SELECT number FROM referral WHERE petition = ANY({petitions}) AND state = 'undelivered' FOR UPDATE"
NUMBERED = """
INSERT INTO serial (year, last) VALUES ({year}, {many}) ON CONFLICT (year)
DO UPDATE SET last = serial.last + {many} RETURNING last
"""
WRITTEN = {
    "referral": "number, petition, kind, agency, state, purpose, requested_by, created_at, statutory, urged, offer",
    "data_key": "subject, wrapped, wrapped_by",
    "clock": "id, petition, referral, rule, pack, length, unit, duty, holder, start, due, target, provisional, state,"
    " started_at, started_by, next_at, extension, suspensions",
    "clock_level": "clock, level, seq, at",
    "events": "subject, version, id, type, recorded_at, body, digest",
    "handed": "message_id, agency, type, subject, body, again_at",
    "outbox": "exchange, routing_key, subject, message_id, version, body",
}


@dataclass(frozen=True)
class Message:
    """What is published: persistent, mandatory, confirmed, in its sender's name."""

    exchange: str
    key: str
    id: str
    body: bytes


class Keys:
    def __init__(self, file: Path):
        raw = json.loads(file.read_text())
        self.wrap = AESGCM(b64decode(raw["wrap"]["keys"]["w1"]))
        self.index, self.letter = b64decode(raw["index"]), OKPKey.import_key(raw["letter"])

    def message(self, row: Sequence[Any]) -> Message:
        """A row of UNSENT, its body opened."""
        _, exchange, key, subject, id_, sealed, body, wrapped = row
        if sealed is not None:
            sealed, wrapped = bytes(sealed), bytes(wrapped)
            opened = AESGCM(self.wrap.decrypt(wrapped[:12], wrapped[12:], subject.encode()))
            body = opened.decrypt(sealed[:12], sealed[12:], f"outbox|body|{id_}".encode())
        return Message(exchange, key, id_, bytes(body))

    def read(self, letter: Mapping[str, Any]) -> dict[str, Any]:
        """The personal part of a letter to us."""
        plain = jwe.decrypt_compact(letter["data"]["personal"], self.letter, algorithms=_ALGORITHMS).plaintext
        return json.loads(plain or b"{}")

    def fingerprint(self, number: str, value: str) -> str:
        return hmac.digest(self.index, f"letter|{number}|{value}".encode(), hashlib.sha256).hex()


def offer(
    keys: Keys, letter: Mapping[str, Any], material: Mapping[str, Any], serial: int
) -> tuple[dict[str, list[tuple[Any, ...]]], list[Message]]:
    """Table → the rows that one letter writes, and what is to be sent in the order of `outbox`."""
    said, now = letter["data"], datetime.now(UTC)
    number = f"移{now.year}-{letter['subject'][6:12]}-{serial:06d}"
    petition, clock, day = said["petition"], uuid.uuid4().hex, now.date()
    due = day + timedelta(days=5)
    key, nonce = AESGCM.generate_key(256), os.urandom(12)
    wrapped, cipher = nonce + keys.wrap.encrypt(nonce, key, number.encode()), AESGCM(key)

    def seal(label: str, plain: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + cipher.encrypt(nonce, plain, label.encode())

    who = {name: letter[name] for name in ("actoragency", "actorofficer", "actorrole", "traceparent")}
    about = {"referral": number, "petition": petition, "agency": AGENCY, "kind": said["kind"]}
    days = {"start": day.isoformat(), "due": due.isoformat(), "target": due.isoformat(), "provisional": False}
    clock_said = {"clock": clock, "petition": petition, "referral": number, "rule": "referral_sign"}
    clock_said |= {"duty": "receiver", "holder": AGENCY, "pack": "2022-05-01", **days}
    digest = keys.fingerprint(number, repr(sorted(material.items())))
    sent = {**about, "purpose": said["purpose"], "carries": sorted(material), "digest": digest, "sign_by": days["due"]}
    events, messages, outbox = [], [], []
    previous: dict[str, str] = {}
    for type_, subject, version, data in (
        ("referral.drafted.v1", number, 1, {**about, "statutory": False}),
        ("clock.started.v1", f"clock/{clock}", 1, clock_said),
        ("referral.sent.v1", number, 2, sent),
    ):
        chain = {"previous": previous[subject]} if subject in previous else {}
        id_, body = _envelope(type_, subject, data, now, {**who, "version": version, **chain})
        hashed = hashlib.sha256(body).digest()
        previous[subject] = hashed.hex()
        events.append((subject, version, id_, type_, now, body, hashed))
        messages.append(Message("referral.events", type_, id_, body))
        outbox.append(("referral.events", type_, subject, id_, version, None))
    offered = {**said, "referral": number, "sign_by": days["due"], "retain_days": 365, "statutory": False}
    offered = {
        **{name: value for name, value in offered.items() if name not in ("to", "personal")},
        "material": material,
    }
    id_, body = _envelope("referral.offered.v1", number, offered, now, who)
    messages.append(Message(INBOX, "referral.offered.v1", id_, body))
    outbox.append((INBOX, "referral.offered.v1", number, id_, None, seal(f"outbox|body|{id_}", body)))
    kept = seal(f"referral|offer|{number}", json.dumps({"offer": offered, "added": []}, ensure_ascii=False).encode())
    handed = (id_, AGENCY, "referral.offered.v1", number, seal(f"handed|body|{id_}", body), now + timedelta(days=1))
    state = (number, petition, said["kind"], AGENCY, "sent", said["purpose"], letter["id"], now, False, 0, kept)
    warns = now + timedelta(days=4)
    runs = (clock, petition, number, "referral_sign", "2022-05-01", 2, "working_days", "receiver", AGENCY, day, due)
    runs += (due, False, "running", now, "referral.sent.v1", warns, 0, "[]")
    levels = [(clock, level, seq, warns) for seq, level in enumerate(("target", "last_day", "missed"))]
    return {
        "referral": [state],
        "data_key": [(number, wrapped, "w1")],
        "clock": [runs],
        "clock_level": levels,
        "events": events,
        "handed": [handed],
        "outbox": outbox,
    }, messages


def hear(cursor: Any, event: Mapping[str, Any]) -> None:
    """An event of intake's, by psycopg2, in the caller's transaction."""
    cursor.execute(MOVED.format(values="(%s, %s, %s)"), ("intake", event["subject"], event["version"]))


def take(cursor: Any, keys: Keys, letter: Mapping[str, Any]) -> None:
    """One letter, by psycopg2, in the caller's transaction."""
    subject = letter["subject"]
    claim = ("letter", "intake", subject, letter["id"], letter["type"], "done")
    cursor.execute(CLAIMED.format(values="(%s, %s, %s, %s, %s, %s)"), claim)
    if not cursor.fetchall():
        return
    cursor.execute(AGENCY_THERE.format(code="%s"), (AGENCY,))
    for query in (HELD, GUARDED, EARLIER):
        cursor.execute(query.format(petitions="%s"), ([subject],))
        cursor.fetchall()
    year = {"year": datetime.now(UTC).year, "many": 1}
    cursor.execute(NUMBERED.format(year="%(year)s", many="%(many)s"), year)
    rows, _ = offer(keys, letter, keys.read(letter), cursor.fetchone()[0])
    for table, written in rows.items():
        execute_values(cursor, f"INSERT INTO {table} ({WRITTEN[table]}) VALUES %s", written)  # noqa: S608 - constants


def _envelope(type_: str, subject: str, data: Any, now: datetime, more: Mapping[str, Any]) -> tuple[str, bytes]:
    id_ = str(uuid.uuid4())
    head = {"specversion": "1.0", "id": id_, "source": "/619926/referral", "type": type_, "subject": subject}
    said = {"time": now.isoformat(timespec="microseconds"), "datacontenttype": "application/json", "data": data}
    return id_, rfc8785.dumps({**head, **said, **more})
