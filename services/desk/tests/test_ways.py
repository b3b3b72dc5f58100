"""Login by another's word: whom they name is in, as the officer whose account says so, and nobody else is."""

import html
import os
import secrets
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from desk_context import Listed
from desk_house import DESK, House, ask, go
from desk_provider import CLIENT, SECRET, DeskProvider
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import Engine, text

from contracts.problems import Unavailable
from desk.browsers import SESSION, csrf
from desk.signer.outside import BACK, GATE, Gateway, Provider
from vault import Safe
from web.tokens import Verifier

ACR = "urn:two-factors"
SUBJECT = "CN=张三,OU=第十检察部,O=枫禾县人民检察院,C=CN"


@pytest.fixture
def provider() -> Iterator[DeskProvider]:
    made = DeskProvider(DESK + BACK, subject=secrets.token_hex(8))
    yield made
    made.stop()


@pytest.fixture
def house(
    engine: Engine, accounts_safe: Safe, office: Listed, tmp_path: Path, provider: DeskProvider
) -> Iterator[House]:
    outside = Provider(provider.url, CLIENT, SECRET, DESK, frozenset({ACR}))
    made = House(engine, accounts_safe, office, outside, tmp_path)
    yield made
    made.close()
    office.proves = False


@pytest.fixture
def gated(engine: Engine, accounts_safe: Safe, office: Listed, tmp_path: Path) -> Iterator[House]:
    made = House(engine, accounts_safe, office, Gateway(), tmp_path)
    yield made
    made.close()


def come_back(house: House, browser: FlaskClient, **more: str) -> Any:
    """Through the provider, as a browser goes."""
    sent = go(browser, "/login/way", **more)
    answer = requests.get(sent.headers["Location"], allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == BACK
    return browser.get(f"{back.path}?{back.query}", base_url=DESK)


def test_whom_the_provider_names_is_in(house: House, provider: DeskProvider, office: Listed, tmp_path: Path) -> None:
    """As the officer whose account says so, with the roles that the office's list has, whatever the provider says."""
    house.account("900105", provider.subject)
    provider.claims = {"roles": ["chief"], "officer": "900000", "acr": "other"}
    browser = house.browser()
    assert "统一身份登录" in go(browser, "/login").text
    back = come_back(house, browser, next="/sessions")
    assert (302, "/sessions") == (back.status_code, back.headers["Location"])
    assert "我的登录" in go(browser, "/sessions").text
    officer = Verifier(tmp_path / "keys" / "officer.pub", "619926", tmp_path / "keys" / "signer.pub").officer(
        house.token(browser) or ""
    )
    assert ("900105", office.roles, 0) == (officer.id, officer.roles, officer.proved_at)
    # the way is used up; it is asked for by PKCE and never tells the browser a secret of ours
    assert browser.get_cookie("__Host-fq-way", domain="desk.example") is None
    asked = provider.asked[0]
    assert ("S256", "openid", "code") == (asked["code_challenge_method"], asked["scope"], asked["response_type"])
    assert SECRET not in str(asked)


def test_who_has_no_account_gets_none(house: House, provider: DeskProvider) -> None:
    """A login makes no account."""
    house.account("900105", "somebody else")
    back = come_back(house, browser := house.browser())
    assert (403, None) == (back.status_code, house.token(browser))
    with house.engine.connect() as connection:
        assert 1 == connection.scalar(text("SELECT count(*) FROM account"))
        assert [] == list(connection.execute(text("SELECT 1 FROM session")))
    assert provider.subject not in back.text


def test_an_answer_is_for_one_browser_and_once(house: House, provider: DeskProvider) -> None:
    """Who gives another their own answer would have them work in a stranger's name."""
    house.account("900105", provider.subject)
    sent = go(mine := house.browser(), "/login/way")
    answer = requests.get(sent.headers["Location"], allow_redirects=False, timeout=5)
    query = urlsplit(answer.headers["Location"]).query
    theirs = house.browser()
    assert "/login" == go(theirs, f"{BACK}?{query}").headers["Location"]
    go(theirs, "/login/way")
    assert (401, None) == (go(theirs, f"{BACK}?{query}").status_code, house.token(theirs))
    way = mine.get_cookie("__Host-fq-way", domain="desk.example")
    assert way is not None
    assert 302 == go(mine, f"{BACK}?{query}").status_code
    assert house.token(mine)
    mine.set_cookie("__Host-fq-way", way.value, domain="desk.example", secure=True)
    assert 401 == go(mine, f"{BACK}?{query}").status_code


def _other() -> Any:
    return RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})


