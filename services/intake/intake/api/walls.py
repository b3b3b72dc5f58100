"""Who must not see a petition."""

from typing import Any

from marshmallow import Schema

from contracts import vocabulary as words
from contracts.fields import Code, WordOf
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import walls
from web.call import Call
from web.route import http


class PutUpWall(Schema):
    """A colleague's number, a department's code, or both; neither when nobody is named."""

    officer = Code(load_default=None, allow_none=True)
    department = Code(load_default=None, allow_none=True)
    reason = WordOf(words.WallReason, required=True)


class WallRoutes(PetitionApi):
    """The route that keeps colleagues away."""

    @http("POST", "/petitions/<number>/walls", action="petition.wall", body=PutUpWall, status=201,
          answer=said.PetitionSaid, summary="设置回避：被反映或应当回避的本院人员及部门看不到、办不了此件")  # fmt: skip
    def wall(self, call: Call, number: str) -> Any:
        """The petition, taken from the department, the handler and the leader that the wall keeps away."""
        return self._act(call, number, walls.put_up)
