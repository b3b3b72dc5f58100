"""Leaders' reception days (接访日): planned with so many places, booked until they are full, held, and what came of it.

A place is a petition's, or of a visitor who has none yet: who that is rests sealed under a key of the booking's own,
and is forgotten after its time. Locks are taken in one order: days, petitions, bookings.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from authorization.sight import View
from contracts import masked
from contracts.problems import Invalid
from contracts.vocabulary import BookingState
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, identity
from intake.tables import Booking, Petition, Reception
from intake.use_cases import bookings, cards, leading, recusal, task_acts, timeline, walls
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from statute import day_of
from web.listing import Found, Page
from web.tokens import Officer

BATCH = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes without a petition, as typed, and what for; the phone is for telling them that the day has moved."""

    name: str
    phone: str | None
    matter: str


# -- the days


def plan(
    work: UnitOfWork, day: date, leader: str, places: int, begins: str | None = None, room: str | None = None
) -> Reception:
    """A day on which a leader receives, with so many places; one that was cancelled is there again, empty.

    Raises ReceptionPlanned for a second one that day, NotALeader.
    """
    _check_day(work, day)
    leading.check_leader(work, leader, "leader", day)
    values = {"places": places, "begins": begins, "room": room}
    planned = upsert(Reception).values(id=uuid.uuid4().hex, day=day, leader=leader, **values)
    again = {**values, "cancelled_at": None, "cancelled_by": None}
    planned = planned.on_conflict_do_update(
        constraint="reception_once", set_=again, where=Reception.cancelled_at.is_not(None)
    )
    reception: Reception | None = work.session.scalar(
        planned.returning(Reception), execution_options={"populate_existing": True}
    )
    if reception is None:
        raise errors.ReceptionPlanned()
    return reception


def change(work: UnitOfWork, view: View, reception: str, **given: Any) -> Reception:
    """Another day, leader, number of places, hour or room; whoever has a place keeps it, and it is said of each.

    `view`: how far who asks sees; what is behind a wall for them takes no place before them.

    A petition that the new leader must keep away from loses its place, which its timeline tells.

    Raises ReceptionPlanned, PlacesTaken, NotALeader.
    """
    found = _planned(work, reception)
    day, leader = given.get("day") or found.day, given.get("leader") or found.leader
    _check_day(work, day)
    leading.check_leader(work, leader, "leader", day)
    booked = _booked(work, found)
    if "places" in given and given["places"] < _taken(work, view, found):
        raise errors.PlacesTaken()
    petitions = _petitions(work, booked)
    moves = (day, leader) != (found.day, found.leader)
    try:
        with work.session.begin_nested():
            for name, value in given.items():
                setattr(found, name, value)
    except IntegrityError:
        raise errors.ReceptionPlanned() from None
    for booking in booked if moves else ():
        petition = petitions.get(booking.petition)
        if petition is not None and recusal.keeps_away(work, petition, [leader]):
            # no word of it in the answer: who must keep away may be who asks
            bookings.cancel(work, found, booking, petition, None)
        elif petition is not None:
            timeline.record(work, petition, "petition.reception_moved.v1", reception=found.id, day=day)
    return found


def cancel(work: UnitOfWork, reception: str, reason: str) -> Reception:
    """The whole day: every place is free, and each petition says so. The visitors are to be called."""
    found = _planned(work, reception)
    booked = _booked(work, found)
    petitions = _petitions(work, booked)
    for booking in booked:
        bookings.cancel(work, found, booking, petitions.get(booking.petition), reason)
    found.cancelled_at, found.cancelled_by = work.now, work.actor.officer
    return found


# -- the places


def book(
    work: UnitOfWork, view: View, reception: str, petition: str | None = None, visitor: Visitor | None = None
) -> tuple[Reception, Booking]:
    """Takes a place, under the day's lock, so that the last one is given once.

    Of `petition` and `visitor` one. A petition has one place at a time, on whatever day, and a visitor one on a day.
    `view`: how far who books sees. What is behind a wall for them takes no place before them: a day may get one more
    than it has, but a full day that shows a free place would tell of what they must not know.
    Raises ReceptionOver, ReceptionFull, BookedAlready, and NotReceivedThen for a leader who is kept away.
    """
    assert (petition is None) != (visitor is None)
    day = _planned(work, reception)
    booking = Booking(
        id=uuid.uuid4().hex,
        reception=day.id,
        state=BookingState.BOOKED,
        recorded_at=work.now,
        officer=work.actor.officer,
    )
    if petition is not None:
        _for_petition(work, day, booking, load(work, petition))
    if visitor is not None:
        _for_visitor(work, day, booking, visitor)
    booking.seq = _free(work, view, day)
    work.session.add(booking)
    work.session.flush()
    return day, booking


