"""Notices to petitioners: what was told, what is not known, what the provider says."""

from collections.abc import Set
from typing import Any

from marshmallow import EXCLUDE, Schema, validate

from authorization import placements
from contracts.fields import AnyCode, Flag, Reference, WordOf
from contracts.vocabulary import CallOutcome, Impossible, Notice, NoticeCarrier, NoticeState
from notify.api import answers as said
from notify.domain import errors, states
from notify.tables import NoticeRow
from notify.use_cases import notices, officers, results
from notify.use_cases.provider import Provider
from service_kit.actions import Target, drawn
from service_kit.neighbour import PLACED, Neighbour
from web.call import Call
from web.listing import Listing
from web.route import by_action, http

SETTLE, CALL = "notice.settle", "notice.record-call"
_ACTS = {SETTLE: ("settle", "认定结果"), CALL: ("record-call", "登记通话结果")}
_REASONS = {each.value: each.zh for each in Impossible} | {states.LIMIT: "同一号码当日短信已满"}


class Settle(Schema):
    """What a person found out: whether the notice was sent."""

    was_sent = Flag(required=True)


class Called(Schema):
    """What came of a call that was made."""

    outcome = WordOf(CallOutcome, required=True)


class Receipt(Schema):
    """The provider may add members: they are not ours to refuse."""

    class Meta:
        """They are left out."""

        unknown = EXCLUDE

    key = Reference(required=True)
    state = WordOf(NoticeState, required=True, validate=validate.OneOf([NoticeState.DELIVERED, NoticeState.FAILED]))
    code = AnyCode(load_default="none", allow_none=True)


NOTICES = Listing(
    "notices",
    notices.SORTS,
    "planned",
    {
        "state": WordOf(NoticeState, load_default=NoticeState.UNKNOWN),
        "about": WordOf(Notice),
        "carrier": WordOf(NoticeCarrier),
        **PLACED,
    },
)


class NoticeRoutes(Neighbour):
    """What was told to petitioners; no answer has a petitioner's number or name."""

    @http("GET", "/petitions/<number>/notices", action="notice.read", answer=said.Notices, summary="信访件的各次告知")
    def of_petition(self, call: Call, number: str) -> Any:
        """Answers its notices, the first planned first; Denied where it is out of sight."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            may = {each for each in _ACTS if placements.covers(work, self.view(work, call, each), number)}
            found = notices.of_petition(work, number)
            return {"notices": [_present(each) | self._actions(each, may) for each in found]}

    @http("GET", "/notices", action="notice.read", query=NOTICES.query, answer=said.Notices,
          summary="各件的告知，默认结果待查的")  # fmt: skip
    def in_state(self, call: Call) -> Any:
        """{notices}: those in sight, the first planned first; in the state `unknown` unless another is asked for."""
        with self.work(call) as work:
            seen = officers.visible(self.view(work, call), self.visible(work, call), call.query)
            found = notices.listing(work, seen, NOTICES.page(call))
            return found.answer(map(_present, found.rows))

    @http(
        "POST",
        "/notices/<key>/settle",
        action="notice.settle",
        body=Settle,
        answer=said.NoticeSaid,
        summary="人工认定结果待查的告知",
    )
    def settle(self, call: Call, key: str) -> Any:
        """Writes down what a person found out of an unknown one; any other is refused."""
        with self.work(call) as work:
            notice = notices.find(work, key)
            if notice.petition == officers.NO_PETITION:
                # an officer's own message belongs to a department and to no petition
                if not self.view(work, call).covers_department(officers.holder_of(notice)):
                    raise self.out(call)
            else:
                self.let_in(call, work, notice.petition)

            return call.once(
                work.session, lambda: _present(results.settle(work, key, call.body["was_sent"])), notice.petition
            )

    @http("POST", "/notices/<key>/call", action="notice.record-call", body=Called, answer=said.NoticeSaid,
          summary="登记电话告知的结果")  # fmt: skip
    def called(self, call: Call, key: str) -> Any:
        """The notice with what came of the call. 409 for what is no call, or ended."""
        with self.work(call) as work:
            notice = notices.find(work, key)
            self.let_in(call, work, notice.petition)

            return call.once(
                work.session, lambda: _present(results.called(work, key, call.body["outcome"])), notice.petition
            )

    def _actions(self, notice: NoticeRow, may: Set[str]) -> dict[str, Any]:
        service: type = type(self)
        routes = by_action(service)
        now = {SETTLE: notice.now_in is NoticeState.UNKNOWN, CALL: results.may_be_called(notice)}
        return {
            "allowed_actions": [
                drawn(routes[each], *zh, "", Target({"key": notice.id}))
                for each, zh in _ACTS.items()
                if each in may and now[each]
            ]
        }

    @http("POST", "/provider/receipts", action=None, body=Receipt, answer=said.Taken, summary="短信平台回执（须签名）")
    def receipt(self, call: Call) -> Any:
        """Takes the provider's word on a message, by its signature alone; else WrongSignature."""
        provider: Provider = self.context.tools.provider
        if not provider.is_signed(call.raw, call.headers.get("X-Signature")):
            raise errors.WrongSignature()
        with self.context.begin(self.inbox.system) as work:
            delivered = call.body["state"] is NoticeState.DELIVERED
            results.receipt(work, call.body["key"], delivered, call.body["code"] or "none")
        return {"status": "taken"}


def _present(notice: NoticeRow) -> dict[str, Any]:
    return {
        "notice": notice.id,
        "petition": notice.petition,
        "about": notice.about,
        "about_zh": Notice(notice.about).zh,
        "state": notice.state,
        "state_zh": notice.now_in.zh,
        "reason": notice.reason,
        "reason_zh": _REASONS.get(notice.reason or ""),
        "carrier": notice.carrier,
        "text": notice.text if notice.state != NoticeState.IMPOSSIBLE else None,
        "planned_at": notice.planned_at.isoformat(),
        "not_before": notice.not_before.isoformat(),
        "changed_at": notice.changed_at.isoformat(),
    }
