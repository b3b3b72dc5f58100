"""docs/pages.md: what it says of a call is what the call's route, the table of rights and the answer's schema say."""

import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from marshmallow import Schema, fields

from authorization.table import ACTIONS, LETTERS
from service_kit.worklist import Box, Item
from tests.doors import CLASSES, routes
from tests.pages import Panel, panels
from web.forms import made
from web.route import Route


def boxes(service: str) -> dict[str, Box]:
    found: tuple[Box, ...] = import_module(f"{service}.use_cases.worklist").BOXES
    return {box.word: box for box in found}


def route_of(panel: Panel) -> Route | None:
    shape = re.sub(r"{\w+}", "<>", panel.path)
    wanted = (panel.service, panel.method, shape)
    return next((each for service, each in routes() if (service, each.method, _shape(each)) == wanted), None)


def _shape(route: Route) -> str:
    return re.sub(r"<[^>]+>", "<>", route.path)


def members(schema: Schema) -> Iterator[str]:
    """Of an answer and of what is in it."""
    for name, field in schema.fields.items():
        yield field.data_key or name
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from members(inner.schema)


@pytest.mark.parametrize("panel", panels(), ids=lambda each: f"{each.page} {each}")
def test_a_panel_is_answered_as_the_page_says(panel: Panel) -> None:
    """There is such a call; it takes the query, lets in those and nobody else, and answers the members shown."""
    route = route_of(panel)
    assert route is not None, "no route"
    assert not panel.query.keys() - route.query().fields.keys()
    box = panel.query.get("box")
    action = boxes(panel.service)[box].action if box else route.action
    may = {letter for letter, role in LETTERS.items() if role in ACTIONS[action or ""]}
    # fewer are they to whom these members are answered, see test_mornings
    whole = [each for each in panels(panel.page) if str(each) == str(panel)]
    assert frozenset(may) == frozenset.union(*(each.who for each in whole))
    if route.answer is not None:
        known = set(members(Item() if box else made(route.answer)))
        assert not set(panel.shown) - known


def test_every_box_is_on_the_page_of_the_day() -> None:
    """A box that is not there would wait for an officer who never opens it."""
    shown = [(each.service, each.query["box"]) for each in panels("今日") if "box" in each.query]
    assert sorted(shown) == sorted((service, box) for service in CLASSES for box in boxes(service))


def test_every_row_of_a_box_leads_to_its_form() -> None:
    """What a row may be of is what the page of forms begins with."""
    nullable = {name for name, field in Item().fields.items() if field.load_default is None}
    named = {each.title for each in panels("下一步的表单")}
    assert nullable - {"lead"} == named - {"petition", "referral"}
