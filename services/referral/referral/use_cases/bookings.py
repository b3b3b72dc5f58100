"""Rooms and people of ours, taken for a time: held for half an hour, confirmed, given back; never twice at once.

That nothing overlaps is the database's own constraint. Whoever books locks first what they want to have, people by id
and then rooms by code: of two rows that meet and are written at once, each would wait for the other's end.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from contracts.vocabulary import HoldState
from courier import waits
from courier.unit_of_work import UnitOfWork
from referral.domain import bookings, errors
from referral.domain.bookings import TAKES, Slot
from referral.tables import Booking, Room, RosterEntry
from referral.use_cases import roster
from referral.use_cases.tools import tools_of
from statute import day_of

ROOM, PERSON = "room/", "roster/"
_EXCLUDED, BATCH = "23P01", 200
_takes = Booking.state.in_(sorted(TAKES))


# -- the rooms


def add_room(work: UnitOfWork, code: str, name: str, seats: int | None = None) -> Room:
    """A room that may be booked from now on; one that was closed is there again. Raises RoomThere."""
    values = {"name": name, "seats": seats, "added_at": work.now, "added_by": work.actor.officer}
    values |= {"closed_at": None, "closed_by": None}
    added = upsert(Room).values(code=code, **values)
    added = added.on_conflict_do_update(index_elements=["code"], set_=values, where=Room.closed_at.is_not(None))
    room: Room | None = work.session.scalar(added.returning(Room), execution_options={"populate_existing": True})
    if room is None:
        raise errors.RoomThere()
    return room


def close_room(work: UnitOfWork, code: str) -> Room:
    """Nobody books it any more; what is booked stays. Raises NoSuchRoom."""
    room = _room(work, code)
    room.closed_at, room.closed_by = work.now, work.actor.officer
    return room


def rooms(work: UnitOfWork) -> list[Room]:
    """Those that may be booked, by code."""
    return list(work.session.scalars(select(Room).where(Room.closed_at.is_(None)).order_by(Room.code)))


# -- what is taken


def hold(
    work: UnitOfWork,
    begins: datetime,
    ends: datetime,
    *,
    rooms: Sequence[str] = (),
    attendees: Sequence[str] = (),
    travel: timedelta = timedelta(),
    petition: str | None = None,
    proceeding: str | None = None,
) -> str:
    """Takes rooms and people of the roster, all or nothing, until it is confirmed or half an hour is over.

    `travel`: what people need to get there and back, before and after. Returns the booking's id. Raises WrongTime,
    NothingBooked, NoSuchRoom, NoSuchEntry, NotBooked, CannotTakePart, Taken.
    """
    slot = bookings.checked(begins, ends, work.now)
    people = [roster.require(work, each) for each in sorted(set(attendees))]
    named = [_room(work, each) for each in sorted(set(rooms))]
    if any(each.agency not in (None, tools_of(work).our_agency) for each in people):
        raise errors.NotBooked()
    roster.check(work, petition, people, day_of(begins), "attendees")
    wanted = {f"{ROOM}{each.code}": slot for each in named}
    wanted |= {f"{PERSON}{each.id}": slot.around(travel) for each in people}
    if not wanted:
        raise errors.NothingBooked()
    id_ = uuid.uuid4().hex
    rows = [
        {
            "id": id_, "resource": resource, "during": Range(taken.begins, taken.ends), "begins": begins, "ends": ends,
            "state": HoldState.HELD, "held_until": work.now + waits.BOOKING_HELD, "petition": petition,
            "proceeding": proceeding, "booked_at": work.now, "booked_by": work.actor.officer,
        }
        for resource, taken in sorted(wanted.items())
    ]  # fmt: skip
    while True:
        try:
            with work.attempt():
                work.session.execute(insert(Booking), rows)
        except IntegrityError as fault:
            if getattr(fault.orig, "pgcode", None) != _EXCLUDED:
                raise
            # none where what it met was given back a moment ago
            if (taken := _taken(work, slot, wanted)) is not None:
                raise taken from None
        else:
            return id_


def confirm(work: UnitOfWork, id_: str) -> str:
    """It stays until it is over or cancelled. Raises NoSuchBooking, BookingOver."""
    for each in _open(work, id_, (HoldState.HELD,)):
        each.state = HoldState.CONFIRMED
    return id_


def cancel(work: UnitOfWork, id_: str) -> str:
    """All of it is free. Raises NoSuchBooking, BookingOver."""
    _end(_open(work, id_, TAKES), work, HoldState.CANCELLED)
    return id_


def give_back(work: UnitOfWork, proceeding: str) -> int:
    """What a proceeding had taken is free: it is cancelled, or on another day. Returns how many rooms and people."""
    return _end(_locked(work, Booking.proceeding == proceeding, _takes), work, HoldState.CANCELLED)


def expire(work: UnitOfWork) -> int:
    """What nobody confirmed in time is free. Returns how many rooms and people."""
    due = (Booking.state == HoldState.HELD, Booking.held_until <= work.now)
    return _end(_locked(work, *due, most=BATCH), work, HoldState.EXPIRED)


# -- how they are shown


def find(work: UnitOfWork, id_: str) -> list[Booking]:
    """What was booked together, by what it is. Raises NoSuchBooking."""
    found = list(work.session.scalars(select(Booking).where(Booking.id == id_).order_by(Booking.resource)))
    if not found:
        raise errors.NoSuchBooking()
    return found


def between(work: UnitOfWork, slot: Slot, *narrowed: ColumnElement[bool]) -> list[Booking]:
    """What is taken then, by when it begins; `narrowed`: of which."""
    then = Booking.during.overlaps(Range(slot.begins, slot.ends))
    return list(
        work.session.scalars(
            select(Booking).where(_takes, then, *narrowed).order_by(Booking.begins, Booking.id, Booking.resource)
        )
    )


def open_of(work: UnitOfWork, petition: str) -> list[str]:
    """The ids of what is taken for it and not over yet, the earliest first."""
    rows = select(Booking.id, func.min(Booking.begins)).where(Booking.petition == petition, _takes)
    rows = rows.where(Booking.ends > work.now).group_by(Booking.id).order_by(func.min(Booking.begins), Booking.id)
    return [each for each, _ in work.session.execute(rows)]


def resource_names(work: UnitOfWork, resources: Iterable[str]) -> dict[str, str]:
    """Resource → how people call it."""
    wanted = set(resources)
    people = roster.names(work, (each.removeprefix(PERSON) for each in wanted if each.startswith(PERSON)))
    codes = [each.removeprefix(ROOM) for each in wanted if each.startswith(ROOM)]
    found = work.session.execute(select(Room.code, Room.name).where(Room.code.in_(codes)))
    return {f"{ROOM}{code}": name for code, name in found} | {f"{PERSON}{each}": people[each] for each in people}


def bookable(work: UnitOfWork, petition: str | None = None) -> list[RosterEntry]:
    """Whose calendar is ours to fill; of other agencies' people it is not. `petition`: without who keeps away of it."""
    found = roster.listed(work) if petition is None else roster.fit(work, petition, day_of(work.now))
    return [each for each in found if each.agency in (None, tools_of(work).our_agency)]


