"""What other agencies sent us: signed, objected to, answered."""

from typing import Any

from marshmallow import Schema

from contracts import vocabulary as words
from contracts.fields import WordOf
from contracts.given import Text
from intake.api import answers as said
from intake.api.base import Nothing, PetitionApi
from intake.use_cases import inbound
from web.call import Call
from web.route import http


class Object(Schema):
    """Why we are not the ones, and what our sender reads of it."""

    reason = WordOf(words.ObjectionReason, required=True)
    text = Text(2_000, required=True)


class TellSender(Schema):
    """What our sender reads; it leaves only in a letter."""

    text = Text(20_000, required=True)


class InboundRoutes(PetitionApi):
    """Routes of what other agencies sent to us; 409 on a petition that nobody did."""

    @http(
        "POST",
        "/petitions/<number>/sign",
        action="petition.sign",
        body=Nothing,
        answer=said.PetitionSaid,
        summary="签收转来事项",
    )
    def sign(self, call: Call, number: str) -> Any:
        """The petition, registered. Signing says that it came, not yet that we take it on."""
        return self._act(call, number, inbound.sign)

    @http("POST", "/petitions/<number>/object", action="petition.object", body=Object,
          answer=said.PetitionSaid, summary="对转来事项提出异议")  # fmt: skip
    def object(self, call: Call, number: str) -> Any:
        """The petition, until its sender rules (条例 23(3)). 409 when the days are over, or it is an accusation."""
        return self._act(call, number, inbound.object_)

    @http("POST", "/petitions/<number>/sender-told", action="petition.tell-sender", body=TellSender,
          answer=said.PetitionSaid, summary="向转来单位反馈进展")  # fmt: skip
    def tell_sender(self, call: Call, number: str) -> Any:
        """The petition; its sender hears how far it is. 409 once it has the answer."""
        return self._act(call, number, inbound.tell_sender)

    @http("POST", "/petitions/<number>/sender-answered", action="petition.answer-sender", body=TellSender,
          answer=said.PetitionSaid, summary="答复转来单位")  # fmt: skip
    def answer_sender(self, call: Call, number: str) -> Any:
        """The petition; its sender has the answer, once. 409 before it was decided."""
        return self._act(call, number, inbound.answer_sender)
