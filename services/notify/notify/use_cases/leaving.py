"""Whether a notice may leave, asked at the moment it would: whichever way it leaves, and however long it has waited."""

from collections import Counter
from collections.abc import Collection, Sequence
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


def let_go(work: UnitOfWork, due: Sequence[NoticeRow]) -> dict[str, list[str]]:
    """Claims due notices: id → the numbers it goes to, the first first, of those neither put off nor ended.

    `sending` is committed before anybody is given one.
    """
    # not locked: who seals or ends a petition locks its notices too, so has done so or waits for these
    asked = select(Petitioner).where(Petitioner.petition.in_({each.petition for each in due}))
    petitioners = {each.petition: each for each in work.session.scalars(asked)}
    phones = contacts.read_all(work, {each.person or "" for each in due})
    numbers = {person: [contacts.number_of(work, each) for each in its] for person, its in phones.items()}
    # it is counted for the first alone, to which an SMS goes: the others are called where nobody answers there
    firsts = {its[0] for its in numbers.values()}
    # two copies at once would each find room for one more; they take the numbers in one order
    for number in sorted(firsts):
        work.alone(f"number/{number.hex()}")
    left, ended = _today(work, firsts), contacts.ended(work, {each for its in numbers.values() for each in its})
    going = dict[str, list[str]]()
    for each in due:
        person = each.person or ""
        number = numbers[person][0]
        gone = [one in ended and contacts.has_ended(work, person, one) for one in numbers[person]]
        if _claim(work, each, petitioners.get(each.petition), number, left[number], gone[0]):
            going[each.id] = [phone for phone, is_gone in zip(phones[person], gone, strict=True) if not is_gone]
            left[number] += 1
    return going


def keep(notice: NoticeRow) -> None:
    """It was claimed and given to nobody: it goes with the next, as if it had not been."""
    notice.state, notice.tries = NoticeState.PLANNED, notice.tries - 1
    notice.number = notice.left_at = notice.ask_at = None


def _claim(
    work: UnitOfWork, notice: NoticeRow, petitioner: Petitioner | None, number: bytes, left: int, is_ended: bool
) -> bool:
    """Whether it may go now; `left`: how many have left for this number today."""
    tools, own = work.context.tools, notice.petition == officers.NO_PETITION
    why = why_stopped(notice, petitioner)
    if why is not None:
        end(work, notice, why)
        return False
    moment = states.officers_moment(work.now) if own else earliest(work, work.now)
    if moment > work.now:
        notice.not_before = moment
        # what was tried in vain by day is late at night too
        notice.due_at = notice.due_at if notice.tries else moment
        return False
    if is_ended:
        end(work, notice, Impossible.DIED)
        return False
    if notice.concerns != officers.HALT and left >= tools.sms_a_day:
        _put_off(work, notice, own)
        return False
    _word(work, notice, petitioner)
    notice.state, notice.changed_at, notice.reason = NoticeState.SENDING, work.now, None
    notice.tries, notice.asked = notice.tries + 1, 0
    notice.number, notice.left_at, notice.ask_at = number, work.now, work.now + tools.settle_after
    return True


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


def _today(work: UnitOfWork, numbers: Collection[bytes]) -> Counter[bytes]:
    """How many have left for each of these numbers since midnight."""
    begun = states.next_day(work.now) - states.A_WHOLE_DAY
    reached_nobody = (NoticeState.PLANNED, NoticeState.IMPOSSIBLE, NoticeState.REFUSED)
    found = (
        select(NoticeRow.number, func.count())
        .where(NoticeRow.number.in_(numbers), NoticeRow.left_at >= begun, NoticeRow.state.not_in(reached_nobody))
        .group_by(NoticeRow.number)
    )
    return Counter({bytes(number or b""): count for number, count in work.session.execute(found)})


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
