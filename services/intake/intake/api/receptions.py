"""The routes of leaders' reception days."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from authorization.sight import View
from contracts import vocabulary as words
from contracts.fields import Code, PetitionNumber, Reference, WordOf
from contracts.given import Day, Line, Name, Positive, Text, Typed
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.api.tasks import AddTask
from intake.tables import Booking, Reception
from intake.use_cases import receptions, walls
from web.call import Call
from web.listing import Listing
from web.route import http


class Hour(Typed):
    """09:00"""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        hour = super()._deserialize(value, attr, data, **kwargs)
        if hour is not None and not validate.Regexp(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z").regex.match(hour):
            raise ValidationError("应为时刻，如 09:00")
        return hour


class Plan(Schema):
    """`day`: today at the earliest; `places`: how many are heard."""

    day = Day(required=True)
    leader = Code(required=True)
    places = Positive(required=True)
    begins = Hour(load_default=None, allow_none=True)
    room = Line(100, load_default=None, allow_none=True)


class Change(Schema):
    """What is given is another from now on; whoever has a place keeps it."""

    day = Day()
    leader = Code()
    places = Positive()
    begins = Hour(allow_none=True)
    room = Line(100, allow_none=True)


class Why(Schema):
    """The reason, which is kept."""

    reason = Text(500, required=True)


class VisitorGiven(Schema):
    """Who comes without a petition, and what for."""

    name = Name(100, required=True)
    phone = Typed(load_default=None, allow_none=True)
    matter = Text(500, required=True)


class Book(Schema):
    """The petition for which a place is taken."""

    petition = PetitionNumber(required=True)


class Move(Why):
    """`to`: the other reception day."""

    to = Reference(required=True)


class Outcome(Schema):
    """Who came, and what was decided. `petition`: of a visitor, what was registered of them since."""

    outcome = WordOf(
        words.BookingState,
        required=True,
        validate=validate.OneOf([words.BookingState.MET, words.BookingState.ABSENT]),
    )
    decision = Text(2_000, load_default=None, allow_none=True)
    tasks = fields.List(fields.Nested(AddTask), load_default=list, validate=validate.Length(max=10))
    petition = PetitionNumber(load_default=None, allow_none=True)


RECEPTIONS = Listing("receptions", receptions.SORTS, "day", {"day_from": Day(), "day_until": Day(), "leader": Code()})


class ReceptionRoutes(PetitionApi):
    """Routes of reception days; a petition is shown to who may see it, a visitor to who books and who receives."""

    @http(
        "POST",
        "/receptions",
        answer=said.ReceptionSaid,
        action="reception.plan",
        body=Plan,
        status=201,
        summary="安排院领导接访日",
    )
    def plan(self, call: Call) -> Any:
        """The reception day, empty. 409 where the leader has one on that day, 422 for who is no leader."""
        with self.work(call) as work:
            return self._of_day(call, work, lambda: (receptions.plan(work, **call.body), None))

    @http(
        "GET",
        "/receptions",
        answer=said.Receptions,
        action="reception.list",
        query=RECEPTIONS.query,
        summary="接访日和余位，默认从今天起",
    )
    def receptions(self, call: Call) -> Any:
        """{receptions}: each with the places taken and the petitions that the officer may see."""
        with self.work(call) as work:
            found = receptions.listing(work, RECEPTIONS.page(call))
            return found.answer(self._day(call, work, each) for each in found.rows)

    @http(
        "GET",
        "/receptions/<reception>",
        answer=said.ReceptionSaid,
        action="reception.list",
        summary="一个接访日和各预约",
    )
    def reception(self, call: Call, reception: str) -> Any:
        """The day with its places."""
        with self.work(call) as work:
            return self._day(call, work, receptions.find(work, reception))

    @http(
        "POST",
        "/receptions/<reception>/change",
        answer=said.ReceptionSaid,
        action="reception.plan",
        body=Change,
        summary="变更接访日：日期、领导、名额、时间、地点",
    )
    def change(self, call: Call, reception: str) -> Any:
        """The day as it is now. 409 where the leader has one on that day, or more are booked than there are places."""
        return self._do(call, lambda work: receptions.change(work, self._sees(call, work), reception, **call.body))

    @http(
        "POST",
        "/receptions/<reception>/cancel",
        answer=said.ReceptionSaid,
        action="reception.plan",
        body=Why,
        summary="取消接访日",
    )
    def cancel(self, call: Call, reception: str) -> Any:
        """The day, cancelled with every place on it."""
        return self._do(call, lambda work: receptions.cancel(work, reception, **call.body))

    @http(
        "POST",
        "/receptions/<reception>/bookings",
        answer=said.ReceptionBooked,
        action="reception.book",
        body=Book,
        status=201,
        summary="预约接访；约满为止",
    )
    def book(self, call: Call, reception: str) -> Any:
        """The reception day with the booking on it. 409 where it is full or over, or the petition has a place."""
        with self.work(call) as work:
            petition = self._let_in(call, work, call.body["petition"])
            view = self._sees(call, work)
            return self._of_day(call, work, lambda: receptions.book(work, view, reception, petition.number))

    @http(
        "POST",
        "/receptions/<reception>/visitors",
        answer=said.ReceptionBooked,
        action="reception.book",
        body=VisitorGiven,
        status=201,
        summary="为尚无信访件的来访人预约接访",
    )
    def book_visitor(self, call: Call, reception: str) -> Any:
        """The same, for who has no petition yet. 409 for a phone that has a place on that day."""
        with self.work(call) as work:
            visitor = receptions.Visitor(**call.body)
            view = self._sees(call, work)
            return self._of_day(call, work, lambda: receptions.book(work, view, reception, visitor=visitor))

    @http(
        "POST",
        "/receptions/<reception>/bookings/<booking>/move",
        answer=said.ReceptionSaid,
        action="reception.book",
        body=Move,
        summary="改约到另一接访日",
    )
    def move(self, call: Call, reception: str, booking: str) -> Any:
        """The other day. 409 where it is full or over."""

        def move(work: UnitOfWork) -> Reception:
            return receptions.move(work, self._sees(call, work), reception, booking, **call.body)

        return self._do(call, move, reception, booking)

    @http(
        "POST",
        "/receptions/<reception>/bookings/<booking>/cancel",
        answer=said.ReceptionSaid,
        action="reception.book",
        body=Why,
        summary="取消预约",
    )
    def cancel_booking(self, call: Call, reception: str, booking: str) -> Any:
        """The day, with one more free place."""
        return self._do(
            call, lambda work: receptions.cancel_booking(work, reception, booking, **call.body), reception, booking
        )

    @http(
        "POST",
        "/receptions/<reception>/bookings/<booking>/outcome",
        answer=said.ReceptionSaid,
        action="reception.decide",
        body=Outcome,
        summary="登记接访结果；决定的事项成为任务",
    )
    def outcome(self, call: Call, reception: str, booking: str) -> Any:
        """The day with what came of it. 409 before the day; 422 for a task of a visitor who has no petition."""
        return self._do(call, lambda work: receptions.decide(work, reception, booking, **call.body), reception, booking)

    @http(
        "POST",
        "/receptions/<reception>/bookings/<booking>/visitor",
        answer=said.VisitorShown,
        action="reception.read-visitors",
        body=Why,
        summary="查看来访人的联系方式（留痕）",
    )
    def visitor(self, call: Call, reception: str, booking: str) -> Any:
        """{reception, booking, name, phone, matter, looks}; each look is on the trail, with its reason."""
        with self.work(call) as work:
            found = receptions.booking_of(work, reception, booking)
            if found.petition is not None:
                self._let_in(call, work, found.petition)
            return receptions.shown_visitor(work, found, call.body["reason"])

    def _do(self, call: Call, act: Any, reception: str | None = None, booking: str | None = None) -> Any:
        """`reception` and `booking`: where the act is of one place, whose petition must be in sight."""
        with self.work(call) as work:
            for petition in (call.body.get("petition"), self._booked(work, reception, booking)):
                if petition is not None:
                    self._let_in(call, work, petition)
            return self._of_day(call, work, lambda: (act(work), None))

    def _sees(self, call: Call, work: UnitOfWork) -> View:
        return walls.view(work, call.officer, "reception.list")

    def _booked(self, work: UnitOfWork, reception: str | None, booking: str | None) -> str | None:
        if reception is None or booking is None:
            return None
        return receptions.booking_of(work, reception, booking).petition

    def _of_day(
        self, call: Call, work: UnitOfWork, act: Callable[[], tuple[Reception, Booking | None]]
    ) -> dict[str, Any]:
        """The day as it is by now, and the place that was taken: a visitor is no part of what is kept for a repeat."""

        def produce() -> dict[str, Any]:
            day, booking = act()
            return {"reception": day.id} | ({"booking": booking.id} if booking else {})

        kept = call.once(work.session, produce)
        return self._day(call, work, receptions.find(work, kept["reception"])) | kept

    def _day(self, call: Call, work: UnitOfWork, day: Reception) -> dict[str, Any]:
        reads = bool(walls.view(work, call.officer, "reception.read-visitors").scopes) or call.officer.id == day.leader
        return receptions.present(work, call.officer, day, reads)
