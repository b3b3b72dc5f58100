"""The routes of risk. No agency message carries it, and no action asks for it."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts import vocabulary as words
from contracts.fields import Code, WordOf
from contracts.given import Text
from courier import waits
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import risk, walls
from service_kit.entrypoints import every
from web.call import Call
from web.route import http


class EnterRisk(Schema):
    """All that an officer found, by id; it takes the place of what was entered before."""

    facts = fields.List(Code(), required=True, validate=validate.Length(max=30))


class LowerRisk(Schema):
    """To which lower colour, and why."""

    colour = WordOf(words.RiskColour, required=True)
    reason = Text(500, required=True)


class RiskRoutes(PetitionApi):
    """Routes of risk: the colour and its reasons, never the score."""

    @http(
        "GET",
        "/petitions/<number>/risk",
        action="petition.read-risk",
        answer=said.RiskSaid,
        summary="风险等级、最主要的三个理由和应做的事",
    )
    def risk(self, call: Call, number: str) -> Any:
        """The colour, its three weightiest reasons, and what it asks of us."""
        with self.work(call) as work:
            return risk.present(work, self._let_in(call, work, number))

    @http("POST", "/petitions/<number>/risk", action="petition.enter-risk", body=EnterRisk,
          answer=said.RiskSaid, summary="填写风险情形；红色不因此降级")  # fmt: skip
    def enter_risk(self, call: Call, number: str) -> Any:
        """The same, scored anew; a red stays red."""
        return self._act(call, number, risk.enter, risk.present)

    @http("POST", "/petitions/<number>/risk/lower", action="petition.lower-risk", body=LowerRisk,
          answer=said.RiskSaid, summary="降低风险等级，说明理由")  # fmt: skip
    def lower_risk(self, call: Call, number: str) -> Any:
        """The same, lower; it rises again only on something new. 409 for a colour that is not lower."""
        return self._act(call, number, risk.lower, risk.present)

    @http("GET", "/risks", action="petition.read-risk", query={"colour": WordOf(words.RiskColour)},
          answer=said.Risks, summary="某一风险等级的信访件，默认红色")  # fmt: skip
    def risks(self, call: Call) -> Any:
        """{petitions}: at most 100 of one colour in sight, the heaviest first; red where none is asked for."""
        colour = call.query.get("colour", words.RiskColour.RED)
        with self.work(call) as work:
            seen = walls.visible(walls.view(work, call.officer, "petition.read-risk"))
            found = risk.listing(work, seen, colour)
            return {"petitions": [risk.present(work, each) for each in found]}

    @every(waits.SWEEP_DUE)
    def score_overdue(self) -> int:
        """Scores a batch that ran late since it was scored. Returns how many."""
        with self.context.begin(self.inbox.system) as work:
            return risk.score_overdue(work)
