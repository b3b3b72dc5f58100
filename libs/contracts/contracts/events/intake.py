"""What happened to which number. People are never in an event; the schema base has no field for them."""

from marshmallow import fields

from contracts import vocabulary as words
from contracts.fields import (
    AgencyCode,
    AidNumber,
    Code,
    Count,
    Day,
    Digest,
    Event,
    Flag,
    LeadNumber,
    Moment,
    PetitionNumber,
    Reference,
    ReferralNumber,
    WordOf,
)


class OfPetition(Event):
    petition = PetitionNumber(required=True)


class PetitionRegistered(OfPetition):
    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    channel = WordOf(words.Channel, required=True)
    service_point = Code(required=True)
    received_on = Day(required=True)
    reply_by = Day(required=True)
    reach = WordOf(words.Reach, required=True)
    anonymous = Flag(required=True)
    person = Reference(required=True, allow_none=True)
    group_size = Count(required=True)
    respondent_units = fields.List(AgencyCode(), required=True)
    respondents_known = Flag()
    sealed_post = Flag(required=True)
    place = Code(allow_none=True)
    submitted_by = AgencyCode(required=True, allow_none=True)
    from_contact = Flag()  # its contact was recorded and counted before
    sub_line = Code()


class PetitionAccepted(OfPetition):
    department = Code(required=True)
    reply_by = Day(required=True)
    route = WordOf(words.ClaimRoute)


class PetitionNotAccepted(OfPetition):
    reason = WordOf(words.RefusalReason, required=True)


class PetitionGuided(OfPetition):
    to = AgencyCode(required=True)


class PetitionReferred(OfPetition):
    """Records the letter that carries the material: its addressee, purpose, fields and keyed digest."""

    to = AgencyCode(required=True)
    kind = WordOf(words.ReferralKind, required=True)
    purpose = Code(required=True)
    carries = fields.List(Code(), required=True)
    digest = Digest(required=True)
    route = WordOf(words.ClaimRoute)


class PetitionInvolved(PetitionReferred):
    """As `petition.referred`, for who only helps or hears of it: it stays with who has it."""


class PetitionHandling(OfPetition):
    agency = AgencyCode(required=True)


class PetitionConcluded(OfPetition):
    result = WordOf(words.Result, required=True)


class PetitionReplied(OfPetition):
    reply = WordOf(words.ReplyKind, required=True)
    means = WordOf(words.Means, required=True)
    issued_on = Day(required=True)


class PetitionClosing(OfPetition):
    pass


class PetitionClosed(OfPetition):
    pass


class PetitionKeptOpen(OfPetition):
    """Back from closing: a referral still holds custody."""

    referral = ReferralNumber(required=True)


class PetitionReopened(OfPetition):
    """Taken up again after it had ended; its periods count from `counts_from`."""

    reason = WordOf(words.Reopening, required=True)
    counts_from = Day(required=True)


class PetitionMaterialAsked(OfPetition):
    """补正: what is lacking was told by a provable means, which is a reply; how many papers, never which."""

    lacking = Count(required=True)
    means = WordOf(words.Means, required=True)
    issued_on = Day(required=True)


class PetitionCompleted(OfPetition):
    """The day on which all that was lacking was here: acceptance counts from it (规则 162)."""

    counts_from = Day(required=True)


class PetitionSuspended(OfPetition):
    reason = WordOf(words.Pause, required=True)


class PetitionResumed(OfPetition):
    pass


class PetitionTerminated(OfPetition):
    reason = WordOf(words.Termination, required=True)


class PetitionLiabilityReviewed(OfPetition):
    """Which of the four kinds of liability somebody may bear: each was looked at, and found or not."""

    criminal = Flag(required=True)
    civil = Flag(required=True)
    administrative = Flag(required=True)
    public_interest = Flag(required=True)


class PetitionResolved(OfPetition):
    resolution = WordOf(words.Resolution, required=True)


class PetitionWithdrawn(OfPetition):
    pass


class PetitionEnded(OfPetition):
    """Said once more of what had ended while older code listened, whose referrals did not follow."""

    reason = WordOf(words.Ending, required=True)


