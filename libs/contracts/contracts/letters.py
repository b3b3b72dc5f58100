"""Letters between our services: one sender, one addressee, exactly the fields the purpose lists.

`personal` is the part that is encrypted to the addressee's key before it leaves the sender's transaction.
"""

from marshmallow import Schema, fields, validate

from contracts import vocabulary as words
from contracts.fields import (
    AgencyCode,
    Code,
    Count,
    Day,
    Digest,
    FileName,
    Flag,
    Moment,
    PetitionNumber,
    Reference,
    ReferralNumber,
    Text,
    WordOf,
)
from contracts.message import Published


class Letter(Schema, metaclass=Published, type=None, category="letter"):
    """Base of every letter. `personal`: the part that is encrypted, checked by a schema of its own."""


class Phones(Schema):
    """Personal: the number to reach somebody by, and those that are called where nobody answers there."""

    phone = Text(32, required=True)
    others = fields.List(Text(32))


class ContactGiven(Letter, type="contact.given.v1", source="intake", personal=Phones):
    """intake → notify: how to reach `person`."""

    petition = PetitionNumber(required=True)
    person = Reference(required=True)
    reach = WordOf(words.Reach, required=True)


class ContactWithdrawn(Letter, type="contact.withdrawn.v1", source="intake"):
    """intake → notify: nobody of this petition is to be reached any more; a `contact.given` after it is late."""

    petition = PetitionNumber(required=True)


class FileGiven(Schema):
    """A file that goes with it, by its digest; the bytes are fetched."""

    sha256 = Digest(required=True)
    size = Count(required=True)
    media_type = Text(100, required=True)
    name = FileName(required=True)


class Material(Schema):
    """What a transfer may carry; a purpose picks from these and nothing else can be sent."""

    name = Text(100, allow_none=True)
    resident_id = Text(32, allow_none=True)
    phone = Text(32, allow_none=True)
    address = Text(300, allow_none=True)
    title = Text(200, allow_none=True)
    statement = Text(20_000, allow_none=True)


class Handed(Material):
    """The material as intake hands it to referral: with its files, which go apart from what is said."""

    files = fields.List(fields.Nested(FileGiven))


class TokenOnly(Schema):
    """Personal: what opens the file to who shows it."""

    token = Text(100, required=True)


class FileGranted(Letter, type="file.granted.v1", source="referral", personal=TokenOnly):
    """referral → intake: this agency was offered this file, with that referral.

    `replaces`: it lost what it had; no token given for the file before opens it any more.
    """

    petition = PetitionNumber(required=True)
    sha256 = Digest(required=True)
    agency = AgencyCode(required=True)
    referral = ReferralNumber()
    replaces = Flag()


class FileBarred(Letter, type="file.barred.v1", source="referral"):
    """referral → intake: the ban hits an agency that was offered files; it fetches none of them any more."""

    petition = PetitionNumber(required=True)
    referral = ReferralNumber(required=True)


class PetitionHandedOver(Letter, type="petition.handed_over.v1", source="intake", personal=Handed):
    """intake → referral: hand this petition to that agency."""

    petition = PetitionNumber(required=True)
    to = AgencyCode(required=True)
    kind = WordOf(words.ReferralKind, required=True)
    purpose = Code(required=True)
    basis = Code(required=True)
    petition_kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    received_on = Day(required=True)
    group_size = Count(required=True)


class Because(Schema):
    """What it is held for: which petitions belong together is closed to whoever only carries the letter."""

    because = fields.List(PetitionNumber(), required=True)


class ReleaseAsked(Letter, type="release.asked.v1", source="intake", personal=Because):
    """intake → referral: may what is held go to this agency? `confirmed`: by a head of department or the chief."""

    petition = PetitionNumber(required=True)
    release = Reference(required=True)
    to = AgencyCode(required=True)
    confirmed = Flag(required=True)


class SubmissionReceived(Letter, type="submission.received.v1", source="intake"):
    """intake → referral: an agency sent us this under its own number; it names a day for the answer, or none."""

    petition = PetitionNumber(required=True)
    agency = AgencyCode(required=True)
    submission = Text(64, required=True)
    kind = WordOf(words.ReferralKind, required=True)
    petition_kind = WordOf(words.Kind, required=True)
    received_on = Day(required=True)
    answer_by = Day(required=True, allow_none=True)


class TextOnly(Schema):
    """Personal: the words for the sender; none where the move needs none."""

    text = Text(20_000, allow_none=True)


class SubmissionTold(Letter, type="submission.told.v1", source="intake", personal=TextOnly):
    """intake → referral: tell who sent it that we made this move."""

    petition = PetitionNumber(required=True)
    move = Code(required=True, validate=validate.OneOf(["sign", "accept", "object", "progress", "answer"]))
    reply_by = Day(allow_none=True)
    reason = WordOf(words.ObjectionReason, allow_none=True)
    result = WordOf(words.Result, allow_none=True)


