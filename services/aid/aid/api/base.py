"""What every group of aid's routes stands on: a case is looked up, acted on and shown alike everywhere."""

from typing import Any

from aid.domain import states
from aid.domain.errors import GivenBefore
from aid.tables import Case, Lead
from aid.use_cases import actions, cases, directory
from aid.use_cases.tools import Tools
from authorization import placements
from contracts.problems import Conflict, Problem
from contracts.vocabulary import AidKind, AidRefusal, LeadResult, Situation
from courier.unit_of_work import UnitOfWork
from service_kit.actions import drawn
from service_kit.acts import Acts
from service_kit.neighbour import Neighbour
from web.call import Call
from web.route import by_action


class AidApi(Acts, Neighbour):
    """What all of aid's routes share: who may see a case, how it is shown, what may be done with it."""

    def admit(self, call: Call, work: UnitOfWork, number: str) -> None:
        """Raises Denied where its petition is out of sight, NoSuchCase."""
        self.let_in(call, work, cases.find(work, number).petition)

    def shown(self, call: Call, work: UnitOfWork, found: Case) -> dict[str, Any]:
        """The case with its determination and its leads; nothing of the applicant."""
        return self._described(work, found)

    def explain(self, call: Call, work: UnitOfWork, number: str, refusal: Problem) -> None:
        """Adds the actions that are possible now and this officer's; takes a number away that would tell who it is."""
        if isinstance(refusal, GivenBefore):
            both = [cases.find(work, each) for each in (number, refusal.more["first"])]
            # beside one that names its petitioner, the other's number is who asked for secrecy
            if any(case.sealed or not self._covers(work, call, "aid.read", case) for case in both):
                raise GivenBefore(None) from None
        if isinstance(refusal, Conflict):
            case = cases.find(work, number)
            refusal.more["allowed_actions"] = self._actions(call, case, work)

    def _covers(self, work: UnitOfWork, call: Call, action: str, case: Case) -> bool:
        return placements.covers(work, self.view(work, call, action), case.petition)

    def _actions(self, call: Call, case: Case, work: UnitOfWork) -> list[dict[str, Any]]:
        service: type = type(self)
        routes = by_action(service)
        return [
            drawn(routes[f"aid.{name}"], name, row.zh, case.number, target)
            for name, row, target in actions.of_case(
                work, case, lambda name: self._covers(work, call, f"aid.{name}", case)
            )
        ]

    def _present(self, call: Call, work: UnitOfWork, case: Case) -> dict[str, Any]:
        return self._described(work, case) | {"allowed_actions": self._actions(call, case, work)}

    def _described(self, work: UnitOfWork, case: Case) -> dict[str, Any]:
        names = directory.names(work)
        tools: Tools = self.context.tools
        determined = [(rule, tools.law.read(rule.law)) for rule in cases.determination(work, case.situations)]
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
            "basis": case.basis,
            "rules": case.rules,
            "rules_verified": all(law.verified for _, law in determined),
            "determination": [
                {
                    "rule": rule.id,
                    "kind": rule.kind,
                    "kind_zh": rule.kind.zh,
                    "decided_by_zh": "、".join(each.zh for each in rule.agencies) or "本院",
                    "reason": rule.zh,
                    "documents": list(rule.documents),
                    "verifiable": list(rule.verifiable),
                    "source": law.zh,
                    "verified": law.unverified_zh or "已核验",
                }
                for rule, law in determined
            ],
            "leads": [_lead(lead, names) for lead in case.leads],
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
