"""Rooms, and when they and people of ours are taken: the calendar, held, confirmed, given back."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from marshmallow import Schema, fields, validate

from contracts.fields import Code, Count, ProceedingNumber, Reference
from contracts.given import Day, Line, Moment, Positive
from contracts.vocabulary import HoldState
from courier.unit_of_work import UnitOfWork
from referral.api import answers as said
from referral.api.base import Nothing, ReferralApi
from referral.domain import errors
from referral.domain.bookings import MOST_TRAVEL, Slot
from referral.domain.proceedings import ENDED
from referral.tables import Booking, Room
from referral.use_cases import bookings, proceedings
from referral.use_cases.bookings import PERSON, ROOM
from referral.use_cases.tools import tools_of
from service_kit.actions import Target
from statute import SHANGHAI, day_of
from web.call import Call
from web.route import http


class Minutes(Count):
    """Of the way there or back."""

    most = int(MOST_TRAVEL.total_seconds()) // 60
    zh = f"应为 0 至 {most} 分钟"


class AddRoom(Schema):
    """A room, by the code on its door."""

    code = Code(required=True)
    name = Line(100, required=True)
    seats = Positive(load_default=None, allow_none=True)


class HoldTime(Schema):
    """All of these from then until then."""

    begins = Moment(required=True)
    ends = Moment(required=True)
    rooms = fields.List(Code(metadata={"options": "/rooms"}), load_default=list, validate=validate.Length(max=10))
    attendees = fields.List(
        Reference(metadata={"options": "/roster"}), load_default=list, validate=validate.Length(max=50)
    )
    travel = Minutes(load_default=0)


class HoldFor(HoldTime):
    """For a petition; `proceeding`: which of its own."""

    proceeding = ProceedingNumber(load_default=None, allow_none=True)


class BookingRoutes(ReferralApi):
    """Everybody may know when a room or a colleague is taken; for what, who may see the petition."""

    @http("GET", "/rooms", action="booking.read", answer=said.Rooms, summary="会议室")
    def rooms(self, call: Call) -> Any:
        """Answers the rooms that may be booked."""
        with self.work(call) as work:
            closes, adds = (self._may(work, call, each) for each in ("room.close", "room.add"))
            return {
                "rooms": [
                    _room(each) | {"allowed_actions": [self._offer("room.close", each.code)] if closes else []}
                    for each in bookings.rooms(work)
                ],
                "allowed_actions": [self._offer("room.add")] if adds else [],
            }

    @http("POST", "/rooms", action="room.add", body=AddRoom, status=201, answer=said.RoomSaid, summary="增加会议室")
    def add_room(self, call: Call) -> Any:
        """Answers the room. 409 where another has the code."""
        with self.work(call) as work:
            return call.once(work.session, lambda: _room(bookings.add_room(work, **call.body)))

    @http("POST", "/rooms/<number>/close", action="room.close", body=Nothing, answer=said.RoomSaid,
          summary="停用会议室；已订的不变")  # fmt: skip
    def close_room(self, call: Call, number: str) -> Any:
        """Answers the room, closed; what is booked stays."""
        with self.work(call) as work:
            return call.once(work.session, lambda: _room(bookings.close_room(work, number)))

    @http("GET", "/calendar", action="booking.read", query={"day": Day()}, answer=said.CalendarSaid,
          summary="会议室和人员一周的日程")  # fmt: skip
    def calendar(self, call: Call) -> Any:
        """Answers the week of the day, or this one: what is taken, and what for where that is in sight."""
        with self.work(call) as work:
            day = call.query.get("day") or day_of(work.now)
            monday = day - timedelta(days=day.weekday())
            days = [monday + timedelta(days=each) for each in range(7)]
            slot = Slot(*(datetime.combine(each, time(), SHANGHAI) for each in (monday, monday + timedelta(days=7))))
            found, rests = bookings.between(work, slot), tools_of(work).law.calendar.is_rest_day
            resources = [f"{ROOM}{each.code}" for each in bookings.rooms(work)]
            resources += [f"{PERSON}{each.id}" for each in bookings.bookable(work)]
            names = bookings.resource_names(work, [*resources, *(each.resource for each in found)])
            shown = dict.fromkeys([*resources, *(each.resource for each in found)])
            return {
                "since": monday.isoformat(),
                "until": days[-1].isoformat(),
                "rest_days": [each.isoformat() for each in days if rests(each)],
                "resources": [{"resource": each, "resource_zh": names[each]} for each in shown],
                "bookings": self._shown(work, call, found, names),
                "allowed_actions": self._holds(work, call),
            }

    @http("GET", "/petitions/<number>/bookings", action="booking.read", answer=said.Bookings,
          summary="为一件信访件预订的会议室和人员")  # fmt: skip
    def bookings_of(self, call: Call, number: str) -> Any:
        """Answers what is taken for it and not over yet."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            self._ask_parties(work, number)
            found = [each for id_ in bookings.open_of(work, number) for each in bookings.find(work, id_)]
            names = bookings.resource_names(work, (each.resource for each in found))
            shown, holds = self._shown(work, call, found, names), self._holds(work, call, number)
            return {"petition": number, "bookings": shown, "allowed_actions": holds}

    @http("GET", "/bookings/<number>", action="booking.read", answer=said.BookingWhole, summary="一次预订和可办事项")
    def booking(self, call: Call, number: str) -> Any:
        """Answers what is taken together; Denied where its petition is out of sight."""
        with self.work(call) as work:
            rows = bookings.find(work, number)
            if rows[0].petition is not None:
                self.let_in(call, work, rows[0].petition)
            names = bookings.resource_names(work, (each.resource for each in rows))
            return self._booking(work, call, rows, names)

    @http("POST", "/petitions/<number>/bookings", action="booking.hold", body=HoldFor, status=201,
          answer=said.BookingSaid, summary="为一件信访件预订会议室和人员，暂留半小时")  # fmt: skip
    def hold_for(self, call: Call, number: str) -> Any:
        """Answers what is held for half an hour; 409 says until when what is taken, and when all of it is free next."""

        def hold(work: UnitOfWork) -> str:
            its = call.body["proceeding"]
            if its is not None and proceedings.find(work, its).petition != number:
                raise errors.NoSuchProceeding()
            return bookings.hold(work, petition=number, **_given(call))

        return self._booked(call, number, hold)

    @http("POST", "/bookings", action="booking.hold-office", body=HoldTime, status=201, answer=said.BookingSaid,
          summary="为本院事务预订会议室和人员，暂留半小时")  # fmt: skip
    def hold_for_office(self, call: Call) -> Any:
        """The same, for what is no petition's."""
        return self._booked(call, None, lambda work: bookings.hold(work, **_given(call)))

    @http("POST", "/bookings/<number>/confirm", action="booking.confirm", body=Nothing, answer=said.BookingSaid,
          summary="确认预订")  # fmt: skip
    def confirm_booking(self, call: Call, number: str) -> Any:
        """Answers what is taken until it is over. 409 where it lapsed."""
        return self._of_booking(call, number, bookings.confirm)

    @http("POST", "/bookings/<number>/cancel", action="booking.cancel", body=Nothing, answer=said.BookingSaid,
          summary="取消预订")  # fmt: skip
    def cancel_booking(self, call: Call, number: str) -> Any:
        """Answers what is free again."""
        return self._of_booking(call, number, bookings.cancel)

    def _of_booking(self, call: Call, number: str, act: Any) -> Any:
        with self.work(call) as work:
            petition = bookings.find(work, number)[0].petition
        return self._booked(call, petition, lambda work: act(work, number))

    def _booked(self, call: Call, petition: str | None, act: Any) -> Any:
        with self.work(call) as work:
            if petition is not None:
                self.let_in(call, work, petition)
                self._ask_parties(work, petition)
            kept = call.once(work.session, lambda: {"booking": act(work)})
            rows = bookings.find(work, kept["booking"])
            return bookings.present(rows, bookings.resource_names(work, (each.resource for each in rows)))

    def _shown(
        self, work: UnitOfWork, call: Call, found: Iterable[Booking], names: dict[str, str]
    ) -> list[dict[str, Any]]:
        together = [list(rows) for _, rows in groupby(found, lambda each: (each.begins, each.id))]
        return [self._booking(work, call, rows, names) for rows in together]

    def _booking(self, work: UnitOfWork, call: Call, rows: list[Booking], names: dict[str, str]) -> dict[str, Any]:
        first, shown = rows[0], bookings.present(rows, names)
        may = self._able(work, call, first.petition)
        if not may("booking.read"):
            return shown | {"booking": None, "petition": None, "proceeding": None, "allowed_actions": []}
        held = first.state == HoldState.HELD and first.held_until > work.now
        possible = (("booking.confirm", held), ("booking.cancel", held or first.state == HoldState.CONFIRMED))
        done = [self._offer(action, first.id) for action, now in possible if now and may(action)]
        return shown | {"allowed_actions": done}

    def _holds(self, work: UnitOfWork, call: Call, petition: str | None = None) -> list[dict[str, Any]]:
        action = "booking.hold-office" if petition is None else "booking.hold"
        if not self._may(work, call, action, petition):
            return []
        people = bookings.bookable(work, petition)
        names = bookings.resource_names(work, (f"{PERSON}{each.id}" for each in people))
        choices = {
            "rooms": {each.code: each.name for each in bookings.rooms(work)},
            "attendees": {each.id: names[f"{PERSON}{each.id}"] for each in people},
        }
        if not any(choices.values()):
            return []
        if petition is None:
            return [self._offer(action, target=Target(words=choices))]
        its = {
            each.number: each.of_kind.zh for each in proceedings.of_petition(work, petition) if each.now_in not in ENDED
        }
        target = Target(words=choices | {"proceeding": its}, without=() if its else ("proceeding",))
        return [self._offer(action, petition, target)]


def _given(call: Call) -> dict[str, Any]:
    return dict(call.body) | {"travel": timedelta(minutes=call.body["travel"])}


def _room(room: Room) -> dict[str, Any]:
    return {"code": room.code, "name": room.name, "seats": room.seats, "closed": room.closed_at is not None}
