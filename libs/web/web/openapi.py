"""A service's own description, drawn from its routes and schemas so that it cannot be out of date."""

import re
from collections.abc import Sequence
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields

from contracts import fields as ours
from contracts.labels import label
from web.forms import choices
from web.route import Route

_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_PROBLEM = {
    "description": "请求未被接受（RFC 9457）",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe(title: str, version: str, routes: Sequence[Route]) -> dict[str, Any]:
    """OpenAPI 3.1 as a dict."""
    words = MarshmallowPlugin(schema_name_resolver=_called)
    spec = APISpec(title=title, version=version, openapi_version="3.1.0", plugins=[words])
    assert words.converter is not None
    words.converter.add_attribute_function(_named)  # type: ignore[no-untyped-call]
    spec.components.security_scheme("officer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    text = {"type": "string"}
    spec.components.schema(
        "Problem",
        {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": text,
                "title": text,
                "title_en": text,
                "status": {"type": "integer"},
                "detail": text,
                "detail_en": text,
                "field": text,
                "allowed_actions": {"type": "array", "items": {"type": "object"}},
            },
        },
    )
    for route in routes:
        spec.path(path=_PART.sub(r"{\1}", route.path), operations={route.method.lower(): _operation(route, words)})
    return spec.to_dict()


def _called(schema: Any) -> str:
    """A schema's name; of rows, which may have fewer members than the thing itself, one of its own."""
    name: str = (schema if isinstance(schema, type) else type(schema)).__name__
    return f"{name}Row" if getattr(schema, "partial", None) is True else name


def _named(_: Any, field: fields.Field[Any], **_more: Any) -> dict[str, Any]:
    """The Chinese of a field and of its words, as Redoc, Scalar and others show it."""
    zh = label(field)
    named: dict[str, Any] = {"title": zh} if zh else {}
    if isinstance(field, ours.WordOf):
        named["x-enumDescriptions"] = {word.value: word.zh for word in choices(field)}
        named["x-vocabulary"] = field.enum.__name__
        named["enum"] = [*named["x-enumDescriptions"], *([None] if field.allow_none else [])]
    return named


def _query(route: Route, words: MarshmallowPlugin) -> list[dict[str, Any]]:
    assert words.converter is not None
    return [
        {"name": name, "in": "query", "schema": words.converter.field2property(field)}
        for name, field in route.query().fields.items()
    ]


def _operation(route: Route, words: MarshmallowPlugin) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _PART.findall(route.path)
        ]
        + _query(route, words),
        "responses": {
            str(route.status): {"description": "成功", "content": {route.media: {"schema": route.answer or {}}}},
            "4XX": _PROBLEM,
        },
        "security": [{"officer": []}] if route.action else [],
    }
    if route.action:
        operation["x-action"] = route.action
    if route.method == "POST":
        operation["parameters"].append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": route.needs_key,
                "schema": {"type": "string", "minLength": 8, "maxLength": 128},
            }
        )
    if route.takes:
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(route.takes, file)}
    if route.body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": route.body}},
        }
        # as in `allowed_actions`: a client draws what begins with nothing by the same code
        operation["x-fields"] = route.fields
    return operation
