"""Whether a notice may leave, asked at the moment it would: whichever way it leaves, and however long it has waited."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from contracts.vocabulary import Impossible, Notice, NoticeState, Reach
from courier import waits
from courier.unit_of_work import UnitOfWork
from notify.domain import states
from notify.domain.states import Carrier, QuietHours
from notify.domain.wording import write_again, write_late
from notify.tables import NoticeRow, Petitioner
from notify.use_cases import contacts, measured, officers
from statute import day_of


def let_go(work: UnitOfWork, notice: NoticeRow) -> str | None:
    """Claims a due notice and gives the number it goes to. None: it was put off or ended.

    `sending` is committed before anybody is given it.
    """
    tools = work.context.tools
    own = notice.petition == officers.NO_PETITION
    # not locked: who seals or ends a petition locks its notices too, so has done so or waits for this one
    petitioner = None if own else work.session.get(Petitioner, notice.petition)
    why = why_stopped(notice, petitioner)
    if why is not None:
        end(work, notice, why)
        return None
    moment = states.officers_moment(work.now) if own else earliest(work, work.now)
    if moment > work.now:
        notice.not_before = moment
        # what was tried in vain by day is late at night too
        notice.due_at = notice.due_at if notice.tries else moment
        return None
    phone = contacts.read(work, notice.person or "")
    assert phone is not None
    number = contacts.number_of(work, phone)
    # two copies at once would each find room for one more
    work.alone(f"number/{number.hex()}")
    if contacts.has_ended(work, notice.person or "", number):
        end(work, notice, Impossible.DIED)
        return None
    if notice.concerns != officers.HALT and _today(work, number) >= tools.sms_a_day:
        _put_off(work, notice, own)
        return None
    _word(work, notice, petitioner)
    notice.state, notice.changed_at, notice.reason = NoticeState.SENDING, work.now, None
    notice.tries, notice.asked = notice.tries + 1, 0
    notice.number, notice.left_at, notice.ask_at = number, work.now, work.now + tools.settle_after
    return phone


def why_stopped(notice: NoticeRow, petitioner: Petitioner | None) -> Impossible | None:
    """What has happened since it was planned."""
    if petitioner is not None and petitioner.reach == Reach.SEALED:
        return Impossible.SEALED
    return Impossible(notice.stopped) if notice.stopped else None


def end(work: UnitOfWork, notice: NoticeRow, why: str) -> None:
    """It will never leave: that is told, with why."""
    notice.state, notice.reason, notice.changed_at = NoticeState.IMPOSSIBLE, why, work.now
    say(work, notice, "impossible", reason=why)


def again(work: UnitOfWork, notice: NoticeRow, why: str) -> None:
    """It was not sent, for certain: when it is tried again."""
    wait = waits.after(notice.tries, waits.RETRY_NOTICE)
    notice.not_before, notice.reason, notice.ask_at = earliest(work, work.now + wait), why, None


def say(work: UnitOfWork, notice: NoticeRow, what: str, **facts: Any) -> None:
    """Tells `notice.<what>` on the notice's lane; of what goes to officers it is counted alone."""
    if what in measured.ENDS:
        work.counts(measured.ENDED.labels(what))
    if notice.petition == officers.NO_PETITION:
        return  # told to an officer: no petition's timeline has it
    work.event(
        f"notice.{what}.v1",
        f"notice/{notice.id}",
        notice=notice.id,
        petition=notice.petition,
        about=Notice(notice.about),
        **facts,
    )


def earliest(work: UnitOfWork, moment: datetime) -> datetime:
    """When a petitioner may be told, from a moment on."""
    tools = work.context.tools
    quiet: QuietHours | None = tools.quiet
    return states.earliest(moment, quiet, tools.law.calendar.is_rest_day)


def _today(work: UnitOfWork, number: bytes) -> int:
    """How many have left for this number since midnight."""
    begun = states.next_day(work.now) - states.A_WHOLE_DAY
    reached_nobody = (NoticeState.PLANNED, NoticeState.IMPOSSIBLE, NoticeState.REFUSED)
    found = select(func.count()).where(
        NoticeRow.number == number, NoticeRow.left_at >= begun, NoticeRow.state.not_in(reached_nobody)
    )
    return work.session.scalar(found) or 0


def _put_off(work: UnitOfWork, notice: NoticeRow, own: bool) -> None:
    """A petitioner's waits for the next day, and its department is told.

    An officer's says nothing new to who had that many: what it points at is read in the system.
    """
    if own:
        end(work, notice, states.LIMIT)
        return
    notice.not_before = notice.due_at = earliest(work, states.next_day(work.now))
    notice.reason = states.LIMIT
    officers.tell_put_off(work, notice)


def _word(work: UnitOfWork, notice: NoticeRow, petitioner: Petitioner | None) -> None:
    """A day that has passed is not promised, and who handles it is who does now."""
    card, about = work.context.tools.card, Notice(notice.about)
    spoken = notice.carrier == Carrier.PHONE
    if notice.promised is not None and notice.promised < day_of(work.now):
        late = write_late(about, card.signature, notice.params, spoken=spoken)
        notice.template, notice.params, notice.text, notice.promised = late.template, dict(late.params), late.text, None
    if about is Notice.ACCEPTED and petitioner is not None and petitioner.department is not None:
        department = card.department(petitioner.department)
        now = {**notice.params, "department": department.name, "phone": department.phone}
        anew = write_again(notice.template, about, card.signature, now, spoken=spoken)
        notice.template, notice.params, notice.text = anew.template, dict(anew.params), anew.text
