"""What aid says: cases of judicial aid and the leads given to agencies."""

from marshmallow import fields

from contracts import vocabulary as words
from contracts.events.base import OfPetition
from contracts.fields import AgencyCode, AidNumber, Code, Count, Day, Digest, Flag, LeadNumber, WordOf


class OfAid(OfPetition, type=None):
    """About a case of judicial aid."""

    case = AidNumber(required=True)


class AidOpened(OfAid, type="aid.opened.v1"):
    """When intake asked for aid, at the petitioner's wish; `decide_by`: the last day for a decision."""

    sentence = "救助立案 {case}，{decide_by} 前决定"
    situations = fields.List(WordOf(words.Situation), required=True)
    decide_by = Day(required=True)


class AidDetermined(OfAid, type="aid.determined.v1"):
    """Which kinds may fit, by which version of the rules; advice, not a decision."""

    sentence = "救助对象初判：{fits}"
    fits = fields.List(WordOf(words.AidKind), required=True)
    rules = Code(required=True)


class AidGranted(OfAid, type="aid.granted.v1"):
    """Judicial aid is given; the amount in fen. `ground`: the row of `rules` that it is given by."""

    sentence = "{case} 决定给予司法救助"
    amount_fen = Count(required=True)
    rules = Code(required=True)
    ground = Code()


class AidRefused(OfAid, type="aid.refused.v1"):
    """When an officer refused judicial aid; the way to social aid stays open."""

    sentence = "{case} 不予司法救助：{ground}"
    ground = WordOf(words.AidRefusal, required=True)


class AidRevealed(OfAid, type="aid.revealed.v1"):
    """An officer looked at the applicant's number in full."""

    sentence = None
    field = WordOf(words.PersonalNumber, required=True)


class OfLead(OfAid, type=None):
    """About a lead of a case, and the agency it is for."""

    lead = LeadNumber(required=True)
    agency = AgencyCode(required=True)


class AidLeadOffered(OfLead, type="aid.lead_offered.v1"):
    """Records the letter to the agency: kinds, purpose, fields and keyed digest. `wish`: of who asked for secrecy."""

    sentence = "救助线索 {lead} 送 {agency}：{kinds}，{answer_by} 前反馈"
    wish = Flag()
    kinds = fields.List(WordOf(words.AidKind), required=True)
    purpose = Code(required=True)
    carries = fields.List(Code(), required=True)
    digest = Digest(required=True)
    answer_by = Day(required=True)


class AidLeadByHand(OfLead, type="aid.lead_by_hand.v1"):
    """The agency has no queue: the lead waits to be carried there."""

    sentence = "救助线索 {lead} 待人工转送 {agency}：{kinds}"
    wish = Flag()
    kinds = fields.List(WordOf(words.AidKind), required=True)


class AidLeadSigned(OfLead, type="aid.lead_signed.v1"):
    """When the agency's receipt came."""

    sentence = "{agency} 签收救助线索"


class AidLeadAnswered(OfLead, type="aid.lead_answered.v1"):
    """When the agency reported; after `pending` another answer follows."""

    sentence = "{agency} 反馈救助线索：{result}"
    result = WordOf(words.LeadResult, required=True)


class AidLeadUndelivered(OfLead, type="aid.lead_undelivered.v1"):
    """The agency left the directory before it answered."""

    sentence = "救助线索 {lead} 未送达 {agency}"