def move(work: UnitOfWork, view: View, reception: str, booking: str, to: str, reason: str) -> Reception:
    """The place is on another day, and the one here is free. Returns the other day. Raises like `book`."""
    days = {each: _lock(work, each) for each in sorted({reception, to})}
    found, day = days[reception], _planned(work, to)
    if found.id == day.id:
        raise errors.BookedAlready()
    moved, petition = _open(work, found, booking)
    if petition is not None:
        _check_leader(work, day, petition)
    else:
        _check_visitor(work, day, moved.visitor)
    moved.reception, moved.seq = day.id, _free(work, view, day)
    moved.reason = bookings.seal(work, moved, "reason", reason)
    work.session.flush()
    if petition is not None:
        timeline.record(work, petition, "petition.reception_moved.v1", reception=day.id, day=day.day)
    return day


def open_to(work: UnitOfWork, view: View, petition: Petition) -> list[Reception]:
    """Days from today on with a free place for it, the earliest first; none while it has one: it has one at a time."""
    found = work.session.scalars(_with_room(view), {"today": day_of(work.now)}).all()
    if not found or _has_place(work, petition, None):
        return []
    return [each for each in found if not recusal.keeps_away(work, petition, [each.leader])]


# the same for every petition that an officer opens
@lru_cache(256)
def _with_room(view: View) -> Select[Reception]:
    taken = select(func.count()).where(_takes(view, Reception.id)).scalar_subquery()
    query = select(Reception).where(Reception.day >= bindparam("today"), Reception.cancelled_at.is_(None))
    return query.where(taken < Reception.places).order_by(Reception.day, Reception.leader).limit(100)


def cancel_booking(work: UnitOfWork, reception: str, booking: str, reason: str) -> Reception:
    """The place is free; why, is kept. Raises BookingEnded."""
    found = _lock(work, reception)
    cancelled, petition = _open(work, found, booking)
    bookings.cancel(work, found, cancelled, petition, reason)
    return found


def decide(
    work: UnitOfWork,
    reception: str,
    booking: str,
    outcome: BookingState,
    decision: str | None = None,
    tasks: Sequence[Mapping[str, Any]] = (),
    petition: str | None = None,
) -> Reception:
    """Who came, and what the leader decided: each decision a task with owner and day.

    `petition`: of a visitor, what was registered of them since; then we know them by it alone. Raises ReceptionNotYet,
    BookingEnded, VisitorHasNone for a task of a visitor without a petition, NotReceivedThen.
    """
    found = _lock(work, reception)
    if found.day > day_of(work.now):
        raise errors.ReceptionNotYet()
    if outcome is not BookingState.MET and (decision or tasks):
        raise errors.WrongField("decision", "未到访的没有接访决定", "nobody came, so nothing was decided")
    joined = load(work, petition) if petition else None
    held, its = _open(work, found, booking)
    if joined is not None:
        if its is not None and its.number != joined.number:
            raise errors.BookedForAnother()
        if recusal.keeps_away(work, joined, [found.leader]):
            raise errors.NotReceivedThen("petition")
        if its is None:
            bookings.forget(work, held)
            held.petition, its = joined.number, joined
    if tasks and its is None:
        raise errors.VisitorHasNone()
    held.state, held.decided_at, held.decided_by = outcome, work.now, work.actor.officer
    held.decision = bookings.seal(work, held, "decision", decision)
    work.session.flush()
    if its is None:
        said = {"reception": found.id, "booking": held.id, "day": found.day, "outcome": outcome}
        work.event("reception.visited.v1", f"reception/{found.id}", **said)
        return found
    timeline.record(work, its, "petition.received.v1", reception=found.id, day=found.day, outcome=outcome)
    for index, each in enumerate(tasks):
        try:
            task_acts.add(work, its, **each, kind="reception")
        except Invalid as fault:
            fault.field = f"tasks.{index}.{fault.field}"
            raise
    return found