class PetitionDied(OfPetition):
    """Said once more of a petition that its petitioner's death ended while older code listened, which told on."""

    died_at = Moment(required=True)  # when it was recorded


class PetitionHardshipMarked(OfPetition):
    """An officer found hardship; with the petitioner's wish an aid case is asked for by letter."""

    situations = fields.List(WordOf(words.Situation), required=True)
    wish = Flag(required=True)


class PetitionWalled(OfPetition):
    """Somebody of our own office is kept away from it; never who, and of a department only its code."""

    reason = WordOf(words.WallReason, required=True)
    department = Code(required=True, allow_none=True)


class PetitionPlaced(OfPetition):
    """Where it sits and who is kept away: for each service to decide whose eyes it is for.

    An officer is only a keyed hash of petition and number, under a key the services share. `unnamed`: it concerns us,
    and nobody has said yet whom.
    """

    department = Code(required=True, allow_none=True)
    service_point = Code(required=True)
    handler = Digest(required=True, allow_none=True)
    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    colour = WordOf(words.RiskColour, required=True)
    secrecy = Flag(required=True)
    unnamed = Flag(required=True)
    walled_officers = fields.List(Digest(), required=True)
    walled_departments = fields.List(Code(), required=True)


class PetitionFileAdded(OfPetition):
    """Something was handed in; its keyed digest, so that nobody changes it unseen. `size` in bytes.

    `sha256` is of older events: without a key, anybody may try what was in a form. Said as null while older code reads.
    """

    sha256 = Digest(allow_none=True)
    digest = Digest()
    size = Count(required=True)


class PetitionSigned(OfPetition):
    """What an agency sent to us is signed for: from here on it is ours."""


class PetitionObjected(OfPetition):
    """It is another's to deal with, we told its sender, who rules."""

    reason = WordOf(words.ObjectionReason, required=True)


class PetitionSentBack(OfPetition):
    """Its sender took it back."""


class PetitionSenderTold(OfPetition):
    """Its sender was told how far it is, or, with `answered`, what came of it."""

    answered = Flag(required=True)


class PetitionAssigned(OfPetition):
    """Given to a department inside our office."""

    department = Code(required=True)


class ContactJoined(OfPetition):
    """Somebody wrote or came about a petition there is already; `group_size`: how many, who join nothing but this."""

    contact = Reference(required=True)
    joining = WordOf(words.Joining, required=True)
    channel = WordOf(words.Channel, required=True)
    group_size = Count(required=True)


class ContactRecorded(Event):
    """One letter, call, visit, online message or fax (件次); subject `contact/<id>`."""

    contact = Reference(required=True)
    channel = WordOf(words.Channel, required=True)
    service_point = Code(required=True)
    received_on = Day(required=True)
    group_size = Count(required=True)


class ContactDecided(Event):
    """What became of it, never which petitions: the parts of one letter must not betray each other."""

    contact = Reference(required=True)
    outcome = WordOf(words.ContactOutcome, required=True)


class PetitionLinked(OfPetition):
    """It belongs to another; which, is for those who may see both."""

    reason = WordOf(words.LinkReason, required=True)


class PetitionHeld(OfPetition):
    """Nothing of it leaves for another agency any more, what was released before included; why, is for few."""


class PetitionReleaseAsked(OfPetition):
    """Who may see why it is held asks to let it go to one agency; the reason given stays where it is."""

    release = Reference(required=True)
    to = AgencyCode(required=True)


class PetitionReleased(OfPetition):
    """What is held may go to this one agency, until it is held anew."""

    to = AgencyCode(required=True)


class PetitionAdmissionAdvised(OfPetition):
    """What the answers to the questions of its line, or sub-line, came to; the officer decides."""

    sheet = Code(required=True)
    result = WordOf(words.Admission, required=True)


class PetitionActRecorded(OfPetition):
    """The file was read, the petitioner heard, or the like; what came of it is kept here, encrypted."""

    act = WordOf(words.ActKind, required=True)
    done_on = Day(required=True)


class PetitionChiefLed(OfPetition):
    """A leader of our office leads it (包案); none is named yet when it comes with acceptance."""

    leader = Code(required=True, allow_none=True)


class PetitionChiefLedItem(OfPetition):
    """One item of the county's list for such cases was done."""

    item = Code(required=True)
    done_on = Day(required=True)


