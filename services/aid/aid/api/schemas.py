"""What comes in over HTTP."""

from marshmallow import Schema, fields, validate

from contracts.fields import AgencyCode, Flag, WordOf
from contracts.given import Money
from contracts.vocabulary import AidKind, AidRefusal


class Grant(Schema):
    """`amount`: yuan, exact, as text."""

    amount = Money(required=True)


class Refuse(Schema):
    ground = WordOf(AidRefusal, required=True)


class OfferLead(Schema):
    """Without `kinds` the lead names every fitting kind the agency decides on. `wish`: who asked for secrecy agrees."""

    to = AgencyCode(required=True)
    kinds = fields.List(WordOf(AidKind), load_default=list, validate=validate.Length(max=10))
    wish = Flag(load_default=False)
