"""Intake under nameko: entrypoints of a few lines. What they do is in its nouns; who may, in `authorization`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from authorization.placements import Tags
from authorization.sight import Placement
from contracts import plain
from contracts.fields import PetitionNumber, Text, WordOf
from contracts.purposes import purposes
from contracts.routes import ROUTES
from contracts.vocabulary import PetitionState
from courier.amqp import Delivery
from courier.envelope import Actor
from courier.ops import metrics
from courier.partners.receiving import AGENCIES, take
from courier.unit_of_work import Office
from intake.api import schemas
from intake.api.acts import ActRoutes
from intake.api.base import material
from intake.api.contacts import ContactRoutes
from intake.api.documents import DocumentRoutes
from intake.api.lines import LineRoutes
from intake.api.lookup import LookupRoutes
from intake.api.office import OfficeRoutes
from intake.api.releases import ReleaseRoutes
from intake.api.replies import TellingRoutes
from intake.api.risk import RiskRoutes
from intake.api.sealed import SealedRoutes
from intake.domain import errors
from intake.domain.office_card import OfficeCard
from intake.domain.places import Places
from intake.domain.scoring import Scheme
from intake.domain.service_points import ServicePoints
from intake.settings import Settings
from intake.tables import Agency
from intake.use_cases import (
    commands,
    deadlines,
    directory,
    files,
    handlers,
    in_clear,
    inbound,
    leading,
    links,
    office,
    people,
    petitions,
    placing,
    registration,
    releases,
    timeline,
    walls,
)
from intake.use_cases.tools import Tools
from service_kit.entrypoints import every, receive, receive_each
from service_kit.partners import heard, hears
from service_kit.service import furnish, seat
from service_kit.timed import Timed, timed
from statute import Law
from vault import Safe
from web.call import Call
from web.route import http

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "intake"
SYSTEM = Actor("-", NAME, "system")


class _AfterAny(PetitionNumber):
    """Or nothing, for the first page: so other services ask."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs) if value else ""


def office_of(settings: Settings) -> Office:
    """The service's seat, for the commands of one shot too."""
    tools = Tools(
        our_agency=settings.our_agency,
        jurisdiction=settings.jurisdiction,
        law=Law.load(settings.statute_folder),
        places=Places.load(settings.divisions_file),
        area_code=settings.area_code,
        service_points=ServicePoints.load(settings.service_points_file),
        card=OfficeCard.load(settings.office_file),
        scheme=Scheme.load(settings.risk_file),
        checklist=leading.checklist(settings.chief_led_file),
        safe=Safe.from_file(settings.sealed_key_file),
        tags=Tags.from_file(settings.placement_key_file),
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
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        outsider=hears("from_agency", registration.submitted),
    )
    given["stores"].append(people.boxes(office.tools.safe))
    return given | timed(office, given["access"]) | {"agencies": heard(office, Agency, settings.our_agency)}


