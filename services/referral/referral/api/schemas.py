"""What comes in over HTTP."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from contracts.fields import WordOf
from contracts.given import Text
from contracts.vocabulary import ObjectionReason, Result, Ruling, VoidReason


class Rule(Schema):
    ruling = WordOf(Ruling, required=True)


class Rework(Schema):
    """What is missing in the answer."""

    text = Text(2_000, required=True)


class Material(Schema):
    """What the petitioner brought after the matter was handed over."""

    text = Text(20_000, required=True)


class Void(Schema):
    reason = WordOf(VoidReason, required=True)


class Record(Schema):
    """What an agency with no queue said on paper."""

    move = fields.String(required=True, validate=validate.OneOf(["sign", "accept", "object", "answer"]))
    reason = WordOf(ObjectionReason, load_default=None, allow_none=True)
    result = WordOf(Result, load_default=None, allow_none=True)
    text = Text(20_000, load_default=None, allow_none=True)

    @validates_schema
    def complete(self, data: dict[str, Any], **_: Any) -> None:
        if data["move"] == "object" and data["reason"] is None:
            raise ValidationError("提出异议须填理由", "reason")
        if data["move"] == "answer" and (data["result"] is None or not data["text"]):
            raise ValidationError("反馈须填结果和文字", "result")


class Nothing(Schema):
    """An action that needs no fields."""
