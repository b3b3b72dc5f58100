"""The routes of lines, and of what they ask before acceptance."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts.fields import Code, Flag
from contracts.given import Day
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.domain import claim_routes, lines
from intake.use_cases import admission
from web.call import Call
from web.route import http


class Answers(Schema):
    """The id of a question → whether it is so; what was not asked is left out.

    `days`: of a question with `by_day` the day its period counts from, by which it is answered.
    """

    answers = fields.Dict(keys=Code(), values=Flag(), required=True, validate=validate.Length(max=30))
    days = fields.Dict(keys=Code(), values=Day(), load_default=dict, validate=validate.Length(max=30))


class LineRoutes(PetitionApi):
    """Routes of lines of work, and of the hint whether a petition is to be accepted; the officer decides."""

    @http(
        "GET", "/lines", action="petition.read", answer=said.Lines, summary="业务条线、子类及受理条件、部门、时限、材料"
    )
    def lines(self, call: Call) -> Any:
        """{lines}: each with its questions, and its sub-lines with theirs."""
        known, law = lines.shipped(), self.context.tools.law
        return {
            "lines": [
                admission.described(sheet, law)
                | {"subs": [admission.described(sub, law) for sub in known.subs[line].values()]}
                for line, sheet in known.sheets.items()
            ]
        }

    @http("GET", "/claim-routes", action="petition.read", answer=said.Ways, summary="申诉求决的六种途径及各自的处理")
    def ways(self, call: Call) -> Any:
        """{ways}: what follows from each of the six ways of 条例 31."""
        law = self.context.tools.law
        return {
            "ways": [
                {
                    "route": each.route,
                    "route_zh": each.route.zh,
                    "ours": each.ours,
                    "means": each.means,
                    "remedy": each.remedy,
                    "periods": list(each.periods),
                    "law": its.zh,
                    "verified": its.verified,
                    "verified_zh": its.unverified_zh,
                }
                for each in claim_routes.ways().values()
                for its in (law.read(each.law),)
            ]
        }

    @http(
        "GET",
        "/petitions/<number>/admission",
        action="petition.read",
        answer=said.AdmissionSaid,
        summary="受理条件核对项和最近一次提示",
    )
    def admission(self, call: Call, number: str) -> Any:
        """The questions of the petition's line, and in `advised` the last hint, else null."""
        with self.work(call) as work:
            return admission.present(work, self._let_in(call, work, number))

    @http("POST", "/petitions/<number>/admission", action="petition.advise-admission", body=Answers,
          answer=said.AdmissionSaid, summary="核对受理条件：提示受理、补正或引导，由承办人决定")  # fmt: skip
    def advise(self, call: Call, number: str) -> Any:
        """The same, with the hint that these answers give. It changes no state."""
        return self._act(call, number, admission.advise, lambda _, found: found)
