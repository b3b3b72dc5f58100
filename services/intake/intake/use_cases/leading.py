"""Cases a leader of our office leads (包案): with acceptance or by hand, and the county's list of what is done."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from authorization import colleagues
from contracts.vocabulary import BookingState, Line, PetitionState, Role
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, lines
from intake.domain.states import OPEN
from intake.tables import Booking, ChiefLed, LeaderChange, OfficerRow, Petition, Reception, Wall
from intake.use_cases import bookings, holding, people, timeline
from intake.use_cases.tools import tools_of
from statute import day_of
from web.listing import Found, Page


def on_acceptance(work: UnitOfWork, petition: Petition) -> None:
    """The first of the three classes that a leader leads is led from here on; who leads it is named after."""
    sheet = lines.shipped().sheet(Line(petition.line), petition.sub_line)
    if not sheet.led or petition.led is not None:
        return
    if holding.is_first(work, petition):
        begin(work, petition)


def begin(work: UnitOfWork, petition: Petition) -> ChiefLed:
    """From now on it is led, with nothing of the list done, and by nobody who is named yet."""
    led = petition.led = ChiefLed(petition=petition.number, leader=None, since=work.now, done={})
    timeline.record(work, petition, "petition.chief_led.v1", leader=None)
    return led


def name(work: UnitOfWork, petition: Petition, leader: str, reason: str | None) -> None:
    """Who leads it from now on, whatever was done before; the caller has asked whether they may.

    Raises WhyThisLeader without a reason for another than before, or than is in charge of the petition's department.
    """
    led = petition.led
    if led is not None and led.leader == leader:
        return
    changed = led is not None and led.leader is not None
    if reason is None and (changed or not _in_charge(work, petition, leader)):
        raise errors.WhyThisLeader(changed)
    if led is None:
        led = petition.led = ChiefLed(petition=petition.number, since=work.now, done={})
    led.leader = leader
    earlier = select(func.count()).select_from(LeaderChange).where(LeaderChange.petition == petition.number)
    seq = (work.session.scalar(earlier) or 0) + 1
    work.session.add(
        LeaderChange(
            petition=petition.number,
            seq=seq,
            leader=leader,
            reason=people.seal(work, petition.number, _label(seq), reason),
            since=work.now,
            officer=work.actor.officer,
        )
    )
    timeline.record(work, petition, "petition.chief_led.v1", leader=leader)


def keep_away(work: UnitOfWork, petition: Petition) -> None:
    """Who must keep away from it neither leads it nor receives about it. The caller holds the petition's lock."""
    led = petition.led
    if led is not None and led.leader is not None and colleagues.kept_away(work, petition.placement, led.leader):
        led.leader = None
    bookings.wall_up(work, petition)


def moved(work: UnitOfWork, officer: OfficerRow) -> None:
    """A leader sits elsewhere: from what that department is kept away from, they keep away from now on."""
    if officer.department is None or work.context.tools is None:
        return
    work.session.flush()
    stands = and_(Wall.petition == Petition.number, Wall.lifted_at.is_(None), Wall.department == officer.department)
    leads = exists().where(ChiefLed.petition == Petition.number, ChiefLed.leader == officer.number)
    place = and_(Booking.petition == Petition.number, Booking.state == BookingState.BOOKED)
    receives = exists().where(place, Reception.id == Booking.reception, Reception.leader == officer.number)
    query = select(Petition).where(exists().where(stands), or_(leads, receives)).order_by(Petition.number)
    for petition in work.session.scalars(query.with_for_update()).all():
        keep_away(work, petition)


def check_leader(work: UnitOfWork, number: str, field: str, on: date) -> None:
    """Raises NotALeader, which shows who is, for who is none or has left by that day.

    An office that loaded none takes any number.
    """
    known = leaders(work, on)
    if known is not None and number not in known:
        raise errors.NotALeader(field, known)


def leaders(work: UnitOfWork, on: date) -> list[str] | None:
    """Who leads here on that day, by number; None in an office that loaded nobody."""
    rows = work.session.scalars(select(OfficerRow).order_by(OfficerRow.number)).all()
    found = [row.number for row in rows if {Role.LEADER, Role.CHIEF} & set(row.roles) and not row.left_by(on)]
    return found if rows else None


def present(work: UnitOfWork, petition: Petition, reads: bool) -> dict[str, Any] | None:
    """None where nobody leads it. `reads`: whether the reasons of changes are shown."""
    led = petition.led
    if led is None:
        return None
    changes = select(LeaderChange).where(LeaderChange.petition == petition.number).order_by(LeaderChange.seq)
    return _shown(work, led) | {
        "leaders": [
            {
                "leader": each.leader,
                "since": each.since.isoformat(),
                "reason": _reason(work, each) if reads else None,
                "officer": each.officer,
            }
            for each in work.session.scalars(changes)
        ]
    }


SORTS = {"since": (ChiefLed.since, ChiefLed.petition)}


def listing(work: UnitOfWork, visible: ColumnElement[bool], page: Page) -> Found:
    """A page of the cases in sight that are led; each row with who leads it."""
    rows = select(Petition, ChiefLed).join(ChiefLed, ChiefLed.petition == Petition.number).where(visible)
    asked = page.filters
    if "leader" in asked:
        rows = rows.where(ChiefLed.leader == asked["leader"])
    if "open" in asked:
        ended = Petition.state.in_([str(each) for each in set(PetitionState) - OPEN])
        rows = rows.where(~ended if asked["open"] else ended)
    if asked.get("vacant"):
        rows = rows.where(_vacant(work))
    return page.of(work.session, rows)


def rows(work: UnitOfWork, found: Sequence[Any]) -> list[dict[str, Any]]:
    """Each as a list shows it; `vacant`: nobody is named, or who was has left."""
    here = colleagues.working(work.session)
    return [_row(work, each.Petition, each.ChiefLed, here) for each in found]


def _row(work: UnitOfWork, petition: Petition, led: ChiefLed, here: Sequence[str]) -> dict[str, Any]:
    state = PetitionState(petition.state)
    return {
        "petition": petition.number,
        "state": state,
        "state_zh": state.zh,
        "department": petition.department,
        "vacant": led.leader is None or bool(here and led.leader not in here),
        **_shown(work, led),
    }


def _vacant(work: UnitOfWork) -> ColumnElement[bool]:
    here = colleagues.working(work.session)
    return ChiefLed.leader.is_(None) | (ChiefLed.leader.not_in(here) if here else false())


def _shown(work: UnitOfWork, led: ChiefLed) -> dict[str, Any]:
    checklist = tools_of(work).checklist
    return {
        "leader": led.leader,
        "since": led.since.isoformat(),
        "days": (day_of(work.now) - day_of(led.since)).days,
        "done": len(set(led.done) & set(checklist)),
        "items": [{"item": item, "item_zh": zh, "done_on": led.done.get(item)} for item, zh in checklist.items()],
    }


def _in_charge(work: UnitOfWork, petition: Petition, leader: str) -> bool:
    """Whether they are in charge of the petition's department, or of the office; of none while it has no department."""
    found = work.session.get(OfficerRow, leader)
    if found is None or petition.department is None or Role.CHIEF in found.roles:
        return True
    return petition.department in found.leads


def _reason(work: UnitOfWork, change: LeaderChange) -> str | None:
    if change.reason is None:
        return None
    return people.unseal(work, change.petition, _label(change.seq), bytes(change.reason))


def _label(seq: int) -> str:
    return f"leader_change|reason|{seq}"
