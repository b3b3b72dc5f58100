"""The routes of acts, and of cases a leader leads."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts import vocabulary as words
from contracts.fields import Code, WordOf
from contracts.given import Day, Moment, Text
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import acts, leading, office, walls
from web.call import Call, TrueOrFalse
from web.listing import Listing
from web.route import http


class RecordAct(Schema):
    """`people`: the numbers of our officers who took part. `done_at`: the moment, where the law counts hours."""

    kind = WordOf(words.ActKind, required=True)
    done_on = Day(required=True)
    people = fields.List(Code(), required=True, validate=validate.Length(min=1, max=20))
    record = Text(20_000, required=True)
    done_at = Moment(load_default=None, allow_none=True)


class Lead(Schema):
    """`leader`: the number of the leader of our office who leads it from now on.

    `reason`: why another than before, or than who is in charge of its department.
    """

    leader = Code(required=True)
    reason = Text(500, load_default=None, allow_none=True)


class Tick(Schema):
    """`item`: the id of one of the county's list; `done_on`: today at the latest."""

    item = Code(required=True)
    done_on = Day(required=True)


LED = Listing("led_cases", leading.SORTS, "since", {"leader": Code(), "open": TrueOrFalse(), "vacant": TrueOrFalse()})


class ActRoutes(PetitionApi):
    """Routes of what is done beside deciding; what was written of an act is shown to who handles the petition."""

    @http("POST", "/petitions/<number>/acts", action="petition.record-act", body=RecordAct, status=201,
          answer=said.PetitionSaid,
          summary="记录办理行为：阅卷、当面听取意见、调查核实、释法说理、心理疏导、帮扶跟进")  # fmt: skip
    def record_act(self, call: Call, number: str) -> Any:
        """The petition. 422 for an officer we do not have, or one who is kept away from it."""
        given = {"people_codes" if name == "people" else name: value for name, value in call.body.items()}
        return self._act(call, number, lambda work, number, **_: acts.record(work, number, **given))

    @http(
        "GET", "/petitions/<number>/acts", action="petition.read", answer=said.Acts, summary="办理行为；内容只给承办人"
    )
    def acts(self, call: Call, number: str) -> Any:
        """{petition, acts}: the earliest day first; `record` is there only for who may read material."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number)
            reads = walls.view(work, call.officer, "petition.read-material").covers(petition.placement)
            found = acts.of_petition(work, petition, reads)
            names = office.names(work, acts.officers(found))
            return {"petition": number, "acts": [acts.with_names(each, names) for each in found]}

    @http(
        "POST",
        "/petitions/<number>/chief-led",
        action="petition.lead",
        body=Lead,
        answer=said.PetitionSaid,
        summary="院领导包案",
    )
    def lead(self, call: Call, number: str) -> Any:
        """The petition, led from now on; a leader named later goes on where the one before stopped."""
        return self._act(call, number, acts.lead)

    @http("POST", "/petitions/<number>/chief-led/items", action="petition.tick-item", body=Tick,
          answer=said.PetitionSaid, summary="包案清单：完成一项")  # fmt: skip
    def tick(self, call: Call, number: str) -> Any:
        """The petition. 409 where nobody leads it, 422 for an item that is not on the list."""
        return self._act(call, number, acts.tick)

    @http(
        "GET",
        "/chief-led",
        answer=said.LedCases,
        action="petition.list-led",
        query=LED.query,
        summary="院领导包案：领导、天数、清单完成情况",
    )
    def led(self, call: Call) -> Any:
        """{led_cases}: those in sight, the longest led first, each with its list and the days of what was done."""
        with self.work(call) as work:
            seen = walls.visible(walls.view(work, call.officer, "petition.list-led"))
            found = leading.listing(work, seen, LED.page(call))
            return found.answer(leading.rows(work, found.rows))
