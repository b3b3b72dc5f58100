"""What waits for somebody's approval, over HTTP: what I may decide or asked for, and what is decided of it."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, validate

from contracts.fields import Flag, PetitionNumber, WordOf
from contracts.given import Day, Line, Text
from contracts.problems import Denied
from contracts.vocabulary import ApprovalState
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import Nothing, PetitionApi
from intake.domain import errors
from intake.tables import Approval, Petition
from intake.use_cases import approvals
from web.call import Call
from web.listing import Listing
from web.route import http

APPROVALS = Listing(
    "approvals",
    approvals.SORTS,
    "asked",
    {"state": WordOf(ApprovalState, validate=validate.OneOf(approvals.OPEN)), "petition": PetitionNumber()},
)


class RefuseApproval(Schema):
    """Why not: for who asked."""

    reason = Text(2_000, required=True)


class OnPaper(Schema):
    """What was decided on paper, under which number, by whom and when."""

    approved = Flag(required=True)
    number = Line(100, required=True)
    signed_by = Line(100, required=True)
    signed_on = Day(required=True)


class ApprovalRoutes(PetitionApi):
    """Routes of what one drafts and another approves; nothing of it is done before, but that a wall holds at once."""

    @http("GET", "/approvals", action="approval.list", query=APPROVALS.query, answer=said.Approvals,
          summary="待我审批和我提请的事项（先提请的在前）")  # fmt: skip
    def list_approvals(self, call: Call) -> Any:
        """{approvals, total, total_is_more, next}: what I may decide or asked for and waits, the oldest first."""
        with self.work(call) as work:
            found = approvals.mine(work, call.officer, APPROVALS.page(call))
            return found.answer(approvals.rows(work, call.officer, found.rows))

    @http("GET", "/approvals/<approval>", action="approval.read", answer=said.ApprovalWhole,
          summary="审批事项的内容")  # fmt: skip
    def read_approval(self, call: Call, approval: str) -> Any:
        """The approval with what is asked for: for who asked and who decides or decided of it; 403 for the others."""
        with self.work(call) as work:
            found = approvals.find(work, approval)
            petition = self._let_in(call, work, found.petition)
            shown = approvals.shown(work, call.officer, petition, found)
            if shown is None:
                raise self.access.deny(call.officer, "approval.read", errors.NotYourApproval().zh, call.path)
            return shown

    @http("POST", "/approvals/<approval>/approve", action="approval.decide", body=Nothing,
          answer=said.ApprovalDecided, summary="批准；答复为签发，另行发出")  # fmt: skip
    def approve(self, call: Call, approval: str) -> Any:
        """The approval; what it asks for is done now. 403 for one's own and another's, 409 where it lapsed."""
        return self._decide_approval(call, approval, approvals.approve)

    @http("POST", "/approvals/<approval>/refuse", action="approval.decide", body=RefuseApproval,
          answer=said.ApprovalDecided, summary="不予批准")  # fmt: skip
    def refuse(self, call: Call, approval: str) -> Any:
        """The approval, refused; a wall is taken down by it. 403 for one's own and another's."""
        return self._decide_approval(call, approval, approvals.refuse)

    @http("POST", "/approvals/<approval>/paper", action="approval.record-paper", body=OnPaper,
          answer=said.ApprovalDecided, summary="登记书面审批：没有可以审批的人在岗时")  # fmt: skip
    def record_paper(self, call: Call, approval: str) -> Any:
        """The approval, as it was decided on paper. 409 where somebody here may decide, 403 for one's own."""
        return self._decide_approval(call, approval, approvals.on_paper)

    @http("POST", "/approvals/<approval>/withdraw", action="approval.withdraw", body=Nothing,
          answer=said.ApprovalDecided, summary="撤回提请")  # fmt: skip
    def withdraw_approval(self, call: Call, approval: str) -> Any:
        """The approval, withdrawn by who asked; also of a reply that is signed and not issued. 409 for a wall."""
        return self._decide_approval(call, approval, approvals.withdraw)

    def _decide_approval(self, call: Call, approval: str, use_case: Callable[..., Approval]) -> Any:
        with self.work(call) as work:
            found = approvals.find(work, approval)
            petition = self._let_in(call, work, found.petition, lock=True)

            def produce() -> dict[str, Any]:
                return _decided(work, petition, use_case(work, call.officer, petition, found, **call.body))

            try:
                answer = call.once(work.session, produce, petition.number)
            except Denied as refusal:
                raise self.access.deny(call.officer, call.route.action or "", refusal.zh, call.path) from None
        if answer["state"] == ApprovalState.VOID:
            # said after it is committed: it waits no more
            raise errors.ApprovalLapsed(answer["why"])
        return answer


def _decided(work: UnitOfWork, petition: Petition, approval: Approval) -> dict[str, Any]:
    why = approvals.content(work, approval)["reason"] if approval.now_in is ApprovalState.VOID else None
    return approvals.as_it_stands(work, petition, approval) | {"why": why}
