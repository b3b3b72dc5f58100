"""A leader's reception days (接访日): planned with so many places, booked for petitions until they are full."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from authorization.sight import View
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import Booking, Petition, Reception
from intake.use_cases import office, timeline, walls
from intake.use_cases.petitions import load
from statute import day_of


def plan(work: UnitOfWork, day: date, leader: str, places: int) -> Reception:
    """A day on which a leader receives, with so many places. Raises ReceptionPlanned for a second one that day."""
    if day < day_of(work.now):
        raise errors.WrongField("day", "不能早于今天", "it lies in the past")
    office.check_officer(work, leader, "leader", day)
    planned = upsert(Reception).values(id=uuid.uuid4().hex, day=day, leader=leader, places=places)
    reception: Reception | None = work.session.scalar(planned.on_conflict_do_nothing().returning(Reception))
    if reception is None:
        raise errors.ReceptionPlanned()
    return reception


def book(work: UnitOfWork, reception: str, petition: str) -> Reception:
    """Takes a place, under the day's lock, so that the last one is given once.

    Raises ReceptionOver, ReceptionFull, BookedAlready, and WalledOfficer for a leader who is kept away.
    """
    found, booked = load(work, petition), _locked(work, reception)
    if booked.day < day_of(work.now):
        raise errors.ReceptionOver()
    if walls.keeps_away(work, found, [booked.leader]):
        raise errors.WalledOfficer("reception")
    if work.session.get(Booking, (reception, petition)) is not None:
        raise errors.BookedAlready()
    taken = _taken(work, reception)
    if taken >= booked.places:
        raise errors.ReceptionFull()
    work.session.add(
        Booking(
            reception=reception,
            petition=petition,
            seq=taken + 1,
            recorded_at=work.now,
            officer=work.actor.officer,
        )
    )
    timeline.record(work, found, "petition.reception_booked.v1", reception=reception, day=booked.day)
    work.session.flush()
    return booked


def upcoming(work: UnitOfWork) -> list[Reception]:
    """From today on, the earliest first, at most 100."""
    query = select(Reception).where(Reception.day >= day_of(work.now))
    return list(work.session.scalars(query.order_by(Reception.day, Reception.leader).limit(100)))


def open_to(work: UnitOfWork, petition: Petition) -> list[Reception]:
    """Those from today on that a place can still be booked for it on, the earliest first."""
    taken = select(func.count()).where(Booking.reception == Reception.id).scalar_subquery()
    booked = select(Booking).where(Booking.reception == Reception.id, Booking.petition == petition.number).exists()
    query = select(Reception).where(Reception.day >= day_of(work.now), taken < Reception.places, ~booked)
    found = work.session.scalars(query.order_by(Reception.day, Reception.leader).limit(100))
    return [each for each in found if not walls.keeps_away(work, petition, [each.leader])]


def present(work: UnitOfWork, view: View, reception: Reception) -> dict[str, Any]:
    """With the petitions that the officer may see. The others only take a place; what is behind a wall, not even that.

    A leader who counts more than is shown on their own day would know that somebody complains of them.
    """
    booked = select(Petition).join(Booking, Booking.petition == Petition.number)
    booked = booked.where(Booking.reception == reception.id)
    seen = booked.where(walls.visible(view)).order_by(Booking.seq)
    taken = select(func.count()).select_from(booked.where(~walls.walled(view)).subquery())
    return {
        "reception": reception.id,
        "day": reception.day.isoformat(),
        "leader": reception.leader,
        "places": reception.places,
        "taken": work.session.scalar(taken) or 0,
        "petitions": [each.number for each in work.session.scalars(seen)],
    }


def _locked(work: UnitOfWork, id_: str) -> Reception:
    reception = work.session.get(Reception, id_, with_for_update=True)
    if reception is None:
        raise errors.NoSuchReception()
    return reception


def _taken(work: UnitOfWork, reception: str) -> int:
    query = select(func.count()).select_from(Booking).where(Booking.reception == reception)
    return work.session.scalar(query) or 0
