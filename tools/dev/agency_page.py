"""An agency's clerk at its page, as the demonstration needs one: logs in, fills in a form, presses its button."""

import html
import re
from dataclasses import dataclass
from urllib.parse import quote

import requests

_FORM = re.compile(r"<form method=\"post\".*?</form>", re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass
class AgencyPage:
    """`cookie`: what lets the clerk in."""

    url: str
    cookie: str = ""

    def enter(self, login: str, password: str) -> None:
        self._ask("POST", "/login", {"login": login, "password": password})

    def say(self, number: str, type_: str, **typed: str) -> bool:
        """Whether the matter offered it; then it is written down, and goes by itself."""
        for form in _FORM.findall(self._ask("GET", f"/matter?number={quote(number)}").text):
            hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(form)}
            if hidden.get("type") == type_:
                self._ask("POST", "/matter", hidden | {f"f.{name}": value for name, value in typed.items()})
                return True
        return False

    def _ask(self, method: str, path: str, content: dict[str, str] | None = None) -> requests.Response:
        # by hand: the library sends no secure cookie to an address without TLS, as a browser does on this very machine
        headers = {"Cookie": f"__Host-fq={self.cookie}", "Sec-Fetch-Site": "same-origin"}
        answer = requests.request(
            method, self.url + path, headers=headers, data=content, timeout=10, allow_redirects=False
        )
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            if name == "__Host-fq":
                self.cookie = value
        return answer
