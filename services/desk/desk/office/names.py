"""What codes stand for: departments, colleagues, agencies, as the services list them; kept for a minute."""

import time
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from desk.client import Away, Client, Refused

_FRESH = 60.0
_VOCABULARY = "/vocabulary"
_PAGES = 20  # of a list: a county's office is no longer
_SHOWN = (("intake", "/departments"), ("intake", "/officers"), ("referral", "/agencies"))
# of a row its code, and what it is called: the first that it has
_CODES = ("code", "number", "sheet", "basis", "sub_line", "line", "purpose")
_CALLED = ("name", "sheet_zh", "basis_zh", "sub_line_zh", "line_zh", "purpose_zh", "zh", "title")

Pairs = Sequence[tuple[str, str]]


class Names:
    """What everybody of the office may know, asked for by whoever needs it first."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[float, Pairs]] = {}
        self.lock = Lock()

    def of(self, client: Client) -> Mapping[str, str]:
        """Code → name of what is named on any page."""
        return {code: name for service, path in _SHOWN for code, name in self.listed(client, service, path)}

    def words(self, client: Client, enumeration: str) -> Mapping[str, str]:
        """Word → what an officer reads for it, of one enumeration of the services."""
        return dict(self.listed(client, "intake", f"{_VOCABULARY}#{enumeration}"))

    def listed(self, client: Client, service: str, path: str) -> Pairs:
        """Code and name of all that a service lists there; nothing where it may not be asked."""
        with self.lock:
            at, pairs = self.kept.get((service, path), (0.0, ()))
        if at == 0.0 or time.monotonic() - at > _FRESH:
            try:
                pairs = list(dict(_all(client, service, path)).items())
            except (Refused, Away):
                return pairs
            with self.lock:
                self.kept[service, path] = time.monotonic(), pairs
        return pairs


def _all(client: Client, service: str, path: str) -> Iterable[tuple[str, str]]:
    if path.startswith(_VOCABULARY):
        words = client.get(service, _VOCABULARY)["vocabulary"][path.partition("#")[2]]
        yield from ((each["value"], each["label"]) for each in words)
        return
    query: dict[str, Any] = {}
    for _ in range(_PAGES):
        answer = client.get(service, path, **query)
        yield from _pairs(answer)
        if not answer.get("next"):
            return
        query = {"after": answer["next"]}


def _pairs(answer: Any) -> Iterable[tuple[str, str]]:
    """Of every row that has a code and a name, rows within rows included."""
    if isinstance(answer, list):
        for each in answer:
            yield from _pairs(each)
    elif isinstance(answer, dict):
        code = next((answer[each] for each in _CODES if isinstance(answer.get(each), str)), None)
        called = next((answer[each] for each in _CALLED if isinstance(answer.get(each), str)), None)
        if code and called:
            yield code, called
        for each in answer.values():
            yield from _pairs(each) if isinstance(each, list | dict) else ()
