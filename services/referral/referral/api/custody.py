"""Who holds a petition, who held it, who may."""

from datetime import datetime
from typing import Any

from contracts.given import Moment
from contracts.vocabulary import EscalationReason
from referral.api import answers as said
from referral.api.base import ReferralApi
from referral.domain import errors
from referral.domain.states import Holding
from referral.use_cases import escalation, guard, views
from web.call import Call
from web.route import http


class _Moment(Moment):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        # a plus sign arrives as a space in a query that was not escaped
        return super()._deserialize(value.replace(" ", "+"), attr, data, **kwargs)


class CustodyRoutes(ReferralApi):
    """Reads only; all by petition, and nothing of one that is out of sight."""

    @http(
        "GET",
        "/petitions/<number>/receivers",
        action="receivers.read",
        answer=said.Receivers,
        summary="可以移送和依法不得移送的单位",
    )
    def receivers(self, call: Call, number: str) -> Any:
        """Answers each agency: whether it may have the petition, why not, and what speaks for it."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            if not views.custody(work, number):
                raise errors.NoSuchCustody()
            return {"petition": number, "receivers": guard.receivers(work, number)}

    @http(
        "GET",
        "/petitions/<number>/escalations",
        action="referral.read",
        answer=said.Escalations,
        summary="提请协调及各单位经手天数",
    )
    def escalations(self, call: Call, number: str) -> Any:
        """Answers when coordination was asked for, of whom, and the sentence an officer carries there."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            names = views.names(work)
            held = guard.matter(work, number).held
            return {
                "petition": number,
                "escalations": [
                    {
                        "referral": each.referral,
                        "reason": each.reason,
                        "reason_zh": EscalationReason(each.reason).zh,
                        "agency": each.agency,
                        "requested_at": each.requested_at.isoformat(),
                        "days": [{"agency": agency, "days": days} for agency, days in each.days],
                        "sentence": escalation.sentence(each, names, held),
                    }
                    for each in escalation.of_petition(work, number)
                ],
            }

    @http("GET", "/petitions/<number>/clocks", action="clock.read", answer=said.Clocks, summary="各次移交的时限和理由")
    def clocks(self, call: Call, number: str) -> Any:
        """Answers the periods of its referrals, with what each was reckoned by."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            return {"petition": number, "clocks": views.clocks_of(work, number)}

    @http(
        "GET",
        "/petitions/<number>/custody",
        action="custody.read",
        query={"at": _Moment()},
        answer=said.Custody,
        summary="谁在承办，或某一时刻谁在承办",
    )
    def custody(self, call: Call, number: str) -> Any:
        """Answers its holders in order, or with `at` the one of that moment; 404 where nobody had it."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            names = views.names(work)
            if "at" in call.query:
                return _holding(views.holder(work, number, call.query["at"]), names)
            holdings = views.custody(work, number)
            if not holdings:
                raise errors.NoSuchCustody()
            return {"petition": number, "custody": [_holding(holding, names) for holding in holdings]}


def _holding(holding: Holding, names: dict[str, str]) -> dict[str, Any]:
    return {
        "seq": holding.seq,
        "agency": holding.agency,
        "agency_zh": names.get(holding.agency or "", "承办结束"),
        "since": holding.since.isoformat(),
    }
