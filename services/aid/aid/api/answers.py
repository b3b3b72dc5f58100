"""What aid answers, noun by noun, for its description; `_zh` beside a word is what an officer reads."""

from marshmallow.fields import Boolean, Dict, List, Nested, String

from contracts import vocabulary as words
from contracts.fields import Day, WordOf
from web.answers import Action, Answer, Page


class RuleSaid(Answer):
    """A row of the rules that fits what was found."""

    rule = String()
    kind = WordOf(words.AidKind)
    kind_zh = String()
    decided_by_zh = String()
    reason = String()
    documents = List(String())
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


class CaseSaid(Answer):
    """A case as it stands, and what may be done with it next. `applicant`: only to who may read it."""

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
    rules = String()
    rules_verified = Boolean()
    determination = List(Nested(RuleSaid))
    leads = List(Nested(LeadSaid))
    allowed_actions = List(Nested(Action))
    applicant = Dict(keys=String(), values=String(allow_none=True), load_default=None)


class Cases(Page):
    """Cases in sight."""

    aid_cases = List(Nested(CaseSaid(partial=True)))


class AgencySaid(Answer):
    """An agency that is there today."""

    code = String()
    name = String()
    kind = WordOf(words.AgencyKind)


class Agencies(Answer):
    """By code."""

    agencies = List(Nested(AgencySaid))
