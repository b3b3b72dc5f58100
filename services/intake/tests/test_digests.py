"""What trail and tables hold of a petitioner's words proves them to who has the petition, and to nobody else."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, text

from courier.unit_of_work import ServiceContext
from intake.tables import File, Petition
from intake.use_cases import files, in_clear, people, petitions
from service_kit.vaults import vault_of
from vault import Sealed

PHONE = "19900001208"
FORM = b"%PDF-1.7 call "


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def add(context: ServiceContext, number: str, content: bytes) -> dict[str, Any]:
    with context.begin(OFFICER) as work:
        file = files.add(work, number, "表.pdf", "application/pdf", BytesIO(content), len(content))
        return files.present(work, file)


def said(context: ServiceContext, type_: str) -> dict[str, Any]:
    with context.sessions() as session:
        query = text("SELECT convert_from(body, 'UTF8') FROM events WHERE type = :type")
        found: dict[str, Any] = json.loads(session.scalars(query, {"type": type_}).one())["data"]
        return found


def destroy(context: ServiceContext, number: str) -> None:
    with context.begin(OFFICER) as work:
        work.session.execute(text("DELETE FROM data_key WHERE subject = :n"), {"n": number})


def phones() -> list[str]:
    return [f"1990000{each:04d}" for each in range(1200, 1220)]


def test_who_has_the_petition_can_prove_what_was_handed_over(context: ServiceContext) -> None:
    """The event's digest is of the very material; with the petition's key destroyed it is of nothing any more."""
    number = registered(context)
    add(context, number, FORM)
    with context.begin(OFFICER) as work:
        petitions.refer(work, number, "A09", "regulation_31", True)
    event = said(context, "petition.referred.v1")
    fields = [name for name in event["carries"] if name != "files"]
    with context.begin(OFFICER) as work:
        its = work.session.get_one(Petition, number)
        material = {name: people.disclose(work, its, name) for name in fields}
        given = files.of_petition(work, its) if "files" in event["carries"] else []
        phone = material["phone"] or ""
        assert phone.endswith(PHONE)
        tried = [material | {"phone": phone.replace(PHONE, each)} for each in phones()]
        proved = [
            each for each in tried if petitions.proves(work, number, petitions.said(each, given), event["digest"])
        ]
        assert [material] == proved
    destroy(context, number)
    with context.begin(OFFICER) as work, pytest.raises(Sealed):
        petitions.proves(work, number, petitions.said(material, given), event["digest"])


def test_what_is_told_of_a_file_is_known_with_the_petitions_key_alone(context: ServiceContext) -> None:
    """A form of which all is known but the phone: neither the trail, the timeline nor a row tells which it was."""
    number = registered(context)
    digests = {phone: hashlib.sha256(FORM + phone.encode()).hexdigest() for phone in phones()}
    kept = add(context, number, FORM + PHONE.encode())
    assert kept == add(context, number, FORM + PHONE.encode())
    assert digests[PHONE] == kept["sha256"]
    event = said(context, "petition.file_added.v1")
    with context.begin(OFFICER) as work:
        assert [digests[PHONE]] == [each for each in digests.values() if _proves(work, number, each, event["digest"])]
        rows = [
            str(row)
            for table in ("file", "step")
            for row in work.session.execute(text(f"SELECT t::text FROM {table} AS t")).scalars()
        ]
    assert not [each for each in digests.values() if each in json.dumps(event) + "".join(rows)]


def _proves(work: Any, number: str, sha256: str, digest: str) -> bool:
    return vault_of(work.context).proves(work.session, number, "file", sha256, bytes.fromhex(digest))


def test_what_older_code_wrote_in_clear_is_closed(context: ServiceContext) -> None:
    """A file is found by its SHA-256 before and after, and the same content again is the same file."""
    number = registered(
        context, title=None, statement=None, post_number="机2026-7", post_digest="a" * 64, petitioner=None
    )
    content = FORM + PHONE.encode()
    kept = add(context, number, content)
    _as_before(context, kept["sha256"])
    assert kept == add(context, number, content)
    assert kept["sha256"] in _rows(context)
    for left in (3, 0):
        with context.begin(OFFICER) as work:
            assert left == in_clear.close(work)
    assert not [each for each in (kept["sha256"], "a" * 64) if each in _rows(context)]
    assert kept == add(context, number, content)
    with context.begin(OFFICER) as work:
        assert kept["sha256"] == files.present(work, files.find(work, number, kept["sha256"]))["sha256"]
        found = work.session.get_one(Petition, number)
        assert ("a" * 64, None) == (people.disclose(work, found, "post_sealed"), found.post_digest)
        assert 1 == len(work.session.query(File).all())


def _as_before(context: ServiceContext, sha256: str) -> None:
    with context.begin(OFFICER) as work:
        for statement in (
            "UPDATE file SET sha256 = :sha256, keyed = NULL, sealed_sha256 = NULL",
            "UPDATE petition SET post_digest = repeat('a', 64), post_sealed = NULL",
            "UPDATE step SET data = jsonb_set(data, '{sha256}', to_jsonb(:sha256)) WHERE data ? 'sha256'",
        ):
            work.session.execute(text(statement.replace(":sha256", f"CAST('{sha256}' AS text)")))


def _rows(context: ServiceContext) -> str:
    with context.sessions() as session:
        tables = ("file", "petition", "step")
        return "".join(str(list(session.scalars(text(f"SELECT t::text FROM {each} AS t")))) for each in tables)
