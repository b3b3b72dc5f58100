"""Referral under nameko: entrypoints of a few lines. What they do is in its nouns; who may, in `authorization`."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from authorization import placements
from contracts.given import Moment
from contracts.problems import Problem
from contracts.routes import ROUTES
from contracts.vocabulary import AgencyKind, EscalationReason, ReferralState, Transport
from courier.amqp import Delivery
from courier.envelope import Actor
from courier.partners.receiving import AGENCIES, take, take_dead
from courier.unit_of_work import Office, Work
from referral.api import schemas
from referral.domain import errors, states
from referral.domain.states import Holding, Side
from referral.settings import Settings
from referral.tables import Agency, Referral
from referral.use_cases import escalation, guard, handlers, offers, officers, overdue, replies, views
from referral.use_cases.steps import Tools
from service_kit.acts import Acts
from service_kit.entrypoints import every, receive, receive_each
from service_kit.neighbour import Neighbour
from service_kit.partners import heard
from service_kit.service import furnish, seat
from service_kit.timed import Timed, timed
from statute import Law
from web.call import Call
from web.route import href, http

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "referral"
SYSTEM = Actor("-", NAME, "system")
_TITLES = {"rule": "裁定异议", "void": "批准作废"}


class _Moment(Moment):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        # a plus sign arrives as a space in a query that was not escaped
        return super()._deserialize(value.replace(" ", "+"), attr, data, **kwargs)


def office_of(settings: Settings) -> Office:
    """The service's seat, for the commands of one shot too."""
    tools = Tools(
        our_agency=settings.our_agency,
        jurisdiction=settings.jurisdiction,
        law=Law.load(settings.statute_folder),
        early_held=settings.early_held,
        offer_again_after=settings.offer_again_after,
    )
    return seat(NAME, settings, tools)


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    office = office_of(settings)
    given = furnish(
        office,
        settings,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        outsider=replies.agency_said,
    )
    return given | timed(office, given["access"]) | {"agencies": heard(office, Agency, settings.our_agency)}


