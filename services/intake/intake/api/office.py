"""The routes of our own office: who is here, what changes, and roles that one asks for and another approves."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from authorization.table import may
from contracts.fields import Code, Flag, WordOf
from contracts.given import Day, Name
from contracts.office_file import ROLES, OfficerNumber
from contracts.problems import Denied
from contracts.vocabulary import OpeningState, Role
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import Nothing
from intake.domain import errors
from intake.tables import Department, OfficerRow, RoleRequest
from intake.use_cases import office
from intake.use_cases.tools import tools_of
from service_kit.service import Service
from web.call import Call, TrueOrFalse
from web.listing import Listing
from web.route import http


class AddDepartment(Schema):
    """`code` stays for good; the name may change."""

    code = Code(required=True)
    name = Name(100, required=True)


class ChangeDepartment(Schema):
    """`active`: false for one that is no more; nothing is given to it from then on."""

    name = Name(100)
    active = Flag()


class ChangeOfficer(Schema):
    """What is left out stays. `until`: the last day; `leads`: the departments a leader is in charge of."""

    name = Name(100)
    department = Code(allow_none=True)
    service_point = Code(allow_none=True)
    deputy = OfficerNumber(allow_none=True)
    leads = fields.List(Code(), validate=validate.Length(max=50))
    until = Day(allow_none=True)


class AddOfficer(ChangeOfficer):
    """As for a change, and whose number it is; `since`: the first day, today where it is left out."""

    number = OfficerNumber(required=True)
    name = Name(100, required=True)
    since = Day()


class ArrangeLeave(Schema):
    """First and last day, both included; `until` null: not after all. `deputy`: left out, whom the list names."""

    since = Day(required=True)
    until = Day(required=True, allow_none=True)
    deputy = OfficerNumber(allow_none=True)


class AskRoles(Schema):
    """All that the officer is to have; none takes every role away."""

    roles = fields.List(
        WordOf(Role, validate=validate.OneOf(ROLES)),
        required=True,
        validate=validate.Length(max=len(ROLES)),
    )


OFFICERS = Listing(
    "officers", office.SORTS, "number", {"department": Code(), "role": WordOf(Role), "active": TrueOrFalse()}
)
REQUESTS = Listing(
    "requests", office.REQUEST_SORTS, "asked", {"state": WordOf(OpeningState, load_default=OpeningState.ASKED)}
)


class OfficeRoutes(Service):
    """Routes of the office's list; every change is a revision that stays, by whom and when."""

    def known_of(self, work: UnitOfWork, call: Call) -> Mapping[str, Any]:
        """Their name and department in words, and whom a leader is in charge of; nothing of who is not on the list."""
        found = work.session.get(OfficerRow, call.officer.id)
        if found is None:
            return {}
        department = found.department and work.session.get(Department, found.department)
        return {
            "name": office.name_of(work, found),
            "department_zh": department.name if department else None,
            "leads": found.leads,
        }

    @http("GET", "/departments", action="office.read", answer=said.Departments, summary="本院部门")
    def departments(self, call: Call) -> Any:
        """{departments}: by code, also those that are closed."""
        with self.work(call) as work:
            return {"departments": [_department(each) for each in office.departments(work)]}

    @http(
        "POST",
        "/departments",
        action="office.change",
        body=AddDepartment,
        status=201,
        answer=said.DepartmentSaid,
        summary="新增部门",
    )
    def add_department(self, call: Call) -> Any:
        """{code, name, active, revision}. 409 for a code that is taken."""
        with self.work(call) as work:
            return call.once(work.session, lambda: _department(office.add_department(work, **call.body)))

    @http(
        "POST",
        "/departments/<code>",
        action="office.change",
        body=ChangeDepartment,
        answer=said.DepartmentSaid,
        summary="变更部门名称或停用",
    )
    def change_department(self, call: Call, code: str) -> Any:
        """{code, name, active, revision}; the revision rises only where something differs."""
        with self.work(call) as work:
            return call.once(work.session, lambda: _department(office.change_department(work, code, **call.body)))

    @http("GET", "/officers", action="office.read", query=OFFICERS.query, answer=said.Officers,
          summary="本院人员：部门、角色、服务点、代理人、分管部门、任职和离任之日")  # fmt: skip
    def officers(self, call: Call) -> Any:
        """{officers}: by number, with their names, also who left; of one department or role where asked."""
        if call.query.get("role", ROLES[0]) not in ROLES:
            raise errors.WrongField("role", "没有这种角色", "no such role")
        with self.work(call) as work:
            found = office.listing(work, OFFICERS.page(call))
            call.vault.fetch_keys(work.session, [office.subject_of(each.number) for each in found.rows])
            return found.answer(office.present(work, each) for each in found.rows)

    @http(
        "GET",
        "/officers/<number>/revisions",
        action="office.read",
        answer=said.OfficerRevisions,
        summary="人员的历次变更：何时、由谁",
    )
    def officer_revisions(self, call: Call, number: str) -> Any:
        """{officer, revisions}: the first first, each with who made it."""
        with self.work(call) as work:
            return {"officer": number, "revisions": office.revisions(work, number)}

    @http("GET", "/officers/<number>/roles", action="office.read-roles", answer=said.SeatSaid,
          summary="一名人员的角色、部门、服务点（签发登录凭证用）")  # fmt: skip
    def seat(self, call: Call, number: str) -> Any:
        """What a token of theirs may say, and whether they log in with a second factor; no role for who is not here."""
        with self.work(call) as work:
            return office.seat(work, number)

    @http("POST", "/officers", action="office.change", body=AddOfficer, status=201,
          answer=said.OfficerSaid, summary="新增人员；角色另行申请")  # fmt: skip
    def add_officer(self, call: Call) -> Any:
        """The officer, without a role. 403 for who adds themselves and says where they sit."""
        with self.work(call) as work:
            return self._officer(call, work, call.body["number"], lambda: office.add_officer(work, **call.body))

    @http("POST", "/officers/<number>", action="office.change", body=ChangeOfficer,
          answer=said.OfficerSaid, summary="变更部门、服务点、代理人、分管部门、离任之日")  # fmt: skip
    def change_officer(self, call: Call, number: str) -> Any:
        """The officer. 403 for one's own department, service point, charge and last day."""
        with self.work(call) as work:
            return self._officer(call, work, number, lambda: office.change_officer(work, number, **call.body))

    @http("POST", "/officers/<number>/leaves", action="office.arrange-leave", body=ArrangeLeave,
          answer=said.OfficerSaid, summary="登记请假和代理人；首日相同的为变更，末日为空的为取消")  # fmt: skip
    def arrange_leave(self, call: Call, number: str) -> Any:
        """The officer with `leaves`. 403 for one's own, and for who names themselves, but a head for their own people.

        403 for a head who enters it for another department's people, or for who leads.
        409 where they are on leave or act for somebody then.
        """
        with self.work(call) as work:
            anybody = may(call.officer, "office.change", tools_of(work).our_agency) is None
            head = None if anybody else self.view(work, call).department or "-"
            change = lambda: office.arrange_leave(work, number, department=head, **call.body)  # noqa: E731
            return self._officer(call, work, number, change)

    @http("POST", "/officers/<number>/roles", action="office.change", body=AskRoles, status=201,
          answer=said.RoleRequestSaid, summary="申请变更角色；由另一人批准后生效")  # fmt: skip
    def ask_roles(self, call: Call, number: str) -> Any:
        """The request. Nothing changes until another than who asks and whom it is about approves."""
        with self.work(call) as work:
            return call.once(work.session, lambda: _request(office.ask_roles(work, number, **call.body)))

    @http("GET", "/role-requests", action="office.list-requests", query=REQUESTS.query, answer=said.RoleRequests,
          summary="角色申请，默认待批准的（先申请的在前）")  # fmt: skip
    def role_requests(self, call: Call) -> Any:
        """{requests}: those that wait unless another state is asked for, the oldest first."""
        with self.work(call) as work:
            found = office.requests(work, REQUESTS.page(call))
            return found.answer(map(_request, found.rows))

    @http("POST", "/role-requests/<role_request>/approve", action="office.decide-roles", body=Nothing,
          answer=said.RoleRequestSaid, summary="批准角色申请；申请人和本人不得批准")  # fmt: skip
    def approve_roles(self, call: Call, role_request: str) -> Any:
        """The request, approved; the other services hear of the roles. 403 for one's own."""
        return self._decide_roles(call, role_request, OpeningState.APPROVED)

    @http("POST", "/role-requests/<role_request>/refuse", action="office.decide-roles", body=Nothing,
          answer=said.RoleRequestSaid, summary="不予批准角色申请")  # fmt: skip
    def refuse_roles(self, call: Call, role_request: str) -> Any:
        """The request, refused. 403 for one's own."""
        return self._decide_roles(call, role_request, OpeningState.REFUSED)

    def _officer(self, call: Call, work: UnitOfWork, number: str, change: Callable[[], OfficerRow]) -> Any:
        try:
            # what is kept for whoever repeats the request holds no name
            call.once(work.session, lambda: {"revision": change().revision})
        except Denied as refusal:
            raise self.access.deny(call.officer, call.route.action or "", refusal.zh, call.path) from None
        return office.present(work, office.find(work, number))

    def _decide_roles(self, call: Call, role_request: str, state: OpeningState) -> Any:
        with self.work(call) as work:
            try:
                return call.once(work.session, lambda: _request(office.decide_roles(work, role_request, state)))
            except Denied as refusal:
                raise self.access.deny(call.officer, "office.decide-roles", refusal.zh, call.path) from None


def _department(department: Department) -> dict[str, Any]:
    return {name: getattr(department, name) for name in ("code", "name", "active", "revision")}


def _request(request: RoleRequest) -> dict[str, Any]:
    state = OpeningState(request.state)
    return {
        "request": request.id,
        "officer": request.officer,
        "roles": request.roles,
        "roles_zh": [Role(role).zh for role in request.roles],
        "state": state,
        "state_zh": state.zh,
        "asked_by": request.asked_by,
        "asked_at": request.asked_at.isoformat(),
        "decided_by": request.decided_by,
        "decided_at": request.decided_at and request.decided_at.isoformat(),
    }
