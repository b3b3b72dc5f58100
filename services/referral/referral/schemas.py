"""What comes in over HTTP."""

from marshmallow import Schema

from contracts.fields import WordOf
from contracts.vocabulary import Ruling


class Rule(Schema):
    ruling = WordOf(Ruling, required=True)


class Nothing(Schema):
    """An action that needs no fields."""
