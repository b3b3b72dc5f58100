"""An aid case: read, granted, refused, its leads."""

from typing import Any

from marshmallow import Schema, fields, validate

from aid.api import answers as said
from aid.api.base import AidApi
from aid.use_cases import cases, directory, leads, lists
from contracts.fields import AgencyCode, Code, Flag, WordOf
from contracts.given import Money, Text
from contracts.vocabulary import AidKind, AidRefusal, AidState, LeadState, PersonalNumber
from courier.unit_of_work import UnitOfWork
from service_kit.neighbour import PLACED
from web.call import Call, TrueOrFalse
from web.listing import Listing
from web.route import http

REVEAL = "aid.reveal"


class Grant(Schema):
    """`amount`: yuan, exact, as text. `ground`: the row of the rules it is given by, among those that fit."""

    amount = Money(required=True)
    ground = Code(required=True)
    opinion = Text(5_000, required=True)


class Refuse(Schema):
    """Why judicial aid is refused; `opinion`: the reasons, which a ground that does not bind needs."""

    ground = WordOf(AidRefusal, required=True)
    opinion = Text(5_000, load_default=None, allow_none=True)


class OfferLead(Schema):
    """Without `kinds` the lead names every fitting kind the agency decides on. `wish`: who asked for secrecy agrees."""

    to = AgencyCode(required=True)
    kinds = fields.List(WordOf(AidKind), load_default=list, validate=validate.Length(max=10))
    wish = Flag(load_default=False)


class Reveal(Schema):
    """Which of the applicant's numbers is looked at in full."""

    field = WordOf(PersonalNumber, required=True)


CASES = Listing("aid_cases", lists.CASE_SORTS, "decide_by", {"state": WordOf(AidState), **PLACED})
LEADS = Listing(
    "leads",
    lists.LEAD_SORTS,
    "answer_by",
    {"state": WordOf(LeadState), "agency": AgencyCode(), "overdue": TrueOrFalse(), **PLACED},
)


class CaseRoutes(AidApi):
    """Each act answers the case as it stands after it."""

    @http(
        "GET", "/aid-cases", action="aid.read", query=CASES.query, answer=said.CaseRows, summary="救助案件，按决定期限"
    )
    def listing(self, call: Call) -> Any:
        """{aid_cases}: those in sight, the nearest last day for a decision first."""
        with self.work(call) as work:
            found = lists.cases(work, self.visible(work, call), CASES.page(call))
            return found.answer(map(lists.case_row, found.rows))

    @http("GET", "/leads", action="aid.read", query=LEADS.query, answer=said.LeadRows,
          summary="转送各单位的救助线索，按反馈期限")  # fmt: skip
    def lead_list(self, call: Call) -> Any:
        """{leads}: those in sight, the nearest last day for an answer first."""
        with self.work(call) as work:
            found = lists.leads(work, self.visible(work, call), LEADS.page(call))
            return found.answer(lists.lead_rows(work, found.rows))

    @http(
        "GET", "/aid-cases/<number>", action="aid.read", answer=said.CaseWhole, summary="救助案件、初判、线索和可办事项"
    )
    def read(self, call: Call, number: str) -> Any:
        """Answers one case; applicant, numbers with stars, and agencies' words only to who may read those, too."""
        with self.work(call) as work:
            case = cases.find(work, number)
            self.let_in(call, work, case.petition)
            content = self._present(call, work, case)
            if self._covers(work, call, "aid.read-applicant", case):
                content["applicant"] = cases.shown(cases.applicant(work, case), self._covers(work, call, REVEAL, case))
                content["opinion"] = cases.opinion(work, case)
                for lead, shown in zip(case.leads, content["leads"], strict=True):
                    shown["text"] = leads.answer_text(work, lead)
            return content

    @http("POST", "/aid-cases/<number>/reveals", action=REVEAL, body=Reveal, status=201, answer=said.Revealed,
          summary="查看救助申请人的身份证号或者电话全号（每次均留痕）")  # fmt: skip
    def reveal(self, call: Call, number: str) -> Any:
        """{case, field, value}: a repeat by its key has no value. 409 for a number that nobody gave."""
        seen: list[str] = []

        def produce(work: UnitOfWork, number: str, field: PersonalNumber) -> dict[str, Any]:
            seen.append(cases.reveal(work, number, field))
            return {"case": number, "field": field}

        # an answer is kept for whoever repeats the request, and what was seen must be kept nowhere
        shown = self._act(call, number, produce, lambda _, asked: asked)
        return shown | {"value": seen[0] if seen else None}

    @http("GET", "/petitions/<number>/aid-cases", action="aid.read", answer=said.Cases, summary="信访件的救助案件")
    def of_petition(self, call: Call, number: str) -> Any:
        """Answers the petition's cases by number; Denied where it is out of sight."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            found = cases.of_petition(work, number)
            return {"aid_cases": [self._present(call, work, case) for case in found]}

    @http(
        "POST",
        "/aid-cases/<number>/grant",
        action="aid.grant",
        body=Grant,
        answer=said.CaseSaid,
        summary="决定给予司法救助",
    )
    def grant(self, call: Call, number: str) -> Any:
        """Gives judicial aid; refused above the cap, and where this person was given it in this case before."""
        return self._act(call, number, cases.grant)

    @http(
        "POST",
        "/aid-cases/<number>/refuse",
        action="aid.refuse",
        body=Refuse,
        answer=said.CaseSaid,
        summary="决定不予司法救助",
    )
    def refuse(self, call: Call, number: str) -> Any:
        """Refuses judicial aid, once and with its ground; leads are still possible."""
        return self._act(call, number, cases.refuse)

    @http("POST", "/aid-cases/<number>/leads", action="aid.offer-lead", body=OfferLead, status=201,
          answer=said.CaseSaid, summary="向有关单位转送救助线索")  # fmt: skip
    def offer_lead(self, call: Call, number: str) -> Any:
        """Hands a lead to the agency; refused while it has one that is open, or must not have it."""
        return self._act(call, number, leads.offer)

    @http("GET", "/agencies", action="aid.read", answer=said.Agencies, summary="可以转送线索的单位")
    def agencies_known(self, call: Call) -> Any:
        """Answers the agencies of today's directory by code; which kinds are theirs, each case says."""
        with self.work(call) as work:
            found = directory.agencies(work)
            return {"agencies": [{"code": each.code, "name": each.name, "kind": each.kind} for each in found]}
