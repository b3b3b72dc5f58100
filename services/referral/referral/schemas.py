"""What comes in over HTTP."""

from marshmallow import Schema

from contracts.fields import Text, WordOf
from contracts.vocabulary import Ruling, VoidReason


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


class Nothing(Schema):
    """An action that needs no fields."""
