"""Tokens, and commands sent twice."""

import json
import time
from pathlib import Path

import pytest
from joserfc import jwt
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gate import idempotency
from gate.problems import Invalid, NoToken
from gate.tokens import Officer, Verifier, _read, issue
from vault.keyring import generate

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


def test_a_command_sent_twice_has_one_effect(engine: Engine) -> None:
    """The same key and body get the first answer; the same key with another body is refused; officers apart."""
    with engine.begin() as connection:
        connection.execute(text(idempotency.DDL_1))
    effects: list[int] = []

    def produce() -> dict[str, int]:
        effects.append(1)
        return {"n": len(effects)}

    def once(officer: str, body: bytes) -> dict[str, int]:
        with Session(engine) as session, session.begin():
            return idempotency.once(session, officer, "key-0001", body, produce)

    assert [once("a", b"{}"), once("a", b"{}"), once("b", b"{}")] == [{"n": 1}, {"n": 1}, {"n": 2}]
    with pytest.raises(Invalid) as refused:
        once("a", json.dumps({"other": 1}).encode())
    assert refused.value.field == "Idempotency-Key"
    assert len(effects) == 2