class AddedText(Schema):
    """Personal: what the petitioner brought late."""

    text = Text(20_000, required=True)


class MaterialAdded(Letter, type="material.added.v1", source="intake", personal=AddedText):
    """intake → referral: what came late for a petition that was handed over."""

    petition = PetitionNumber(required=True)


class FileAwaited(FileGiven):
    """A file that an answer names, and what the agency hands it in by."""

    token = Text(100, required=True)


class AnswerText(Schema):
    """Personal: the agency's answer, which officer there gave it, and the files that it names."""

    text = Text(20_000, required=True)
    officer = Text(100, allow_none=True)
    files = fields.List(fields.Nested(FileAwaited))


class AnswerReceived(Letter, type="answer.received.v1", source="referral", personal=AnswerText):
    """referral → intake: what the agency answered."""

    petition = PetitionNumber(required=True)
    referral = ReferralNumber(required=True)
    result = WordOf(words.Result, required=True)


class Edge(Schema):
    """How an agency stands to another, beside its parent."""

    kind = WordOf(words.EdgeKind, required=True)
    to = AgencyCode(required=True)


class DirectoryEntry(Letter, type="directory.entry.v1", source="referral"):
    """referral → every service: an agency and its name; the greatest revision wins.

    `parent`, `edges`: for the ban, which intake asks before it writes; older code says neither.
    """

    agency = AgencyCode(required=True)
    revision = Count(required=True)
    name = Text(100, required=True)
    kind = WordOf(words.AgencyKind, required=True)
    transport = WordOf(words.Transport, required=True)
    active = Flag(required=True)
    parent = AgencyCode(allow_none=True)
    edges = fields.List(fields.Nested(Edge))


class Leave(Schema):
    """Away from the first day to the last, both included; `deputy`: who acts in their stead, where one was named."""

    since = Day(required=True)
    until = Day(required=True)
    deputy = Code(required=True, allow_none=True)


class OfficerEntry(Letter, type="office.officer.v1", source="intake"):
    """intake → every service: where a colleague sits, what they may and whom they lead; the greatest revision wins.

    `leaves`: those that are not over; older code says of none. No name: nobody but intake needs it.
    """

    officer = Code(required=True)
    revision = Count(required=True)
    department = Code(required=True, allow_none=True)
    service_point = Code(required=True, allow_none=True)
    roles = fields.List(WordOf(words.Role), required=True)
    leads = fields.List(Code(), required=True)
    active = Flag(required=True)
    leaves = fields.List(fields.Nested(Leave))


class PlacementAsked(Letter, type="placement.asked.v1", source="any"):
    """Any service → intake: somebody asks for this petition, and nobody has told where it sits."""

    petition = PetitionNumber(required=True)


class PartiesAsked(Letter, type="parties.asked.v1", source="referral"):
    """referral → intake: somebody is to be called in, and who of the parties they could be is not known."""

    petition = PetitionNumber(required=True)


class PartyNames(Schema):
    """Who petitions in the open, for which unit, and whom it is about."""

    names = fields.List(Text(300), required=True)


class PartiesTold(Letter, type="parties.told.v1", source="intake", personal=PartyNames):
    """intake → referral: who must keep away is whoever is called so. `at`: an older word changes nothing."""

    petition = PetitionNumber(required=True)
    at = Moment(required=True)


class Applicant(Schema):
    """Who may need aid: what the office needs to decide and what an aid lead may carry."""

    name = Text(100, required=True)
    resident_id = Text(32, allow_none=True)
    phone = Text(32, allow_none=True)
    address = Text(300, allow_none=True)
    case_number = Text(100, allow_none=True)


class ApplicantSealed(Letter, type="applicant.sealed.v1", source="intake"):
    """intake → aid: who is to be helped asked for secrecy: nothing more leaves without that person's wish."""

    petition = PetitionNumber(required=True)


class ApplicantCorrected(Letter, type="applicant.corrected.v1", source="intake", personal=Applicant):
    """intake → aid: who is to be helped was written down wrongly; all of it as it is now."""

    petition = PetitionNumber(required=True)


class AidRequested(Letter, type="aid.requested.v1", source="intake", personal=Applicant):
    """intake → aid: a petitioner in hardship wishes to be helped."""

    petition = PetitionNumber(required=True)
    person = Reference(required=True)
    situations = fields.List(WordOf(words.Situation), required=True, validate=validate.Length(min=1))
    received_on = Day(required=True)
    held = Flag()  # its event may come later than this
