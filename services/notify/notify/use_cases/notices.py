"""What is owed to a petitioner becomes a notice, once; what is overtaken before it left is stopped."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, and_, literal, or_, select

from contracts.vocabulary import Impossible, Notice, NoticeState, Reach
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from notify.domain import errors, states
from notify.domain.states import Carrier
from notify.domain.wording import Wording, tail, write
from notify.tables import NoticeRow, Petitioner
from notify.use_cases import leaving
from notify.use_cases.tools import tools_of
from statute import day_of
from web.listing import Found, Page

SORTS = {"planned": (NoticeRow.planned_at, NoticeRow.id), "changed": (NoticeRow.changed_at, NoticeRow.id)}


def owe(work: UnitOfWork, message: Message, about: Notice, facts: Mapping[str, str | date], concerns: str = "") -> None:
    """Plans a notice unless the same was told before, in this round. Raises NotYet before its registration.

    `concerns`: which of several, where there may be more than one a round.
    """
    # against being sealed meanwhile: what is planned then would be stopped by nobody
    petitioner = work.session.get(Petitioner, message.data["petition"], with_for_update={"read": True})
    if petitioner is None:
        raise NotYet("the petition's registration has not come yet")
    wording = word(work, petitioner, about, facts)
    if not _is_told(work, petitioner, about, concerns, wording):
        plan(work, message, petitioner, about, wording, concerns)


def plan(
    work: UnitOfWork, message: Message, petitioner: Petitioner, about: Notice, wording: Wording, concerns: str = ""
) -> None:
    """One notice for one cause; the cause's own id makes a second one impossible."""
    why, moment = _why_none(petitioner, about), leaving.earliest(work, work.now)
    notice = NoticeRow(
        id=uuid.uuid4().hex,
        petition=petitioner.petition,
        person=petitioner.person,
        about=about,
        round=petitioner.round,
        concerns=concerns,
        cause=message.envelope.id,
        state=NoticeState.PLANNED if why is None else NoticeState.IMPOSSIBLE,
        reason=why,
        template=wording.template,
        params=dict(wording.params),
        text=wording.text,
        promised=wording.promised,
        planned_at=work.now,
        not_before=moment,
        due_at=moment,
        changed_at=work.now,
        tries=0,
        asked=0,
        settled_by_person=False,
        carrier=_carrier(work, petitioner),
    )
    work.session.add(notice)
    if why is None:
        leaving.say(work, notice, "planned", reach=Reach(petitioner.reach))
    else:
        leaving.say(work, notice, "impossible", reason=why)


def word(work: UnitOfWork, petitioner: Petitioner, about: Notice, facts: Mapping[str, str | date]) -> Wording:
    """What it says today, by the way in which the petitioner is reached."""
    return write(
        about,
        tools_of(work).card.signature,
        {"tail": tail(petitioner.petition), **facts},
        day_of(work.now),
        spoken=_carrier(work, petitioner) is Carrier.PHONE,
    )


def overtake(work: UnitOfWork, message: Message, about: Collection[Notice], concerns: str | None = None) -> None:
    """What is true no more of a petition does not leave any more."""
    which = and_(NoticeRow.petition == message.data["petition"], NoticeRow.about.in_(about))
    stop(work, which if concerns is None else and_(which, NoticeRow.concerns == concerns), Impossible.OVERTAKEN)


def stop(work: UnitOfWork, which: ColumnElement[bool], why: Impossible) -> None:
    """What has not left is ended, what may come back unsent does not leave again, what an operator has is recalled."""
    begun = select(NoticeRow).where(which, NoticeRow.state.in_(states.UNFINISHED), NoticeRow.stopped.is_(None))
    for notice in work.session.scalars(begun.order_by(NoticeRow.id).with_for_update()):
        notice.stopped = why
        if notice.now_in is NoticeState.PLANNED:
            leaving.end(work, notice, why)
        elif notice.carrier != Carrier.PROVIDER:
            work.to_channel(notice.carrier, "notice.recalled.v1", notice.id, {"task": notice.id})