def present(rows: Sequence[Booking], names: Mapping[str, str]) -> dict[str, Any]:
    """One booking, with all that it takes."""
    first = rows[0]
    state = HoldState(first.state)
    return {
        "booking": first.id,
        "begins": first.begins.isoformat(),
        "ends": first.ends.isoformat(),
        "state": state,
        "state_zh": state.zh,
        "held_until": first.held_until.isoformat() if state is HoldState.HELD else None,
        "petition": first.petition,
        "proceeding": first.proceeding,
        "resources": [
            {
                "resource": each.resource,
                "resource_zh": names.get(each.resource, each.resource),
                "since": _slot(each).begins.isoformat(),
                "until": _slot(each).ends.isoformat(),
            }
            for each in rows
        ],
    }


def _open(work: UnitOfWork, id_: str, sources: Iterable[HoldState]) -> Sequence[Booking]:
    """Under its lock, in one of these states. Raises NoSuchBooking, BookingOver."""
    found = _locked(work, Booking.id == id_)
    if not found:
        raise errors.NoSuchBooking()
    state = HoldState(found[0].state)
    if state is HoldState.HELD and found[0].held_until <= work.now:
        state = HoldState.EXPIRED  # the sweeper has not come by yet
    if state not in sources:
        raise errors.BookingOver(state)
    return found


def _locked(work: UnitOfWork, *of: ColumnElement[bool], most: int | None = None) -> Sequence[Booking]:
    """In one order everywhere. `most`: no more of them, and none that somebody else is at."""
    rows = select(Booking).where(*of).order_by(Booking.id, Booking.resource).limit(most)
    rows = rows.with_for_update(skip_locked=most is not None)
    return work.session.scalars(rows, execution_options={"populate_existing": True}).all()


def _end(found: Sequence[Booking], work: UnitOfWork, state: HoldState) -> int:
    for each in found:
        each.state, each.ended_at = state, work.now
        each.ended_by = work.actor.officer if state is HoldState.CANCELLED else None
    return len(found)


def _taken(work: UnitOfWork, slot: Slot, wanted: Mapping[str, Slot]) -> errors.Taken | None:
    """Which of the wanted is taken until when, and when all of them are free; None: it is free now."""
    around = Slot(slot.begins - bookings.LONGEST, slot.ends + timedelta(days=bookings.LOOKED_AT + 1))
    busy = [(each.resource, _slot(each)) for each in between(work, around, Booking.resource.in_(sorted(wanted)))]
    met = next(((resource, taken) for resource, taken in busy if taken.meets(wanted[resource])), None)
    if met is None:
        return None
    # who needs an hour to get there is busy an hour longer before and after
    longer = [taken.around(slot.begins - wanted[resource].begins) for resource, taken in busy]
    found = bookings.free(longer, slot, tools_of(work).law.calendar.is_rest_day)
    zh = resource_names(work, [met[0]])[met[0]]
    return errors.Taken(met[0], zh, met[1].ends, [(each.begins, each.ends) for each in found])


def _slot(booking: Booking) -> Slot:
    begins, ends = booking.during.lower, booking.during.upper
    assert begins is not None  # a row of the constraint has both
    assert ends is not None
    return Slot(begins, ends)


def _room(work: UnitOfWork, code: str) -> Room:
    room = work.session.get(Room, code, with_for_update={"key_share": True}, populate_existing=True)
    if room is None or room.closed_at is not None:
        raise errors.NoSuchRoom()
    return room
