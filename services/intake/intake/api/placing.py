"""Where petitions sit, for the services that lost it."""

from typing import Any

from contracts.fields import PetitionNumber, Text
from contracts.routes import ROUTES
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.domain import errors
from intake.use_cases import placing
from web.call import Call
from web.route import http


class _AfterAny(PetitionNumber):
    """Or nothing, for the first page: so other services ask."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs) if value else ""


class PlacingRoutes(PetitionApi):
    """The route by which another service that lost where petitions sit fetches it anew."""

    @http("GET", "/operations/placements", action="operations.placements",
          query={"reader": Text(), "after": _AfterAny()},
          answer=said.Placements,
          summary="各信访件所在部门等最近一次的通知（其他服务重建用）；加密给该服务，运维人员看不到")  # fmt: skip
    def placements(self, call: Call) -> Any:
        """{count, sealed}: at most 500, readable by the service that asks and not by who carries them."""
        reader = call.query.get("reader", "")
        if reader not in ROUTES or reader == self.name:
            raise errors.WrongField("reader", "没有这个服务", "no such service")
        with self.context.sessions() as session:
            found = placing.latest(session, call.query.get("after", ""))
        page = {"placements": [{"version": version, "data": data} for version, data in found]}
        return {"count": len(found), "sealed": self.context.cipher.address(reader, page)}
