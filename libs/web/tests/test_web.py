"""Tokens, and commands sent twice."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from joserfc import jwt
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from contracts.problems import DoneBefore, Invalid, NoToken
from notify.service import MIGRATIONS
from service_kit.database import migrate
from vault import Keyring, Vault
from vault.keyring import generate
from web import idempotency
from web.tokens import SIGNED_FOR, Officer, Verifier, _read, issue

OFFICER = Officer("A00", "900001", frozenset({"handler", "window"}), "D05", "12309")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    generate(tmp_path / "keys", ["intake"])
    return tmp_path / "keys"


def test_a_token_says_who_it_was_given_to(keys: Path) -> None:
    """Verified offline with the public key."""
    token = issue(keys / "officer.key", "619926", OFFICER, 8)
    assert Verifier(keys / "officer.pub", "619926").officer(token) == OFFICER


@pytest.mark.parametrize("hours", [0, -1, 12.01, 24])
def test_no_token_lives_longer_than_twelve_hours(keys: Path, hours: float) -> None:
    """Neither issued here nor accepted from a key that would issue it."""
    with pytest.raises(ValueError, match="12 hours"):
        issue(keys / "officer.key", "619926", OFFICER, hours)


def test_what_the_signer_signs_is_good_for_minutes(keys: Path) -> None:
    """Beside the command line's key, told apart by which of the two it was; each keeps to its own time."""
    both = Verifier(keys / "officer.pub", "619926", keys / "signer.pub")
    minutes = issue(keys / "signer.key", "619926", replace(OFFICER, proved_at=17), SIGNED_FOR / 3600)
    assert replace(OFFICER, proved_at=17) == both.officer(minutes)
    assert OFFICER == both.officer(issue(keys / "officer.key", "619926", OFFICER, 8))
    for wrong in (
        issue(keys / "signer.key", "619926", replace(OFFICER, proved_at=17), 1),
        issue(keys / "signer.key", "619926", OFFICER, SIGNED_FOR / 3600),
    ):
        with pytest.raises(NoToken):
            both.officer(wrong)
    # nobody vouches at the command line for a second factor of a login
    assert both.officer(issue(keys / "officer.key", "619926", replace(OFFICER, proved_at=17), 1)).proved_at is None
    with pytest.raises(NoToken):
        Verifier(keys / "officer.pub", "619926").officer(minutes)


def test_a_token_that_was_good_once_ends_in_time(keys: Path) -> None:
    """That its signature is known by now says nothing of its time; nothing that is kept of it opens a door."""
    verifier, token = Verifier(keys / "officer.pub", "619926"), issue(keys / "officer.key", "619926", OFFICER, 1)
    for _ in range(2):
        assert OFFICER == verifier.officer(token)
    with patch("time.time", return_value=time.time() + 3700), pytest.raises(NoToken):
        verifier.officer(token)
    with pytest.raises(NoToken):
        verifier.officer(f"{token[:-4]}AAAA")
    assert token not in repr(vars(verifier))
    with patch("web.tokens.MOST_KNOWN", 3):
        for each in range(5):
            verifier.officer(issue(keys / "officer.key", "619926", replace(OFFICER, id=f"90000{each}"), 1))
    assert len(verifier._known) <= 3


def test_foreign_old_and_altered_tokens_are_refused(keys: Path, tmp_path: Path) -> None:
    """Another key, another jurisdiction, an expired or overlong one, no signature at all: one sentence for all."""
    generate(tmp_path / "other", ["intake"])
    good = issue(keys / "officer.key", "619926", OFFICER, 1)
    now = int(time.time())
    claims = {"iss": "619926", "sub": "1", "agency": "A00", "roles": ["all"], "iat": now, "exp": now + 3600}
    key = _read(keys / "officer.key")
    sign = lambda changed: jwt.encode({"alg": "Ed25519"}, claims | changed, key, algorithms=["Ed25519"])  # noqa: E731
    head = "eyJhbGciOiJub25lIn0"
    verifier = Verifier(keys / "officer.pub", "619926")
    assert verifier.officer(sign({}))
    for token in (
        issue(tmp_path / "other" / "officer.key", "619926", OFFICER, 1),
        issue(keys / "officer.key", "330102", OFFICER, 1),
        sign({"exp": now - 60}),
        sign({"exp": now + 13 * 3600}),
        sign({"roles": None}),
        sign({"sub": "张三"}),
        sign({"department": "第五检察部"}),
        sign({"service_point": 12309}),
        good[:-4] + "AAAA",
        f"{head}.{good.split('.')[1]}.",
        "x.y.z",
        "",
    ):
        with pytest.raises(NoToken) as refused:
            verifier.officer(token)
        assert refused.value.zh == "登录凭证无效或已过期，请重新登录"


