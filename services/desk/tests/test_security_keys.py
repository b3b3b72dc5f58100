"""Security keys: the other second factor. What is signed for another address, another time or by another is nothing."""

import html
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from desk_context import RIGHT, Listed, Person
from desk_house import DESK, House, go
from desk_key import DeskKey
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from desk import codes
from desk.signer.door import make
from desk.signer.security_keys import SecurityKeys
from vault import Safe


@pytest.fixture
def signer(engine: Engine, accounts_safe: Safe, office: Listed) -> FlaskClient:
    return make(engine, accounts_safe, office, SecurityKeys(DESK)).test_client()


def options(person: Person, what: str) -> dict[str, Any]:
    said: dict[str, Any] = person.ask("/grants/code").json["keys"][what]
    return said


def enrolled(person: Person, key: DeskKey) -> None:
    """Logged in for the first time where a second factor is asked for, by a key."""
    person.try_("password")
    answer = key.create(options(person, "create"), DESK)
    said = person.ask("/grants/key", answer=answer, new="yes")
    assert (200, None) == (said.status_code, said.json["next"])


def again(person: Person) -> None:
    """Out, and the right password once more."""
    person.try_("end")
    person.try_("password")


def test_a_key_is_a_second_factor(signer: FlaskClient, engine: Engine, office: Listed) -> None:
    """For whom one is asked: set at the first login, asked for at the next, and instead of a code."""
    office.proves = True
    person, key = Person(signer, engine, True, False), DeskKey()
    enrolled(person, key)
    assert {"code": False, "keys": 1} == person.ask("/grants/factors").json
    assert 200 == person.token()
    again(person)
    assert 401 == person.token()
    asked = person.ask("/grants/code").json
    assert ("code", False, ["get"]) == (asked["next"], asked["code"], list(asked["keys"]))
    said = person.ask("/grants/key", answer=key.get(asked["keys"]["get"], DESK))
    assert (200, None) == (said.status_code, said.json["next"])
    assert 200 == person.token()


def test_a_password_sets_no_code_beside_a_key(signer: FlaskClient, engine: Engine, office: Listed) -> None:
    """Nor another key: who has the password and not the key would be in by a factor of their own."""
    office.proves = True
    person, key = Person(signer, engine, True, False), DeskKey()
    enrolled(person, key)
    again(person)
    asked = person.ask("/grants/code").json
    assert "secret" not in asked
    now = int(time.time()) // codes.STEP
    assert 401 == person.ask("/grants/code", code=codes.code(b"", now)).status_code
    made = DeskKey().create({"rp": {"id": "desk.example"}, **asked["keys"]["get"]}, DESK)
    assert 403 == person.ask("/grants/key", answer=made, new="yes").status_code
    assert 401 == person.token()
    # who has just shown it sets both
    person.rest("")
    assert 200 == person.ask("/grants/key", answer=key.get(options(person, "get"), DESK)).status_code
    begun = person.ask("/grants/code").json
    code = codes.code(bytes.fromhex(begun["secret"]), now + 1)
    assert 401 == person.ask("/grants/code", code=code).status_code  # without the password
    assert 200 == person.ask("/grants/code", code=code, password=person.password).status_code
    other = DeskKey().create(options(person, "create"), DESK)
    assert 200 == person.ask("/grants/key", answer=other, new="yes", password=person.password).status_code


