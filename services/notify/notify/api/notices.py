"""Notices to petitioners: what was told, what is not known, what the provider says."""

from typing import Any

from marshmallow import EXCLUDE, Schema, validate

from authorization import placements
from contracts.fields import AnyCode, Flag, Reference, WordOf
from contracts.vocabulary import Impossible, Notice, NoticeState
from notify.api import answers as said
from notify.domain import errors, states
from notify.tables import NoticeRow
from notify.use_cases import notices, officers, results
from notify.use_cases.provider import Provider
from service_kit.actions import Target, drawn
from service_kit.neighbour import Neighbour
from web.call import Call
from web.route import http, routes_of

_REASONS = {each.value: each.zh for each in Impossible} | {states.LIMIT: "同一号码当日短信已满"}


class Settle(Schema):
    """What a person found out: whether the notice was sent."""

    was_sent = Flag(required=True)


class Receipt(Schema):
    """The provider may add members: they are not ours to refuse."""

    class Meta:
        """They are left out."""

        unknown = EXCLUDE

    key = Reference(required=True)
    state = WordOf(NoticeState, required=True, validate=validate.OneOf([NoticeState.DELIVERED, NoticeState.FAILED]))
    code = AnyCode(load_default="none", allow_none=True)


class NoticeRoutes(Neighbour):
    """What was told to petitioners; no answer has a petitioner's number or name."""

    @http("GET", "/petitions/<number>/notices", action="notice.read", answer=said.Notices, summary="信访件的各次告知")
    def of_petition(self, call: Call, number: str) -> Any:
        """Answers its notices, the first planned first; Denied where it is out of sight."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            settles = placements.covers(work, self.view(work, call, "notice.settle"), number)
            found = notices.of_petition(work, number)
            return {"notices": [_present(each) | self._actions(each, settles) for each in found]}

    @http("GET", "/notices", action="notice.read", query={"state": WordOf(NoticeState)},
          answer=said.Notices, summary="某一状态的告知（至多 100 条）")  # fmt: skip
    def in_state(self, call: Call) -> Any:
        """Answers those in sight, without a state the unknown ones, the first planned first, at most 100."""
        state = call.query.get("state", NoticeState.UNKNOWN)
        with self.work(call) as work:
            seen = officers.visible(self.view(work, call))
            return {"notices": [_present(notice) for notice in notices.in_state(work, seen, state, 100)]}

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

            def settled() -> dict[str, Any]:
                found = results.settle(work, key, call.body["was_sent"])
                return _present(found) | self._actions(found, settles=True)

            return call.once(work.session, settled, notice.petition)

    def _actions(self, notice: NoticeRow, settles: bool) -> dict[str, Any]:
        service: type = type(self)
        route = next(each for each in routes_of(service) if each.action == "notice.settle")
        unknown = settles and notice.now_in is NoticeState.UNKNOWN
        return {
            "allowed_actions": [drawn(route, "settle", "认定结果", "", Target({"key": notice.id}))] if unknown else []
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
