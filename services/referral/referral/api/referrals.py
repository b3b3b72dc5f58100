"""A referral: read, ruled on, recalled, reworked, recorded for an agency without a system."""

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from contracts.fields import AgencyCode, WordOf
from contracts.given import Text
from contracts.vocabulary import (
    ObjectionReason,
    OnPaper,
    ReferralKind,
    ReferralState,
    ReferralTab,
    Result,
    Ruling,
    VoidReason,
)
from referral.api import answers as said
from referral.api.base import Nothing, ReferralApi
from referral.use_cases import lists, officers, remarks, views
from service_kit.neighbour import PLACED
from web.call import Call, TrueOrFalse
from web.listing import Fields, Listing
from web.route import http


class Rule(Schema):
    """What we decide on an objection."""

    ruling = WordOf(Ruling, required=True)


class Rework(Schema):
    """What is missing in the answer."""

    text = Text(2_000, required=True)


class Material(Schema):
    """What the petitioner brought after the matter was handed over."""

    text = Text(20_000, required=True)


class Void(Schema):
    """Why it is made as if it had never been."""

    reason = WordOf(VoidReason, required=True)


class Record(Schema):
    """What an agency with no queue said on paper."""

    move = WordOf(OnPaper, required=True)
    reason = WordOf(ObjectionReason, load_default=None, allow_none=True)
    result = WordOf(Result, load_default=None, allow_none=True)
    text = Text(20_000, load_default=None, allow_none=True)

    @validates_schema
    def complete(self, data: dict[str, Any], **_: Any) -> None:
        """An objection without its reason, and an answer without result and words, are refused."""
        if data["move"] == "object" and data["reason"] is None:
            raise ValidationError("提出异议须填理由", "reason")
        if data["move"] == "answer" and (data["result"] is None or not data["text"]):
            raise ValidationError("反馈须填结果和文字", "result")


NARROWED: Fields = {"inbound": TrueOrFalse(), "agency": AgencyCode(), "kind": WordOf(ReferralKind), **PLACED}
REFERRALS = Listing(
    "referrals", lists.SORTS, "-number", {**NARROWED, "tab": WordOf(ReferralTab), "state": WordOf(ReferralState)}
)


class ReferralRoutes(ReferralApi):
    """Each act answers the referral as it stands after it."""

    @http("GET", "/referrals", action="referral.read", query=REFERRALS.query, answer=said.ReferralRows,
          summary="各次移交：转入、转出")  # fmt: skip
    def listing(self, call: Call) -> Any:
        """{referrals}: those in sight, the newest first, without what each carried."""
        with self.work(call) as work:
            found = lists.referrals(work, self.visible(work, call), REFERRALS.page(call))
            return found.answer(lists.rows(work, found.rows))

    @http("GET", "/referral-tabs", action="referral.read", query=NARROWED, answer=said.Tabs,
          summary="转入、转出各标签的件数")  # fmt: skip
    def tabs(self, call: Call) -> Any:
        """{tabs}: of what `GET /referrals` lists, how many stand where, each counted up to a thousand."""
        with self.work(call) as work:
            counted = lists.tabs(work, self.visible(work, call), call.query)
            return {
                "tabs": [
                    {"tab": tab, "tab_zh": tab.zh, "total": total, "total_is_more": more}
                    for tab, total, more in counted
                ]
            }

    @http("GET", "/referrals/<number>", action="referral.read", answer=said.ReferralWhole, summary="一件移交和可办事项")
    def read(self, call: Call, number: str) -> Any:
        """Answers one referral; Denied where its petition is out of sight."""
        with self.work(call) as work:
            referral = views.find(work, number)
            self.let_in(call, work, referral.petition)
            return self._present(work, call, [referral])[0]

    @http(
        "GET",
        "/petitions/<number>/referrals",
        action="referral.read",
        answer=said.Referrals,
        summary="信访件的各次移交",
    )
    def of_petition(self, call: Call, number: str) -> Any:
        """Answers its referrals by number, those sent to us included."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            return {"referrals": self._present(work, call, views.of_petition(work, number))}

    @http("GET", "/petitions/<number>/remarks", action="referral.read-remarks", answer=said.RemarksSaid,
          summary="各单位异议、进展、反馈和本院退回、答复的原文")  # fmt: skip
    def remarks(self, call: Call, number: str) -> Any:
        """Answers what either side wrote with its moves, the earliest first; from the day on which it is kept."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            return {"petition": number, "remarks": remarks.of_petition(work, number)}

    @http(
        "POST",
        "/referrals/<number>/rule",
        action="referral.rule",
        body=Rule,
        answer=said.ReferralSaid,
        summary="裁定异议",
    )
    def rule(self, call: Call, number: str) -> Any:
        """Decides on an objection, which the agency is told; or writes down what a sender with no queue ruled."""
        return self._act(call, number, officers.rule)

    @http(
        "POST",
        "/referrals/<number>/recall",
        action="referral.recall",
        body=Nothing,
        answer=said.ReferralSaid,
        summary="撤回移交",
    )
    def recall(self, call: Call, number: str) -> Any:
        """Takes it back while the agency has not taken it on; the agency is told."""
        return self._act(call, number, officers.recall)

    @http(
        "POST",
        "/referrals/<number>/rework",
        action="referral.rework",
        body=Rework,
        answer=said.ReferralSaid,
        summary="退回补办",
    )
    def rework(self, call: Call, number: str) -> Any:
        """Refuses an answer; the agency is told what is missing."""
        return self._act(call, number, officers.rework)

    @http("POST", "/referrals/<number>/material", action="referral.material", body=Material,
          answer=said.ReferralSaid, summary="补充材料")  # fmt: skip
    def material(self, call: Call, number: str) -> Any:
        """Sends what the petitioner brought late; refused where the purpose or the agency takes none."""
        return self._act(call, number, officers.material)

    @http(
        "POST",
        "/referrals/<number>/urge",
        action="referral.urge",
        body=Nothing,
        answer=said.ReferralSaid,
        summary="催办",
    )
    def urge(self, call: Call, number: str) -> Any:
        """Asks the agency for its next step, and counts how often."""
        return self._act(call, number, officers.urge)

    @http(
        "POST",
        "/referrals/<number>/void",
        action="referral.void",
        body=Void,
        answer=said.ReferralSaid,
        summary="批准作废",
    )
    def void(self, call: Call, number: str) -> Any:
        """Makes it as if it had never been; the agency is told that it is withdrawn."""
        return self._act(call, number, officers.void)

    @http("POST", "/referrals/<number>/record", action="referral.record", body=Record,
          answer=said.ReferralSaid, summary="登记单位的书面签收、受理、异议、反馈")  # fmt: skip
    def record(self, call: Call, number: str) -> Any:
        """Writes down what came on paper; NotByHand for an agency that speaks for itself."""
        return self._act(call, number, officers.record)
