"""What a file's token opens is told by all that was heard, in whatever order it came."""

import hashlib
import io
import json
import runpy
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, permutations
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, text, update

from contracts.registry import CONTRACTS
from contracts.vocabulary import Kind
from courier import tables
from courier.envelope import Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.service import MIGRATIONS
from intake.tables import FileGrant
from intake.use_cases import files, registration

PDF = b"%PDF-" + bytes(files.PIECE + 10)
SHA256 = hashlib.sha256(PDF).hexdigest()
BEGAN = datetime(2026, 11, 26, 9, tzinfo=UTC)
MOVES = sorted(
    each.name for each in CONTRACTS if each.category == "event" and each.name.startswith("referral.")
)  # fmt: skip


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> tuple[ServiceContext, str]:
    """Intake, and a petition with a file."""
    context = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        number = registration.register(work, petition(Kind.CLAIM)).number
    with context.begin(OFFICER) as work:
        files.add(work, number, "工资表.pdf", "application/pdf", io.BytesIO(PDF), len(PDF))
    return context, number


def validated(
    context: ServiceContext, type_: str, subject: str, at: datetime, data: dict[str, Any], token: str = ""
) -> None:
    envelope = Envelope("/619926/referral", type_, subject, at, data, OFFICER)
    message = Message(envelope, data, {"token": token}, "referral", at)
    handle = {"file.granted.v1": files.granted, "file.barred.v1": files.barred}.get(type_, files.moved)
    with context.begin(OFFICER) as work:
        handle(work, message)


def grant(
    context: ServiceContext, petition: str, referral: str | None, token: str, minutes: int = 0, **more: Any
) -> None:
    about = {"petition": petition, "sha256": SHA256, "agency": "A09", "referral": referral} | more
    validated(context, "file.granted.v1", petition, BEGAN + timedelta(minutes=minutes), about, token)


def claim(context: ServiceContext, token: str) -> files.Granted | None:
    with context.begin(OFFICER) as work:
        return files.by_token(work, SHA256, token)


def is_good(context: ServiceContext, token: str) -> bool:
    """Asked without using it up."""
    claimed = claim(context, token)
    if claimed is None:
        return False
    cut_off = files.pieces(context, OFFICER, claimed, lambda: False)
    next(cut_off)
    cut_off.close()
    return True


@pytest.mark.parametrize("event", [*MOVES, "file.barred.v1"])
def test_every_move_ends_it_or_does_not(desk: tuple[ServiceContext, str], event: str) -> None:
    """All that is told of a referral; also when the grant comes after it."""
    context, number = desk
    grant(context, number, "移1", "early")
    validated(context, event, "移1", BEGAN, {"petition": number, "referral": "移1"})
    grant(context, number, "移1", "late")
    ends = event in files.ENDING or event == "file.barred.v1"
    assert [not ends] * 2 == [is_good(context, token) for token in ("early", "late")]
    # another's is not touched
    grant(context, number, "移2", "another's")
    assert is_good(context, "another's")


def test_no_order_brings_one_back(desk: tuple[ServiceContext, str]) -> None:
    """A grant, one that replaces it, the end: each order of each choice, looked at after each."""
    context, number = desk
    said = ("first", "replacing", "end")
    chosen = chain.from_iterable(combinations(said, many) for many in (1, 2, 3))
    for run, order in enumerate(chain.from_iterable(permutations(each) for each in chosen)):
        referral, heard = f"移{run}", set[str]()
        for each in order:
            heard.add(each)
            if each == "end":
                validated(context, "referral.recalled.v1", referral, BEGAN, {"petition": number, "referral": referral})
            else:
                later = each == "replacing"
                grant(context, number, referral, f"{each} {run}", minutes=later, replaces=later)
            expected = {
                "first": "first" in heard and not heard & {"replacing", "end"},
                "replacing": "replacing" in heard and "end" not in heard,
            }
            assert expected == {name: is_good(context, f"{name} {run}") for name in expected}, order


