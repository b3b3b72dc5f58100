"""What an agency's system hears and says. Clear JSON over TLS to the agency's own queue."""

from marshmallow import Schema, fields, validate

from contracts import enclosure, given
from contracts import vocabulary as words
from contracts.fields import (
    AgencyCode,
    Code,
    Count,
    Day,
    Digest,
    Flag,
    LeadNumber,
    Moment,
    PetitionNumber,
    ProceedingNumber,
    ReferralNumber,
    Text,
    WordOf,
)
from contracts.letters import FileGiven, Material
from contracts.message import Published


class ToAgency(Schema, metaclass=Published, type=None, category="to_agency", source="referral"):
    """Base of what an agency hears; referral writes to agencies unless the class names another."""


class FromAgency(Schema, metaclass=Published, type=None, category="from_agency", source="agency"):
    """Base of what an agency says."""


class FileOffered(FileGiven):
    """`GET /files/{sha256}` at intake, with `Authorization: Bearer` and this token, gives its bytes, once."""

    token = Text(100, required=True)


class ReferralOffered(ToAgency, type="referral.offered.v1"):
    """To an agency: a matter handed to it, with the fields its purpose needs; to a statutory one it cannot object."""

    referral = ReferralNumber(required=True)
    petition = PetitionNumber(required=True)
    kind = WordOf(words.ReferralKind, required=True)
    purpose = Code(required=True)
    basis = Text(300, required=True)
    petition_kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    received_on = Day(required=True)
    group_size = Count(required=True)
    sign_by = Day(required=True)
    retain_days = Count(required=True)
    statutory = Flag()
    material = fields.Nested(Material, required=True)
    files = fields.List(fields.Nested(FileOffered))


class ReferralRecalled(ToAgency, type="referral.recalled.v1"):
    """To an agency: the offer is withdrawn."""

    referral = ReferralNumber(required=True)


class ReferralStopped(ToAgency, type="referral.stopped.v1"):
    """To an agency that took it on: the petition ended with us, nothing more is asked; it answers with what it has."""

    referral = ReferralNumber(required=True)
    reason = WordOf(words.Ending, required=True)


class ReferralRuling(ToAgency, type="referral.ruling.v1"):
    """To an agency: its objection was upheld, or overruled and the matter is signed for again."""

    referral = ReferralNumber(required=True)
    ruling = WordOf(words.Ruling, required=True)


class ReferralRework(ToAgency, type="referral.rework.v1"):
    """To an agency: its answer does not do; what is missing is said, and it answers again."""

    referral = ReferralNumber(required=True)
    text = Text(2_000, required=True)


class ReferralMaterialAdded(ToAgency, type="referral.material_added.v1"):
    """To an agency: what the petitioner brought after the matter was handed over."""

    referral = ReferralNumber(required=True)
    text = Text(20_000, required=True)


class ReferralUrged(ToAgency, type="referral.urged.v1"):
    """To an agency: the matter waits for its next step; `times` says how often it was urged, this time included."""

    referral = ReferralNumber(required=True)
    times = Count(required=True)


class FileWanted(Schema):
    """`PUT /files/{sha256}` at intake, with `Authorization: Bearer` and this token, takes its bytes, once."""

    sha256 = Digest(required=True)
    token = Text(100, required=True)


class ReferralFilesWanted(ToAgency, type="referral.files_wanted.v1"):
    """To an agency whose answer named files: it was taken, and by these they come in. `message`: the answer's id."""

    referral = ReferralNumber(required=True)
    message = Text(128, required=True)
    files = fields.List(fields.Nested(FileWanted), required=True)


class HeldBy(Schema):
    """An agency that had a matter, and for how many days."""

    agency = AgencyCode(required=True)
    days = Count(required=True)


class CoordinationRequested(ToAgency, type="coordination.requested.v1"):
    """To an agency that coordinates (提请协调): nobody takes a matter. Who had it and how long, and nothing it says.

    It answers our office, by whatever way it has; there is no message for it.
    """

    petition = PetitionNumber(required=True)
    reason = WordOf(words.EscalationReason, required=True)
    requested_on = Day(required=True)
    held_by = fields.List(fields.Nested(HeldBy), required=True)


class LeadMaterial(Schema):
    """What a lead carries: who needs help and how to reach them."""

    name = Text(100, required=True)
    resident_id = Text(32, allow_none=True)
    phone = Text(32, allow_none=True)
    address = Text(300, allow_none=True)


class AidLeadOffered(ToAgency, type="aid.lead_offered.v1", source="aid"):
    """To an agency: somebody who wishes help may be entitled to kinds of social aid it decides on."""

    lead = LeadNumber(required=True)
    kinds = fields.List(WordOf(words.AidKind), required=True)
    situations = fields.List(WordOf(words.Situation), required=True)
    purpose = Code(required=True)
    basis = Text(300, required=True)
    answer_by = Day(required=True)
    retain_days = Count(required=True)
    material = fields.Nested(LeadMaterial, required=True)