class IntakeService(
    ContactRoutes,
    LineRoutes,
    ReleaseRoutes,
    ActRoutes,
    RiskRoutes,
    DocumentRoutes,
    SealedRoutes,
    TellingRoutes,
    LookupRoutes,
    OfficeRoutes,
    Timed,
):
    name = NAME
    title = "登记受理 intake"
    migrations = MIGRATIONS

    # -- petitions -----------------------------------------------------------------------------------------------

    @http("POST", "/petitions", action="petition.register", body=schemas.Register, status=201, needs_key=True,
          summary="登记信访件")  # fmt: skip
    def register(self, call: Call) -> Any:
        with self.work(call) as work:
            given, contact = call.body["input"], None
            if call.body["contact"] is not None:
                contact = self._let_in_contact(call, work, call.body["contact"], lock=True)
            point = (contact or given).service_point
            if not walls.view(work, call.officer, "petition.register").covers(Placement(None, point)):
                raise self.access.deny(call.officer, "petition.register", "只能在本服务点登记", call.path)
            made = self._register(call, work, lambda: [registration.register(work, given, contact)])
            (petition,) = made["petitions"]
            return petition

    @http("GET", "/petitions", action="petition.list",
          query={"state": WordOf(PetitionState), "after": PetitionNumber()},
          summary="信访件列表（每页 100 件）")  # fmt: skip
    def listing(self, call: Call) -> Any:
        with self.work(call) as work:
            view = walls.view(work, call.officer, "petition.list")
            found = petitions.listing(work, walls.visible(view), call.query.get("state"), call.query.get("after"), 100)
            ends = deadlines.ends(work, found)
            return {"petitions": [self._present(work, call.officer, each, *ends[each.number]) for each in found]}

    @http("GET", "/petitions/<number>", action="petition.read", summary="信访件、时间线和可办事项")
    def read(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            petition = self._let_in(call, work, number)
            names = directory.names(work)
            reads = walls.view(work, call.officer, "petition.read-material").covers(petition.placement)
            view = walls.view(work, call.officer, "petition.read")
            seen = links.without_hidden(work, view, number, petitions.steps(work, number))
            steps = [timeline.present(step, names, reads) for step in seen]
            content = self._summary(work, call.officer, petition) | {"timeline": steps}
            content["refused"] = timeline.refused(seen, names, reads)
            content["linked"] = links.of_petition(work, view, number)
            content["held"] = releases.present(work, walls.view(work, call.officer, "petition.release"), petition)
            content["chief_led"] = leading.present(work, petition)
            if reads:
                content |= material(work, petition)
            return content

    @http("POST", "/petitions/<number>/sign", action="petition.sign", body=schemas.Nothing, summary="签收转来事项")
    def sign(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.sign)

    @http("POST", "/petitions/<number>/object", action="petition.object", body=schemas.Object,
          summary="对转来事项提出异议")  # fmt: skip
    def object(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.object_)

    @http("POST", "/petitions/<number>/sender-told", action="petition.tell-sender", body=schemas.TellSender,
          summary="向转来单位反馈进展")  # fmt: skip
    def tell_sender(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.tell_sender)

    @http("POST", "/petitions/<number>/sender-answered", action="petition.answer-sender", body=schemas.TellSender,
          summary="答复转来单位")  # fmt: skip
    def answer_sender(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.answer_sender)

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

    @http("POST", "/petitions/<number>/files", action="petition.add-file", query={"name": Text()}, status=201,
          takes=tuple(files.BEGINNINGS), summary="上传材料（请求内容即文件，至多 20 MiB；name 为文件名）")  # fmt: skip
    def add_file(self, call: Call, number: str) -> Any:
        try:
            name = plain.file_name_given(call.query.get("name", ""))
        except plain.NotPlain as fault:
            raise errors.WrongField("name", str(fault), "a file name is needed, in UTF-8") from None
        with self.work(call) as work:
            self._let_in(call, work, number, lock=True)
            assert call.upload is not None
            return files.present(work, files.add(work, number, name, call.media, call.upload, call.length))

    @http("GET", "/petitions/<number>/files/<sha256>", action="petition.read-file", media="application/octet-stream",
          summary="一份材料")  # fmt: skip
    def read_file(self, call: Call, number: str, sha256: str) -> Any:
        with self.work(call) as work:
            self._let_in(call, work, number)
            file = files.find(work, number, sha256)
            found = files.Granted(file.id, number, file.size)
            actor = work.actor
        return _streamed(found, files.pieces(self.office, actor, found, call.arrived))

    @http("GET", "/files/<sha256>", action=None, media="application/octet-stream",
          summary="其他单位凭移送中的一次性凭证领取材料")  # fmt: skip
    def fetch_file(self, call: Call, sha256: str) -> Any:
        token = call.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        with self.work(call) as work:
            found = files.by_token(work, sha256, token)
            actor = work.actor
        if found is None:
            sentence = "凭证无效、已经用过、已过期，或者移送已经结束；刚收到移送的请稍后再试，凭证失效的可请求重发移送"
            raise self.access.deny(call.officer, "file.fetch", sentence, call.path)
        return _streamed(found, files.pieces(self.office, actor, found, call.arrived))

    @http("POST", "/petitions/<number>/involve", action="petition.involve", body=schemas.Involve,
          summary="商请其他单位协办，或抄送线索；不转移承办")  # fmt: skip
    def involve(self, call: Call, number: str) -> Any:
        return self._act(call, number, petitions.involve)

    @http("GET", "/purposes", action="petition.read", summary="移交的用途、法律依据和各自可带的内容")
    def purposes(self, call: Call) -> Any:
        return {
            "purposes": [
                {
                    "purpose": each.id,
                    "purpose_zh": each.zh,
                    "kind": each.kind,
                    "retain_days": each.retain_days,
                    "bases": [
                        {
                            "basis": basis.id,
                            "basis_zh": basis.zh,
                            "petitions": sorted(basis.petitions),
                            "fields": list(basis.fields),
                            "verified": basis.verified,
                        }
                        for basis in each.bases.values()
                    ],
                }
                for each in purposes().values()
            ]
        }

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
        query={"after": PetitionNumber()},
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

    @every(60.0)
    def end_officers(self) -> int:
        return office.end(self.office, Actor("-", NAME, "system"))

    @every(60.0)
    def close_what_is_in_clear(self) -> int:
        with self.office.begin(self.inbox.system) as work:
            return in_clear.close(work)

    @every(5.0)
    def hold_linked(self) -> int:
        return links.hold_unseen(self.office, SYSTEM)

    @every(60.0)
    def settle_commands(self) -> int:
        with self.office.begin(self.inbox.system) as work:
            return commands.settle(work)

    @http("GET", "/agencies", action="petition.read", summary="可以移交的单位")
    def agencies_known(self, call: Call) -> Any:
        with self.work(call) as work:
            return {"agencies": [{"code": each.code, "name": each.name} for each in directory.agencies(work)]}

    # -- whose eyes ----------------------------------------------------------------------------------------------

    @http("GET", "/operations/placements", action="operations.placements",
          query={"reader": Text(), "after": _AfterAny()},
          summary="各信访件所在部门等最近一次的通知（其他服务重建用）；加密给该服务，运维人员看不到")  # fmt: skip
    def placements(self, call: Call) -> Any:
        reader = call.query.get("reader", "")
        if reader not in ROUTES or reader == NAME:
            raise errors.WrongField("reader", "没有这个服务", "no such service")
        with self.office.sessions() as session:
            found = placing.latest(session, call.query.get("after", ""))
        page = {"placements": [{"version": version, "data": data} for version, data in found]}
        return {"count": len(found), "sealed": self.office.cipher.address(reader, page)}

    @every(2.0)
    def tell_placements(self) -> int:
        with self.office.begin(self.inbox.system) as work:
            return placing.tell_earlier(work)

    def out_of_sight(self, session: Session) -> int:
        return placing.untold(session)

    def counts(self) -> metrics.Counts:
        waits = "Petitions that wait for another service for more than ten minutes."
        return {**super().counts(), "commands_overdue": (waits, commands.overdue)}

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

    @receive_each("intake.agency.{}", "agencies", before=("intake.agencies",))
    def agencies(self, delivery: Delivery) -> None:
        take(self.inbox, delivery, AGENCIES, ROUTES[NAME].from_agencies)


def _streamed(file: files.Granted, pieces: Iterator[bytes]) -> Response:
    """Never shown in a browser of ours: what a petitioner gave may be a page with a script in it."""
    headers = {
        "Content-Length": str(file.size),
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(pieces, content_type="application/octet-stream", headers=headers)
