"""What referral answers, noun by noun, for its description; `_zh` beside a word is what an officer reads."""

from marshmallow.fields import Boolean, Dict, Integer, List, Nested, String

from contracts import vocabulary as words
from contracts.fields import Day, Moment, WordOf
from service_kit.clocks import ClockSaid
from web.answers import Action, Answer, Page


class ReferralSaid(Answer):
    """One handover, and what may be done with it next."""

    number = String()
    petition = String()
    agency = String()
    kind = WordOf(words.ReferralKind)
    kind_zh = String()
    state = WordOf(words.ReferralState)
    state_zh = String()
    purpose = String()
    statutory = Boolean()
    predecessor = String(allow_none=True)
    urged = Integer()
    sign_by = Day(allow_none=True)
    inbound = Boolean()
    submission = String(allow_none=True)
    objection = WordOf(words.ObjectionReason, allow_none=True)
    result = WordOf(words.Result, allow_none=True)


class ReferralWhole(ReferralSaid):
    """With what may be done with it now."""

    allowed_actions = List(Nested(Action))


class Referrals(Page):
    """A petition's, by number."""

    referrals = List(Nested(ReferralWhole(partial=True)))


class ReferralRow(Answer):
    """A handover as a list shows it."""

    number = String()
    petition = String()
    inbound = Boolean()
    agency = String()
    agency_zh = String()
    submission = String(allow_none=True)
    kind = WordOf(words.ReferralKind)
    kind_zh = String()
    state = WordOf(words.ReferralState)
    state_zh = String()
    created_at = Moment()
    days = Integer()
    urged = Integer()
    objection = WordOf(words.ObjectionReason, allow_none=True)
    result = WordOf(words.Result, allow_none=True)
    sign_by = Day(allow_none=True)
    answer_by = Day(allow_none=True)


class ReferralRows(Page):
    """Those in sight, across petitions."""

    referrals = List(Nested(ReferralRow))


class TabSaid(Answer):
    """How many stand there, counted up to 1 000."""

    tab = WordOf(words.ReferralTab)
    tab_zh = String()
    total = Integer()
    total_is_more = Boolean()


class Tabs(Answer):
    """Each of them, in the order of a handover."""

    tabs = List(Nested(TabSaid))


class Receiver(Answer):
    """An agency: whether it may have the petition, why not, what speaks for it."""

    agency = String()
    agency_zh = String()
    transport = WordOf(words.Transport)
    lawful = Boolean()
    suggested = String(allow_none=True)
    reason = WordOf(words.Barred, allow_none=True)
    reason_zh = String(allow_none=True)


class Receivers(Answer):
    """Every agency of the directory."""

    petition = String()
    receivers = List(Nested(Receiver))


class DaysSaid(Answer):
    """How long an agency had it."""

    agency = String()
    days = Integer()


class EscalationSaid(Answer):
    """That others were asked to coordinate."""

    referral = String()
    reason = WordOf(words.EscalationReason)
    reason_zh = String()
    agency = String(allow_none=True)
    requested_at = Moment()
    days = List(Nested(DaysSaid))
    sentence = String()


class Escalations(Answer):
    """A petition's, the oldest first."""

    petition = String()
    escalations = List(Nested(EscalationSaid))


class Clocks(Answer):
    """The periods of a petition's referrals."""

    petition = String()
    clocks = List(Nested(ClockSaid))


class HoldingSaid(Answer):
    """Who held it from then on; nobody: custody ended."""

    seq = Integer()
    agency = String(allow_none=True)
    agency_zh = String()
    since = Moment()


class Custody(Answer):
    """Its holders in order; asked of one moment, the one of then (`seq`, `agency`, `since`)."""

    petition = String(load_default=None)
    custody = List(Nested(HoldingSaid), load_default=list)
    seq = Integer(load_default=None)
    agency = String(load_default=None)
    agency_zh = String(load_default=None)
    since = Moment(load_default=None)