def of_petition(work: UnitOfWork, petition: str) -> list[NoticeRow]:
    """The first planned first."""
    query = select(NoticeRow).where(NoticeRow.petition == petition).order_by(NoticeRow.planned_at, NoticeRow.id)
    return list(work.session.scalars(query))


def listing(work: UnitOfWork, visible: ColumnElement[bool], page: Page) -> Found:
    """A page of those that `visible` selects."""
    # found by what the index holds, and only then read: of somebody's few, nearly all that others see is passed over
    rows, asked = select(NoticeRow.id).where(visible), page.filters
    if "state" in asked:
        # asked for by itself, so that the planner takes the one index that holds all it needs: of a state it knows it
        # would lay another index of some states over it, think that little is left, and read every row
        rows = rows.where(NoticeRow.state == select(literal(asked["state"])).scalar_subquery())
    for name in ("about", "carrier"):
        if name in asked:
            rows = rows.where(getattr(NoticeRow, name) == asked[name])
    found = page.of(work.session, rows)
    its = {each.id: each for each in work.session.scalars(select(NoticeRow).where(NoticeRow.id.in_(found.rows)))}
    return replace(found, rows=[its[each] for each in found.rows])


def find(work: UnitOfWork, key: str) -> NoticeRow:
    """Not locked. Raises NoSuchNotice."""
    notice = work.session.get(NoticeRow, key)
    if notice is None:
        raise errors.NoSuchNotice()
    return notice


def load(work: UnitOfWork, key: str) -> NoticeRow:
    """Under its lock. Raises NoSuchNotice."""
    notice = work.session.get(NoticeRow, key, with_for_update=True)
    if notice is None:
        raise errors.NoSuchNotice()
    return notice


def load_all(work: UnitOfWork, keys: Collection[str]) -> list[NoticeRow]:
    """Under their locks, taken in one order."""
    query = select(NoticeRow).where(NoticeRow.id.in_(keys)).order_by(NoticeRow.id).with_for_update()
    return list(work.session.scalars(query))


def _is_told(work: UnitOfWork, petitioner: Petitioner, about: Notice, concerns: str, wording: Wording) -> bool:
    """Whether the same was planned or told before, in this round: what came back and is taken on again is no news.

    One that reached nobody does not count, nor one that an operator was told to leave.
    """
    notice = work.session.scalar(
        select(NoticeRow)
        .where(
            NoticeRow.petition == petitioner.petition,
            NoticeRow.about == about,
            NoticeRow.round == petitioner.round,
            NoticeRow.concerns == concerns,
            NoticeRow.state.not_in(states.REACHED_NOBODY),
            or_(NoticeRow.stopped.is_(None), NoticeRow.carrier == Carrier.PROVIDER),
        )
        .limit(1)
        .with_for_update()
    )
    if notice is None:
        return False
    if notice.stopped == Impossible.OVERTAKEN:
        notice.stopped = None  # it is true again
    if notice.now_in is NoticeState.PLANNED:
        _put(notice, wording)
    return True


def _carrier(work: UnitOfWork, petitioner: Petitioner) -> Carrier:
    return Carrier.PHONE if petitioner.reach == Reach.CALL else tools_of(work).sms_carrier


def _put(notice: NoticeRow, wording: Wording) -> None:
    notice.template, notice.params = wording.template, dict(wording.params)
    notice.text, notice.promised = wording.text, wording.promised


def _why_none(petitioner: Petitioner, about: Notice) -> Impossible | None:
    reach = Reach(petitioner.reach)
    if petitioner.person is None and reach is not Reach.SEALED:
        # of who asked for secrecy not even a reference travels
        return Impossible.ANONYMOUS
    why = states.impossible(reach)
    if why is None and petitioner.ended == Impossible.DIED:
        return Impossible.DIED
    if why is None and petitioner.ended is not None and about in states.BEGINNING:
        return Impossible.OVERTAKEN  # on another lane than its end
    return why
