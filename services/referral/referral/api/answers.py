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
