"""What comes in over HTTP."""

from contracts.fields import WordOf
from contracts.vocabulary import Ruling
from marshmallow import Schema


class Rule(Schema):
    ruling = WordOf(Ruling, required=True)


class Nothing(Schema):
    """An action that needs no fields."""
