"""Intake under nameko: entrypoints of a few lines. What they do is in handlers; who may do it, in access."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from clock.sweep import Sweeper
from contracts.routes import ROUTES
from contracts.vocabulary import Kind, Line, PetitionState, Reach
from courier.entrypoints import Given, every, receive
from courier.outsiders import AGENCIES, take
from courier.wire import Delivery
from courier.work import Office, Work
from gate.edge import Call, http, routes_of
from gate.tokens import Officer
from house.outsiders import hears
from house.service import furnish, seat
from intake import (
    access,
    deadlines,
    directory,
    domain,
    errors,
    handlers,
    lookup,
    people,
    petitions,
    registration,
    schemas,
    sealed,
    timeline,
    walls,
)
from intake.access import Held
from intake.lookup_routes import LookupRoutes
from intake.places import Places
from intake.sealed_routes import SealedRoutes
from intake.settings import Settings
from intake.tables import Petition
from intake.telling_routes import TellingRoutes
from intake.tools import Tools
from statute import Law
from vault import Safe

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "intake"


def office_of(settings: Settings) -> Office:
    """The service's seat, for the commands of one shot too."""
    tools = Tools(
        our_agency=settings.our_agency,
        jurisdiction=settings.jurisdiction,
        law=Law.load(settings.statute_folder),
        places=Places.load(settings.divisions_file),
        area_code=settings.area_code,
        safe=Safe.from_file(settings.sealed_key_file),
        sealed_open=timedelta(hours=settings.sealed_open_hours),
        proxies=settings.lookup_proxies,
    )
    return seat(NAME, settings, tools)


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    office = office_of(settings)
    given = furnish(
        office,
        settings,
        actions=access.ACTIONS,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        outsider=hears("from_agency", registration.submitted),
    )
    return given | {"sweeper": Sweeper(office)}


