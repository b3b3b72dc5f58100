"""What comes in over HTTP, checked into the use cases' inputs, and what goes out."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from contracts import plain
from contracts import vocabulary as words
from contracts.fields import (
    PETITION_NUMBER,
    AgencyCode,
    Code,
    Count,
    Digest,
    Flag,
    Pattern,
    Reference,
    WordOf,
)
from contracts.given import Day, Line, Name, OwnNumber, Positive, Text, Typed
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RegisterInput, RespondentInput


class Petitioner(Schema):
    name = Name(100, required=True)
    resident_id = Typed(allow_none=True, load_default=None)
    phone = Typed(allow_none=True, load_default=None)
    address = Line(300, allow_none=True, load_default=None)
    sms_consent = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PetitionerInput:
        return PetitionerInput(**data)


class Respondent(Schema):
    unit = AgencyCode(allow_none=True, load_default=None)
    name = Name(100, allow_none=True, load_default=None)
    officer = Code(allow_none=True, load_default=None)
    department = Code(allow_none=True, load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> RespondentInput:
        if not data["unit"] and not data["name"]:
            raise ValidationError("单位代码和名称至少填一项", "unit")
        return RespondentInput(**data)


class People(Schema):
    """Who petitions: the first is told; the others are joint petitioners, or a group's further representatives."""

    anonymous = Flag(load_default=False)
    petitioner = fields.Nested(Petitioner, load_default=None, allow_none=True)
    party = WordOf(words.Party, load_default=words.Party.INDIVIDUAL)
    organisation = Name(200, load_default=None, allow_none=True)
    others = fields.List(fields.Nested(Petitioner), load_default=list, validate=validate.Length(max=50))

    def people(self, data: dict[str, Any]) -> dict[str, Any]:
        """For a subclass's own post_load: marshmallow promises no order of several."""
        if data.pop("anonymous") != (data["petitioner"] is None):
            raise ValidationError("实名须填信访人；匿名须标明 anonymous 为 true 且不填信访人", "petitioner")
        return data | {"others": tuple(data["others"])}


class SealedPost(Schema):
    """A report that is not typed in: the 机要 number and the digest of what lies in the envelope."""

    number = OwnNumber(required=True)
    digest = Digest(required=True)


class Forwarded(Schema):
    """What an agency with no system sent us on paper: its own number, and the day it wants an answer by."""

    by = AgencyCode(required=True)
    number = OwnNumber(required=True)
    handover = WordOf(
        words.ReferralKind,
        load_default=words.ReferralKind.TRANSFER,
        validate=validate.OneOf([words.ReferralKind.TRANSFER, words.ReferralKind.ASSIGN]),
    )
    answer_by = Day(load_default=None, allow_none=True)


class Claim(Schema):
    """What is complained of, asked for or proposed: a petition's, or one part's of a letter with several."""

    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    sub_line = Code(load_default=None, allow_none=True)
    title = Line(200, load_default=None, allow_none=True)
    statement = Text(20_000, load_default=None, allow_none=True)
    sealed_post = fields.Nested(SealedPost, load_default=None, allow_none=True)
    place = Code(load_default=None, allow_none=True)
    secrecy = Flag(load_default=False)
    respondents = fields.List(fields.Nested(Respondent), load_default=list, validate=validate.Length(max=20))

    def claim(self, data: dict[str, Any]) -> dict[str, Any]:
        """For a subclass's own post_load: marshmallow promises no order of several."""
        post = data.pop("sealed_post")
        data["post_number"], data["post_digest"] = (post["number"], post["digest"]) if post else (None, None)
        data["respondents"] = tuple(data["respondents"])
        return data


