"""Every answer that a test gets as an officer is held to what its route says it answers."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import requests
from marshmallow import Schema, fields

from contracts.sentences import faults
from tests.doors import CLASSES
from web.forms import made
from web.route import Route, routes_of

# members that are answered and no schema has: said together when all is over, for a new member is in many answers
UNDESCRIBED: set[str] = set()
# in any answer to an officer while no clock fires
_BESIDE = {"clocks_halted"}


def check(service: str, method: str, path: str, answer: requests.Response) -> None:
    """Fails by name where a member is missing or of another kind than its schema says."""
    route = _route(service, method, path.partition("?")[0])
    if route is None or route.answer is None or answer.status_code != route.status:
        return
    content = {name: value for name, value in answer.json().items() if name not in _BESIDE}
    schema, here = made(route.answer), f"{service} {method} {route.path}"
    wrong = faults(schema.validate(content))
    assert not wrong, (here, wrong[:5])
    UNDESCRIBED.update(f"{here}: {name}" for name in _strangers(schema, content))


def _strangers(schema: Schema, content: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The members that no schema has, those of objects and of lists of objects too."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    for name, value in content.items():
        if name not in known:
            yield f"{path}{name}"
            continue
        field = known[name]
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            for each in value if isinstance(value, list) else [value]:
                yield from _strangers(inner.schema, each or {}, f"{path}{name}.")


def _route(service: str, method: str, path: str) -> Route | None:
    return next((each for at, each in _patterns(service) if each.method == method and at.fullmatch(path)), None)


@cache
def _patterns(service: str) -> list[tuple[re.Pattern[str], Route]]:
    if service not in CLASSES:
        return []
    # what is written out goes before what names a part: /officers/notices is no officer's number
    every = sorted(routes_of(CLASSES[service]), key=lambda each: each.path.count("<"))
    return [(re.compile(re.sub(r"<[^>]+>", "[^/]+", each.path)), each) for each in every]