class ReferralService(Acts, Timed, Neighbour):
    name = NAME
    title = "移交 referral"
    migrations = MIGRATIONS

    # -- referrals -----------------------------------------------------------------------------------------------

    @http("GET", "/referrals/<number>", action="referral.read", summary="一件移交和可办事项")
    def read(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            referral = views.find(work, number)
            self.let_in(call, work, referral.petition)
            return self._present(work, call, [referral])[0]

    @http("GET", "/petitions/<number>/referrals", action="referral.read", summary="信访件的各次移交")
    def of_petition(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            return {"referrals": self._present(work, call, views.of_petition(work, number))}

    @http("POST", "/referrals/<number>/rule", action="referral.rule", body=schemas.Rule, summary="裁定异议")
    def rule(self, call: Call, number: str) -> Any:
        return self._act(call, number, officers.rule)

    @http("POST", "/referrals/<number>/recall", action="referral.recall", body=schemas.Nothing, summary="撤回移交")
    def recall(self, call: Call, number: str) -> Any:
        return self._act(call, number, officers.recall)

    @http("POST", "/referrals/<number>/rework", action="referral.rework", body=schemas.Rework, summary="退回补办")
    def rework(self, call: Call, number: str) -> Any:
        return self._act(call, number, officers.rework)

    @http("POST", "/referrals/<number>/material", action="referral.material", body=schemas.Material,
          summary="补充材料")  # fmt: skip
    def material(self, call: Call, number: str) -> Any:
        return self._act(call, number, officers.material)

    @http("POST", "/referrals/<number>/urge", action="referral.urge", body=schemas.Nothing, summary="催办")
    def urge(self, call: Call, number: str) -> Any:
        return self._act(call, number, officers.urge)

    @http("POST", "/referrals/<number>/void", action="referral.void", body=schemas.Void, summary="批准作废")
    def void(self, call: Call, number: str) -> Any:
        return self._act(call, number, officers.void)

    @http("POST", "/referrals/<number>/record", action="referral.record", body=schemas.Record,
          summary="登记单位的书面签收、受理、异议、反馈")  # fmt: skip
    def record(self, call: Call, number: str) -> Any:
        return self._act(call, number, officers.record)

    @http("GET", "/petitions/<number>/receivers", action="receivers.read", summary="可以移送和依法不得移送的单位")
    def receivers(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            if not views.custody(work, number):
                raise errors.NoSuchCustody()
            return {"petition": number, "receivers": guard.receivers(work, number)}

    @http("GET", "/petitions/<number>/escalations", action="referral.read", summary="提请协调及各单位经手天数")
    def escalations(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            names = {agency.code: agency.name for agency in views.agencies(work)}
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

    @http("GET", "/petitions/<number>/clocks", action="clock.read", summary="各次移交的时限和理由")
    def clocks(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            return {"petition": number, "clocks": views.clocks_of(work, number)}

    @http(
        "GET",
        "/petitions/<number>/custody",
        action="custody.read",
        query={"at": _Moment()},
        summary="谁在承办，或某一时刻谁在承办",
    )
    def custody(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            names = {agency.code: agency.name for agency in views.agencies(work)}
            if "at" in call.query:
                return _holding(views.holder(work, number, call.query["at"]), names)
            holdings = views.custody(work, number)
            if not holdings:
                raise errors.NoSuchCustody()
            return {"petition": number, "custody": [_holding(holding, names) for holding in holdings]}

    @http("GET", "/agencies", action="directory.read", summary="单位名录")
    def agencies(self, call: Call) -> Any:
        with self.work(call) as work:
            return {
                "agencies": [
                    {
                        "code": agency.code,
                        "name": agency.name,
                        "kind": agency.kind,
                        "kind_zh": AgencyKind(agency.kind).zh,
                        "parent": agency.parent,
                        "edges": agency.edges,
                        "transport": agency.transport,
                        "transport_zh": Transport(agency.transport).zh,
                        "own_system": agency.own_system,
                        "competence": agency.competence,
                        "active": agency.active,
                    }
                    for agency in views.agencies(work)
                ]
            }

    @http("GET", "/agencies/<code>/revisions", action="directory.read", summary="一个单位在名录中的历次变更")
    def revisions(self, call: Call, code: str) -> Any:
        with self.work(call) as work:
            return {
                "agency": code,
                "revisions": [
                    {"revision": each.revision, "since": each.since.isoformat(), "by": each.by, **each.entry}
                    for each in views.revisions(work, code)
                ],
            }

    # -- what others tell ----------------------------------------------------------------------------------------

    @receive("referral.events.intake", together=True)
    def from_intake(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("intake", deliveries)

    @receive_each("referral.agency.{}", "agencies", before=("referral.agencies", "agency.unrouted"))
    def replies(self, delivery: Delivery) -> None:
        # also what comes under a key that nobody bound: it is answered with message.rejected
        take(self.inbox, delivery, AGENCIES, ROUTES[NAME].from_agencies)

    @receive_each("agency.{}.late", "agencies")
    def late(self, delivery: Delivery) -> None:
        take_dead(self.inbox, delivery, ROUTES)

    # -- what time brings ----------------------------------------------------------------------------------------

    @every(30.0)
    def pursue(self) -> int:
        return overdue.pursue(self.office, SYSTEM)

    @every(5.0)
    def offer_again(self) -> int:
        with self.office.begin(SYSTEM) as work:
            return offers.offer_again(work)

    def admit(self, call: Call, work: Work, number: str) -> None:
        self.let_in(call, work, views.find(work, number).petition)

    def shown(self, call: Call, work: Work, found: Referral) -> dict[str, Any]:
        return self._present(work, call, [found])[0]

    def explain(self, call: Call, work: Work, number: str, refusal: Problem) -> None:
        if isinstance(refusal, errors.IllegalMove):
            refusal.more["allowed_actions"] = self._actions(work, call, views.find(work, number))

    def _actions(self, work: Work, call: Call, referral: Referral) -> list[dict[str, Any]]:
        placement, offered = placements.load(work, referral.petition), dict[str, dict[str, Any]]()
        for move in states.allowed(referral.standing, Side.SENDER):
            if referral.inbound and move.action != "rule":
                continue  # what was sent to us is dealt with where it was registered
            action = f"referral.{move.action}"
            if move.action and placement is not None and self.view(work, call, action).covers(placement):
                title, to = _TITLES.get(move.action, move.zh), href("/referrals/<number>", number=referral.number)
                offered[move.action] = {
                    "action": move.action,
                    "title": title,
                    "method": "POST",
                    "href": f"{to}/{move.action}",
                }
        return list(offered.values())

    def _present(self, work: Work, call: Call, referrals: Sequence[Referral]) -> list[dict[str, Any]]:
        ends = views.sign_by(work, referrals)
        return [self._one(work, call, referral, ends[referral.number]) for referral in referrals]

    def _one(self, work: Work, call: Call, referral: Referral, sign_by: date | None) -> dict[str, Any]:
        state = ReferralState(referral.state)
        return {
            "number": referral.number,
            "petition": referral.petition,
            "agency": referral.agency,
            "kind": referral.kind,
            "kind_zh": referral.of_kind.zh,
            "state": state,
            "state_zh": state.zh,
            "purpose": referral.purpose,
            "statutory": referral.statutory,
            "predecessor": referral.predecessor,
            "urged": referral.urged,
            "sign_by": sign_by and sign_by.isoformat(),
            "inbound": referral.inbound,
            "submission": referral.submission,
            "objection": referral.objection,
            "result": referral.result,
            "allowed_actions": self._actions(work, call, referral),
        }


def _holding(holding: Holding, names: dict[str, str]) -> dict[str, Any]:
    return {
        "seq": holding.seq,
        "agency": holding.agency,
        "agency_zh": names.get(holding.agency or "", "承办结束"),
        "since": holding.since.isoformat(),
    }