class Register(People, Claim):
    channel = WordOf(words.Channel, required=True)
    service_point = Code(load_default="12309")
    received_on = Day(load_default=None, allow_none=True)
    received_reason = Line(200, load_default=None, allow_none=True)
    group_size = Positive(load_default=1)
    forwarded = fields.Nested(Forwarded, load_default=None, allow_none=True)
    # what was recorded of the contact it comes from goes before what is said here
    contact = Reference(load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data = self.claim(self.people(data))
        if forwarded := data.pop("forwarded"):
            data |= {"submitted_by": forwarded["by"], "submission": forwarded["number"]}
            data |= {"handover": forwarded["handover"], "answer_by": forwarded["answer_by"]}
        return {"contact": data.pop("contact"), "input": RegisterInput(**data)}


class Object(Schema):
    reason = WordOf(words.ObjectionReason, required=True)
    text = Text(2_000, required=True)


class TellSender(Schema):
    text = Text(20_000, required=True)


class Accept(Schema):
    department = Code(required=True)
    route = WordOf(words.ClaimRoute, load_default=None, allow_none=True)


class Assign(Schema):
    department = Code(required=True)


class PutUpWall(Schema):
    """A colleague's number, a department's code, or both; neither when nobody is named."""

    officer = Code(load_default=None, allow_none=True)
    department = Code(load_default=None, allow_none=True)
    reason = WordOf(words.WallReason, required=True)


class NotAccept(Schema):
    reason = WordOf(words.RefusalReason, required=True)


class AskMaterial(Schema):
    lacking = fields.List(Line(200, required=True), required=True, validate=validate.Length(min=1, max=30))
    means = WordOf(words.Means, required=True)


class Suspend(Schema):
    reason = WordOf(words.Pause, required=True)


class Terminate(Schema):
    reason = WordOf(words.Termination, required=True)


class Reopen(Schema):
    reason = WordOf(words.Reopening, required=True)


class Liability(Schema):
    """Whether there is reason to think of each; every box is filled in, none is left open."""

    criminal = Flag(required=True)
    civil = Flag(required=True)
    administrative = Flag(required=True)
    public_interest = Flag(required=True)


class Resolve(Schema):
    resolution = WordOf(words.Resolution, required=True)


class Guide(Schema):
    to = AgencyCode(required=True)


class Refer(Schema):
    to = AgencyCode(required=True)
    basis = Code(required=True)
    petitioner_wish = Flag(required=True)
    route = WordOf(words.ClaimRoute, load_default=None, allow_none=True)


class Release(Schema):
    """To whom, and why it may; `confirmed`: also where what it is held for hits that agency, or nobody knows whom."""

    to = AgencyCode(required=True)
    reason = Text(2_000, required=True)
    confirmed = Flag(load_default=False)


class Involve(Schema):
    to = AgencyCode(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(["assist", "information"]))
    basis = Code(required=True)


class Hardship(Schema):
    """What an officer found, and whether the petitioner wishes to be helped."""

    situations = fields.List(WordOf(words.Situation), required=True, validate=validate.Length(min=1, max=10))
    wish = Flag(required=True)
    case_number = Line(100, load_default=None, allow_none=True)


class Conclude(Schema):
    result = WordOf(words.Result, required=True)


class Reply(Schema):
    kind = WordOf(words.ReplyKind, required=True)
    means = WordOf(words.Means, required=True)
    text = Text(20_000, required=True)


class Stars(Count):
    least, most, zh = 1, 5, "应为 1 至 5"


class NumberOrTail(Pattern):
    """信2026-619926-000123, or its last six digits, as people type them"""

    pattern, zh = re.compile(rf"{PETITION_NUMBER.pattern}|[0-9]{{6}}"), "应为信访件编号或其末六位"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and len(value) <= 64:
            value = plain.typed(value)
        return super()._deserialize(value, attr, data, **kwargs)


class Lookup(Schema):
    number = NumberOrTail(required=True)
    code = Typed(required=True)


class Rate(Lookup):
    """Which reply, one to five stars, and a word if one likes."""

    seq = Positive(required=True)
    stars = Stars(required=True)
    text = Text(500, load_default=None, allow_none=True)


class Prove(Schema):
    proof = WordOf(words.Proof, required=True)
    proved_on = Day(load_default=None, allow_none=True)


class GiveUp(Schema):
    """What cannot be told, and why not."""

    reply = WordOf(words.ReplyKind, required=True)
    reason = WordOf(words.Impossible, required=True)


class AskOpening(Schema):
    """What for, and why just now."""

    purpose = WordOf(words.OpeningPurpose, required=True)
    reason = Text(2_000, required=True)


class SuspendClock(Schema):
    reason = Code(required=True)


class Nothing(Schema):
    """An action that needs no fields."""