class AgencySaid(Answer):
    """An agency that is there or was."""

    code = String()
    name = String()
    kind = WordOf(words.AgencyKind)
    kind_zh = String()
    parent = String(allow_none=True)
    edges = List(Dict(keys=String(), values=String()))
    transport = WordOf(words.Transport)
    transport_zh = String()
    own_system = Boolean()
    competence = List(Dict(keys=String()))
    active = Boolean()


class Agencies(Answer):
    """By code."""

    agencies = List(Nested(AgencySaid))


class Revisions(Answer):
    """An agency's entries, the oldest first."""

    agency = String()
    revisions = List(Dict(keys=String()))


class RemarkSaid(Answer):
    """What was written with one move. `by`: whom the agency names; `officer`: of ours, who said it or wrote it down."""

    referral = String()
    agency = String()
    agency_zh = String()
    ours = Boolean()
    move = String()
    move_zh = String()
    said_at = Moment()
    by = String(allow_none=True)
    officer = String(allow_none=True)
    text = String()


class RemarksSaid(Answer):
    """What either side wrote of a petition's referrals, the earliest first."""

    petition = String()
    remarks = List(Nested(RemarkSaid))


class ProceedingSaid(Answer):
    """A mediation, hearing, meeting or talk as a list shows it."""

    number = String()
    petition = String()
    kind = WordOf(words.ProceedingKind)
    kind_zh = String()
    form = WordOf(words.ProceedingForm, allow_none=True)
    form_zh = String(allow_none=True)
    state = WordOf(words.ProceedingState)
    state_zh = String()
    subject = WordOf(words.ProceedingSubject)
    subject_zh = String()
    applied = Boolean()
    created_at = Moment()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    told_by = Day(allow_none=True)
    open = Boolean()


class ProceedingRows(Page):
    """Those in sight, across petitions."""

    proceedings = List(Nested(ProceedingSaid))


class Proceedings(Answer):
    """A petition's, by number, and which it may have."""

    petition = String()
    proceedings = List(Nested(ProceedingSaid))
    allowed_actions = List(Nested(Action))


class PartSaid(Answer):
    """Somebody who takes part. `told_on`: of the date that is meant now; no name."""

    part = String()
    role = WordOf(words.PartRole)
    role_zh = String()
    agency = String(allow_none=True)
    agency_zh = String(allow_none=True)
    officer = String(allow_none=True)
    roster = String(allow_none=True)
    consent = WordOf(words.Consent, allow_none=True)
    answer = WordOf(words.InvitationAnswer, allow_none=True)
    told_on = Day(allow_none=True)
    proof = WordOf(words.Proof, allow_none=True)
    came = Boolean(allow_none=True)


class MeetingTaskSaid(Answer):
    """A task of a resolution; `late`: its day passed before it was done."""

    item = Integer()
    agency = String()
    agency_zh = String()
    due = Day()
    state = WordOf(words.TaskStanding)
    state_zh = String()
    urged = Integer()
    late = Boolean()


class ProceedingWhole(ProceedingSaid):
    """With who takes part, its steps, what its next one lacks, and what may be done with it now."""

    ground = WordOf(words.SettlementGround, allow_none=True)
    closed = List(WordOf(words.ClosedReason))
    agreement = WordOf(words.AgreementForm, allow_none=True)
    effective_on = Day(allow_none=True)
    mend_by = Day(allow_none=True)
    steps = List(String())
    recorded = Boolean()
    parts = List(Nested(PartSaid))
    tasks = List(Nested(MeetingTaskSaid))
    lacking = List(String())
    allowed_actions = List(Nested(Action))


class PartNamed(Answer):
    """Somebody who is named by name."""

    part = String()
    name = String(allow_none=True)
    phone = String(allow_none=True)


class MinuteSaid(Answer):
    """What was written with one move. `by`: whom the agency names; `officer`: of ours, who wrote it down."""

    move = String()
    move_zh = String()
    said_at = Moment()
    held_on = Day(allow_none=True)
    officer = String(allow_none=True)
    agency = String(allow_none=True)
    by = String(allow_none=True)
    text = String()


class TaskText(Answer):
    """What is to be done."""

    item = Integer()
    text = String()


