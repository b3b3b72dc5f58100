"""A look at somebody's number in full, over HTTP: each is on the trail; what was seen is kept by nothing."""

from typing import Any

from marshmallow import Schema, validate

from contracts import vocabulary as words
from contracts.fields import WordOf
from contracts.given import Positive
from contracts.problems import Denied
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import cards, contacts, reveals
from web.call import Call
from web.route import http

HIDDEN = "信访人不显示，不能查看"


class Reveal(Schema):
    """Which number is looked at, and of which petitioner: 1 is the first, then the others in their order."""

    field = WordOf(words.PersonalNumber, required=True)
    seq = Positive(load_default=1)


class RevealPhone(Schema):
    """Of a contact a phone is all there is."""

    field = WordOf(
        words.PersonalNumber,
        load_default=words.PersonalNumber.PHONE,
        validate=validate.OneOf([words.PersonalNumber.PHONE]),
    )


class RevealRoutes(PetitionApi):
    """Routes of the numbers that every other answer shows with stars."""

    @http("POST", "/petitions/<number>/reveals", action=cards.REVEAL, body=Reveal, status=201,
          answer=said.PetitionerRevealed, summary="查看信访人的身份证号或者电话全号（每次均留痕）")  # fmt: skip
    def reveal(self, call: Call, number: str) -> Any:
        """{petition, seq, field, value}: a repeat by its key has no value. 403 for whom the officer is not shown."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number, lock=True)
            if not cards.showing_of(work, call.officer, petition).names:
                raise self._hidden(call)
            asked = {"petition": number, "seq": call.body["seq"], "field": call.body["field"]}
            answer, value = call.shown_once(
                work.session, lambda: (asked, reveals.petitioner(work, petition, **call.body)), number
            )
            return answer | {"value": value}

    @http("POST", "/contacts/<contact>/reveals", action=contacts.REVEAL, body=RevealPhone, status=201,
          answer=said.ContactRevealed, summary="查看来信来电来访人的电话全号（每次均留痕）")  # fmt: skip
    def reveal_contact(self, call: Call, contact: str) -> Any:
        """{contact, field, value}: as of a petition."""
        with self.work(call) as work:
            found = self._let_in_contact(call, work, contact, lock=True)
            if not contacts.showing_of(work, call.officer, found).names:
                raise self._hidden(call)
            asked = {"contact": contact, "field": call.body["field"]}
            answer, value = call.shown_once(
                work.session, lambda: (asked, reveals.contact(work, found)), found.petition or contact
            )
            return answer | {"value": value}

    def _hidden(self, call: Call) -> Denied:
        """Recorded, and in the same words for nobody, for who asked for secrecy, and for another's accusation."""
        return self.access.deny(call.officer, call.route.action or "", HIDDEN, call.path)