FLAWS: dict[str, dict[str, Any]] = {
    "nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "issuer": {"claims": {"iss": "http://127.0.0.1:1"}},
    "audience": {"claims": {"aud": "another"}},
    "another's too": {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
    "ended": {"claims": {"iat": int(time.time()) - 900, "exp": int(time.time()) - 600}},
    "no subject": {"claims": {"sub": ""}},
    "a subject that is none": {"claims": {"sub": ["900105"]}},
    "another's key": {"key": _other()},
    "a secret for a key": {"key": OctKey.generate_key(256, {"kid": "k1", "alg": "HS256"})},
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_what_is_wrong_about_a_token_lets_nobody_in(house: House, provider: DeskProvider, flaw: str) -> None:
    """Of another client, another time, another login, another key; and by a sentence that says not which."""
    house.account("900105", provider.subject)
    vars(provider).update(FLAWS[flaw])
    back = come_back(house, browser := house.browser())
    assert (401, None) == (back.status_code, house.token(browser))
    assert "身份没有得到确认" in back.text


@pytest.mark.parametrize(
    ("said", "proved"),
    [
        ({}, False),
        ({"acr": ACR}, False),  # nobody says when
        ({"acr": "urn:one-factor", "auth_time": int(time.time())}, False),
        ({"acr": ACR, "auth_time": int(time.time()) - 13 * 3600}, False),
        ({"acr": ACR, "auth_time": int(time.time()) - 60}, True),
        ({"acr": ACR, "auth_time": int(time.time()) + 6000}, True),  # a clock that is wrong proves nothing in advance
    ],
)
def test_a_second_factor_is_asked_for_unless_one_was_shown_there(
    house: House, provider: DeskProvider, office: Listed, tmp_path: Path, said: dict[str, Any], proved: bool
) -> None:
    """What the provider calls two factors and when it was counts; where either is not said, ours is asked."""
    house.account("900105", provider.subject)
    office.proves, provider.claims = True, said
    back = come_back(house, browser := house.browser())
    assert ("/today" if proved else "/login/code") == urlsplit(back.headers["Location"]).path
    token = house.token(browser)
    assert proved is bool(token)
    if token:
        keys = tmp_path / "keys"
        proved_at = Verifier(keys / "officer.pub", "619926", keys / "signer.pub").officer(token).proved_at
        assert proved_at is not None
        assert abs(min(said["auth_time"], time.time()) - proved_at) < 5
    else:
        assert "六位口令" in go(browser, "/login/code").text


def test_nobody_logs_in_by_a_password_there(house: House, provider: DeskProvider) -> None:
    """Nor unlocks or changes one: the way that nobody looks after is the one that is tried."""
    house.account("900105", provider.subject)
    come_back(house, browser := house.browser())
    ours = {"Sec-Fetch-Site": "same-origin"}
    form = {"login": "900105", "password": "x" * 20}
    assert 403 == browser.post("/login", base_url=DESK, data=form, headers=ours).status_code
    assert "密码" not in go(browser, "/locked").text
    changed = {"password": "x" * 20, "new": "月落乌啼霜满天江枫", "again": "月落乌啼霜满天江枫"}
    said = browser.post("/login/password", base_url=DESK, data=changed, headers=ours)
    assert "本系统不以这种方式登录" in said.text


def leave(browser: FlaskClient) -> str:
    """Out; the page that is shown then."""
    cookie = browser.get_cookie(SESSION, domain="desk.example")
    assert cookie is not None
    form, ours = {"csrf": csrf(cookie.value)}, {"Sec-Fetch-Site": "same-origin"}
    out = browser.post("/logout", base_url=DESK, data=form, headers=ours)
    assert "/login/left" == out.headers["Location"]
    return html.unescape(go(browser, "/login/left").text)


def test_who_logs_out_is_out_at_the_provider_too(house: House, provider: DeskProvider) -> None:
    """Whoever sits down next would be in by a press; a page leads there, for no form of ours may, and back to ours."""
    house.account("900105", provider.subject)
    provider.ends = "https://sso.example/end?tenant=7"
    come_back(house, browser := house.browser())
    shown = leave(browser)
    back = "post_logout_redirect_uri=https%3A%2F%2Fdesk.example%2Flogin"
    end = f"https://sso.example/end?tenant=7&client_id={CLIENT}&{back}"
    assert [True, True] == [f'{each}{end}"' in shown for each in ('content="0;url=', 'href="')]
    assert house.token(browser) is None


@pytest.mark.parametrize("ends", [None, "http://sso.example/end", "javascript:alert(1)"])
def test_a_provider_that_has_no_logout_is_left_by_oneself(
    house: House, provider: DeskProvider, ends: str | None
) -> None:
    """Nor is anybody sent to an address that is none to be sent to."""
    house.account("900105", provider.subject)
    provider.ends = ends
    come_back(house, browser := house.browser())
    shown = leave(browser)
    assert ("在统一身份认证退出" in shown, 'http-equiv="refresh"' in shown, str(ends) in shown) == (True, False, False)
    assert house.token(browser) is None


def test_a_provider_that_is_away_or_another_is_not_believed(house: House, provider: DeskProvider) -> None:
    """A page says so, and nobody is in."""
    provider.stop()
    assert 503 == go(house.browser(), "/login/way").status_code
    with pytest.raises(ValueError, match="https"):
        Provider("http://sso.example", CLIENT, SECRET, DESK, frozenset())


def test_a_provider_is_known_by_the_authority_that_was_named(tmp_path: Path) -> None:
    """A province's is often no public one; without its file nobody is sent there, and nothing is asked of it."""
    files = str(tmp_path / "crt"), str(tmp_path / "key")
    asked = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    asked += ["-subj", "/CN=provider", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]]
    subprocess.run(["openssl", *asked], check=True, capture_output=True)
    provider = DeskProvider(DESK + BACK, tls=files)
    told = provider.url, CLIENT, SECRET, DESK, frozenset[str]()
    assert Provider(*told, Path(files[0])).address("way", False).startswith(f"{provider.url}/authorize?")
    with pytest.raises(Unavailable):
        Provider(*told).address("way", False)
    provider.stop()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_a_login(house: House, provider: DeskProvider, wanted: str) -> None:
    """Neither by the address that began it nor by a cookie that somebody set."""
    house.account("900105", provider.subject)
    browser = house.browser()
    assert "/today" == come_back(house, browser, next=wanted).headers["Location"]
    browser = house.browser()
    sent = go(browser, "/login/way")
    browser.set_cookie("__Host-fq-to", wanted, domain="desk.example", secure=True)
    answer = requests.get(sent.headers["Location"], allow_redirects=False, timeout=5)
    back = go(browser, f"{BACK}?{urlsplit(answer.headers['Location']).query}")
    assert "/today" == back.headers["Location"]


def test_another_sites_link_logs_nobody_in(house: House, provider: DeskProvider) -> None:
    """Whom the provider knows would be in without having asked for it."""
    house.account("900105", provider.subject)
    for site in ("cross-site", "same-site"):
        sent = house.browser().get("/login/way", base_url=DESK, headers={"Sec-Fetch-Site": site})
        assert (302, "/login") == (sent.status_code, urlsplit(sent.headers["Location"]).path)


# as nginx writes it
ESCAPED = "".join(each if each.isascii() else "".join(f"\\{byte:02X}" for byte in each.encode()) for each in SUBJECT)
SEEN = {"X-Client-Verify": "SUCCESS", "X-Client-Subject": SUBJECT, "X-Client-Serial": "4A"}


@pytest.mark.parametrize("written", [SUBJECT, ESCAPED])
def test_who_the_gateway_has_seen_is_in(gated: House, written: str) -> None:
    """By the certificate that it looked at, in the browser that asked, once."""
    gated.account("900105", SUBJECT)
    browser = gated.browser()
    assert (303, GATE) == ((sent := go(browser, "/login/way")).status_code, sent.headers["Location"])
    assert 303 == gated.gate(browser, **(SEEN | {"X-Client-Subject": written}))
    way = browser.get_cookie("__Host-fq-way", domain="desk.example")
    assert way is not None
    # another browser has nothing of it
    other = gated.browser()
    go(other, "/login/way")
    assert 401 == go(other, BACK).status_code
    assert 302 == go(browser, BACK).status_code
    assert gated.token(browser)
    browser.set_cookie("__Host-fq-way", way.value, domain="desk.example", secure=True)
    assert 401 == go(browser, BACK).status_code
    with gated.engine.connect() as connection:
        seen = connection.execute(text("SELECT what FROM entry ORDER BY id")).scalars().all()
    assert ["created", "seen by certificate 4A", "logged-in"] == seen


@pytest.mark.parametrize("wrong", [("Verify", "FAILED:expired"), ("Verify", "NONE"), ("Verify", ""), ("Subject", "")])
def test_a_certificate_that_did_not_pass_is_nobody(gated: House, wrong: tuple[str, str]) -> None:
    """Nor is a gateway that does not say whether it did."""
    gated.account("900105", SUBJECT)
    go(browser := gated.browser(), "/login/way")
    assert 303 == gated.gate(browser, **(SEEN | {f"X-Client-{wrong[0]}": wrong[1]}))
    assert 401 == go(browser, BACK).status_code


def test_the_gateways_word_is_taken_at_its_own_socket_alone(gated: House) -> None:
    """The headers mean nothing at the pages' address and at the door's own socket, which more can reach."""
    gated.account("900105", SUBJECT)
    browser = gated.browser()
    go(browser, "/login/way")
    assert browser.get(GATE, base_url=DESK, headers=SEEN).status_code in (302, 404)
    assert browser.get(BACK, base_url=DESK, headers=SEEN).status_code == 401
    go(browser, "/login/way")
    way = browser.get_cookie("__Host-fq-way", domain="desk.example")
    assert way is not None
    assert 303 != ask(gated.folder / "signer", SEEN | {"Cookie": f"__Host-fq-way={way.value}"})
    assert (401, None) == (go(browser, BACK).status_code, gated.token(browser))
    # and nobody opens either but the desk's own user
    for name in ("signer", "gate"):
        assert 0o600 == stat.S_IMODE(os.stat(gated.folder / name).st_mode)


def test_what_the_gateway_saw_is_good_for_a_moment(gated: House) -> None:
    """Who comes back later shows the certificate again."""
    gated.account("900105", SUBJECT)
    go(browser := gated.browser(), "/login/way")
    gated.gate(browser, **SEEN)
    with gated.engine.begin() as connection:
        connection.execute(text("UPDATE arrival SET ends_at = now() - interval '1 second'"))
    assert 401 == go(browser, BACK).status_code
