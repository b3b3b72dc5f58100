"""What whoever has a dump of all databases, and no key, can try: each digest against all that might be under it."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from county import CLAIM, PETITIONER, Agency, Window, done, until
from sqlalchemy import create_engine, text

from tools.dev.stack import SERVICES, Stack

PHONE = "19900001208"
TRUE = int(PHONE[-4:])
SUBMITTED = "petition.submitted.v1"


def digests(system: Stack) -> set[str]:
    """Every 64 hexadecimal digits in any column of any table, events and bytes included."""
    found: set[str] = set()
    for service in SERVICES:
        engine = create_engine(system.database(service))
        with engine.connect() as connection:
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            for table in tables:
                for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                    for value in row.values():
                        if isinstance(value, memoryview | bytes):
                            found.add(bytes(value).hex() if len(value) == 32 else "")
                            found.update(re.findall("[0-9a-f]{64}", bytes(value).decode("latin-1")))
                        else:
                            found.update(re.findall("[0-9a-f]{64}", str(value)))
        engine.dispose()
    return found


def test_no_digest_in_a_dump_tells_a_phone(system: Stack) -> None:
    """Everything known but four digits, each tried plain and as code before hashed it.

    Of a registration, a form, a submission, a broken message, a path and a message id.
    """
    window, agency = Window(system), Agency(system, "A09")
    key, submission, broken = uuid.uuid4().hex, uuid.uuid4().hex, uuid.uuid4().hex
    person = json.dumps(CLAIM | {"secrecy": True, "petitioner": PETITIONER | {"phone": "PHONE"}})
    form = b"%PDF-1.7 PHONE"
    data = json.loads(person) | {"submission": submission, "received_on": None, "officer": "经办员"}
    cut = f'{{"id": "{broken}", "phone": "PHONE"'

    def of(template: str | bytes, phone: str) -> bytes:
        plain = template.encode() if isinstance(template, str) else template
        return plain.replace(b"PHONE", phone.encode())

    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    number = done(window.request("POST", "/petitions", data=of(person, PHONE), headers=headers))["number"]
    media = {"Content-Type": "application/pdf"}
    path = f"/petitions/{number}/files"
    assert window.request("POST", path, params={"name": "a.pdf"}, data=of(form, PHONE), headers=media).ok
    wrong = f"/petitions/{number}/files/PHONE"
    assert 403 == Window(system, "aid_officer", "900077").request("GET", wrong.replace("PHONE", PHONE)).status_code
    said = json.loads(of(json.dumps(data), PHONE))
    agency.say(SUBMITTED, said, id=PHONE, subject=submission)
    agency.send(of(cut, PHONE), SUBMITTED)
    reasons = until(lambda: _reasons(system, agency), "both are here")
    tried: list[Callable[[str], bytes]] = [
        lambda phone: f"A00/900001|{key}|POST /petitions\n".encode() + of(person, phone),
        lambda phone: b"POST /petitions\n" + of(person, phone),
        lambda phone: of(person, phone),
        lambda phone: of(form, phone),
        lambda phone: of(wrong, phone),
        lambda phone: _meant(submission, json.loads(of(json.dumps(data), phone))),
        lambda phone: of(cut, phone),
        lambda phone: phone.encode(),
        *(lambda phone, reason=reason: f"{SUBMITTED}|{reason}|".encode() + of(cut, phone) for reason in reasons),
    ]
    dump = digests(system)
    assert len(dump) > 5
    told = {
        (which, phone)
        for phone in (f"{PHONE[:-4]}{each:04d}" for each in range(10_000))
        for which, candidate in enumerate(tried)
        if hashlib.sha256(candidate(phone)).hexdigest() in dump
    }
    assert set() == told


def _meant(submission: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"type": SUBMITTED, "subject": submission, "data": data}, sort_keys=True).encode()


def _reasons(system: Stack, agency: Agency) -> list[str]:
    """Why the broken one was kept, once what was said beside it has come as well."""
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        came = connection.scalar(
            text("SELECT count(*) FROM inbox WHERE source = :a AND message_id = :id"), {"a": agency.code, "id": PHONE}
        )
        kept = "SELECT reason FROM inbox WHERE source = :a AND kind = 'unreadable' AND reason LIKE '%JSON%'"
        found = [str(each) for each in connection.scalars(text(kept), {"a": agency.code})]
    engine.dispose()
    return found if came else []
