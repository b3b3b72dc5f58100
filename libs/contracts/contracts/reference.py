"""The message reference for vendors, drawn from the contracts so that it cannot be out of date.

`python -m contracts.reference FOLDER` writes `agency.asyncapi.json` (AsyncAPI 3.0, JSON Schema) and `messages.md`.
"""

import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema
from marshmallow import fields as base

from contracts import fields as f
from contracts import given
from contracts.labels import label
from contracts.plain import EARLIEST, LATEST
from contracts.registry import CONTRACTS, Contract

SAMPLES = Path(__file__).parent / "samples"
JURISDICTION = "619926"
# who hears and who says each category: (operation, channel, address, what the path parameter is)
SIDES = {
    "to_agency": ("receive", "agencyInbox", "agency.{code}.inbox"),
    "from_agency": ("send", "agencyOut", "agency.{code}.out"),
    "to_channel": ("receive", "channelTasks", "notify.{channel}"),
    "from_channel": ("send", "channelResults", "notify.{channel}.out"),
}
PARAMETERS = {
    "code": "The agency's code in the county's directory, also its broker user: A09",
    "channel": "phone or sms, also the operator's broker user",
}


def json_schema(schema: Schema | type[Schema]) -> dict[str, Any]:
    """Returns a contract's data as JSON Schema; unknown members are allowed, readers ignore them.

    Raises TypeError for a field that nobody has said how to draw.
    """
    made = schema() if isinstance(schema, type) else schema
    return {
        "type": "object",
        "properties": {name: _field(name, field) for name, field in made.fields.items()},
        "required": [name for name, field in made.fields.items() if field.required],
    }


def _field(name: str, field: base.Field[Any]) -> dict[str, Any]:
    shape = _shape(name, field)
    if field.allow_none and not isinstance(field, f.AnyCode):
        if "enum" in shape:
            shape["enum"] = [*shape["enum"], None]
        shape["type"] = [shape["type"], "null"]
    zh = label(field)
    return shape if zh is None else {"title": zh} | shape


def _shape(name: str, field: base.Field[Any]) -> dict[str, Any]:
    match field:
        case base.Nested():
            return json_schema(field.schema)
        case base.List():
            return {"type": "array", "items": _shape(name, field.inner)}
        case f.WordOf():
            labels = "; ".join(f"{word.value} {word.zh}" for word in field.enum)
            return {"type": "string", "enum": [word.value for word in field.enum], "description": labels}
        case f.Moment():
            return {"type": "string", "format": "date-time"}
        case f.Day():
            bounds = {"description": f"{EARLIEST} … {LATEST}"} if isinstance(field, given.Day) else {}
            return {"type": "string", "format": "date"} | bounds
        case f.Count():
            return {"type": "integer", "minimum": field.least, "maximum": field.most}
        case f.Flag():
            return {"type": "boolean"}
        case f.Text():
            least = field.required or (isinstance(field, given.Text) and not field.allow_none)
            return {"type": "string", "maxLength": field.longest} | ({"minLength": 1} if least else {})
        case f.AnyCode():
            # whatever it is, the message is taken: what is no code is kept as another word
            return {"type": ["string", "null", "boolean", "number", "array", "object"]}
        case f.Pattern():
            return {"type": "string", "pattern": f"^(?:{field.pattern.pattern})$"}
        case _:
            raise TypeError(f"{name}: {type(field).__name__} has no JSON Schema")


def example(contract: Contract) -> dict[str, Any]:
    """Returns the golden sample in its envelope. Raises FileNotFoundError where a type has none."""
    sample = json.loads((SAMPLES / contract.category / f"{contract.name}.json").read_text(encoding="utf-8"))
    data: dict[str, Any] = sample["data"]
    source = {
        "to_agency": f"/{JURISDICTION}/{'referral' if contract.source == 'any' else contract.source}",
        "to_channel": f"/{JURISDICTION}/notify",
        "from_agency": "/agencies/A08",
        "from_channel": "/channels/phone",
    }[contract.category]
    subject = next(
        (data[name] for name in ("referral", "lead", "submission", "proceeding", "task", "message") if name in data),
        "A08",
    )
    return {
        "specversion": "1.0",
        "id": "0b0f3c9e-7a55-4f0e-9a39-4f1f5d1c7a11",
        "source": source,
        "type": contract.name,
        "subject": subject,
        "time": "2026-11-24T09:00:00+08:00",
        "datacontenttype": "application/json",
        "data": data,
    }


