"""Who petitions and what it is called, over HTTP: a card for each of a page of numbers."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts import vocabulary as words
from contracts.fields import Code, PetitionNumber, WordOf
from intake.api.base import PetitionApi
from intake.use_cases import cards
from web.answers import Answer
from web.call import Call
from web.route import http

MOST = 200


class Cards(Schema):
    """The petitions of a page of somebody's list."""

    numbers = fields.List(PetitionNumber(), required=True, validate=validate.Length(min=1, max=MOST))


class Card(Answer):
    """One petition as this officer is shown it; `contact`: a phone, with stars but for what they wrote down today."""

    number = PetitionNumber()
    title = fields.String()
    petitioner = fields.String()
    contact = fields.String(allow_none=True)
    kind = WordOf(words.Kind)
    line = WordOf(words.Line)
    state = WordOf(words.PetitionState)
    state_zh = fields.String()
    colour = WordOf(words.RiskColour, allow_none=True)
    department = Code(allow_none=True)
    handler_name = fields.String(allow_none=True)


class CardsSaid(Answer):
    """Those in sight, in the order asked for."""

    cards = fields.List(fields.Nested(Card))


class CardRoutes(PetitionApi):
    """The route by which every list of every service is told what its numbers are called."""

    @http("POST", "/cards", action=cards.CARD, body=Cards, answer=CardsSaid,
          summary="一批信访件的事由、信访人、状态（按本人权限显示，至多 200 件；不在办理范围内的不列）")  # fmt: skip
    def of_numbers(self, call: Call) -> Any:
        """{cards}: of those in sight, in the order asked for; what is out of sight is absent, as what there is not."""
        with self.work(call) as work:
            return {"cards": cards.page(work, call.officer, call.body["numbers"])}
