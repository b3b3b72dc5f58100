"""What aid answers, noun by noun, for its description; `_zh` beside a word is what an officer reads."""

from marshmallow.fields import Boolean, List, Nested, String

from contracts import vocabulary as words
from contracts.fields import Day, Moment, WordOf
from web.answers import Action, Answer, Page


class RuleSaid(Answer):
    """A row of the rules that fits what was found; `verifiable`: what nobody is asked for (社会救助法 62)."""

    rule = String()
    kind = WordOf(words.AidKind)
    kind_zh = String()
    decided_by_zh = String()
    reason = String()
    documents = List(String())
    verifiable = List(String())
    source = String()
    verified = String()


class LeadSaid(Answer):
    """A lead to another agency; `text`, its words, only to who may read the applicant."""

    number = String()
    agency = String()
    agency_zh = String()
    kinds = List(WordOf(words.AidKind))
    kinds_zh = List(String())
    state = WordOf(words.LeadState)
    state_zh = String()
    answer_by = Day()
    result = WordOf(words.LeadResult, allow_none=True)
    result_zh = String(allow_none=True)
    text = String(load_default=None)


class ApplicantSaid(Answer):
    """Who is to be helped; numbers with stars. `reveals`: which of them may be looked at in full."""

    name = String()
    resident_id = String(load_default=None)
    phone = String(load_default=None)
    address = String(load_default=None)
    case_number = String(load_default=None)
    reveals = List(WordOf(words.PersonalNumber))


class CaseSaid(Answer):
    """A case as it stands. `applicant`, `opinion`: only to who may read them."""

    number = String()
    petition = String()
    secrecy = Boolean()
    state = WordOf(words.AidState)
    state_zh = String()
    situations = List(WordOf(words.Situation))
    situations_zh = List(String())
    decide_by = Day()
    amount = String(allow_none=True)
    cap = String()
    ground = WordOf(words.AidRefusal, allow_none=True)
    ground_zh = String(allow_none=True)
    basis = String(allow_none=True)
    opinion = String(load_default=None)
    rules = String()
    rules_verified = Boolean()
    determination = List(Nested(RuleSaid))
    leads = List(Nested(LeadSaid))
    applicant = Nested(ApplicantSaid, load_default=None)


class CaseWhole(CaseSaid):
    """With what may be done with it now."""

    allowed_actions = List(Nested(Action))


class Cases(Page):
    """Cases in sight."""

    aid_cases = List(Nested(CaseWhole(partial=True)))


class CaseRow(Answer):
    """A case as a list shows it."""

    number = String()
    petition = String()
    secrecy = Boolean()
    state = WordOf(words.AidState)
    state_zh = String()
    situations = List(WordOf(words.Situation))
    situations_zh = List(String())
    opened_at = Moment()
    decide_by = Day()
    amount = String(allow_none=True)
    ground = WordOf(words.AidRefusal, allow_none=True)
    ground_zh = String(allow_none=True)


class CaseRows(Page):
    """Cases in sight, across petitions."""

    aid_cases = List(Nested(CaseRow))


class LeadRow(LeadSaid):
    """A lead as a list shows it, without an agency's words."""

    case = String()
    petition = String()
    offered_at = Moment()


class LeadRows(Page):
    """Leads in sight, across petitions."""

    leads = List(Nested(LeadRow))


class AgencySaid(Answer):
    """An agency that is there today."""

    code = String()
    name = String()
    kind = WordOf(words.AgencyKind)


class Agencies(Answer):
    """By code."""

    agencies = List(Nested(AgencySaid))


class Revealed(Answer):
    """`value`: the number in full; null where the same key showed it before."""

    case = String()
    field = WordOf(words.PersonalNumber)
    value = String(allow_none=True)
