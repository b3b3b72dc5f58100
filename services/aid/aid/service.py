"""Aid under nameko: entrypoints of a few lines. What they do is in its nouns; who may, in `authorization`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aid.api import schemas
from aid.domain import rules, states
from aid.domain.errors import GivenBefore, IllegalMove, LeadExists
from aid.settings import Settings
from aid.tables import Agency, Case, Lead
from aid.use_cases import cases, directory, handlers, leads
from aid.use_cases.tools import Tools
from authorization import placements
from contracts.fields import WordOf
from contracts.problems import Problem
from contracts.routes import ROUTES
from contracts.vocabulary import AgencyKind, AidKind, AidRefusal, AidState, LeadResult, Situation
from courier.amqp import Delivery
from courier.envelope import Actor
from courier.partners.receiving import AGENCIES, take
from courier.unit_of_work import Work
from service_kit.acts import Acts
from service_kit.entrypoints import every, receive, receive_each
from service_kit.neighbour import Neighbour
from service_kit.partners import heard, hears
from service_kit.service import furnish, seat
from statute import Law
from web.call import Call
from web.route import href, http

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "aid"
SYSTEM = Actor("-", NAME, "system")


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    tools = Tools(
        jurisdiction=settings.jurisdiction,
        law=Law.load(settings.statute_folder),
        rules=rules.load(),
        caps=rules.caps(settings.caps_file),
        early_held=settings.early_held,
        offer_again_after=settings.offer_again_after,
    )
    office = seat(NAME, settings, tools)
    given = furnish(
        office,
        settings,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        outsider=hears("from_agency", leads.agency_said),
    )
    return given | {"agencies": heard(office, Agency, settings.our_agency)}


class AidService(Acts, Neighbour):
    name = NAME
    title = "救助 aid"
    migrations = MIGRATIONS

    # -- cases ---------------------------------------------------------------------------------------------------

    @http(
        "GET",
        "/aid-cases",
        action="aid.read",
        query={"state": WordOf(AidState)},
        summary="救助案件（按决定期限，至多 100 件）",
    )
    def listing(self, call: Call) -> Any:
        with self.work(call) as work:
            seen = self.visible(work, call, Case.petition)
            found = cases.in_state(work, seen, call.query.get("state"), 100)
            return {"aid_cases": [self._present(call, work, case) for case in found]}

    @http("GET", "/aid-cases/<number>", action="aid.read", summary="救助案件、初判、线索和可办事项")
    def read(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            case = cases.find(work, number)
            self.let_in(call, work, case.petition)
            content = self._present(call, work, case)
            if self._covers(work, call, "aid.read-applicant", case):
                content["applicant"] = cases.applicant(work, case)
                for lead, shown in zip(case.leads, content["leads"], strict=True):
                    shown["text"] = leads.answer_text(work, lead)
            return content

    @http("GET", "/petitions/<number>/aid-cases", action="aid.read", summary="信访件的救助案件")
    def of_petition(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            found = cases.of_petition(work, number)
            return {"aid_cases": [self._present(call, work, case) for case in found]}

    @http("POST", "/aid-cases/<number>/grant", action="aid.grant", body=schemas.Grant, summary="决定给予司法救助")
    def grant(self, call: Call, number: str) -> Any:
        return self._act(call, number, cases.grant)

    @http("POST", "/aid-cases/<number>/refuse", action="aid.refuse", body=schemas.Refuse, summary="决定不予司法救助")
    def refuse(self, call: Call, number: str) -> Any:
        return self._act(call, number, cases.refuse)

    @http("POST", "/aid-cases/<number>/leads", action="aid.offer-lead", body=schemas.OfferLead, status=201,
          summary="向有关单位转送救助线索")  # fmt: skip
    def offer_lead(self, call: Call, number: str) -> Any:
        return self._act(call, number, leads.offer)

    @http("GET", "/agencies", action="aid.read", summary="可以转送线索的单位")
    def agencies_known(self, call: Call) -> Any:
        with self.work(call) as work:
            found = directory.agencies(work)
            return {"agencies": [{"code": each.code, "name": each.name, "kind": each.kind} for each in found]}

    # -- what others tell, what time brings ------------------------------------------------------------------------

    @receive("aid.events.intake", together=True)
    def from_intake(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("intake", deliveries)

    @receive_each("aid.agency.{}", "agencies", before=("aid.agencies",))
    def agencies(self, delivery: Delivery) -> None:
        take(self.inbox, delivery, AGENCIES, ROUTES[NAME].from_agencies)

    @every(5.0)
    def offer_again(self) -> int:
        with self.office.begin(SYSTEM) as work:
            return leads.offer_again(work)

    def admit(self, call: Call, work: Work, number: str) -> None:
        self.let_in(call, work, cases.find(work, number).petition)

    def shown(self, call: Call, work: Work, found: Case) -> dict[str, Any]:
        return self._present(call, work, found)

    def explain(self, call: Call, work: Work, number: str, refusal: Problem) -> None:
        if isinstance(refusal, GivenBefore):
            both = [cases.find(work, each) for each in (number, refusal.more["first"])]
            # beside one that names its petitioner, the other's number is who asked for secrecy
            if any(case.sealed or not self._covers(work, call, "aid.read", case) for case in both):
                raise GivenBefore(None) from None
        if isinstance(refusal, (IllegalMove, LeadExists)):
            case = cases.find(work, number)
            refusal.more["allowed_actions"] = self._actions(call, case, directory.agencies(work), work)

    def _covers(self, work: Work, call: Call, action: str, case: Case) -> bool:
        return placements.covers(work, self.view(work, call, action), case.petition)

    def _actions(self, call: Call, case: Case, agencies: list[Agency], work: Work) -> list[dict[str, Any]]:
        offered: list[dict[str, Any]] = []
        here = href("/aid-cases/<number>", number=case.number)
        if case.now_in is AidState.OPENED:
            for action, title in (("grant", "给予司法救助"), ("refuse", "不予司法救助")):
                if self._covers(work, call, f"aid.{action}", case):
                    offered.append({"action": action, "title": title, "method": "POST", "href": f"{here}/{action}"})
        if self._covers(work, call, "aid.offer-lead", case):
            asked = {lead.agency for lead in case.leads if lead.now_in in states.OPEN_LEADS}
            fitting = cases.determination(work, case)
            offered += [
                {
                    "action": "offer-lead",
                    "title": f"转送{agency.name}",
                    "method": "POST",
                    "href": f"{here}/leads",
                    "to": agency.code,
                    "kinds": kinds,
                }
                for agency in agencies
                if agency.code not in asked and (kinds := states.kinds_for(fitting, AgencyKind(agency.kind)))
            ]
        return offered

    def _present(self, call: Call, work: Work, case: Case) -> dict[str, Any]:
        agencies = directory.agencies(work)
        names = {agency.code: agency.name for agency in agencies}
        tools: Tools = self.office.tools
        return {
            "number": case.number,
            "petition": case.petition,
            "secrecy": case.sealed,
            "state": case.now_in,
            "state_zh": case.now_in.zh,
            "situations": case.situations,
            "situations_zh": [Situation(each).zh for each in case.situations],
            "decide_by": case.decide_by.isoformat(),
            "amount": None if case.amount_fen is None else states.yuan(case.amount_fen),
            "cap": states.yuan(tools.caps.lower),
            "ground": case.ground,
            "ground_zh": AidRefusal(case.ground).zh if case.ground else None,
            "rules": case.rules,
            "rules_verified": tools.rules.verified,
            "determination": [
                {
                    "rule": rule.id,
                    "kind": rule.kind,
                    "kind_zh": rule.kind.zh,
                    "decided_by_zh": rule.agency.zh if rule.agency else "本院",
                    "reason": rule.zh,
                    "documents": list(rule.documents),
                    "source": rule.source,
                    "verified": "已核验" if tools.rules.verified else "未核验",
                }
                for rule in cases.determination(work, case)
            ],
            "leads": [_lead(lead, names) for lead in case.leads],
            "allowed_actions": self._actions(call, case, agencies, work),
        }


def _lead(lead: Lead, names: dict[str, str]) -> dict[str, Any]:
    return {
        "number": lead.number,
        "agency": lead.agency,
        "agency_zh": names.get(lead.agency, lead.agency),
        "kinds": lead.kinds,
        "kinds_zh": [AidKind(each).zh for each in lead.kinds],
        "state": lead.now_in,
        "state_zh": lead.now_in.zh,
        "answer_by": lead.answer_by.isoformat(),
        "result": lead.result,
        "result_zh": LeadResult(lead.result).zh if lead.result else None,
    }
