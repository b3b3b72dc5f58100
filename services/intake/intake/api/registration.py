"""Registering a petition, and the schemas of who petitions, against whom and about what."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from authorization.sight import Placement
from contracts import vocabulary as words
from contracts.fields import AgencyCode, Code, Digest, Flag, Reference, WordOf
from contracts.given import Day, Line, Name, OwnNumber, Positive, Text, Typed
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import contacts, files, petitions, previews, registration, walls
from intake.use_cases.drafts import DraftInput, DraftPerson
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RegisterInput, RespondentInput
from web.call import Call
from web.route import http

MOST_PHONES = 3  # beside the first
# who goes on after a death comes by a step of its own
_ROLES = [each for each in words.PartyRole if each is not words.PartyRole.HEIR]


class Petitioner(Schema):
    """One of who petitions; numbers as they are typed, checked by the use case."""

    name = Name(100, required=True)
    resident_id = Typed(allow_none=True, load_default=None)
    phone = Typed(allow_none=True, load_default=None)
    address = Line(300, allow_none=True, load_default=None)
    sms_consent = Flag(load_default=False)
    paper = WordOf(words.IdPaper, load_default=words.IdPaper.RESIDENT_ID)
    role = WordOf(words.PartyRole, load_default=words.PartyRole.PETITIONER, validate=validate.OneOf(_ROLES))
    # behind each other where one is called, and a way that nobody else reads: then no other is used
    other_phones = fields.List(Typed(), load_default=list, validate=validate.Length(max=MOST_PHONES))
    safe_contact = Line(300, allow_none=True, load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PetitionerInput:
        """As the use case takes it."""
        return PetitionerInput(**data)


class Respondent(Schema):
    """Whom it is about: a unit, a name, or both, and what they are there; of ours, by number or department too."""

    unit = AgencyCode(allow_none=True, load_default=None)
    name = Name(100, allow_none=True, load_default=None)
    position = Line(100, allow_none=True, load_default=None)
    officer = Code(allow_none=True, load_default=None)
    department = Code(allow_none=True, load_default=None)
    official = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> RespondentInput:
        """As the use case takes it. Raises ValidationError where neither unit nor name is there."""
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
            raise ValidationError("署名须填信访人；匿名须标明 anonymous 为 true 且不填信访人", "petitioner")
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
    """What is complained of, asked for or proposed: a petition's, or one part's of a letter with several.

    `typed_anyway`: what names an official or a duty crime is written down here all the same.
    """

    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    sub_line = Code(load_default=None, allow_none=True)
    title = Line(200, load_default=None, allow_none=True)
    statement = Text(20_000, load_default=None, allow_none=True)
    sealed_post = fields.Nested(SealedPost, load_default=None, allow_none=True)
    place = Code(load_default=None, allow_none=True)
    secrecy = Flag(load_default=False)
    respondents = fields.List(fields.Nested(Respondent), load_default=list, validate=validate.Length(max=20))
    typed_anyway = Flag(load_default=False)

    def claim(self, data: dict[str, Any]) -> dict[str, Any]:
        """For a subclass's own post_load: marshmallow promises no order of several."""
        post = data.pop("sealed_post")
        data["post_number"], data["post_digest"] = (post["number"], post["digest"]) if post else (None, None)
        data["respondents"] = tuple(data["respondents"])
        return data


