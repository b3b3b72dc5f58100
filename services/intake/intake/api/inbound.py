"""What other agencies sent us: signed, objected to, answered."""

from typing import Any

from marshmallow import Schema

from contracts import vocabulary as words
from contracts.fields import WordOf
from contracts.given import Text
from intake.api.base import Nothing, PetitionApi
from intake.use_cases import inbound
from web.call import Call
from web.route import http


class Object(Schema):
    reason = WordOf(words.ObjectionReason, required=True)
    text = Text(2_000, required=True)


class TellSender(Schema):
    text = Text(20_000, required=True)


class InboundRoutes(PetitionApi):
    @http("POST", "/petitions/<number>/sign", action="petition.sign", body=Nothing, summary="签收转来事项")
    def sign(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.sign)

    @http("POST", "/petitions/<number>/object", action="petition.object", body=Object,
          summary="对转来事项提出异议")  # fmt: skip
    def object(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.object_)

    @http("POST", "/petitions/<number>/sender-told", action="petition.tell-sender", body=TellSender,
          summary="向转来单位反馈进展")  # fmt: skip
    def tell_sender(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.tell_sender)

    @http("POST", "/petitions/<number>/sender-answered", action="petition.answer-sender", body=TellSender,
          summary="答复转来单位")  # fmt: skip
    def answer_sender(self, call: Call, number: str) -> Any:
        return self._act(call, number, inbound.answer_sender)
