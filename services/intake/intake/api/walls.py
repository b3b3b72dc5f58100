"""Who must not see a petition."""

from typing import Any

from marshmallow import Schema

from contracts import vocabulary as words
from contracts.fields import Code, WordOf
from contracts.given import Text
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.tables import Approval, Petition
from intake.use_cases import approvals
from web.call import Call
from web.route import http


class PutUpWall(Schema):
    """A colleague's number, a department's code, or both; neither when nobody is named."""

    officer = Code(load_default=None, allow_none=True)
    department = Code(load_default=None, allow_none=True)
    reason = WordOf(words.WallReason, required=True)


class TakeDownWall(Schema):
    """Why nobody need be kept away by it any more."""

    reason = Text(2_000, required=True)


class WallRoutes(PetitionApi):
    """Routes that keep colleagues away, and by approval let them near again."""

    @http("POST", "/petitions/<number>/walls", action="petition.wall", body=PutUpWall, status=201,
          answer=said.PetitionSaid,
          summary="设置回避：被反映或应当回避的本院人员及部门看不到、办不了此件；立即生效，报检察长确认")  # fmt: skip
    def wall(self, call: Call, number: str) -> Any:
        """The petition, taken from whom the wall keeps away, and the approval by which it is confirmed."""
        use_case = lambda work, number, **given: approvals.wall(work, call.officer, number, **given)  # noqa: E731
        return self._act(call, number, use_case, lambda work, found: self._asked(call, work, *found))

    @http("POST", "/petitions/<number>/walls/<int:wall>/lift", action="petition.unwall", body=TakeDownWall,
          answer=said.PetitionSaid, summary="申请解除回避；批准后生效")  # fmt: skip
    def unwall(self, call: Call, number: str, wall: int) -> Any:
        """The petition, whose wall stands until it is approved, and the approval. 404 where no such wall stands."""

        def ask(work: UnitOfWork, number: str, **given: Any) -> tuple[Petition, Approval | None]:
            return approvals.unwall(work, call.officer, number, wall, **given)

        return self._act(call, number, ask, lambda work, found: self._asked(call, work, *found))
