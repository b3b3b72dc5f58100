"""Whom we may call in: entered, recused, taken off."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts.fields import AgencyCode, Code, PetitionNumber, WordOf
from contracts.given import Day, Line, Name
from contracts.vocabulary import RosterKind
from courier.unit_of_work import UnitOfWork
from referral.api import answers as said
from referral.api.base import Nothing, ReferralApi
from referral.tables import RosterEntry
from referral.use_cases import roster, views
from web.call import Call
from web.route import http


class EnterRoster(Schema):
    """Who it is. `colleague`: of ours, the number they log in by; of others their agency, if they are of one."""

    name = Name(100, required=True)
    kinds = fields.List(WordOf(RosterKind), required=True, validate=validate.Length(min=1, max=len(RosterKind)))
    agency = AgencyCode(load_default=None, allow_none=True)
    # `officer` is chosen from a list that referral has not
    colleague = Code(attribute="officer", load_default=None, allow_none=True)
    qualification = Line(200, load_default=None, allow_none=True)
    valid_until = Day(load_default=None, allow_none=True)


class RecuseEntry(Schema):
    """From what they keep away: one petition, or whatever is about a unit."""

    petition = PetitionNumber(load_default=None, allow_none=True)
    unit = AgencyCode(load_default=None, allow_none=True)


class RosterRoutes(ReferralApi):
    """The roster is the office's; of whom each keeps away from, nothing is answered."""

    @http("GET", "/roster", action="roster.read", query={"kind": WordOf(RosterKind)}, answer=said.RosterRows,
          summary="专业人员库：检察官、律师、心理咨询师、听证员、调解员")  # fmt: skip
    def roster(self, call: Call) -> Any:
        """Answers those who may be called in, with what may be done with each."""
        with self.work(call) as work:
            found, agencies = roster.listed(work, call.query.get("kind")), views.names(work)
            enters = [self._offer("roster.enter")] if self._may(work, call, "roster.enter") else []
            return {
                "roster": [
                    roster.present(work, each, agencies) | {"allowed_actions": self._of_entry(work, call, each)}
                    for each in found
                ],
                "allowed_actions": enters,
            }

    @http("POST", "/roster", action="roster.enter", body=EnterRoster, status=201, answer=said.RosterSaid,
          summary="列入专业人员库")  # fmt: skip
    def enter(self, call: Call) -> Any:
        """Answers the entry. 409 where the roster has this officer of ours already."""
        return self._entry(call, lambda work: roster.enter(work, **call.body))

    @http("POST", "/roster/<number>/recuse", action="roster.recuse", body=RecuseEntry, answer=said.RosterSaid,
          summary="登记回避（《信访工作条例》第二十八条）")  # fmt: skip
    def recuse(self, call: Call, number: str) -> Any:
        """Answers the entry; whoever must keep away of what, is answered nowhere."""

        def recuse(work: UnitOfWork) -> RosterEntry:
            if call.body["petition"] is not None:
                self.let_in(call, work, call.body["petition"])
            return roster.recuse(work, number, **call.body)

        return self._entry(call, recuse)

    @http(
        "POST",
        "/roster/<number>/remove",
        action="roster.remove",
        body=Nothing,
        answer=said.RosterSaid,
        summary="移出专业人员库",
    )
    def remove_entry(self, call: Call, number: str) -> Any:
        """Answers the entry, removed: nobody calls them in any more."""
        return self._entry(call, lambda work: roster.remove(work, number))

    def _entry(self, call: Call, act: Any) -> Any:
        with self.work(call) as work:
            answer = call.once(work.session, lambda: {"code": act(work).id})
            return roster.present(work, roster.find(work, answer["code"]), views.names(work))

    def _of_entry(self, work: UnitOfWork, call: Call, entry: RosterEntry) -> list[dict[str, Any]]:
        return [
            self._offer(action, entry.id)
            for action in ("roster.recuse", "roster.remove")
            if self._may(work, call, action)
        ]
