"""What an agency's answer names comes in by its token; nothing else does, and it goes to nobody else."""

import hashlib
import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, func, select, text, update

from contracts.problems import Problem
from courier.envelope import Actor, Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from intake.api.base import material
from intake.domain import errors
from intake.tables import AnswerFile, File, Petition
from intake.use_cases import answer_files, files, handlers, petitions

PDF, REFERRAL = b"%PDF-1.7 a decision", "移2026-619926-000001"
SHA256 = hashlib.sha256(PDF).hexdigest()
NAMED = {"sha256": SHA256, "size": len(PDF), "media_type": "application/pdf", "name": "处理决定书.pdf"}


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def answer(context: ServiceContext, number: str, *named: dict[str, Any]) -> None:
    actor, data = Actor("A09", "-", "agency"), {"petition": number, "referral": REFERRAL, "result": "supported"}
    with context.begin(OFFICER) as work:
        work.act_as(Envelope("/619926/referral", "answer.received.v1", number, work.now, data, actor))
        envelope = Envelope("/619926/referral", "answer.received.v1", number, work.now, data, actor)
        personal = {"text": "已责令改正。", "officer": "王某", "files": list(named)}
        handlers.answer_received(work, Message(envelope, data, personal, "referral", work.now))


def hand_in(context: ServiceContext, token: str, body: bytes = PDF, digest: str = SHA256, **more: str) -> bool:
    with context.begin(Actor("-", "-", "-")) as work:
        return (
            answer_files.hand_in(work, digest, token, more.get("media", "application/pdf"), BytesIO(body)) is not None
        )


def shown(context: ServiceContext, number: str) -> tuple[list[Any], list[Any]]:
    """The petitioner's files, and those of the answer, as an officer sees them."""
    with context.begin(OFFICER) as work:
        content = material(work, work.session.get_one(Petition, number), [], {})
        return content["files"], content["answers"][0]["files"]


def test_it_comes_in_once_and_is_shown_with_its_answer(context: ServiceContext) -> None:
    """Awaited, then here; a repeat keeps one. It is none of the petitioner's own, and is handed on to no agency."""
    number = registered(context)
    answer(context, number, NAMED | {"token": "good"})
    assert ([], [NAMED | {"here": False}]) == shown(context, number)
    assert [True, True] == [hand_in(context, "good") for _ in range(2)]
    assert ([], [NAMED | {"here": True}]) == shown(context, number)
    with context.begin(OFFICER) as work:
        assert 1 == work.session.scalar(select(func.count()).select_from(File))
        assert [] == work.session.get_one(Petition, number).files
        assert SHA256 == files.present(work, files.find(work, number, SHA256))["sha256"]
        query = text("SELECT convert_from(body, 'UTF8') FROM events WHERE type = 'petition.file_added.v1'")
        (told,) = work.session.scalars(query)
    assert "A09" == json.loads(told)["actoragency"]


def test_what_was_not_named_does_not_come_in(context: ServiceContext) -> None:
    """Another token, another file by a good one, other bytes, another type, a token too old: nothing is kept."""
    number = registered(context)
    answer(context, number, NAMED | {"token": "good"})
    other = b"%PDF-1.7 another"
    assert not hand_in(context, "guessed")
    assert not hand_in(context, "good", other, hashlib.sha256(other).hexdigest())
    for fault, more in ((errors.NotWhole, {"body": PDF[:-1]}), (errors.NotThatType, {"media": "image/png"})):
        with pytest.raises(fault):
            hand_in(context, "good", **more)  # type: ignore[arg-type]
    with context.begin(OFFICER) as work:
        work.session.execute(update(AnswerFile).values(until=work.now - timedelta(seconds=1)))
    assert not hand_in(context, "good")
    with context.begin(OFFICER) as work:
        assert 0 == work.session.scalar(select(func.count()).select_from(File))


def test_what_calls_itself_a_picture_is_looked_at(context: ServiceContext) -> None:
    """The type that was named is held to the bytes, as for a petitioner's file."""
    number, program = registered(context), b"MZ a program"
    digest = hashlib.sha256(program).hexdigest()
    answer(context, number, NAMED | {"token": "good", "sha256": digest, "size": len(program)})
    with pytest.raises(errors.NotThatType):
        hand_in(context, "good", program, digest)


@pytest.mark.parametrize("first", ["petitioner", "agency"])
def test_the_same_from_both_is_the_petitioners(context: ServiceContext, first: str) -> None:
    """One file, whoever gave it first; what the petitioner gave goes on with the matter as ever."""
    number = registered(context)
    answer(context, number, NAMED | {"token": "good"})
    for who in (first, *{"petitioner", "agency"} - {first}):
        if who == "agency":
            assert hand_in(context, "good")
        else:
            with context.begin(OFFICER) as work:
                files.add(work, number, "我的.pdf", "application/pdf", BytesIO(PDF), len(PDF))
    own, with_answer = shown(context, number)
    assert [SHA256] == [each["sha256"] for each in own]
    assert with_answer[0]["here"]


def test_nothing_of_it_is_in_clear(context: ServiceContext, engine: Engine) -> None:
    """Neither its name nor its digest, before it came and after."""
    number = registered(context)
    answer(context, number, NAMED | {"token": "good"})
    assert hand_in(context, "good")
    with engine.connect() as connection:
        found = [str(row) for row in connection.execute(text("SELECT t::text FROM answer_file t"))]
        found += [str(row) for row in connection.execute(text("SELECT t::text FROM file t"))]
    for secret in (SHA256, "处理决定书", "处理决定书".encode().hex(), SHA256.encode().hex()):
        assert not any(secret in row for row in found)


def test_an_answer_to_what_is_closed_brings_its_files(context: ServiceContext) -> None:
    """The agency answers with what it has when the petition ended with us."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        petitions.load(work, number, lock=True).state = "closed"
    answer(context, number, NAMED | {"token": "good"})
    assert hand_in(context, "good")
    with pytest.raises(Problem), context.begin(OFFICER) as work:
        files.add(work, number, "迟来.pdf", "application/pdf", BytesIO(PDF + b"!"), len(PDF) + 1)
