"""What a client draws a form from: every field of every body of every service has its type, its label, its words.

The bodies are found by walking the routes, so that a new field without Chinese fails here before somebody reads it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields

from contracts import vocabulary
from contracts.labels import NAMES, OWN
from contracts.registry import CONTRACTS
from contracts.vocabulary import Word
from tests.doors import CLASSES, routes
from web import openapi
from web.forms import form
from web.route import Route, routes_of

ALL = [(service, route) for service, route in routes() if route.body or route.query().fields]
CHINESE = re.compile(r"[一-鿿]")


def drawn(found: list[dict[str, Any]], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field with its dotted path, those of objects and of lists of objects too."""
    for each in found:
        here = f"{path}{each['name']}"
        yield here, each
        yield from drawn(each.get("items", each).get("fields", []), f"{here}.")


@pytest.mark.parametrize(("service", "route"), ALL, ids=lambda each: each.path if isinstance(each, Route) else each)
def test_every_field_has_a_label_and_every_word_its_chinese(service: str, route: Route) -> None:
    """Of bodies and of queries; and where a code may be chosen from a list, the same service has that list."""
    lists = {each.path for _, each in routes() if _ == service and each.method == "GET"}
    for path, field in drawn((form(route.body) if route.body else []) + form(route.query)):
        assert CHINESE.search(field["label"] or ""), f"no label for {path} of {route.path}: contracts.labels"
        inner = field.get("items", field)
        for word in inner.get("enum", []):
            assert CHINESE.search(word["label"]), (path, word)
        assert inner.get("options") in {None, *lists}, path


def test_every_word_of_the_vocabulary_has_its_chinese() -> None:
    """A word without one would be shown as code."""
    words = [each for each in vars(vocabulary).values() if isinstance(each, type) and issubclass(each, Word)]
    assert len(words) > 40
    assert [] == [f"{of.__name__}.{word.name}" for of in words for word in of if not CHINESE.search(word.zh)]


def test_no_label_is_of_a_field_that_is_gone() -> None:
    """Each name, and each name of one schema, is somewhere in a body, a query or a message."""
    schemas = {schema for _, route in routes() for schema in (route.body, route.query) if schema is not None}
    schemas |= {each.schema for each in CONTRACTS} | {each.personal for each in CONTRACTS if each.personal}
    names, own = set[str](), set[str]()
    for schema in schemas:
        names |= {name for _, name in _fields(schema)}
        own |= {f"{each.__name__}.{name}" for each, name in _fields(schema)}
    assert set() == set(NAMES) - names
    assert set() == set(OWN) - own


def _fields(schema: type[Schema]) -> Iterator[tuple[type[Schema], str]]:
    for name, field in schema().fields.items():
        yield from ((each, name) for each in schema.__mro__ if issubclass(each, Schema))
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from _fields(type(inner.schema))


def test_the_description_names_words_as_the_form_does() -> None:
    """`x-enumDescriptions` and `title` in the OpenAPI document, for who generates a client."""
    described = openapi.describe("x", "1", routes_of(CLASSES["intake"]))["components"]["schemas"]
    resolution = described["Resolve"]["properties"]["resolution"]
    assert "化解情况" == resolution["title"]
    assert {word.value: word.zh for word in vocabulary.Resolution} == resolution["x-enumDescriptions"]
    handover = described["Forwarded"]["properties"]["handover"]
    assert handover["enum"] == list(handover["x-enumDescriptions"]) == ["transfer", "assign"]


def test_every_route_says_what_it_answers() -> None:
    """In JSON, all but the description itself. The journeys hold the answers to it: tests/described.py."""
    silent = {(service, each.method, each.path) for service, each in routes() if each.media == "application/json"}
    silent -= {(service, each.method, each.path) for service, each in routes() if each.answer is not None}
    assert {"/openapi.json"} == {path for _, _, path in silent}, silent
    for class_ in CLASSES.values():
        described = openapi.describe("x", "1", routes_of(class_))
        assert all(each["type"] == "object" for each in described["components"]["schemas"].values())
