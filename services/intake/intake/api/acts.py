"""The routes of acts, of cases a leader leads, and of reception days."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts import vocabulary as words
from contracts.fields import Code, PetitionNumber, WordOf
from contracts.given import Day, Positive, Text
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import acts, office, receptions, walls
from web.call import Call
from web.route import http


class RecordAct(Schema):
    """`people`: the numbers of our officers who took part."""

    kind = WordOf(words.ActKind, required=True)
    done_on = Day(required=True)
    people = fields.List(Code(), required=True, validate=validate.Length(min=1, max=20))
    record = Text(20_000, required=True)


class Lead(Schema):
    """`leader`: the number of the leader of our office who leads it from now on."""

    leader = Code(required=True)


class Tick(Schema):
    """`item`: the id of one of the county's list; `done_on`: today at the latest."""

    item = Code(required=True)
    done_on = Day(required=True)


class Plan(Schema):
    """`day`: today at the earliest; `places`: how many petitions are heard."""

    day = Day(required=True)
    leader = Code(required=True)
    places = Positive(required=True)


class Book(Schema):
    """The petition for which a place is taken."""

    petition = PetitionNumber(required=True)


class ActRoutes(PetitionApi):
    """Routes of what is done beside deciding; what was written of an act is shown to who handles the petition."""

    @http("POST", "/petitions/<number>/acts", action="petition.record-act", body=RecordAct, status=201,
          answer=said.PetitionSaid,
          summary="记录办理行为：阅卷、当面听取意见、调查核实、释法说理、心理疏导")  # fmt: skip
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
            found = acts.of_petition(work, number, reads)
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
        "POST",
        "/receptions",
        action="reception.plan",
        body=Plan,
        status=201,
        answer=said.ReceptionSaid,
        summary="安排院领导接访日",
    )
    def plan(self, call: Call) -> Any:
        """The reception day, empty. 409 where the leader has one on that day."""
        with self.work(call) as work:
            view = walls.view(work, call.officer, "reception.list")
            return call.once(work.session, lambda: receptions.present(work, view, receptions.plan(work, **call.body)))

    @http("GET", "/receptions", action="reception.list", answer=said.Receptions, summary="今后的接访日和余位")
    def receptions(self, call: Call) -> Any:
        """{receptions}: from today on, each with the places taken and the petitions that the officer may see."""
        with self.work(call) as work:
            view = walls.view(work, call.officer, "reception.list")
            return {"receptions": [receptions.present(work, view, each) for each in receptions.upcoming(work)]}

    @http("POST", "/receptions/<reception>/bookings", action="reception.book", body=Book, status=201,
          answer=said.ReceptionSaid, summary="预约接访；约满为止")  # fmt: skip
    def book(self, call: Call, reception: str) -> Any:
        """The reception day with the petition on it. 409 where it is full or over, or the petition has a place."""
        with self.work(call) as work:
            self._let_in(call, work, call.body["petition"], lock=True)
            view = walls.view(work, call.officer, "reception.list")
            return call.once(
                work.session,
                lambda: receptions.present(work, view, receptions.book(work, reception, **call.body)),
                call.body["petition"],
            )
