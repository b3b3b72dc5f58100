"""Referral under nameko: entrypoints of a few lines. What they do is in handlers; who may do it, in access."""

from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from contracts.routes import ROUTES
from contracts.vocabulary import AgencyKind, ReferralState, Transport
from courier import database
from courier.agencies import take_from_agency
from courier.entrypoints import Given, Sending, every, receive
from courier.envelope import Actor
from courier.faults import describe as describe_fault
from courier.faults import is_passing
from courier.inbox import Inbox
from courier.work import Office
from gate import openapi
from gate.edge import Call, Gate, http, routes_of
from gate.problems import Invalid
from gate.tokens import Officer, Verifier
from referral import access, domain, errors, handlers, schemas
from referral.domain import Holding, Side
from referral.settings import Settings
from referral.tables import Referral
from statute import Calendar
from vault import Keyring, Vault

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "referral"


def office_of(settings: Settings) -> Office:
    """The service's seat: its database, its words, its keys."""
    return Office(
        NAME,
        settings.jurisdiction,
        sessionmaker(database.engine(settings.database_url)),
        language,
        Vault(Keyring.from_file(settings.keys_file)),
        handlers.Tools(settings.our_agency, settings.jurisdiction, Calendar.load()),
    )


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    office = office_of(settings)

    def denied(officer: Officer, action: str, about: str | None) -> None:
        with office.begin(Actor(officer.agency, officer.id, "officer")) as work:
            work.event("access.denied.v1", f"officer/{officer.id}", action=action, about=about)

    return {
        "AMQP_URL": settings.amqp_url,
        "WEB_SERVER_ADDRESS": settings.http_address,
        "office": office,
        "inbox": Inbox(office, events=handlers.EVENTS, letters=handlers.LETTERS, agency=handlers.agency_replied),
        "gate": Gate(
            verifier=Verifier(settings.officer_public_key_file, settings.jurisdiction),
            may=lambda officer, action: access.may(officer, action, settings.our_agency),
            denied=denied,
            is_passing=is_passing,
            describe=describe_fault,
        ),
        "engine": office.sessions.kw["bind"],
    }