@pytest.mark.parametrize("event", ["referral.undelivered.v1", "file.barred.v1"])
def test_what_is_sent_again_is_open_again(desk: tuple[ServiceContext, str], event: str) -> None:
    """Not delivered, then sent under the same number; barred by mistake, then asked for again. Ended is for good."""
    context, number = desk
    about = {"petition": number, "referral": "移1"}
    validated(context, event, "移1", BEGAN, about)
    for minutes, good in ((0, False), (1, True)):
        grant(context, number, "移1", f"{minutes}", minutes)
        assert good == is_good(context, f"{minutes}")
    for ending in ("referral.recalled.v1", event):
        validated(context, ending, "移1", BEGAN, about)
        assert not is_good(context, "1")


def test_what_nobody_can_tell_opens_nothing(desk: tuple[ServiceContext, str]) -> None:
    """A grant without a referral, and one whose referral has something waiting here that may be its end."""
    context, number = desk
    grant(context, number, None, "of an older copy")
    assert not is_good(context, "of an older copy")
    grant(context, number, "移1", "good")
    assert is_good(context, "good")
    waiting = tables.inbox.insert().values(
        kind="event", source="referral", subject="移1", version=7, message_id="x", type="x", body=b"x", state="waiting"
    )
    with context.begin(OFFICER) as work:
        work.session.execute(waiting)
    assert not is_good(context, "good")


def test_one_download_at_a_time_and_once(desk: tuple[ServiceContext, str]) -> None:
    """The second is told to wait; whoever was silent for too long loses it to the next, and cannot go on."""
    context, number = desk
    grant(context, number, "移1", "token")
    first = claim(context, "token")
    assert first is not None
    with pytest.raises(errors.FileBusy):
        claim(context, "token")
    silent = files.pieces(context, OFFICER, first, lambda: True)
    next(silent)
    with context.begin(OFFICER) as work:
        work.session.execute(update(FileGrant).values(claimed_until=text("now() - interval '1 second'")))
    second = claim(context, "token")
    assert second is not None
    with pytest.raises(ConnectionAbortedError):
        next(silent)
    assert PDF == b"".join(files.pieces(context, OFFICER, second, lambda: True))
    assert claim(context, "token") is None
    with context.begin(OFFICER) as work:
        assert files.by_token(work, "0" * 64, "token") is None


def test_it_is_used_up_only_when_all_arrived(desk: tuple[ServiceContext, str]) -> None:
    """All was given and written, and the other end did not take it: it is asked for again."""
    context, number = desk
    grant(context, number, "移1", "token")
    for arrived in (False, True):
        claimed = claim(context, "token")
        assert claimed is not None
        assert PDF == b"".join(files.pieces(context, OFFICER, claimed, lambda here=arrived: here))  # type: ignore[misc]
    assert claim(context, "token") is None


def test_tokens_of_before_end_with_their_referral_too(desk: tuple[ServiceContext, str], engine: Engine) -> None:
    """An installation of before: the timeline tells whose referral it was, and whether that has ended."""
    context, number = desk
    (script,) = (MIGRATIONS / "versions").glob("*_tokens.py")
    upgrade = runpy.run_path(str(script))["upgrade"]
    # agency → what the timeline tells of its referral, in its order
    told = {"A05": ["sent"], "A06": ["sent", "signed", "recalled"], "A07": [], "A08": ["sent", "undelivered", "sent"]}
    with engine.begin() as connection:
        file = connection.scalar(text("SELECT id FROM file"))
        for column in ("referral", "granted_at", "replaces", "claim", "claimed_until"):
            connection.execute(text(f"ALTER TABLE file_grant DROP COLUMN {column}"))
        connection.execute(text("DROP TABLE ended_referral"))
        for agency, moves in told.items():
            connection.execute(
                text("INSERT INTO file_grant VALUES (:token, :file, :agency, now() + interval '29 days')"),
                {"token": hashlib.sha256(agency.encode()).digest(), "file": file, "agency": agency},
            )
            for move in moves:
                data = json.dumps({"referral": f"移-{agency}", "agency": agency, "petition": number})
                connection.execute(
                    text("INSERT INTO step (petition, at, type, agency, officer, data)"
                         " VALUES (:petition, now(), :type, 'A00', '-', CAST(:data AS jsonb))"),
                    {"petition": number, "type": f"referral.{move}.v1", "data": data},
                )  # fmt: skip
        with Operations.context(MigrationContext.configure(connection)):
            upgrade()
    assert {"A05": True, "A06": False, "A07": False, "A08": True} == {each: is_good(context, each) for each in told}