def forget(work: UnitOfWork) -> int:
    """Who had a place and no petition, so long after the day: their data and its key are gone. Returns how many."""
    last = day_of(work.now) - tools_of(work).visitors_kept
    query = select(Booking).join(Reception, Reception.id == Booking.reception)
    query = query.where(Booking.name.is_not(None), Reception.day < last).limit(BATCH)
    found = work.session.scalars(query.with_for_update(of=Booking, skip_locked=True)).all()
    for booking in found:
        bookings.forget(work, booking)
    return len(found)


# -- how they are shown


SORTS = {"day": (Reception.day, Reception.leader)}


def listing(work: UnitOfWork, page: Page) -> Found:
    """A page of days; from today on where no day is asked for."""
    asked = page.filters
    rows = select(Reception).where(Reception.day >= asked.get("day_from", day_of(work.now)))
    if "day_until" in asked:
        rows = rows.where(Reception.day <= asked["day_until"])
    if "leader" in asked:
        rows = rows.where(Reception.leader == asked["leader"])
    return page.of(work.session, rows)


def find(work: UnitOfWork, id_: str) -> Reception:
    """The day, not locked. Raises NoSuchReception."""
    found = work.session.get(Reception, id_)
    if found is None:
        raise errors.NoSuchReception()
    return found


def booking_of(work: UnitOfWork, reception: str, id_: str) -> Booking:
    """A place of the day, whatever came of it, not locked. Raises NoSuchBooking."""
    found = work.session.get(Booking, id_)
    if found is None or found.reception != reception:
        raise errors.NoSuchBooking()
    return found


def shown_visitor(work: UnitOfWork, booking: Booking, reason: str) -> dict[str, Any]:
    """How to reach a visitor, in full, and who looked before, why; each look is on the trail.

    None of it once it was forgotten.
    """
    said = {"reception": booking.reception, "booking": booking.id}
    work.event("reception.visitor_shown.v1", f"reception/{booking.reception}", **said)
    looks = bookings.looks(work, booking)
    bookings.look(work, booking, reason)
    return said | {name: bookings.read(work, booking, name) for name in bookings.PERSONAL} | {"looks": looks}


def present(work: UnitOfWork, officer: Officer, reception: Reception, reads: bool) -> dict[str, Any]:
    """With the petitions that the officer may see. The others only take a place; what is behind a wall, not even that.

    A leader who counts more than is shown on their own day would know that somebody complains of them. `reads`: whether
    the officer may know who comes without a petition, and what was decided.
    """
    view = walls.view(work, officer, "reception.list")
    its = select(Booking).where(Booking.reception == reception.id, Booking.state != BookingState.CANCELLED)
    seen = select(Petition.number).where(Petition.number == Booking.petition, walls.visible(view)).exists()
    rows = work.session.scalars(its.where(Booking.petition.is_(None) | seen).order_by(Booking.seq)).all()
    return {
        "reception": reception.id,
        "day": reception.day.isoformat(),
        "begins": reception.begins,
        "room": reception.room,
        "leader": reception.leader,
        "places": reception.places,
        "taken": _taken(work, view, reception),
        "cancelled": reception.cancelled_at is not None,
        "petitions": [each.petition for each in rows if each.petition is not None],
        "bookings": [_present(work, officer, each, reads) for each in rows],
    }


def _present(work: UnitOfWork, officer: Officer, booking: Booking, reads: bool) -> dict[str, Any]:
    state = BookingState(booking.state)
    shown: dict[str, Any] = {"booking": booking.id, "petition": booking.petition, "state": state, "state_zh": state.zh}
    shown["visitor"] = None
    if booking.petition is None and reads:
        visitor = {name: bookings.read(work, booking, name) for name in bookings.PERSONAL}
        shown["visitor"] = visitor | {"phone": visitor["phone"] and masked.phone(visitor["phone"])}
    petition = load(work, booking.petition, lock=False) if booking.petition else None
    # it may say what who is not shown the title must not know
    readable = reads or (petition is not None and cards.showing_of(work, officer, petition).titles)
    shown["decision"] = bookings.read(work, booking, "decision") if readable else None
    return shown


# -- pieces


def _check_day(work: UnitOfWork, day: date) -> None:
    if day < day_of(work.now):
        raise errors.WrongField("day", "不能早于今天", "it lies in the past")


def _lock(work: UnitOfWork, id_: str) -> Reception:
    reception = work.session.get(Reception, id_, with_for_update=True, populate_existing=True)
    if reception is None:
        raise errors.NoSuchReception()
    return reception


