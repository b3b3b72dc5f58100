"""A body as a client draws it: its fields with their type, label, choices and bounds, made once for each schema.

| type | what is sent | beside `name`, `type`, `required`, `label` |
|---|---|---|
| `line`, `text` | text of one line, of several | `max`: characters |
| `date`, `moment` | 2026-11-27, RFC 3339 with its offset | |
| `number` | a whole number | `min`, `max` |
| `money` | yuan, exact, as text | |
| `flag` | true or false | |
| `choice` | one word | `enum`: [{value, label}] |
| `code` | a code or number | `options`: the address, at the same service, that lists what it may be |
| `list` | | `items`: a field without a name; `min`, `max`: how many |
| `object` | | `fields` |
| `map` | code → value | `values`: a field without a name; `keys`: [{value, label}], if known; `max`: how many |

`default`: what is taken where the field is left out.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from contracts import fields as ours
from contracts import given
from contracts.labels import label, sort_label

# whose codes a field of this name takes → where they are listed
OPTIONS: Mapping[str, str] = {
    "department": "/departments",
    "leads": "/departments",
    "officer": "/officers",
    "people": "/officers",
    "leader": "/officers",
    "deputy": "/officers",
    "handler": "/officers",
    "service_point": "/service-points",
    "place": "/places",
    "sub_line": "/lines",
    "basis": "/purposes",
}
AGENCIES = "/agencies"


# a schema copies all its fields when it is made, and keeps nothing of what it checks
@cache
def made(schema: type[Schema]) -> Schema:
    """The schema, made once."""
    return schema()


@cache
def form(schema: type[Schema]) -> list[dict[str, Any]]:
    """The fields of a body, in its order. Raises TypeError for one that nobody has said how to draw."""
    return [
        {"name": name, "label": label(field), "required": field.required} | _shape(name, field) | _default(field)
        for name, field in made(schema).fields.items()
    ]


def choices(field: ours.WordOf) -> list[Any]:
    """The words it takes, in the order of the vocabulary."""
    some = [set(each.choices) for each in field.validators if isinstance(each, validate.OneOf)]
    return [word for word in field.enum if all(word in taken for taken in some)]


def _shape(name: str, field: fields.Field[Any]) -> dict[str, Any]:
    match field:
        case fields.Nested():
            return {"type": "object", "fields": form(type(field.schema))}
        case fields.List():
            return {"type": "list", "items": _shape(name, field.inner)} | _bounds(field)
        case fields.Dict() if field.value_field is not None:
            return {"type": "map", "values": _shape(name, field.value_field)} | _bounds(field)
        case ours.WordOf():
            return {"type": "choice", "enum": [{"value": word.value, "label": word.zh} for word in choices(field)]}
        case ours.Moment():
            return {"type": "moment"}
        case ours.Day():
            return {"type": "date"}
        case ours.Count():
            return {"type": "number", "min": field.least, "max": field.most}
        case fields.Integer():
            return {"type": "number"} | _bounds(field)
        case fields.Boolean():
            return {"type": "flag"}
        case given.Money():
            return {"type": "money"}
        case given.Line() | given.Name() | given.Typed() | given.OwnNumber():
            return {"type": "line", "max": field.longest}
        case ours.Text():
            return {"type": "text", "max": field.longest}
        case fields.String() if name == "sort":
            return {"type": "choice", "enum": [{"value": each, "label": sort_label(each)} for each in _only_of(field)]}
        case ours.Pattern():
            agencies = AGENCIES if isinstance(field, ours.AgencyCode) else None
            listed = field.metadata.get("options") or agencies or OPTIONS.get(name)
            return {"type": "code"} | ({"options": listed} if listed else {})
        case _:
            raise TypeError(f"{name}: nobody has said how to draw a {type(field).__name__}")


def _only_of(field: fields.Field[Any]) -> list[str]:
    return [word for each in field.validators if isinstance(each, validate.OneOf) for word in each.choices]


def _bounds(field: fields.Field[Any]) -> dict[str, int]:
    lengths = [each for each in field.validators if isinstance(each, validate.Length | validate.Range)]
    bounds = {"min": next((each.min for each in lengths), None), "max": next((each.max for each in lengths), None)}
    return {name: value for name, value in bounds.items() if value is not None}


def _default(field: fields.Field[Any]) -> dict[str, Any]:
    value = field.load_default
    if isinstance(value, Enum):
        value = value.value
    return {"default": value} if isinstance(value, str | int) else {}


def narrowed(drawn: list[dict[str, Any]], words: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """The same fields, of some only what is taken now; `words`: field → value → label."""
    return [_only(field, words[field["name"]]) if field["name"] in words else field for field in drawn]


def _only(field: dict[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    choice = {"type": "choice", "enum": [{"value": value, "label": zh} for value, zh in words.items()]}
    if field["type"] == "list":
        return field | {"items": choice}
    if field["type"] == "map":
        return field | {"keys": choice["enum"]}
    return {name: field[name] for name in ("name", "label", "required")} | choice
