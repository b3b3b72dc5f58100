"""First or repeat, over HTTP: of a registration so far by a body alone, of a registered one by its number."""

from typing import Any

from marshmallow import Schema

from contracts.fields import PetitionNumber, WordOf
from contracts.given import Line
from contracts.vocabulary import MatchDecision
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.api.finding import no_sooner
from intake.api.registration import Draft
from intake.use_cases import matches
from web.call import Call
from web.route import http


class DecideMatch(Schema):
    """`to`: the other one, or one of a group on one issue, and what the two have to do with each other."""

    to = PetitionNumber(required=True)
    decision = WordOf(MatchDecision, required=True)
    reason = Line(500, required=True)


class MatchRoutes(PetitionApi):
    """What is like a petition, asked before it has a number and after; what a person says of that."""

    @http("POST", "/matches", action=matches.MATCH, body=Draft, answer=said.MatchesSaid,
          summary="查重：按填到一半的登记内容，列出同一人、同一事项、同一内容的前件，和多人反映的同一问题")  # fmt: skip
    def match(self, call: Call) -> Any:
        """{matches, issues, total, total_is_more}: those in sight; nothing of a secret or sealed one."""
        with no_sooner(), self.work(call) as work:
            return matches.present(work, call.officer, matches.of_draft(work, call.officer, call.body["draft"]))

    @http("GET", "/petitions/<number>/matches", action=matches.MATCH, answer=said.MatchesSaid,
          summary="一件信访件的相似件：已关联、已认定的不再列出")  # fmt: skip
    def matches(self, call: Call, number: str) -> Any:
        """The same of a registered one; as much of it is compared as the officer may read."""
        with no_sooner(), self.work(call) as work:
            petition = self._let_in(call, work, number)
            return matches.present(work, call.officer, matches.of_petition(work, call.officer, petition))

    @http("POST", "/petitions/<number>/matches", action="petition.decide-match", body=DecideMatch, status=201,
          answer=said.PetitionSaid, summary="认定相似件：归为同一问题，或者不是同一事项、不再提示")  # fmt: skip
    def decide_match(self, call: Call, number: str) -> Any:
        """The petition. 403 unless both are in sight; 409 where the same was said before."""
        with self.work(call) as work:
            # who may not see the other may not learn either that it is there
            self._let_in(call, work, call.body["to"])
        return self._act(call, number, matches.decide)