class Submission(ToAgency, type=None):
    """To an agency, about what it submitted: its number, and ours."""

    submission = Text(64, required=True)
    petition = PetitionNumber(required=True)


class SubmissionSigned(Submission, type="submission.signed.v1"):
    """To an agency: what it submitted is signed for; the petitioner is told by `reply_by` how it is dealt with."""

    reply_by = Day(required=True)


class SubmissionAccepted(Submission, type="submission.accepted.v1"):
    """To an agency: we took on what it submitted."""


class SubmissionObjected(Submission, type="submission.objected.v1"):
    """To an agency: it is another's to deal with; it rules by `reply.ruling`."""

    reason = WordOf(words.ObjectionReason, required=True)
    text = Text(2_000, required=True)


class SubmissionProgress(Submission, type="submission.progress.v1"):
    """To an agency: how far it is."""

    text = Text(20_000, required=True)


class SubmissionAnswered(SubmissionProgress, type="submission.answered.v1"):
    """To an agency: what came of it; no `result` where nothing was decided on the merits."""

    result = WordOf(words.Result, required=True, allow_none=True)


class OfProceeding(ToAgency, type=None):
    """To an agency, about what it is invited to."""

    proceeding = ProceedingNumber(required=True)


class ProceedingInvited(OfProceeding, type="proceeding.invited.v1"):
    """To an agency: it is asked to mediate, or to come; it answers by `proceeding.reply`.

    `role`: as what. `text`: what it is about, for this agency. `starts_at`: none where the mediating organ names it.
    """

    kind = WordOf(words.ProceedingKind, required=True)
    form = WordOf(words.ProceedingForm, required=True, allow_none=True)
    subject = WordOf(words.ProceedingSubject, required=True)
    role = WordOf(words.PartRole, required=True)
    text = Text(2_000, required=True)
    starts_at = Moment(required=True, allow_none=True)
    ends_at = Moment(required=True, allow_none=True)
    place = Text(200, required=True, allow_none=True)
    open = Flag(required=True)
    retain_days = Count(required=True)


class ProceedingChanged(OfProceeding, type="proceeding.changed.v1"):
    """To an agency: the date it was invited for is another; none: it is given up, and a new one will be told."""

    starts_at = Moment(required=True, allow_none=True)
    ends_at = Moment(required=True, allow_none=True)
    place = Text(200, required=True, allow_none=True)


class ProceedingCancelled(OfProceeding, type="proceeding.cancelled.v1"):
    """To an agency: what it was invited to will not be."""


class TaskOffered(OfProceeding, type="task.offered.v1"):
    """To an agency: what a meeting resolved that it does, by `due`; it answers by `task.answered`."""

    item = Count(required=True)
    text = Text(2_000, required=True)
    due = Day(required=True)


class TaskUrged(OfProceeding, type="task.urged.v1"):
    """To an agency: a task of its own is not done; `times` says how often it was urged, this time included."""

    item = Count(required=True)
    times = Count(required=True)


class MessageRejected(ToAgency, type="message.rejected.v1", source="any"):
    """To an agency: a message of its own was not taken, why, and the present state of the thing."""

    message = Text(128, required=True)
    type = Text(128, required=True, allow_none=True)
    field = Text(200, required=True, allow_none=True)
    reason_zh = Text(500, required=True)
    reason_en = Text(500, required=True)
    state = Text(64, required=True, allow_none=True)
    allowed = fields.List(Code(), required=True)


class MessageTaken(ToAgency, type="message.taken.v1", source="any"):
    """To an agency that asked for it by `receipt`: a message of its own was taken, and how the thing stands now.

    `allowed`: the types that it may say of it next.
    """

    message = Text(128, required=True)
    type = Text(128, required=True)
    state = Text(64, required=True)
    allowed = fields.List(Code(), required=True)


class SubmittedPetitioner(Schema):
    """Who petitioned, as the submitting agency has it; a phone gets no SMS without `sms_consent`."""

    name = given.Name(100, required=True)
    resident_id = given.Typed(allow_none=True)
    phone = given.Typed(allow_none=True)
    address = given.Line(300, allow_none=True)
    sms_consent = Flag(load_default=False)


class Respondent(Schema):
    """Who is complained of; `unit` is the directory's code where there is one."""

    unit = AgencyCode(allow_none=True, load_default=None)
    name = given.Name(100, allow_none=True, load_default=None)
    position = given.Line(100, allow_none=True)


