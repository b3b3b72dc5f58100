"""A petition from its list to its end: what is decided about it."""

from typing import Any

from marshmallow import Schema, fields, validate

from clock import clocks
from contracts import vocabulary as words
from contracts.fields import AgencyCode, Code, Flag, WordOf
from contracts.given import Day, Line, Text
from contracts.office_file import OfficerNumber
from contracts.purposes import purposes
from contracts.vocabulary import PetitionState, Transport
from intake.api import answers as said
from intake.api.base import Nothing, PetitionApi, material
from intake.domain import legal
from intake.use_cases import (
    approvals,
    cards,
    directory,
    holding,
    leading,
    links,
    lists,
    petitions,
    releases,
    timeline,
    walls,
)
from web.call import Call, TrueOrFalse
from web.listing import Listing
from web.route import http


class Accept(Schema):
    """`department`: whose it is; `route`: of a claim, which of the six ways of 条例 31 it goes.

    `handler`: who handles it there; left out, who accepts it, where they may.
    """

    department = Code(required=True)
    handler = OfficerNumber(load_default=None, allow_none=True)
    route = WordOf(words.ClaimRoute, load_default=None, allow_none=True)


class Assign(Schema):
    """Which department of ours has it from now on; `handler`: who handles it there, where somebody is named."""

    department = Code(required=True)
    handler = OfficerNumber(load_default=None, allow_none=True)


class NotAccept(Schema):
    """`reason`: by it the printed paper cites the law and what one can do."""

    reason = WordOf(words.RefusalReason, required=True)


class AskMaterial(Schema):
    """What is lacking, a line each, by which means the petitioner is told, and until when it is to come."""

    lacking = fields.List(Line(200, required=True), required=True, validate=validate.Length(min=1, max=30))
    means = WordOf(words.Means, required=True)
    complete_by = Day(load_default=None, allow_none=True)


class Reopen(Schema):
    """Why it is looked at anew."""

    reason = WordOf(words.Reopening, required=True)


class Liability(Schema):
    """Whether there is reason to think of each; every box is filled in, none is left open."""

    criminal = Flag(required=True)
    civil = Flag(required=True)
    administrative = Flag(required=True)
    public_interest = Flag(required=True)


class Resolve(Schema):
    """Whether the trouble is over."""

    resolution = WordOf(words.Resolution, required=True)


class Guide(Schema):
    """`to`: the agency whose matter it is; `route`: of a claim, which of the six ways of 条例 31 it goes."""

    to = AgencyCode(required=True)
    route = WordOf(words.ClaimRoute, load_default=None, allow_none=True)


class Refer(Schema):
    """`basis`: the id of a legal basis for handing on; `petitioner_wish`: a claim goes nowhere without it."""

    to = AgencyCode(required=True)
    basis = Code(required=True)
    petitioner_wish = Flag(required=True)
    route = WordOf(words.ClaimRoute, load_default=None, allow_none=True)


class Involve(Schema):
    """`purpose`: `assist` asks for help, `information` passes a lead on; `basis`: one of its legal bases."""

    to = AgencyCode(required=True)
    purpose = WordOf(words.Involvement, required=True)
    basis = Code(required=True)


class Hardship(Schema):
    """What an officer found, and whether the petitioner wishes to be helped."""

    situations = fields.List(WordOf(words.Situation), required=True, validate=validate.Length(min=1, max=10))
    wish = Flag(required=True)
    case_number = Line(100, load_default=None, allow_none=True)


class Conclude(Schema):
    """`result`: what came of it; who sent it to us is answered with it too. `adoption`: of a proposal, and needed."""

    result = WordOf(words.Result, required=True)
    adoption = WordOf(words.Adoption, load_default=None, allow_none=True)


class Reply(Schema):
    """What the petitioner is told, and by which means."""

    kind = WordOf(words.ReplyKind, required=True)
    means = WordOf(words.Means, required=True)
    text = Text(20_000, required=True)


class Issue(Schema):
    """By which means it leaves, else by the one it was drafted for; posting counts as issued."""

    means = WordOf(words.Means, load_default=None, allow_none=True)


PETITIONS = Listing(
    "petitions",
    lists.SORTS,
    "-number",
    {
        "state": WordOf(PetitionState),
        "open": TrueOrFalse(),
        "kind": WordOf(words.Kind),
        "line": WordOf(words.Line),
        "adoption": WordOf(words.Adoption),
        "colour": WordOf(words.RiskColour),
        "department": Code(),
        "service_point": Code(),
        "scope": WordOf(words.ListScope),
        "unheld": TrueOrFalse(),
        "received_from": Day(),
        "received_until": Day(),
        "overdue": TrueOrFalse(),
    },
)