@dataclass
class Commands:
    """What officers ask of one petition; each that is carried out has its number."""

    engine: Engine
    vault: Vault
    effects: list[int] = field(default_factory=list)

    def once(self, officer: str, body: bytes, subject: idempotency.Subject = "信1") -> dict[str, int]:
        def produce() -> dict[str, int]:
            self.effects.append(1)
            return {"n": len(self.effects)}

        with Session(self.engine) as session, session.begin():
            return idempotency.once(session, self.vault, officer, "key-0001", body, produce, subject)

    def forget(self, after: timedelta) -> int:
        with Session(self.engine) as session, session.begin():
            return idempotency.forget(session, after, 100)

    def run(self, statement: str) -> list[Any]:
        with self.engine.begin() as connection:
            done = connection.execute(text(statement))
            return list(done) if done.returns_rows else []


@pytest.fixture
def commands(engine: Engine, keys: Path) -> Commands:
    migrate(engine.url.render_as_string(hide_password=False), MIGRATIONS)
    return Commands(engine, Vault(Keyring.from_file(keys / "intake.keys.json")))


def test_a_command_sent_twice_has_one_effect(commands: Commands) -> None:
    """The same key and body get the first answer; the same key with another body is refused; officers apart."""
    once = commands.once
    assert [once("a", b"{}"), once("a", b"{}"), once("b", b"{}")] == [{"n": 1}, {"n": 1}, {"n": 2}]
    with pytest.raises(Invalid) as refused:
        once("a", json.dumps({"other": 1}).encode())
    assert refused.value.field == "Idempotency-Key"
    assert len(commands.effects) == 2


def test_two_copies_at_once_have_one_effect(commands: Commands) -> None:
    """The second waits for the first and gives its answer, also while what is old is forgotten beside them."""
    with ThreadPoolExecutor() as several:
        answers = [several.submit(commands.once, "a", b"{}") for _ in range(8)]
        forgotten = [several.submit(commands.forget, timedelta(days=7)) for _ in range(8)]
        assert [{"n": 1}] * 8 == [each.result() for each in answers]
        assert [0] * 8 == [each.result() for each in forgotten]
    assert [1] == commands.effects


def test_a_repeat_of_what_is_forgotten_is_still_a_repeat(commands: Commands) -> None:
    """Some days later only the claim is left: whatever is asked under it is answered 410 and done no second time."""
    commands.once("a", b"{}")
    assert 0 == commands.forget(timedelta(days=7))
    commands.run("UPDATE idempotency SET created_at = now() - interval '8 days'")
    assert (1, 0) == (commands.forget(timedelta(days=7)), commands.forget(timedelta(days=7)))
    for body in (b"{}", b"another"):
        with pytest.raises(DoneBefore) as refused:
            commands.once("a", body)
    assert (410, "Idempotency-Key") == (refused.value.status, refused.value.field)
    assert [1] == commands.effects
    assert [(1,)] == commands.run("SELECT count(*) FROM idempotency")


def test_what_was_answered_goes_with_what_it_is_about(commands: Commands) -> None:
    """The petition's data key destroyed, neither request nor answer can be read, and the command is not done again."""
    commands.once("a", b"{}", lambda answer: f"信{answer['n']}")
    commands.run("DELETE FROM data_key WHERE subject = '信1'")
    with pytest.raises(DoneBefore):
        commands.once("a", b"{}")
    assert [] == commands.run("SELECT 1 FROM data_key WHERE subject = '信1'")
    assert [1] == commands.effects


def test_what_older_code_kept_in_clear_goes(commands: Commands) -> None:
    """Its claims stand: whoever repeats is told that it was done. Batches are bounded, and the last one says 0."""
    commands.run(
        "INSERT INTO idempotency (officer, key, digest, answer)"
        """ SELECT 'a', 'key-000' || n, sha256('x'), '{"name": "张三"}' FROM generate_series(1, 150) AS n"""
    )
    with pytest.raises(DoneBefore):
        commands.once("a", b"{}")
    assert [100, 50, 0] == [commands.forget(timedelta(days=7)) for _ in range(3)]
    assert [(150, True, None)] == commands.run(
        "SELECT count(*), bool_and(digest = ''), max(answer::text) FROM idempotency"
    )
    with pytest.raises(DoneBefore):
        commands.once("a", b"{}")
    assert [] == commands.effects


def test_a_dump_does_not_tell_what_was_asked(commands: Commands) -> None:
    """Everything known but four digits of a phone, and all of them tried: the claim looks the same for each.

    The digest of before, the SHA-256 of officer, key and request, was found in a moment.
    """
    request = lambda phone: f'POST /petitions\n{{"phone": "1990000{phone:04d}"}}'.encode()  # noqa: E731
    commands.once("a", request(1208))
    dump = str(commands.run("SELECT *, encode(digest, 'hex'), encode(sealed, 'hex') FROM idempotency"))
    dump += str(commands.run("SELECT convert_from(digest, 'LATIN1'), answer FROM idempotency"))
    tried = [hashlib.sha256(start + request(each)) for start in (b"", b"a|key-0001|") for each in range(10_000)]
    assert [] == [each for each in tried if each.hexdigest() in dump]
    assert "1208" not in dump