def envelope(contract: Contract) -> dict[str, Any]:
    """Returns the JSON Schema of CloudEvents 1.0, structured, around one type's data."""
    word = {"type": "string", "minLength": 1, "maxLength": 128}
    return {
        "type": "object",
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": word,
            "source": word,
            "type": {"type": "string", "const": contract.name},
            "subject": word,
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string"},
            "critical": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "maxItems": 32,
                "uniqueItems": True,
            },
            "data": json_schema(contract.schema),
        },
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
    }


def asyncapi() -> dict[str, Any]:
    """Returns the AsyncAPI 3.0 document, from the point of view of an agency's system or a channel's operator."""
    messages, channels, operations = {}, {}, {}
    for category, (action, channel, address) in SIDES.items():
        own = [contract for contract in CONTRACTS if contract.category == category]
        keys = {contract.name: f"{channel}.{contract.name}" for contract in own}
        parameter = address.partition("{")[2].partition("}")[0]
        for contract in own:
            messages[keys[contract.name]] = {
                "name": contract.name,
                "title": contract.name,
                "summary": _summary(contract),
                "contentType": "application/cloudevents+json",
                "payload": envelope(contract),
                "examples": [{"name": contract.name, "payload": example(contract)}],
            }
        channels[channel] = {
            "address": address,
            "parameters": {parameter: {"description": PARAMETERS[parameter]}},
            "messages": {name: {"$ref": f"#/components/messages/{key}"} for name, key in keys.items()},
        }
        operations[channel] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in keys],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "枫桥协同 · Fengqiao for agencies' systems",
            "version": "1.0.0",
            "description": "What an agency's system hears and says over AMQP 0-9-1. See docs/agency.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def markdown() -> str:
    """Returns every message with its fields and an example, as Markdown."""
    parts = [
        "# Messages 消息参考",
        "",
        "Drawn from `libs/contracts` by `python -m contracts.reference docs`; do not edit.",
    ]
    titles = {
        "to_agency": "To an agency 发给单位（`agency.<code>.inbox`）",
        "from_agency": "From an agency 单位发出（`agency.<code>.out`, the routing key is the type）",
        "to_channel": "To an operator of calls or SMS 发给通道（`notify.<channel>`）",
        "from_channel": "From an operator 通道发出（`notify.<channel>.out`）",
    }
    for category, title in titles.items():
        parts += ["", f"## {title}"]
        for contract in CONTRACTS:
            if contract.category == category:
                parts += _section(contract)
    return "\n".join(parts) + "\n"


def _section(contract: Contract) -> list[str]:
    rows = [
        f"| `{path}` | {shape.get('title', '')} | {_kind(shape)} | {'yes 必填' if required else 'no'} |"
        for path, shape, required in _rows(json_schema(contract.schema))
    ]
    text = json.dumps(example(contract), ensure_ascii=False, indent=2)
    table = ["| field | 含义 | type | required |", "|---|---|---|---|", *rows] if rows else ["No fields."]
    return ["", f"### {contract.name}", "", _summary(contract), "", *table, "", "```json", text, "```"]


def _rows(schema: Mapping[str, Any], path: str = "") -> list[tuple[str, dict[str, Any], bool]]:
    found = []
    for name, shape in schema["properties"].items():
        found.append((f"{path}{name}", shape, name in schema["required"]))
        inner = shape.get("items", shape)
        if "properties" in inner:
            found += _rows(inner, f"{path}{name}{'[]' if 'items' in shape else ''}.")
    return found


def _kind(shape: Mapping[str, Any]) -> str:
    inner = shape.get("items", shape)
    kind = inner["type"] if isinstance(inner["type"], str) else inner["type"][0]
    if "enum" in inner:
        kind = " · ".join(
            f"`{part.split(' ')[0]}` {part.partition(' ')[2]}" for part in inner["description"].split("; ")
        )
    elif "pattern" in inner:
        kind = f"`{inner['pattern'].removeprefix('^(?:').removesuffix(')$')}`".replace("|", "\\|")
    elif "format" in inner:
        kind = " ".join(part for part in (inner["format"], inner.get("description")) if part)
    elif "maxLength" in inner:
        kind = f"text ≤ {inner['maxLength']}"
    kind = f"list of {kind}" if "items" in shape else kind
    return f"{kind}, or null" if "null" in shape["type"] else kind


def _summary(contract: Contract) -> str:
    # of a class that only says another type, its base's words
    return " ".join((inspect.getdoc(contract.schema) or "").split())


def write(folder: Path) -> None:
    """Draws both documents into a folder that is there."""
    text = json.dumps(asyncapi(), ensure_ascii=False, indent=2) + "\n"
    (folder / "agency.asyncapi.json").write_text(text, encoding="utf-8")
    (folder / "messages.md").write_text(markdown(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