class ProceedingWords(Answer):
    """Names, the place and all that was written, the earliest first."""

    proceeding = String()
    place = String(allow_none=True)
    parts = List(Nested(PartNamed))
    minutes = List(Nested(MinuteSaid))
    tasks = List(Nested(TaskText))


class RosterSaid(Answer):
    """Somebody who may be called in. `code`: the id; `valid`: the certificate has not run out."""

    code = String()
    name = String()
    qualification = String(allow_none=True)
    kinds = List(WordOf(words.RosterKind))
    kinds_zh = List(String())
    agency = String(allow_none=True)
    agency_zh = String(allow_none=True)
    officer = String(allow_none=True)
    valid_until = Day(allow_none=True)
    valid = Boolean()
    ended = Boolean()


class RosterWhole(RosterSaid):
    """With what may be done with it now."""

    allowed_actions = List(Nested(Action))


class RosterRows(Answer):
    """Those who may be called in, by when they were entered."""

    roster = List(Nested(RosterWhole))
    allowed_actions = List(Nested(Action))


class RoomSaid(Answer):
    """A room that may be booked."""

    code = String()
    name = String()
    seats = Integer(allow_none=True)
    closed = Boolean()


class RoomWhole(RoomSaid):
    """With what may be done with it now."""

    allowed_actions = List(Nested(Action))


class Rooms(Answer):
    """Those that may be booked, by code."""

    rooms = List(Nested(RoomWhole))
    allowed_actions = List(Nested(Action))


class ResourceTaken(Answer):
    """A room or person, from when until when with the way there and back."""

    resource = String()
    resource_zh = String()
    since = Moment()
    until = Moment()


class BookingSaid(Answer):
    """What is taken together. Of what is out of sight: that it is taken, and nothing else."""

    booking = String(allow_none=True)
    begins = Moment()
    ends = Moment()
    state = WordOf(words.HoldState)
    state_zh = String()
    held_until = Moment(allow_none=True)
    petition = String(allow_none=True)
    proceeding = String(allow_none=True)
    resources = List(Nested(ResourceTaken))


class BookingWhole(BookingSaid):
    """With what may be done with it now."""

    allowed_actions = List(Nested(Action))


class Bookings(Answer):
    """What is taken for a petition and not over yet, the earliest first."""

    petition = String()
    bookings = List(Nested(BookingWhole))
    allowed_actions = List(Nested(Action))


class ResourceSaid(Answer):
    """A room or person whose calendar is ours."""

    resource = String()
    resource_zh = String()


class CalendarSaid(Answer):
    """A week, Monday to Sunday: every room and person, and what they are taken for."""

    since = Day()
    until = Day()
    rest_days = List(Day())
    resources = List(Nested(ResourceSaid))
    bookings = List(Nested(BookingWhole))
    allowed_actions = List(Nested(Action))


class MemberSaid(Answer):
    """Somebody in a team; `away`: by now they must keep away, or may not be called in any more."""

    entry = String()
    name = String()
    kind = WordOf(words.RosterKind)
    kind_zh = String()
    agency_zh = String(allow_none=True)
    since = Moment()
    away = Boolean()


class TeamSaid(Answer):
    """`whole`: at least one prosecutor, one lawyer and one counsellor."""

    formed_at = Moment()
    whole = Boolean()
    members = List(Nested(MemberSaid))


class TeamOfPetition(Answer):
    """The team a petition has now, if it has one. `checked`: who must keep away is known; else in a moment."""

    petition = String()
    checked = Boolean()
    team = Nested(TeamSaid, allow_none=True)
    allowed_actions = List(Nested(Action))


class NoteSaid(Answer):
    """What a counsellor wrote; `text`: none where it is another's and was not opened."""

    note = String()
    written_at = Moment()
    violence = Boolean()
    text = String(allow_none=True)


class NoteWhole(NoteSaid):
    """With what may be done with it now."""

    allowed_actions = List(Nested(Action))


class NoteWritten(Answer):
    """The note's id."""

    note = String()


class Notes(Answer):
    """A petition's, as far as who asks may know of them, the earliest first."""

    petition = String()
    notes = List(Nested(NoteWhole))
    allowed_actions = List(Nested(Action))
