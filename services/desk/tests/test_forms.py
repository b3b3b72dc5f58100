"""Forms drawn from descriptions, and bodies read from what was typed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.office import bodies, forms
from tests.doors import routes

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
FORMS = [(service, route) for service, route in routes() if route.body is not None]


def names(controls: list[forms.Control]) -> list[str]:
    return [each for control in controls for each in (names(control.parts) or [control.name])]


@pytest.mark.parametrize(("service", "route"), FORMS, ids=lambda each: getattr(each, "path", each))
def test_every_form_of_every_service_can_be_drawn(service: str, route: Any) -> None:
    """A new action appears without a line here; every field has its control, and each control a name of its own."""
    controls = forms.Drawing().draw(route.fields)
    assert [each["name"] for each in route.fields] == [each.path for each in controls]
    drawn = names(controls)
    assert len(drawn) == len(set(drawn))
    assert all(each.label for each in controls)


def test_what_was_typed_is_the_body() -> None:
    """Groups and lists of groups are put together from the names; what is empty is left out."""
    typed = {
        "f.title~line": [" 讨薪 "],
        "f.received_on~date": ["昨天"],
        "f.pieces~number": ["2"],
        "f.amount~money": ["20000.50"],
        "f.anonymous~flag": ["false"],
        "f.petitioner.name~line": ["石大川"],
        "f.petitioner.phone~line": [""],
        "f.others.0.name~line": [""],
        "f.others.2.name~line": ["孙长根"],
        "f.situations~choices": ["no_income", "minor"],
        "f.lacking~lines": ["收据\r\n\r\n 合同 "],
        "f.answers~map": ["ours=是\r\nopen=否"],
        "f.at~moment": ["2026-11-27 09:30"],
        "csrf": ["x"],
        "more~others": ["1"],
    }
    assert {
        "title": "讨薪",
        "received_on": "2026-11-26",
        "pieces": 2,
        "amount": "20000.50",
        "anonymous": False,
        "petitioner": {"name": "石大川"},
        "others": [{"name": "孙长根"}],
        "situations": ["no_income", "minor"],
        "lacking": ["收据", "合同"],
        "answers": {"ours": True, "open": False},
        "at": "2026-11-27T09:30:00+08:00",
    } == bodies.read(typed, NOW)
    assert {"others": 4} == bodies.more(typed)


def test_what_cannot_be_read_is_sent_as_it_is() -> None:
    """The service says what is wrong with it, in one set of words."""
    typed = {"f.on~date": ["前年"], "f.pieces~number": ["两"], "f.sure~flag": ["maybe"]}
    assert {"on": "前年", "pieces": "两", "sure": "maybe"} == bodies.read(typed, NOW)


def test_a_refusal_stands_beside_its_field() -> None:
    """Also within a group, and of one line of a list that is one control."""
    fields = [
        {"name": "petitioner", "label": "信访人", "type": "object", "required": True,
         "fields": [{"name": "phone", "label": "电话", "type": "line", "required": False}]},
        {"name": "lacking", "label": "所缺材料", "type": "list", "required": True, "items": {"type": "line", "max": 9}},
    ]  # fmt: skip
    typed = {"f.petitioner.phone~line": ["1"], "f.lacking~lines": ["x"]}
    drawn = forms.Drawing(typed, {"petitioner.phone": "应为电话号码", "lacking.0": "过长"}).draw(fields)
    assert [("电话", "应为电话号码"), ("所缺材料", "过长")] == [
        (each.label, each.error) for control in drawn for each in control.faulty()
    ]
    assert ("1", "x") == (drawn[0].parts[0].value, drawn[1].value)


def test_what_has_names_is_asked_by_them() -> None:
    """Of a map whose keys are known each is a question of its own; nobody types a code."""
    keys = [{"value": "ours", "label": "是否属于本院管辖"}, {"value": "open", "label": "是否已经终结"}]
    fields = [{"name": "answers", "label": "核对结果", "type": "map", "required": True, "keys": keys,
               "values": {"type": "flag"}}]  # fmt: skip
    (drawn,) = forms.Drawing().draw(fields)
    assert [("是否属于本院管辖", "f.answers.ours~flag"), ("是否已经终结", "f.answers.open~flag")] == [
        (each.label, each.name) for each in drawn.parts
    ]
    assert {"answers": {"ours": True}} == bodies.read({"f.answers.ours~flag": ["true"]}, NOW)


@given(
    st.dictionaries(
        st.text(max_size=12).map(lambda each: f"f.{each}"),
        st.lists(st.text(max_size=12), min_size=1, max_size=3),
        max_size=8,
    )
)
def test_no_names_make_a_fault(typed: dict[str, list[str]]) -> None:
    """Whoever makes a form up gets a body that the service refuses, and no error of ours."""
    bodies.read(typed, NOW)
    bodies.more(typed)