class PetitionRoutes(PetitionApi):
    """Routes of the decisions on a petition, from its list to its end."""

    @http(
        "GET", "/petitions", action="petition.list", query=PETITIONS.query, answer=said.Petitions, summary="信访件列表"
    )
    def listing(self, call: Call) -> Any:
        """{petitions}: those in sight, the highest number first. A colour only where its risk may be read."""
        with self.work(call) as work:
            found = lists.petitions(work, call.officer, PETITIONS.page(call))
            return found.answer(lists.rows(work, call.officer, found.rows))

    @http(
        "GET",
        "/petitions/<number>",
        action="petition.read",
        answer=said.PetitionWhole,
        summary="信访件、时间线和可办事项",
    )
    def read(self, call: Call, number: str) -> Any:
        """The petition with its timeline and what it belongs to; what was said, only for who may read material.

        Who petitions as each may know it, numbers with stars: each look at one in full is a `reveals` of its own.
        """
        with self.work(call) as work:
            petition = petitions.with_parts(work, number)
            self._let_in(call, work, number)
            names = directory.names(work)
            reads = walls.view(work, call.officer, "petition.read-material").covers(petition.placement)
            view = walls.view(work, call.officer, "petition.read")
            seen = links.without_hidden(work, view, number, petitions.steps(work, number))
            its = clocks.of_petition(work, number)
            content = self._described(work, call.officer, petition, its) | cards.read(work, call.officer, petition)
            content["allowed_actions"] = self._actions(work, call.officer, petition, its)
            content["timeline"] = [timeline.present(step, names, reads) for step in seen]
            content["refused"] = timeline.refused(seen, names, reads)
            content["linked"] = links.of_petition(work, view, petition)
            content["held"] = releases.present(work, walls.view(work, call.officer, "petition.release"), petition)
            content["first_handler"] = holding.first(petition, seen)
            content["chief_led"] = leading.present(work, petition, reads)
            if reads:
                content |= material(work, petition, seen, names)
            return content

    @http(
        "POST",
        "/petitions/<number>/accept",
        action="petition.accept",
        body=Accept,
        answer=said.PetitionSaid,
        summary="受理",
    )
    def accept(self, call: Call, number: str) -> Any:
        """The petition, accepted. 422 for a department that we do not have or that is kept away from it.

        422 too for a handler who may not handle it, and for nobody where the first one against us needs a person.
        """
        return self._act(call, number, petitions.accept)

    @http("POST", "/petitions/<number>/not-accept", action="petition.not-accept", body=NotAccept,
          answer=said.PetitionSaid, summary="不予受理")  # fmt: skip
    def not_accept(self, call: Call, number: str) -> Any:
        """The petition, not accepted; the paper that can be printed now says by which law and what one can do."""
        return self._ask(call, number, "not-accept", petitions.not_accept)

    @http("POST", "/petitions/<number>/assign", action="petition.assign", body=Assign,
          answer=said.PetitionSaid, summary="分派本院部门，可以指定承办人")  # fmt: skip
    def assign(self, call: Call, number: str) -> Any:
        """The petition, with the department, and with who handles it there where somebody was named."""
        return self._act(call, number, petitions.assign)

    @http(
        "POST",
        "/petitions/<number>/material-asked",
        action="petition.ask-material",
        body=AskMaterial,
        answer=said.PetitionSaid,
        summary="告知补正材料",
    )
    def ask_material(self, call: Call, number: str) -> Any:
        """The petition, waiting. 422 for an SMS or a public notice to who asked for secrecy."""
        return self._act(call, number, petitions.ask_material)

    @http(
        "POST",
        "/petitions/<number>/complete",
        action="petition.complete",
        body=Nothing,
        answer=said.PetitionSaid,
        summary="材料已补齐",
    )
    def complete(self, call: Call, number: str) -> Any:
        """The petition, registered again; acceptance counts from today (规则 162)."""
        return self._act(call, number, petitions.complete)

    @http(
        "POST",
        "/petitions/<number>/guide",
        action="petition.guide",
        body=Guide,
        answer=said.PetitionSaid,
        summary="告知引导",
    )
    def guide(self, call: Call, number: str) -> Any:
        """The petition, guided. Nothing of it leaves but the slip in the petitioner's hand."""
        return self._act(call, number, petitions.guide)

    @http(
        "POST",
        "/petitions/<number>/refer",
        action="petition.refer",
        body=Refer,
        answer=said.PetitionSaid,
        summary="移交其他单位",
    )
    def refer(self, call: Call, number: str) -> Any:
        """The petition, pending until referral tells that it went. 409 for whom the ban hits, 422 for a wrong basis."""
        return self._act(call, number, petitions.refer)

    @http("POST", "/petitions/<number>/involve", action="petition.involve", body=Involve,
          answer=said.PetitionSaid, summary="商请其他单位协办，或抄送线索；不转移承办")  # fmt: skip
    def involve(self, call: Call, number: str) -> Any:
        """The petition, which stays with who has it; pending until referral tells that it went."""
        return self._act(call, number, petitions.involve)

    @http("GET", "/agencies", action="petition.read", answer=said.Agencies, summary="可以移交的单位")
    def agencies_known(self, call: Call) -> Any:
        """{agencies}: those that are there today; a claim goes only to who is `queued`, reached by a system or page."""
        with self.work(call) as work:
            return {
                "agencies": [
                    {"code": each.code, "name": each.name, "queued": Transport(each.transport).queued}
                    for each in directory.agencies(work)
                ]
            }

    @http(
        "GET", "/purposes", action="petition.read", answer=said.Purposes, summary="移交的用途、法律依据和各自可带的内容"
    )
    def purposes(self, call: Call) -> Any:
        """{purposes}: with their legal bases, and which fields each lets go."""
        law = self.context.tools.law
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
                            "verified": law.read(legal.of_basis(each, basis)).verified,
                        }
                        for basis in each.bases.values()
                    ],
                }
                for each in purposes().values()
            ]
        }

    @http("POST", "/petitions/<number>/hardship", action="petition.mark-hardship", body=Hardship,
          answer=said.PetitionSaid, summary="标注生活困难；本人愿意的转救助")  # fmt: skip
    def mark_hardship(self, call: Call, number: str) -> Any:
        """The petition; with the wish, pending until aid has opened a case."""
        return self._act(call, number, petitions.mark_hardship)

    @http(
        "POST",
        "/petitions/<number>/liability",
        action="petition.review-liability",
        body=Liability,
        answer=said.PetitionSaid,
        summary="一案三查：刑事、民事、行政责任和公益线索",
    )
    def review_liability(self, call: Call, number: str) -> Any:
        """The petition, with all four kinds reviewed; the last review counts."""
        return self._act(call, number, petitions.review_liability)

    @http(
        "POST",
        "/petitions/<number>/conclude",
        action="petition.conclude",
        body=Conclude,
        answer=said.PetitionSaid,
        summary="审结",
    )
    def conclude(self, call: Call, number: str) -> Any:
        """The petition, and the approval that was asked for. 409 while an agency's answer or the review is missing.

        422 for a proposal of which it is not said whether it is adopted.
        """
        return self._ask(call, number, "conclude", petitions.conclude)

    @http("POST", "/petitions/<number>/replies", action="petition.reply", body=Reply, status=201,
          answer=said.PetitionSaid, summary="答复信访人")  # fmt: skip
    def reply(self, call: Call, number: str) -> Any:
        """The petition; an outcome is only drafted, and issued once it is signed. Told once its proof is recorded."""
        if call.body["kind"] is words.ReplyKind.OUTCOME_REPLY:
            return self._ask(call, number, "reply", petitions.reply)
        return self._act(call, number, petitions.reply)

    @http("POST", "/petitions/<number>/issue", action="petition.issue", body=Issue,
          answer=said.PetitionSaid, summary="发出已签发的答复")  # fmt: skip
    def issue(self, call: Call, number: str) -> Any:
        """The petition, replied: its clocks stop now. 409 while nobody has signed (签发) the reply."""
        return self._act(call, number, approvals.issue)

    @http(
        "POST",
        "/petitions/<number>/close",
        action="petition.close",
        body=Nothing,
        answer=said.PetitionSaid,
        summary="归档",
    )
    def close(self, call: Call, number: str) -> Any:
        """The petition, closing until referral says that nobody holds it. 409 while something is owed."""
        return self._act(call, number, petitions.close)

    @http(
        "POST",
        "/petitions/<number>/withdraw",
        action="petition.withdraw",
        body=Nothing,
        answer=said.PetitionSaid,
        summary="信访人撤回",
    )
    def withdraw(self, call: Call, number: str) -> Any:
        """The petition, withdrawn; who sent it to us and who has it hear so."""
        return self._act(call, number, petitions.withdraw)

    @http(
        "POST",
        "/petitions/<number>/resolution",
        action="petition.resolve",
        body=Resolve,
        answer=said.PetitionSaid,
        summary="记录化解情况",
    )
    def resolve(self, call: Call, number: str) -> Any:
        """The petition, with what is known of the trouble; also after it was closed."""
        return self._act(call, number, petitions.resolve)

    @http(
        "POST",
        "/petitions/<number>/reopen",
        action="petition.reopen",
        body=Reopen,
        answer=said.PetitionSaid,
        summary="重新办理",
    )
    def reopen(self, call: Call, number: str) -> Any:
        """The petition, registered again and without what was found of it before."""
        return self._act(call, number, petitions.reopen)