class PetitionSubmitted(FromAgency, type="petition.submitted.v1"):
    """From an agency: a petition it received and hands to us; `submission` is its own number.

    `handover`: 移送, or 交办 by an organ above us. `answer_by`: the day it wants an answer by. `secrecy`: who petitions
    asked that nobody learns who it is; nobody is called or gets an SMS then, and no message about it names anybody.
    """

    submission = given.OwnNumber(required=True)
    handover = WordOf(
        words.ReferralKind,
        load_default=words.ReferralKind.TRANSFER,
        validate=validate.OneOf([words.ReferralKind.TRANSFER, words.ReferralKind.ASSIGN]),
    )
    answer_by = given.Day(allow_none=True, load_default=None)
    received_on = given.Day(required=True)
    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    title = given.Line(200, required=True)
    statement = given.Text(20_000, required=True)
    place = Code(allow_none=True, load_default=None)
    group_size = given.Positive(load_default=1)
    secrecy = Flag(load_default=False)
    petitioner = fields.Nested(SubmittedPetitioner, required=True, allow_none=True)
    respondents = fields.List(fields.Nested(Respondent), load_default=list, validate=validate.Length(max=20))


class Reply(FromAgency, type=None):
    """From an agency, about a referral in its hands: that it signed for it, or that it takes it on."""

    referral = ReferralNumber(required=True)
    officer = given.Name(100, required=True)


class ReplySigned(Reply, type="reply.signed.v1"):
    """From an agency: it signed for the referral, from which its days count."""


class ReplyAccepted(Reply, type="reply.accepted.v1"):
    """From an agency that signed: it takes the matter on."""


class ReplyObjected(Reply, type="reply.objected.v1"):
    """From an agency: it objects, with the reason; the sender rules."""

    reason = WordOf(words.ObjectionReason, required=True)
    text = given.Text(2_000, required=True)


class ReplyProgress(Reply, type="reply.progress.v1"):
    """From an agency: how far it is; may be said again and again. `suspended`: nothing goes on until the next one."""

    text = given.Text(2_000, required=True)
    suspended = Flag()


class FileNamed(Schema):
    """A file that goes with it, by its digest; its bytes are handed in once they are asked for."""

    sha256 = Digest(required=True)
    size = given.Size(required=True)
    media_type = given.Line(100, required=True, validate=validate.OneOf(list(enclosure.BEGINNINGS)))
    name = given.FileName(required=True)


class ReplyAnswered(Reply, type="reply.answered.v1"):
    """From an agency: what came of the matter; the last word until rework is asked for. With files or without."""

    result = WordOf(words.Result, required=True)
    text = given.Text(20_000, required=True)
    files = fields.List(fields.Nested(FileNamed), validate=validate.Length(max=enclosure.MOST))


class ReplyPassOn(Reply, type="reply.pass_on.v1"):
    """From an agency that signed: the matter is another's, to whom it goes as a referral of its own."""

    to = AgencyCode(required=True)
    text = given.Text(2_000, required=True)


class ReplyRuling(FromAgency, type="reply.ruling.v1"):
    """From an agency whose submission we objected to: upheld, it takes it back; overruled, it stays with us."""

    submission = given.OwnNumber(required=True)
    officer = given.Name(100, required=True)
    ruling = WordOf(words.Ruling, required=True)


class ProceedingReply(FromAgency, type="proceeding.reply.v1"):
    """From an agency: what it says to an invitation; who is asked to mediate takes it on by `accepted`.

    `text`: who comes, another time, or why not.
    """

    proceeding = ProceedingNumber(required=True)
    officer = given.Name(100, required=True)
    answer = WordOf(words.InvitationAnswer, required=True)
    text = given.Text(2_000, allow_none=True, load_default=None)


class MediationReported(FromAgency, type="mediation.reported.v1"):
    """From an agency that mediates: how far it is. `on`: the day of it, of an agreement that of its effect.

    `agreement`: how it was made, needed with `agreed`.
    """

    proceeding = ProceedingNumber(required=True)
    officer = given.Name(100, required=True)
    step = WordOf(words.MediationStep, required=True)
    on = given.Day(required=True)
    agreement = WordOf(words.AgreementForm, allow_none=True, load_default=None)
    text = given.Text(20_000, required=True)


class TaskAnswered(FromAgency, type="task.answered.v1"):
    """From an agency: a task of its own is done, or cannot be done."""

    proceeding = ProceedingNumber(required=True)
    item = given.Positive(required=True)
    officer = given.Name(100, required=True)
    result = WordOf(words.TaskResult, required=True)
    text = given.Text(2_000, required=True)


class AidLeadSigned(FromAgency, type="aid.lead_signed.v1"):
    """From an agency: the receipt of a lead."""

    lead = LeadNumber(required=True)
    officer = given.Name(100, required=True)


class AidLeadAnswered(AidLeadSigned, type="aid.lead_answered.v1"):
    """From an agency: what became of a lead."""

    result = WordOf(words.LeadResult, required=True)
    text = given.Text(2_000, required=True)


class InboxResync(FromAgency, type="inbox.resync.v1"):
    """From an agency: send again, with the same ids, every offer that has not ended."""

    reason = given.Line(200, allow_none=True, load_default=None)
