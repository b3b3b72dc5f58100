"""Who asked for secrecy, over HTTP: ask, decide, look."""

from typing import Any

from marshmallow import Schema

from contracts import vocabulary as words
from contracts.fields import WordOf
from contracts.given import Text
from contracts.problems import Denied
from contracts.vocabulary import OpeningPurpose, OpeningState
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import Nothing, PetitionApi
from intake.domain import errors
from intake.tables import Opening, Petition
from intake.use_cases import known, sealed, secrecy, walls
from web.call import Call
from web.listing import Listing
from web.route import http


class AskOpening(Schema):
    """What for, and why just now."""

    purpose = WordOf(words.OpeningPurpose, required=True)
    reason = Text(2_000, required=True)


OPENINGS = Listing("openings", sealed.SORTS, "asked", {"state": WordOf(OpeningState, load_default=OpeningState.ASKED)})


class SealedRoutes(PetitionApi):
    """Routes of who asked for secrecy: one officer asks to see them, another decides, every look is on the trail."""

    @http("POST", "/petitions/<number>/secrecy", action="petition.ask-secrecy", body=Nothing,
          answer=said.Sealed,
          summary="信访人要求保密：封存个人信息，停止告知，列出已知悉的单位；不可撤销，同一来信一并封存")  # fmt: skip
    def ask_secrecy(self, call: Call, number: str) -> Any:
        """The petition, sealed for good, and in `known_to` who outside had been told what before."""

        def present(work: UnitOfWork, petition: Petition) -> dict[str, Any]:
            view = walls.view(work, call.officer, "petition.read")
            parts = [each for each in secrecy.letter(work, petition) if view.covers(each.placement)]
            had = [entry for each in parts for entry in known.of(work, each)]
            return self._described(work, call.officer, petition) | {"known_to": had}

        return self._act(call, number, secrecy.ask, present)

    @http("POST", "/petitions/<number>/openings", action="sealed.ask", body=AskOpening, status=201,
          answer=said.OpeningSaid, summary="申请查看要求保密的信访人")  # fmt: skip
    def ask_opening(self, call: Call, number: str) -> Any:
        """The opening, waiting for another officer. 409 where nobody is in the safe."""
        return self._act(call, number, sealed.ask, lambda _, opening: _present(opening))

    @http("GET", "/openings", action="sealed.list", query=OPENINGS.query, answer=said.Openings,
          summary="查看申请，默认待批准的")  # fmt: skip
    def openings(self, call: Call) -> Any:
        """{openings}: those that wait unless another state is asked for, the oldest first, with their reasons."""
        with self.work(call) as work:
            seen = walls.visible(walls.view(work, call.officer, "sealed.list"))
            reports = walls.visible(walls.view(work, call.officer, sealed.DECIDE_REPORT))
            found = sealed.listing(work, seen, reports, OPENINGS.page(call))
            call.vault.fetch_keys(work.session, {each.petition for each in found.rows})
            return found.answer(_present(each) | {"reason": sealed.reason(work, each)} for each in found.rows)

    @http(
        "POST",
        "/openings/<opening>/approve",
        action="sealed.decide",
        body=Nothing,
        answer=said.OpeningSaid,
        summary="批准查看",
    )
    def approve_opening(self, call: Call, opening: str) -> Any:
        """The opening, good until `expires_at`. 403 for one's own, and of who reported for all but the chief."""
        return self._decide_opening(call, opening, sealed.approve)

    @http(
        "POST",
        "/openings/<opening>/refuse",
        action="sealed.decide",
        body=Nothing,
        answer=said.OpeningSaid,
        summary="不予批准",
    )
    def refuse_opening(self, call: Call, opening: str) -> Any:
        """The opening, refused. 403 for one's own, and of who reported for all but the chief."""
        return self._decide_opening(call, opening, sealed.refuse)

    @http(
        "GET",
        "/openings/<opening>/person",
        action="sealed.look",
        answer=said.Looked,
        proved=True,
        summary="查看要求保密的信访人（每次均留痕）",
    )
    def look(self, call: Call, opening: str) -> Any:
        """{opening, petition, person, others}: in clear. 403 for another than who asked, and after it expired."""
        with self.work(call) as work:
            found = sealed.find(work, opening)
            petition = self._let_in(call, work, found.petition, lock=True)
            try:
                person, *others = sealed.look(work, petition, found)
                return {"opening": found.id, "petition": petition.number, "person": person, "others": others}
            except Denied as refusal:
                raise self.access.deny(call.officer, "sealed.look", refusal.zh, call.path) from None

    def _decide_opening(self, call: Call, opening: str, use_case: Any) -> Any:
        with self.work(call) as work:
            found = sealed.find(work, opening)
            petition = self._let_in(call, work, found.petition, lock=True)
            if not sealed.decides(lambda action: walls.view(work, call.officer, action), petition):
                raise self.access.deny(call.officer, sealed.DECIDE_REPORT, errors.ChiefAlone().zh, call.path)
            try:
                return call.once(work.session, lambda: _present(use_case(work, petition, found)), petition.number)
            except Denied as refusal:
                raise self.access.deny(call.officer, "sealed.decide", refusal.zh, call.path) from None


def _present(opening: Opening) -> dict[str, Any]:
    state, purpose = OpeningState(opening.state), OpeningPurpose(opening.purpose)
    return {
        "opening": opening.id,
        "petition": opening.petition,
        "purpose": purpose,
        "purpose_zh": purpose.zh,
        "state": state,
        "state_zh": state.zh,
        "asked_by": opening.asked_by,
        "asked_at": opening.asked_at.isoformat(),
        "decided_by": opening.decided_by,
        "expires_at": opening.expires_at and opening.expires_at.isoformat(),
    }