class PetitionReceptionBooked(OfPetition):
    """A place on a leader's reception day."""

    reception = Reference(required=True)
    day = Day(required=True)


class PetitionRiskChanged(OfPetition):
    """The colours alone: what it was scored from stays in intake."""

    was = WordOf(words.RiskColour, required=True)
    colour = WordOf(words.RiskColour, required=True)


class PetitionTold(OfPetition):
    """A reply is proved to have reached the petitioner."""

    reply = WordOf(words.ReplyKind, required=True)
    proof = WordOf(words.Proof, required=True)
    proved_on = Day(required=True)


class PetitionUntellable(OfPetition):
    """What was owed to the petitioner could not be told, lawfully."""

    reply = WordOf(words.ReplyKind, required=True)
    reason = WordOf(words.Impossible, required=True)


class PetitionCodeRenewed(OfPetition):
    """The petitioner got another query code; the one before no longer opens."""


class PetitionRated(OfPetition):
    """One to five stars for a reply, by whoever holds the query code."""

    seq = Count(required=True)
    stars = Count(required=True)


class PetitionPrinted(OfPetition):
    """A paper with the petitioner's name on it was printed: from then on it may lie about."""

    document = WordOf(words.DocumentKind, required=True)


class PetitionSealed(OfPetition):
    """The petitioner asked for secrecy after registration: from here on nobody is told, and nobody else is shown.

    What is known of the person elsewhere is dropped, what is planned is stopped; a name that comes later is late.
    """


class SealedAsked(OfPetition):
    """An officer asked to know who asked for secrecy; who that is, and the reason given, stay where they are."""

    opening = Reference(required=True)
    purpose = WordOf(words.OpeningPurpose, required=True)


class SealedApproved(OfPetition):
    opening = Reference(required=True)
    expires_at = Moment(required=True)


class SealedRefused(OfPetition):
    opening = Reference(required=True)


class SealedOpened(OfPetition):
    """One look at who asked for secrecy, by the event's actor."""

    opening = Reference(required=True)
    purpose = WordOf(words.OpeningPurpose, required=True)


class AccessDenied(Event):
    """An officer was refused; subject `officer/<id>`."""

    action = Code(required=True)
    about = Digest(required=True, allow_none=True)


class OfKeptMessage(Event):
    """A message a service could not apply; subject `operations/<id>`. Its own id may be anything, so only a digest."""

    kind = Code(required=True)
    source = Code(required=True, allow_none=True)
    version = Count(required=True, allow_none=True)
    message = Digest(required=True)


class MessageOpened(OfKeptMessage):
    """An operator looked into its body."""


class MessageDiscarded(OfKeptMessage):
    """An operator decided that it will never be applied."""


class OfClock(OfPetition):
    """A period that runs for a petition, or for one of its referrals; on a lane of its own, `clock/<id>`."""

    clock = Reference(required=True)
    referral = ReferralNumber(required=True, allow_none=True)
    rule = Code(required=True)
    duty = Code(required=True)
    holder = Code(required=True)


class ClockEnds(OfClock):
    due = Day(required=True)
    target = Day(required=True)
    provisional = Flag(required=True)


class ClockStarted(ClockEnds):
    pack = Code(required=True)
    start = Day(required=True)


class ClockStopped(OfClock):
    """What was owed was done, or is owed no more; `by` is the type of the event that did it."""

    by = Code(required=True)
    late = Flag(required=True)


class ClockSuspended(OfClock):
    reason = Code(required=True)
    since = Day(required=True)


class ClockResumed(ClockEnds):
    pass


class ClockExtended(ClockEnds):
    """`by` approved it."""

    by = Code(required=True)
    length = Count(required=True)


class ClockRecomputed(ClockEnds):
    """The notice of a year that was predicted came."""

    was = Day(required=True)


class ClockWarned(OfClock):
    """`level`: a share in percent, `target` or `last_day`; each once. `overtaken`: a later one was due by then, as
    after downtime; it is on the trail and nobody need be told."""

    level = Code(required=True)
    due = Day(required=True)
    target = Day(required=True)
    overtaken = Flag()


