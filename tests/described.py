"""Every answer that a test gets as an officer is held to what its route says it answers."""

import re
from functools import cache

import requests
from marshmallow import Schema

from contracts.sentences import faults
from tests.doors import CLASSES
from web.route import Route, routes_of

# members that are answered and no schema has: said together when all is over, for a new member is in many answers
UNDESCRIBED: set[str] = set()
_UNKNOWN = "不认识的字段"
# in any answer to an officer while no clock fires
_BESIDE = {"clocks_halted"}


def check(service: str, method: str, path: str, answer: requests.Response) -> None:
    """Fails by name where a member is missing or of another kind than its schema says."""
    route = _route(service, method, path.partition("?")[0])
    if route is None or route.answer is None or answer.status_code != route.status:
        return
    content = {name: value for name, value in answer.json().items() if name not in _BESIDE}
    found = faults(_made(route.answer).validate(content))
    here = f"{service} {method} {route.path}"
    UNDESCRIBED.update(f"{here}: {re.sub(r'[0-9]+', '*', name)}" for name, why in found if why == _UNKNOWN)
    wrong = [each for each in found if each[1] != _UNKNOWN]
    assert not wrong, (here, wrong[:5])


@cache
def _made(schema: type[Schema]) -> Schema:
    return schema()


def _route(service: str, method: str, path: str) -> Route | None:
    return next((each for at, each in _patterns(service) if each.method == method and at.fullmatch(path)), None)


@cache
def _patterns(service: str) -> list[tuple[re.Pattern[str], Route]]:
    if service not in CLASSES:
        return []
    # what is written out goes before what names a part: /officers/notices is no officer's number
    every = sorted(routes_of(CLASSES[service]), key=lambda each: each.path.count("<"))
    return [(re.compile(re.sub(r"<[^>]+>", "[^/]+", each.path)), each) for each in every]
