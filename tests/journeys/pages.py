"""A browser without a script: a cookie, links, forms as they are drawn."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests
from sqlalchemy import create_engine, text

from desk import codes
from tools.dev import stack
from tools.dev.stack import Stack


@dataclass
class Control:
    """What a form sends under one name; `choices`: of a list or of buttons, what may be chosen."""

    values: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)


@dataclass
class Drawn:
    """A form of a page."""

    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)

    @property
    def button(self) -> str:
        """The last one, which sends it."""
        return self.buttons[-1] if self.buttons else ""

    def value(self, name: str) -> str:
        return self.controls[name].values[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms, self.links, self.text = list[Drawn](), list[tuple[str, str]](), list[str]()
        self.form: Drawn | None = None
        self.inside, self.link, self.area, self.select = "", "", "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.inside = tag if tag in ("script", "style", "button") else self.inside
        if tag == "button" and self.form is not None:
            self.form.buttons.append("")
        if tag == "form":
            self.form = Drawn(has.get("action", ""), has.get("method", "get"))
            self.forms.append(self.form)
        if tag == "a":
            self.links.append((has.get("href", ""), ""))
            self.link = has.get("href", "")
        if self.form is None or not (name := has.get("name") or self.select):
            return
        control = self.form.controls.setdefault(name, Control()) if tag in ("input", "select", "textarea") else None
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area = name
        elif tag == "option" and self.select:
            self.form.controls[self.select].choices.append(has.get("value", ""))
            self.form.controls[self.select].values += [has["value"]] if "selected" in has else []
        elif control is not None and has.get("type") in ("radio", "checkbox"):
            control.choices.append(has["value"])
            control.values += [has["value"]] if "checked" in has else []
        elif control is not None:
            control.values.append(has.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""
        elif tag == "a":
            self.link = ""

    def handle_data(self, data: str) -> None:
        if self.inside in ("script", "style"):
            return
        if self.area and self.form is not None:
            self.form.controls[self.area].values.append(data.lstrip("\n"))
        if self.inside == "button" and self.form is not None:
            self.form.buttons[-1] += data.strip()
        if self.link:
            address, text = self.links[-1]
            self.links[-1] = address, text + data.strip()
        self.text.append(data)


@dataclass
class Shown:
    """A page as it came."""

    answer: requests.Response
    url: str
    forms: list[Drawn]
    links: list[tuple[str, str]]
    text: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    def form(self, button: str) -> Drawn:
        """The one whose button says so."""
        (found,) = (each for each in self.forms if each.button == button)
        return found

    def link(self, text: str) -> str:
        return next(address for address, shown in self.links if text in shown)


@dataclass
class Browser:
    """One officer's, with no script. `cookie`: what lets it in; `others`: name → what else it has of us."""

    system: Stack
    cookie: str = ""
    others: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.system.url("desk")

    def get(self, path: str, **headers: str) -> Shown:
        return self._shown(self._ask("GET", path, headers=headers))

    def send(
        self, form: Drawn, *, at: str = "", headers: dict[str, str] | None = None, chosen: Any = None, **typed: Any
    ) -> Shown:
        """What the form has and what was typed, as a browser sends it; names without `f.` and type are found.

        `chosen`: files, as the library takes them.
        """
        content = {name: list(control.values) for name, control in form.controls.items()}
        for name, value in typed.items():
            full = next((each for each in content if each == name or each.startswith(f"f.{name}~")), name)
            content[full] = value if isinstance(value, list) else [value]
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": self.origin} | (headers or {})
        where: dict[str, Any] = {"params" if form.method == "get" else "data": content}
        if chosen is not None:
            where["files"] = chosen
        return self._shown(self._ask(form.method.upper(), at or form.action, headers=sent, **where))

    def login(self, officer: str) -> Shown:
        """In, with the second factor where one is asked for."""
        name, password, secret = stack.account(self.system, officer)
        shown = self.send(self.get("/login").forms[0], login=name, password=password)
        if secret and any("code" in form.controls for form in shown.forms):
            shown = self.send(shown.form("确定"), code=unused(officer, secret))
        return shown

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        has = {"__Host-fq": self.cookie} | self.others
        headers = {"Cookie": "; ".join(f"{name}={each}" for name, each in has.items())} | more.pop("headers", {})
        url = urljoin(self.origin, path)
        answer = requests.request(method, url, headers=headers, allow_redirects=False, timeout=30, **more)
        # the library sends no secure cookie to an address without TLS; a browser does so on this very machine
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
            assert "Domain=" not in cookie
            name, _, value = cookie.partition(";")[0].partition("=")
            if name == "__Host-fq":
                self.cookie = value
            else:
                self.others[name] = value
        if answer.is_redirect:
            return self._ask("GET", answer.headers["Location"])
        return answer

    def _shown(self, answer: requests.Response) -> Shown:
        reader = _Reader()
        reader.feed(answer.text)
        links = [(address, " ".join(text.split())) for address, text in reader.links]
        return Shown(answer, answer.url, reader.forms, links, " ".join("".join(reader.text).split()))


_USED: dict[str, int] = {}


def unused(officer: str, secret: str) -> str:
    """A code that is good now and was not sent yet: none is taken twice."""
    step = max(int(time.time()) // codes.STEP, _USED.get(officer, 0) + 1)
    while step > int(time.time()) // codes.STEP + 1:
        time.sleep(0.5)
    _USED[officer] = step
    return codes.code(base64.b32decode(secret), step)


def change(system: Stack, name: str, statement: str, **given: Any) -> None:
    """Does to a database what time or another would."""
    engine = create_engine(system.database(name))
    with engine.begin() as connection:
        connection.execute(text(statement), given)
    engine.dispose()


def stored(system: Stack, name: str, query: str) -> list[Any]:
    """What is in a database."""
    engine = create_engine(system.database(name))
    with engine.connect() as connection:
        rows = list(connection.execute(text(query)))
    engine.dispose()
    return rows


@contextmanager
def held(system: Stack) -> Iterator[None]:
    """Whoever would change a handover waits, while all is read as ever."""
    engine = create_engine(system.owned("referral"))
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE referral IN EXCLUSIVE MODE"))
        yield
    engine.dispose()