class Register(People, Claim):
    """Everything a petition begins with: who, what, how it came, and which agency sent it on paper.

    `pieces`, `pages`: how much was handed in, as the receipt says. `old_matter`: it came years ago and was never here.
    """

    channel = WordOf(words.Channel, required=True)
    service_point = Code(load_default="12309")
    received_on = Day(load_default=None, allow_none=True)
    received_reason = Line(200, load_default=None, allow_none=True)
    group_size = Positive(load_default=1)
    pieces = Positive(load_default=None, allow_none=True)
    pages = Positive(load_default=None, allow_none=True)
    old_matter = Flag(load_default=False)
    forwarded = fields.Nested(Forwarded, load_default=None, allow_none=True)
    # what was recorded of the contact it comes from goes before what is said here
    contact = Reference(load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """{contact, input}: the id of the contact it comes from, and the rest as the use case takes it."""
        data = self.claim(self.people(data))
        if forwarded := data.pop("forwarded"):
            data |= {"submitted_by": forwarded["by"], "submission": forwarded["number"]}
            data |= {"handover": forwarded["handover"], "answer_by": forwarded["answer_by"]}
        return {"contact": data.pop("contact"), "input": RegisterInput(**data)}


class DraftPetitioner(Petitioner):
    """One of who petitions, as far as it was typed; a card reader types the number before the name."""

    name = Name(100, allow_none=True, load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> DraftPerson:
        """As the use cases take it."""
        for told in ("sms_consent", "role", "safe_contact"):
            del data[told]
        return DraftPerson(**data)


class DraftRespondent(Respondent):
    """Whom it is about, as far as it was typed."""

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> RespondentInput:
        """As the use cases take it."""
        return RespondentInput(**data)


class DraftPost(SealedPost):
    """That it lies in an envelope, and what is known of that."""

    number = OwnNumber(load_default=None, allow_none=True)
    digest = Digest(load_default=None, allow_none=True)


class DraftForwarded(Forwarded):
    """That an agency sent it on paper, and what is known of that."""

    by = AgencyCode(load_default=None, allow_none=True)
    number = OwnNumber(load_default=None, allow_none=True)


class Draft(Register):
    """A registration so far: the fields of `Register`, none of them required; what is empty is left out or null."""

    petitioner = fields.Nested(DraftPetitioner, load_default=None, allow_none=True)
    others = fields.List(fields.Nested(DraftPetitioner), load_default=list, validate=validate.Length(max=50))
    kind = WordOf(words.Kind, load_default=None, allow_none=True)
    line = WordOf(words.Line, load_default=None, allow_none=True)
    sealed_post = fields.Nested(DraftPost, load_default=None, allow_none=True)
    respondents = fields.List(fields.Nested(DraftRespondent), load_default=list, validate=validate.Length(max=20))
    channel = WordOf(words.Channel, load_default=None, allow_none=True)
    service_point = Code(load_default=None, allow_none=True)
    forwarded = fields.Nested(DraftForwarded, load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The body as the use cases take it, under `draft`."""
        sender = data["forwarded"]
        known = {name: data[name] for name in DraftInput.__slots__ if name in data}
        known |= {name: tuple(data[name]) for name in ("others", "respondents")}
        known |= {"sealed_post": data["sealed_post"] is not None, "submitted_by": sender and sender["by"]}
        return {"draft": DraftInput(**known)}


class RegistrationRoutes(PetitionApi):
    """The route by which a petition gets its number, and what is shown before it."""

    @http("POST", "/petitions", action="petition.register", body=Register, status=201, needs_key=True, turn="number",
          answer=said.Registered, summary="登记信访件")  # fmt: skip
    def register(self, call: Call) -> Any:
        """The petition with its `query_code`: a repeat is answered without. 403 at a service point out of sight."""
        with self.work(call) as work:
            given, contact = call.body["input"], None
            if call.body["contact"] is not None:
                contact = self._let_in_contact(call, work, call.body["contact"], lock=True)
            point = (contact or given).service_point
            self._registers_at(call, work, point)
            made = self._register(call, work, lambda: [registration.register(work, given, contact)], came=contact)
            (petition,) = made["petitions"]
            if contact is not None:
                files.take_in(work, contact.id, petitions.load(work, petition["number"]))
            return petition

    @http("POST", "/registrations/preview", action="petition.register", body=Draft,
          answer=said.Preview, summary="登记前预览：类别和条线提示、受理提示、应答复日、不得告知的单位")  # fmt: skip
    def preview(self, call: Call) -> Any:
        """What it would come to as far as it is typed. Nothing is kept. 422 for a day that no registration has."""
        with self.work(call) as work:
            draft, contact = call.body["draft"], None
            if draft.contact is not None:
                contact = self._let_in_contact(call, work, draft.contact)
                contacts.check_undecided(contact)
            if point := (contact or draft).service_point:
                self._registers_at(call, work, point)
            return previews.preview(work, draft, contact)

    def _registers_at(self, call: Call, work: UnitOfWork, point: str) -> None:
        if not walls.view(work, call.officer, "petition.register").covers(Placement(None, point)):
            raise self.access.deny(call.officer, "petition.register", "只能在本服务点登记", call.path)