class IntakeService(SealedRoutes, TellingRoutes, LookupRoutes):
    name = NAME
    title = "登记受理 intake"
    migrations = MIGRATIONS

    sweeper: Sweeper = Given("sweeper")

    # -- petitions -----------------------------------------------------------------------------------------------

    @http("POST", "/petitions", action="petition.register", body=schemas.Register, status=201, needs_key=True,
          summary="登记信访件")  # fmt: skip
    def register(self, call: Call) -> Any:
        given = call.body["input"]
        with self.work(call) as work:
            if not walls.view(work, call.officer, "petition.register").covers(Held(None, given.service_point)):
                raise self.gate.deny(call.officer, "petition.register", "只能在本服务点登记", call.path)
            codes = []

            def produce() -> dict[str, Any]:
                petition = registration.register(work, given)
                codes.append(lookup.issue(work, petition.number))
                return self._summary(work, call.officer, petition)

            # an answer is kept for whoever repeats the request, and the code must be kept nowhere: it is shown once
            return call.once(work.session, produce) | {"query_code": codes[0] if codes else None}

    @http("GET", "/petitions", action="petition.list", query=("state", "after"), summary="信访件列表（每页 100 件）")
    def listing(self, call: Call) -> Any:
        state = call.query.get("state")
        if state is not None and state not in set(PetitionState):
            raise errors.WrongField("state", "没有这种状态", "no such state")
        with self.work(call) as work:
            view = walls.view(work, call.officer, "petition.list")
            found = petitions.listing(work, walls.visible(view), state, call.query.get("after"), 100)
            ends = deadlines.ends(work, found)
            return {"petitions": [self._present(work, call.officer, each, *ends[each.number]) for each in found]}

    @http("GET", "/petitions/<number>", action="petition.read", summary="信访件、时间线和可办事项")
    def read(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            petition = self._let_in(call, work, number)
            names = directory.names(work)
            steps = [timeline.present(step, names) for step in petitions.steps(work, number)]
            content = self._summary(work, call.officer, petition) | {"timeline": steps}
            if walls.view(work, call.officer, "petition.read-material").covers(petition.held):
                content |= _material(work, petition)
            return content

    @http("POST", "/petitions/<number>/accept", action="petition.accept", body=schemas.Accept, summary="受理")
    def accept(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.accept)

    @http("POST", "/petitions/<number>/not-accept", action="petition.not-accept", body=schemas.NotAccept,
          summary="不予受理")  # fmt: skip
    def not_accept(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.not_accept)

    @http("POST", "/petitions/<number>/assign", action="petition.assign", body=schemas.Assign,
          summary="分派本院部门")  # fmt: skip
    def assign(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.assign)

    @http("POST", "/petitions/<number>/walls", action="petition.wall", body=schemas.PutUpWall, status=201,
          summary="设置回避：被反映或应当回避的本院人员及部门看不到、办不了此件")  # fmt: skip
    def wall(self, call: Call, number: str) -> Any:
        return self._act(call, number, walls.put_up)

    @http(
        "POST",
        "/petitions/<number>/material-asked",
        action="petition.ask-material",
        body=schemas.AskMaterial,
        summary="告知补正材料",
    )
    def ask_material(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.ask_material)

    @http(
        "POST", "/petitions/<number>/complete", action="petition.complete", body=schemas.Nothing, summary="材料已补齐"
    )
    def complete(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.complete)

    @http("POST", "/petitions/<number>/guide", action="petition.guide", body=schemas.Guide, summary="告知引导")
    def guide(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.guide)

    @http("POST", "/petitions/<number>/refer", action="petition.refer", body=schemas.Refer, summary="移交其他单位")
    def refer(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.refer)

    @http("POST", "/petitions/<number>/hardship", action="petition.mark-hardship", body=schemas.Hardship,
          summary="标注生活困难；本人愿意的转救助")  # fmt: skip
    def mark_hardship(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.mark_hardship)

    @http(
        "POST",
        "/petitions/<number>/liability",
        action="petition.review-liability",
        body=schemas.Liability,
        summary="一案三查：刑事、民事、行政责任和公益线索",
    )
    def review_liability(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.review_liability)

    @http("POST", "/petitions/<number>/conclude", action="petition.conclude", body=schemas.Conclude, summary="审结")
    def conclude(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.conclude)

    @http("POST", "/petitions/<number>/replies", action="petition.reply", body=schemas.Reply, status=201,
          summary="答复信访人")  # fmt: skip
    def reply(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.reply)

    @http("POST", "/petitions/<number>/close", action="petition.close", body=schemas.Nothing, summary="归档")
    def close(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.close)

    @http(
        "POST", "/petitions/<number>/withdraw", action="petition.withdraw", body=schemas.Nothing, summary="信访人撤回"
    )
    def withdraw(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.withdraw)

    @http(
        "POST",
        "/petitions/<number>/resolution",
        action="petition.resolve",
        body=schemas.Resolve,
        summary="记录化解情况",
    )
    def resolve(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.resolve)

    @http("POST", "/petitions/<number>/suspend", action="petition.suspend", body=schemas.Suspend, summary="中止办理")
    def suspend(self, call: Call, number: str) -> Any:
        return self._act(call, number, deadlines.suspend)

    @http("POST", "/petitions/<number>/resume", action="petition.resume", body=schemas.Nothing, summary="恢复办理")
    def resume(self, call: Call, number: str) -> Any:
        return self._act(call, number, deadlines.resume)

    @http("POST", "/petitions/<number>/terminate", action="petition.terminate", body=schemas.Terminate, summary="终结")
    def terminate(self, call: Call, number: str) -> Any:
        return self._act(call, number, deadlines.terminate)

    @http("POST", "/petitions/<number>/reopen", action="petition.reopen", body=schemas.Reopen, summary="重新办理")
    def reopen(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.reopen)

    @http(
        "GET",
        "/backlog",
        action="petition.backlog",
        query=("after",),
        summary="积案：逾期未答复结果的，最早应答复的在前",
    )
    def backlog(self, call: Call) -> Any:
        with self.work(call) as work:
            seen = walls.visible(walls.view(work, call.officer, "petition.backlog"))
            found = deadlines.backlog(work, seen, call.query.get("after"), 100)
            ends = deadlines.ends(work, [petition for petition, _ in found])
            return {
                "petitions": [
                    self._present(work, call.officer, each, *ends[each.number]) | {"owed_since": due.isoformat()}
                    for each, due in found
                ]
            }

    # -- clocks --------------------------------------------------------------------------------------------------

    @http("GET", "/petitions/<number>/clocks", action="clock.read", summary="办理时限和理由")
    def clocks(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self._let_in(call, work, number)
            return {"petition": number, "clocks": deadlines.clocks_of(work, number)}

    @http("POST", "/petitions/<number>/clocks/<clock>/suspend", action="clock.suspend", body=schemas.SuspendClock,
          summary="中止时限")  # fmt: skip
    def suspend_clock(self, call: Call, number: str, clock: str) -> Any:
        return self._decide(call, number, clock, deadlines.suspend_clock)

    @http("POST", "/petitions/<number>/clocks/<clock>/resume", action="clock.resume", body=schemas.Nothing,
          summary="恢复时限")  # fmt: skip
    def resume_clock(self, call: Call, number: str, clock: str) -> Any:
        return self._decide(call, number, clock, deadlines.resume_clock)

    @http("POST", "/petitions/<number>/clocks/<clock>/extend", action="clock.extend", body=schemas.Nothing,
          summary="批准延长时限")  # fmt: skip
    def extend_clock(self, call: Call, number: str, clock: str) -> Any:
        return self._decide(call, number, clock, deadlines.extend_clock)

    @every(5.0)
    def fire_clocks(self) -> int:
        return self.sweeper.sweep()

    @http("GET", "/agencies", action="petition.read", summary="可以移交的单位")
    def agencies_known(self, call: Call) -> Any:
        with self.work(call) as work:
            return {"agencies": [{"code": each.code, "name": each.name} for each in directory.agencies(work)]}

    # -- what others tell ----------------------------------------------------------------------------------------

    @receive("intake.events.referral", together=True)
    def from_referral(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("referral", deliveries)

    @receive("intake.events.aid", together=True)
    def from_aid(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("aid", deliveries)

    @receive("intake.events.notify", together=True)
    def from_notify(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("notify", deliveries)

    @receive("intake.agencies")
    def agencies(self, delivery: Delivery) -> None:
        take(self.inbox, delivery, AGENCIES, ROUTES[NAME].from_agencies)

    def _act(self, call: Call, number: str, use_case: Any) -> Any:
        with self.work(call) as work:
            self._let_in(call, work, number, lock=True)
            try:
                return call.once(
                    work.session, lambda: self._summary(work, call.officer, use_case(work, number, **call.body))
                )
            except errors.NotNow as refusal:
                work.session.expire_all()
                petition = petitions.load(work, number, lock=False)
                refusal.more["allowed_actions"] = self._actions(work, call.officer, petition)
                raise

    def _decide(self, call: Call, number: str, clock: str, use_case: Any) -> Any:
        with self.work(call) as work:
            self._let_in(call, work, number, lock=True)
            return call.once(work.session, lambda: use_case(work, number, clock, **call.body))

    def _actions(self, work: Work, officer: Officer, petition: Petition) -> list[dict[str, Any]]:
        routes = {route.action: route for route in routes_of(IntakeService)}
        offered = []
        for action in domain.allowed(petition.standing):
            route = routes[f"petition.{action}"]
            if walls.view(work, officer, f"petition.{action}").covers(petition.held):
                offered.append(
                    {
                        "action": action,
                        "title": errors.ACTIONS_ZH[action],
                        "method": route.method,
                        "href": route.path.replace("<number>", petition.number),
                        "fields": sorted(route.body().fields) if route.body else [],
                    }
                )
        return offered

    def _summary(self, work: Work, officer: Officer, petition: Petition) -> dict[str, Any]:
        return self._present(work, officer, petition, *deadlines.ends(work, [petition])[petition.number])

    def _present(
        self, work: Work, officer: Officer, petition: Petition, reply_by: date | None, outcome_by: date | None
    ) -> dict[str, Any]:
        state, kind, line = PetitionState(petition.state), Kind(petition.kind), Line(petition.line)
        return {
            "number": petition.number,
            "state": state,
            "state_zh": state.zh,
            "kind": kind,
            "kind_zh": kind.zh,
            "line": line,
            "line_zh": line.zh,
            "received_on": petition.received_on.isoformat(),
            "registered_at": petition.registered_at.isoformat(),
            "reply_by": reply_by and reply_by.isoformat(),
            "outcome_by": outcome_by and outcome_by.isoformat(),
            "anonymous": petition.anonymous,
            "secrecy": petition.secrecy,
            "reach": petition.reach,
            "reach_zh": Reach(petition.reach).zh,
            "department": petition.department,
            "referred_to": petition.referred_to,
            "result": petition.result,
            "resolution": petition.resolution,
            "liability": petition.liability,
            "hardship": petition.hardship,
            "aid_wish": petition.aid_wish,
            "service_point": petition.service_point,
            "concerns_us": petition.concerns_us,
            "walls": [{"reason": each.reason, "department": each.department} for each in petition.walls],
            "allowed_actions": self._actions(work, officer, petition),
        }


def _material(work: Any, petition: Petition) -> dict[str, Any]:
    """What was said, for who handles it; who said it, not when secrecy was asked."""
    content: dict[str, Any] = {
        "title": people.disclose(work, petition, "title"),
        "statement": people.disclose(work, petition, "statement"),
        "sealed_post": petition.post_number,
        "lacking": (people.disclose(work, petition, "lacking") or "").splitlines(),
        "answers": [
            {
                "referral": answer.referral,
                "result": answer.result,
                "text": people.unseal(work, petition.number, f"answer|text|{answer.message}", bytes(answer.text)),
            }
            for answer in petition.answers
        ],
        "replies": [
            {"kind": each.kind, "means": each.means, "issued_on": each.issued_on.isoformat()}
            for each in petition.replies
        ],
    }
    content["ratings"] = [
        {
            "seq": each.seq,
            "stars": each.stars,
            "text": people.unseal(work, petition.number, f"rating|text|{each.seq}", bytes(each.text))
            if each.text is not None and not petition.secrecy
            else None,
        }
        for each in petition.ratings
    ]
    # nobody and somebody who asked for secrecy look the same
    hidden = petition.secrecy or petition.anonymous
    content["petitioner"] = None if hidden else {name: people.disclose(work, petition, name) for name in sealed.FIELDS}
    return content
