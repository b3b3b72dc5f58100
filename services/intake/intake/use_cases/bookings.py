"""One place on a reception day: what rests sealed of it, how it is freed and forgotten."""

import uuid
from typing import Any

from sqlalchemy import delete, select

from authorization import colleagues
from contracts.vocabulary import BookingState
from courier.unit_of_work import UnitOfWork
from intake.tables import Booking, Petition, Reception, VisitorLook
from intake.use_cases import people, timeline
from service_kit.vaults import vault_of

PERSONAL = ("name", "phone", "matter")


def wall_up(work: UnitOfWork, petition: Petition) -> None:
    """No leader who must keep away receives about it: their place is freed. The caller holds the petition's lock."""
    work.session.flush()
    query = (
        select(Booking, Reception)
        .join(Reception, Reception.id == Booking.reception)
        .where(Booking.petition == petition.number, Booking.state == BookingState.BOOKED)
        .order_by(Booking.id)
        .with_for_update(of=Booking)
    )
    for booking, day in work.session.execute(query).all():
        if colleagues.kept_away(work, petition.placement, day.leader):
            cancel(work, day, booking, petition, None)


def cancel(work: UnitOfWork, day: Reception, booking: Booking, petition: Petition | None, reason: str | None) -> None:
    """The place is free. The caller holds the petition's lock, where it is one's, and the booking's."""
    booking.state, booking.seq = BookingState.CANCELLED, None
    booking.reason = seal(work, booking, "reason", reason)
    booking.decided_at, booking.decided_by = work.now, work.actor.officer
    work.session.flush()
    if petition is not None:
        timeline.record(work, petition, "petition.reception_cancelled.v1", reception=day.id, day=day.day)


def look(work: UnitOfWork, booking: Booking, reason: str) -> None:
    """Keeps who looks at the visitor, and why; not where there is nothing to see any more."""
    if booking.petition is None and booking.name is None:
        return
    id_ = uuid.uuid4().hex
    sealed = people.seal(work, _subject(booking), f"visitor_look|reason|{id_}", reason)
    work.session.add(VisitorLook(id=id_, booking=booking.id, officer=work.actor.officer, at=work.now, reason=sealed))


def looks(work: UnitOfWork, booking: Booking) -> list[dict[str, str]]:
    """[{officer, at, reason}], the earliest first."""
    query = select(VisitorLook).where(VisitorLook.booking == booking.id).order_by(VisitorLook.at, VisitorLook.id)
    return [
        {
            "officer": each.officer,
            "at": each.at.isoformat(),
            "reason": people.unseal(work, _subject(booking), f"visitor_look|reason|{each.id}", bytes(each.reason)),
        }
        for each in work.session.scalars(query)
    ]


def forget(work: UnitOfWork, booking: Booking) -> None:
    """What was said of a visitor goes, and the key it was sealed by: what a backup still holds does not open."""
    work.session.execute(delete(VisitorLook).where(VisitorLook.booking == booking.id))
    for name in (*PERSONAL, "visitor", "decision", "reason"):
        setattr(booking, name, None)
    vault_of(work.context).destroy(work.session, _visitor(booking))


def seal(work: UnitOfWork, booking: Booking, name: str, value: str | None) -> Any:
    """Under the petition's key; of a visitor who has none, under the booking's own."""
    return people.seal(work, _subject(booking), f"booking|{name}|{booking.id}", value)


def read(work: UnitOfWork, booking: Booking, name: str) -> str | None:
    """One sealed column in clear; None where there is nothing, or nothing any more."""
    sealed = getattr(booking, name)
    if sealed is None:
        return None
    return people.unseal(work, _subject(booking), f"booking|{name}|{booking.id}", bytes(sealed))


def _subject(booking: Booking) -> str:
    return booking.petition or _visitor(booking)


def _visitor(booking: Booking) -> str:
    return f"booking/{booking.id}"