class ClockMissed(OfClock):
    """It ran out: whose duty it was is `duty` and `holder`. Once."""

    due = Day(required=True)


class KeyRetired(Event):
    """Nothing is closed by this key any more, and nothing will be; subject `keys`."""

    purpose = Code(required=True)
    key = Code(required=True)
    by = Code(required=True)


class ClockHalted(Event):
    """The database's time jumped: no clock fires until a person resumes; subject `clock/watch`."""

    expected = Moment(required=True)
    found = Moment(required=True)


class ClockResumedSweep(Event):
    """`why`: what the person found; `warned`, `missed`: how many had become due meanwhile and fire now."""

    by = Code(required=True)
    why = WordOf(words.ClockTrusted)
    warned = Count()
    missed = Count()


class OfReferral(OfPetition):
    """The petition itself follows a transfer alone: who hears of another `kind` must be able to tell."""

    referral = ReferralNumber(required=True)
    agency = AgencyCode(required=True)
    kind = WordOf(words.ReferralKind)


class ReferralSent(OfReferral):
    """Records the letter to the agency: purpose, fields and keyed digest."""

    kind = WordOf(words.ReferralKind, required=True)
    purpose = Code(required=True)
    carries = fields.List(Code(), required=True)
    digest = Digest(required=True)
    sign_by = Day(required=True)


class ReferralDrafted(OfReferral):
    """`statutory`: by law the receiver cannot object; `predecessor`: the referral that was passed on."""

    kind = WordOf(words.ReferralKind, required=True)
    statutory = Flag()
    predecessor = ReferralNumber()


class ReferralSigned(OfReferral):
    signed_on = Day(required=True)
    contact_by = Day(required=True)
    statutory = Flag()


class ReferralAccepted(OfReferral):
    pass


class ReferralProgressed(OfReferral):
    pass


class ReferralSuspended(OfReferral):
    pass


class ReferralResumed(OfReferral):
    pass


class ReferralPassedOn(OfReferral):
    """The receiver passed it on: `successor` is the referral opened for `to`."""

    to = AgencyCode(required=True)
    successor = ReferralNumber(required=True)


class ReferralRework(OfReferral):
    """The answer does not do: the receiver is asked to complete it."""


class ReferralMaterialAdded(OfReferral):
    """Records late material sent after the offer, by its keyed digest."""

    digest = Digest(required=True)


class ReferralUrged(OfReferral):
    """催办; `times`: how often so far, this time included. `unsigned`: it was not even signed for."""

    times = Count(required=True)
    unsigned = Flag()


class ReferralVoided(OfReferral):
    """Made as if it had never been, with a chief's approval."""

    reason = WordOf(words.VoidReason, required=True)


class ReferralObjected(OfReferral):
    reason = WordOf(words.ObjectionReason, required=True)


class ReferralOverruled(OfReferral):
    pass


class ReferralReturned(OfReferral):
    pass


class ReferralDeemed(OfReferral):
    """The days for an objection ran out in silence: taken on, as if it had said so."""


class OfSubmission(OfReferral):
    """What `agency` sent to us; the same moves as `referral.*`, with the sides swapped."""


class SubmissionDrafted(OfSubmission):
    statutory = Flag(required=True)


class SubmissionSent(OfSubmission):
    """`answer_by`: the day the sender named."""

    statutory = Flag(required=True)
    received_on = Day(required=True)
    answer_by = Day(required=True, allow_none=True)


class SubmissionSigned(OfSubmission):
    pass


class SubmissionAccepted(OfSubmission):
    pass


class SubmissionDeemed(OfSubmission):
    pass


class SubmissionObjected(OfSubmission):
    reason = WordOf(words.ObjectionReason, required=True)


class SubmissionOverruled(OfSubmission):
    pass


class SubmissionReturned(OfSubmission):
    pass


class SubmissionProgressed(OfSubmission):
    pass


class SubmissionAnswered(OfSubmission):
    """`result`: none where nothing was decided on the merits."""

    result = WordOf(words.Result, required=True, allow_none=True)


class SubmissionClosed(OfSubmission):
    pass


class ReferralRecalled(OfReferral):
    pass