class ReferralService:
    name = NAME
    office: Office = Given("office")
    inbox: Inbox = Given("inbox")
    gate: Gate = Given("gate")
    engine = Given("engine")
    sending: Sending = Sending()

    # -- referrals -----------------------------------------------------------------------------------------------

    @http("GET", "/referrals/<number>", action="referral.read", summary="一件移交和可办事项")
    def read(self, call: Call, number: str) -> Any:
        with self._work(call) as work:
            return self._present(call.officer, handlers.find(work, number))

    @http("GET", "/petitions/<number>/referrals", action="referral.read", summary="信访件的各次移交")
    def of_petition(self, call: Call, number: str) -> Any:
        with self._work(call) as work:
            found = handlers.of_petition(work, number)
            return {"referrals": [self._present(call.officer, referral) for referral in found]}

    @http("POST", "/referrals/<number>/rule", action="referral.rule", body=schemas.Rule, summary="裁定异议")
    def rule(self, call: Call, number: str) -> Any:
        return self._act(call, number, handlers.rule)

    @http("POST", "/referrals/<number>/recall", action="referral.recall", body=schemas.Nothing, summary="撤回移交")
    def recall(self, call: Call, number: str) -> Any:
        return self._act(call, number, handlers.recall)

    @http(
        "GET",
        "/petitions/<number>/custody",
        action="custody.read",
        query=("at",),
        summary="谁在承办，或某一时刻谁在承办",
    )
    def custody(self, call: Call, number: str) -> Any:
        with self._work(call) as work:
            names = {agency.code: agency.name for agency in handlers.agencies(work)}
            if "at" in call.query:
                return _holding(handlers.holder(work, number, _moment(call.query["at"])), names)
            holdings = handlers.custody(work, number)
            if not holdings:
                raise errors.NoSuchCustody()
            return {"petition": number, "custody": [_holding(holding, names) for holding in holdings]}

    @http("GET", "/agencies", action="directory.read", summary="单位名录")
    def agencies(self, call: Call) -> Any:
        with self._work(call) as work:
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
                        "active": agency.active,
                    }
                    for agency in handlers.agencies(work)
                ]
            }

    # -- what others tell ----------------------------------------------------------------------------------------

    @receive("referral.events.intake")
    def from_intake(self, delivery: Any) -> None:
        self.inbox.take_event("intake", delivery)

    @receive("referral.letters")
    def letters(self, delivery: Any) -> None:
        self.inbox.take_letter(delivery)

    @receive("referral.agencies")
    def replies(self, delivery: Any) -> None:
        take_from_agency(self.inbox, delivery, ROUTES[NAME].from_agencies, handlers.reject)

    @receive("agency.unrouted")
    def unrouted(self, delivery: Any) -> None:
        # nothing is expected here: whatever comes is answered with message.rejected
        take_from_agency(self.inbox, delivery, (), handlers.reject)

    @receive("referral.dead")
    def dead(self, delivery: Any) -> None:
        self.inbox.park_unreadable("dead", delivery, "dead-lettered by the broker")

    @every(1.0)
    def sweep(self) -> int:
        return self.inbox.sweep()

    # -- the house -----------------------------------------------------------------------------------------------

    @http("GET", "/health/live", action=None, summary="进程在运行")
    def live(self, call: Call) -> Any:
        return {"status": "live"}

    @http("GET", "/health/ready", action=None, summary="可以受理请求")
    def ready(self, call: Call) -> Any:
        return self.sending.readiness(self.engine, MIGRATIONS)

    @http("GET", "/openapi.json", action=None, summary="接口说明")
    def describe(self, call: Call) -> Any:
        return openapi.describe("枫桥协同 · 移交 referral", "0.1.0", routes_of(ReferralService))

    @contextmanager
    def _work(self, call: Call) -> Any:
        roles = "+".join(sorted(call.officer.roles)) or "-"
        actor = Actor(call.officer.agency, call.officer.id, roles)
        with self.office.begin(actor, call.headers.get("traceparent")) as work:
            yield work

    def _act(self, call: Call, number: str, use_case: Any) -> Any:
        with self._work(call) as work:
            try:
                return call.once(work.session, lambda: self._present(call.officer, use_case(work, number, **call.body)))
            except errors.IllegalMove as refusal:
                refusal.more["allowed_actions"] = self._actions(call.officer, handlers.find(work, number))
                raise

    def _actions(self, officer: Officer, referral: Referral) -> list[dict[str, Any]]:
        offered = []
        moves = {move.name for move in domain.allowed(referral.now_in, Side.SENDER)}
        for action, title, enabling in (("rule", "裁定异议", "uphold"), ("recall", "撤回", "recall")):
            if enabling in moves and access.may(officer, f"referral.{action}", officer.agency) is None:
                href = f"/referrals/{referral.number}/{action}"
                offered.append({"action": action, "title": title, "method": "POST", "href": href})
        return offered

    def _present(self, officer: Officer, referral: Referral) -> dict[str, Any]:
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
            "sign_by": referral.sign_by.isoformat(),
            "objection": referral.objection,
            "result": referral.result,
            "allowed_actions": self._actions(officer, referral),
        }


def _holding(holding: Holding, names: dict[str, str]) -> dict[str, Any]:
    return {
        "seq": holding.seq,
        "agency": holding.agency,
        "agency_zh": names.get(holding.agency or "", "承办结束"),
        "since": holding.since.isoformat(),
    }


def _moment(text: str) -> datetime:
    try:
        # a plus sign arrives as a space in a query that was not escaped
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("应为带时区的时间，如 2026-11-24T09:00:00+08:00", "not an RFC 3339 time", field="at")
    return moment