def _planned(work: UnitOfWork, id_: str) -> Reception:
    """One that is still to come, under its lock."""
    reception = _lock(work, id_)
    if reception.cancelled_at is not None:
        raise errors.ReceptionCancelled()
    if reception.day < day_of(work.now):
        raise errors.ReceptionOver()
    return reception


def _booked(work: UnitOfWork, reception: Reception) -> Sequence[Booking]:
    query = select(Booking).where(Booking.reception == reception.id, Booking.state == BookingState.BOOKED)
    return work.session.scalars(query.order_by(Booking.seq)).all()


def _petitions(work: UnitOfWork, booked: Sequence[Booking]) -> dict[str | None, Petition]:
    """Those with a place, by number, locked in its order."""
    return {each: load(work, each) for each in sorted(each.petition for each in booked if each.petition)}


def _takes(view: View, reception: Any) -> ColumnElement[bool]:
    """Whether a booking takes one of the day's places before who asks: not what is behind a wall for them."""
    behind = walls.walled(view, Booking.petition)
    return and_(Booking.reception == reception, Booking.seq.is_not(None), ~behind)


def _taken(work: UnitOfWork, view: View, reception: Reception) -> int:
    return work.session.scalar(select(func.count()).where(_takes(view, reception.id))) or 0


def _free(work: UnitOfWork, view: View, reception: Reception) -> int:
    """The first number that nobody has, so that each is given once. Raises ReceptionFull."""
    work.session.flush()
    if _taken(work, view, reception) >= reception.places:
        raise errors.ReceptionFull()
    query = select(Booking.seq).where(Booking.reception == reception.id, Booking.seq.is_not(None))
    given = set(work.session.scalars(query))
    return next(seq for seq in range(1, len(given) + 2) if seq not in given)


def _for_petition(work: UnitOfWork, day: Reception, booking: Booking, petition: Petition) -> None:
    _check_leader(work, day, petition)
    if _has_place(work, petition, day):
        raise errors.BookedAlready()
    booking.petition = petition.number
    timeline.record(work, petition, "petition.reception_booked.v1", reception=day.id, day=day.day)


def _has_place(work: UnitOfWork, petition: Petition, day: Reception | None) -> bool:
    """Whether it waits for a day that is still to come, or for this one."""
    waits = (
        select(Booking.id)
        .join(Reception, Reception.id == Booking.reception)
        .where(Booking.petition == petition.number, Booking.state == BookingState.BOOKED)
        .where((Reception.day >= day_of(work.now)) | (Booking.reception == (day.id if day else "")))
    )
    return work.session.scalar(waits.limit(1)) is not None


def _for_visitor(work: UnitOfWork, day: Reception, booking: Booking, visitor: Visitor) -> None:
    phone = None
    if visitor.phone:
        try:
            number = identity.phone(visitor.phone, area_code=tools_of(work).area_code)
        except identity.IdentityError as fault:
            raise errors.WrongField(f"visitor.{fault.field}", fault.reason_zh, fault.reason_en) from None
        phone, booking.visitor = number.told, vault_of(work.context).fingerprint("visitor", number.number)
    _check_visitor(work, day, booking.visitor)
    booking.name = bookings.seal(work, booking, "name", visitor.name)
    booking.phone = bookings.seal(work, booking, "phone", phone)
    booking.matter = bookings.seal(work, booking, "matter", visitor.matter)


def _check_leader(work: UnitOfWork, day: Reception, petition: Petition) -> None:
    if recusal.keeps_away(work, petition, [day.leader]):
        raise errors.NotReceivedThen("reception")


def _check_visitor(work: UnitOfWork, day: Reception, visitor: bytes | None) -> None:
    known = select(Booking.id).where(Booking.reception == day.id, Booking.state == BookingState.BOOKED)
    if visitor is not None and work.session.scalar(known.where(Booking.visitor == visitor).limit(1)) is not None:
        raise errors.BookedAlready()


def _open(work: UnitOfWork, reception: Reception, id_: str) -> tuple[Booking, Petition | None]:
    """A place whose outcome is not known, under its petition's lock and its own. Raises NoSuchBooking, BookingEnded."""
    number = booking_of(work, reception.id, id_).petition
    petition = load(work, number) if number else None
    booking = work.session.get(Booking, id_, with_for_update=True, populate_existing=True)
    if booking is None or booking.reception != reception.id:
        raise errors.NoSuchBooking()
    if booking.state != BookingState.BOOKED:
        raise errors.BookingEnded(BookingState(booking.state))
    return booking, petition