WRONG: dict[str, dict[str, Any]] = {
    "another's page": {"origin": "https://desk.example.evil"},
    "without TLS": {"origin": "http://desk.example"},
    "a part of the house": {"origin": "https://other.desk.example"},
    "another's party": {"party": "evil.example"},
    "another time": {"challenge": b"\0" * 32},
    "nobody there": {"present": False},
    "another kind": {"kind": "webauthn.create"},
    "no signature": {"signature": b""},
    "a copy": {"counter": 1},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_signed_wrongly_is_nothing(signer: FlaskClient, engine: Engine, office: Listed, wrong: str) -> None:
    """And is counted, as a wrong code is."""
    office.proves = True
    person, key = Person(signer, engine, True, False), DeskKey()
    enrolled(person, key)
    again(person)
    said = person.ask("/grants/key", answer=key.get(options(person, "get"), DESK, **WRONG[wrong]))
    assert (401, 401) == (said.status_code, person.token())
    with engine.connect() as connection:
        assert 1 == connection.scalar(text("SELECT failures FROM attempt"))


def test_what_was_signed_is_good_once_and_for_its_owner(signer: FlaskClient, engine: Engine, office: Listed) -> None:
    """Neither again, nor in another's login, nor as another's key."""
    office.proves = True
    (one, key), (other, theirs) = ((Person(signer, engine, True, False), DeskKey()) for _ in range(2))
    enrolled(one, key)
    enrolled(other, theirs)
    again(one)
    answer = key.get(options(one, "get"), DESK)
    assert 200 == one.ask("/grants/key", answer=answer).status_code
    again(one)
    options(one, "get")
    assert 401 == one.ask("/grants/key", answer=answer).status_code
    again(other)
    assert 401 == other.ask("/grants/key", answer=key.get(options(other, "get"), DESK)).status_code
    third = Person(signer, engine, True, False)
    third.try_("password")
    said = third.ask("/grants/key", answer=key.create(options(third, "create"), DESK), new="yes")
    assert 401 == said.status_code


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.text(max_size=200), st.recursive(st.none() | st.text() | st.integers(), st.lists).map(repr)),
    st.booleans(),
)
def test_whatever_is_sent_is_refused(
    signer: FlaskClient, engine: Engine, office: Listed, answer: str, new: bool
) -> None:
    """Never a fault: those are not counted."""
    office.proves = True
    person = Person(signer, engine, True, False)
    person.try_("password")
    options(person, "create")
    assert person.ask("/grants/key", answer=answer, new="yes" if new else "no").status_code in (400, 401)


def test_a_key_by_the_pages(engine: Engine, accounts_safe: Safe, office: Listed, tmp_path: Path) -> None:
    """Set from 我的登录 with the password, asked for at the next login, another one set beside it with the password."""
    house = House(engine, accounts_safe, office, None, tmp_path)
    house.account("900105", None, RIGHT)
    browser, key, ours = house.browser(), DeskKey(), {"Sec-Fetch-Site": "same-origin"}

    def send(path: str, **typed: str) -> Any:
        return browser.post(path, base_url=DESK, data=typed, headers=ours)

    def offered(what: str) -> tuple[dict[str, Any], bool]:
        """What the page's form has for the browser, and whether it asks for the password."""
        form = re.search(
            rf'<form[^>]*data-key="{what}" data-options="([^"]*)".*?</form>', go(browser, "/login/code").text, re.S
        )
        assert form, what
        return json.loads(html.unescape(form[1])), 'type="password"' in form[0]

    assert "/today" == send("/login", login="900105", password=RIGHT).headers["Location"]
    options_, asks = offered("create")
    made = key.create(options_, DESK)
    assert asks
    assert 401 == send("/login/key", answer=made, new="yes").status_code
    made = key.create(offered("create")[0], DESK)
    assert 302 == send("/login/key", answer=made, new="yes", password=RIGHT).status_code
    options_, asks = offered("create")
    assert asks
    other = DeskKey().create(options_, DESK)
    assert 302 == send("/login/key", answer=other, new="yes", password=RIGHT).status_code
    assert "/login/code" == send("/login", login="900105", password=RIGHT).headers["Location"].partition("?")[0]
    assert 'data-key="create"' not in go(browser, "/login/code").text
    assert house.token(browser) is None
    assert "/today" == send("/login/key", answer=key.get(offered("get")[0], DESK), new="no").headers["Location"]
    assert house.token(browser)
    house.close()
