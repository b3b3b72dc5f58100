"""What most tests of the desk stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from desk_context import Listed
from flask.testing import FlaskClient
from sqlalchemy import Engine

from desk import passwords
from desk.__main__ import MIGRATIONS
from desk.signer.door import make
from service_kit.database import migrate
from vault import Safe, safe
from vault.keyring import generate


@pytest.fixture
def office(tmp_path: Path) -> Listed:
    generate(tmp_path / "keys", ["intake"])
    return Listed("http://nowhere", tmp_path / "keys" / "signer.key", "619926", "A00")


@pytest.fixture
def accounts_safe(engine: Engine, empty_database: str, tmp_path: Path) -> Iterator[Safe]:
    """The signer's tables are there, and what closes second factors."""
    migrate(empty_database, MIGRATIONS / "signer")
    safe.generate(tmp_path / "accounts.json")
    with pytest.MonkeyPatch.context() as patch:
        # as strong as in the house, every try would take a third of a second
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(passwords, "_NOBODYS", passwords.hashed("nobody's"))
        yield Safe.from_file(tmp_path / "accounts.json")


@pytest.fixture
def signer(engine: Engine, accounts_safe: Safe, office: Listed) -> FlaskClient:
    return make(engine, accounts_safe, office).test_client()