class ReferralStopped(OfReferral):
    """The petition ended with us and the receiver, who had taken it on, was told; it answers with what it has."""

    reason = WordOf(words.Ending, required=True)


class ReferralUndelivered(OfReferral):
    """The agency left the directory before it signed: the matter is back with us."""


class ReferralAnswered(OfReferral):
    result = WordOf(words.Result, required=True)


class ReferralClosed(OfReferral):
    pass


class EscalationRequested(OfPetition):
    """提请协调: nobody takes it. `to`: who is asked, none where the ban leaves nobody; `days`: how long each of
    `agencies` had it."""

    referral = ReferralNumber(required=True)
    reason = WordOf(words.EscalationReason, required=True)
    to = AgencyCode(required=True, allow_none=True)
    agencies = fields.List(AgencyCode(), required=True)
    days = fields.List(Count(), required=True)


class CustodyMoved(OfPetition):
    seq = Count(required=True)
    agency = AgencyCode(required=True)
    since = Moment(required=True)


class CustodyEnded(OfPetition):
    seq = Count(required=True)
    since = Moment(required=True)


class CustodyKept(OfPetition):
    """Custody may not end yet: this referral is still open."""

    referral = ReferralNumber(required=True)


class RoutingRefused(OfPetition):
    """It did not leave: the ban; `lawful` names who may have it."""

    to = AgencyCode(required=True)
    reason = WordOf(words.Barred, required=True)
    lawful = fields.List(AgencyCode(), required=True)


class CommandRefused(OfPetition):
    """What an officer asked was not done; `command` is the action's name in intake, `to` whom it was to reach."""

    command = Code(required=True)
    to = AgencyCode(required=True)
    reason = WordOf(words.Unmade, required=True)


class RoutingJudged(OfPetition):
    """Whether the ban of what a petition is held for lets it go to the agency; why not is said to nobody here."""

    release = Reference(required=True)
    to = AgencyCode(required=True)
    passes = Flag(required=True)


class NoticePlanned(OfPetition):
    notice = Reference(required=True)
    about = WordOf(words.Notice, required=True)
    reach = WordOf(words.Reach, required=True)


class OfNotice(OfPetition):
    notice = Reference(required=True)
    about = WordOf(words.Notice, required=True)


class NoticeSent(OfNotice):
    segments = Count(required=True)


class NoticeDelivered(OfNotice):
    delivered_at = Moment(required=True)


class NoticeFailed(OfNotice):
    code = Code(required=True)


class NoticeRefused(OfNotice):
    code = Code(required=True)


class NoticeUnknown(OfNotice):
    pass


class NoticeImpossible(OfNotice):
    reason = WordOf(words.Impossible, required=True)


class OfAid(OfPetition):
    case = AidNumber(required=True)


class AidOpened(OfAid):
    situations = fields.List(WordOf(words.Situation), required=True)
    decide_by = Day(required=True)


class AidDetermined(OfAid):
    """Which kinds may fit, by which version of the rules; advice, not a decision."""

    fits = fields.List(WordOf(words.AidKind), required=True)
    rules = Code(required=True)


class AidGranted(OfAid):
    """Judicial aid is given; the amount in fen."""

    amount_fen = Count(required=True)
    rules = Code(required=True)


class AidRefused(OfAid):
    ground = WordOf(words.AidRefusal, required=True)


class OfLead(OfAid):
    lead = LeadNumber(required=True)
    agency = AgencyCode(required=True)


class AidLeadOffered(OfLead):
    """Records the letter to the agency: kinds, purpose, fields and keyed digest. `wish`: of who asked for secrecy."""

    wish = Flag()
    kinds = fields.List(WordOf(words.AidKind), required=True)
    purpose = Code(required=True)
    carries = fields.List(Code(), required=True)
    digest = Digest(required=True)
    answer_by = Day(required=True)


class AidLeadByHand(OfLead):
    """The agency has no queue: the lead waits to be carried there."""

    wish = Flag()
    kinds = fields.List(WordOf(words.AidKind), required=True)


class AidLeadSigned(OfLead):
    pass


class AidLeadAnswered(OfLead):
    result = WordOf(words.LeadResult, required=True)


class AidLeadUndelivered(OfLead):
    """The agency left the directory before it answered."""
