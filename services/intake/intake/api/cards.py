"""Who petitions and what it is called, over HTTP: a card for each of a page of numbers."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts.fields import PetitionNumber
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import cards
from web.call import Call
from web.route import http

MOST = 200


class Cards(Schema):
    """The petitions of a page of somebody's list."""

    numbers = fields.List(PetitionNumber(), required=True, validate=validate.Length(min=1, max=MOST))


class CardRoutes(PetitionApi):
    """The route by which every list of every service is told what its numbers are called."""

    @http("POST", "/cards", action=cards.CARD, body=Cards, answer=said.CardsSaid,
          summary="一批信访件的事由、信访人、状态（按本人权限显示，至多 200 件；不在办理范围内的不列）")  # fmt: skip
    def of_numbers(self, call: Call) -> Any:
        """{cards}: of those in sight, in the order asked for; what is out of sight is absent, as what there is not."""
        with self.work(call) as work:
            return {"cards": cards.page(work, call.officer, call.body["numbers"])}
