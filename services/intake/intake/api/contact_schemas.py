"""What comes in over HTTP about contacts and what becomes of them."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from contracts import vocabulary as words
from contracts.fields import Code, PetitionNumber, WordOf
from contracts.given import Day, Line, Name, Positive, Text, Typed
from intake.api.schemas import Claim, People
from intake.use_cases.contacts import ContactInput
from intake.use_cases.splitting import PartInput, PetitionersInput


class Record(Schema):
    channel = WordOf(words.Channel, required=True)
    service_point = Code(load_default="12309")
    received_on = Day(load_default=None, allow_none=True)
    received_reason = Line(200, load_default=None, allow_none=True)
    name = Name(100, load_default=None, allow_none=True)
    phone = Typed(load_default=None, allow_none=True)
    text = Text(20_000, required=True)
    group_size = Positive(load_default=1)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"input": ContactInput(**data)}


class Consult(Schema):
    answer = Text(2_000, required=True)


class Join(Schema):
    petition = PetitionNumber(required=True)
    joining = WordOf(words.Joining, required=True)


class Part(Claim):
    """One of several claims in a letter."""

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PartInput:
        return PartInput(**self.claim(data))


class Split(People):
    parts = fields.List(fields.Nested(Part), required=True, validate=validate.Length(min=2, max=10))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data = self.people(data)
        return {"who": PetitionersInput(**{name: data.pop(name) for name in PetitionersInput.__slots__})} | data


class Link(Schema):
    to = PetitionNumber(required=True)
    reason = WordOf(words.LinkReason, required=True)
