"""What our officers do with a mediation, a hearing, a meeting or a talk. Each is one transaction."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import (
    ClosedReason,
    PartRole,
    ProceedingForm,
    ProceedingKind,
    ProceedingState,
    ProceedingSubject,
    SettlementGround,
    Unfit,
)
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, fitness, proceedings, readiness
from referral.domain.readiness import Course
from referral.tables import Part, Proceeding, ProceedingSerial
from referral.use_cases import bookings, guard, invitations, minutes
from referral.use_cases.tools import tools_of
from service_kit import numbers
from statute import day_of
from statute.hearings import Hearing

K = ProceedingKind


def propose(
    work: UnitOfWork,
    petition: str,
    kind: ProceedingKind,
    subject: ProceedingSubject,
    text: str,
    form: ProceedingForm | None = None,
    ground: SettlementGround | None = None,
    applied: bool = False,
) -> Proceeding:
    """A new one, with why it is proposed; who petitions takes part in it where there is somebody to be asked.

    Raises NotFit for a petition that can have none such.
    """
    of = guard.fitness(work, petition, lock=True)
    form = form if kind in (K.MEDIATION, K.MEETING) else None
    fitness.check(of, kind, form, ground)
    year = day_of(work.now).year
    (serial,) = numbers.take(work, ProceedingSerial, year)
    rules = fitness.rules_of(of) if kind is K.HEARING else None
    proceeding = Proceeding(
        number=proceedings.number(year, tools_of(work).jurisdiction, serial),
        petition=petition,
        kind=kind,
        form=form,
        state=ProceedingState.PROPOSED,
        subject=subject,
        ground=ground if form is ProceedingForm.SETTLEMENT else None,
        applied=applied,
        created_at=work.now,
        open=rules is not None and fitness.is_open(of, rules, ()),
        closed=[],
    )
    work.session.add(proceeding)
    work.session.flush()
    if kind in (K.MEDIATION, K.HEARING) and fitness.takes_part(of, kind, PartRole.PETITIONER):
        invitations.add(work, proceeding, PartRole.PETITIONER)
    minutes.keep(work, proceeding, "propose", text)
    invitations.tell(work, proceeding, "proceeding.planned.v1", form=form, subject=subject, applied=applied)
    return proceeding


def plan(
    work: UnitOfWork,
    number: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    closed: Collection[ClosedReason] = (),
) -> Proceeding:
    """When and where, and why the public is kept out. Nobody is told by it. Raises WrongDate, NotFit, IllegalStep."""
    proceeding = load(work, number)
    if proceeding.of_kind not in (K.HEARING, K.MEETING):
        raise _none_such(proceeding, "plan", "安排时间地点")
    if proceeding.now_in not in proceedings.PREPARING:
        raise _none_such(proceeding, "plan", "安排时间地点")
    today, day = day_of(work.now), day_of(starts_at)
    readiness.dates(day, day_of(ends_at), today)
    if ends_at <= starts_at:
        raise errors.WrongDate("结束不能早于开始", "ends_at")
    of, rules = guard.fitness(work, proceeding.petition), rules_of(work, proceeding)
    if rules is not None:
        if strange := set(closed) - set(fitness.reasons(rules)):
            raise errors.WrongDate(f"该条线没有此不公开事由：{'、'.join(each.zh for each in strange)}", "closed")
        proceeding.open = fitness.is_open(of, rules, closed)
        proceeding.told_by = proceedings.told_by(tools_of(work).law, rules, day, today)
    proceeding.closed = sorted(closed)
    proceeding.starts_at, proceeding.ends_at = starts_at, ends_at
    proceeding.place = minutes.seal(work, proceeding.petition, f"proceeding|place|{number}", {"place": place})
    return proceeding


def approve(work: UnitOfWork, number: str) -> Proceeding:
    """The chief approves it: whoever asks is let in only as such."""
    return make(work, load(work, number), "approve")


def refuse(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """The chief does not, and says why: whoever asked for it is told the reasons (听证工作规定 9)."""
    proceeding = make(work, load(work, number), "refuse")
    minutes.keep(work, proceeding, "refuse", text)
    return proceeding


def notify(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """The date is told: agencies on their queues at once, the others by paper or call, each with its proof.

    `text`: what it is about, for those who are invited. Raises Lacking, NoticeTooLate, BarredReceiver.
    """
    proceeding = load(work, number)
    require(work, proceeding, "notify")
    assert proceeding.starts_at is not None, "what lacks a time is not ready"
    for part in invitations.parts(work, number):
        part.told_on = part.proof = None
        if part.agency is not None and part.role != PartRole.MEDIATOR:
            invitations.invite(work, proceeding, part, text, place_of(work, proceeding))
    minutes.keep(work, proceeding, "notify", text)
    proceeding.notified_on = day_of(work.now)
    return make(
        work,
        proceeding,
        "notify",
        held_on=day_of(proceeding.starts_at),
        told_by=proceeding.told_by,
        open=proceeding.open,
    )


def adjourn(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """Its date is given up; all are told the next one anew, and the days of the notice run from there."""
    proceeding = make(work, load(work, number), "adjourn")
    bookings.give_back(work, number)
    minutes.keep(work, proceeding, "adjourn", text)
    for part in invitations.parts(work, number):
        part.told_on = part.proof = None
        none = {"starts_at": None, "ends_at": None, "place": None}
        invitations.say(work, proceeding, part, "proceeding.changed.v1", none)
    proceeding.starts_at = proceeding.ends_at = proceeding.place = None
    proceeding.told_by = proceeding.notified_on = None
    return proceeding


def cancel(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """It will not be; the agencies that were invited are told so."""
    proceeding = make(work, load(work, number), "cancel")
    bookings.give_back(work, number)
    minutes.keep(work, proceeding, "cancel", text)
    for part in invitations.parts(work, number):
        invitations.say(work, proceeding, part, "proceeding.cancelled.v1", {})
    return proceeding


def hold(
    work: UnitOfWork,
    number: str,
    on: date,
    text: str,
    came: Collection[str] = (),
    steps: Collection[int] = (),
    recorded: bool = False,
    mend_by: date | None = None,
) -> Proceeding:
    """It took place. `came`: who took part, by the id of their part; `steps`: those of the line that were gone through.

    Raises Lacking for a hearing that somebody was told of too late, or that left a step out.
    """
    proceeding = load(work, number)
    require(work, proceeding, "hold")
    today, rules = day_of(work.now), rules_of(work, proceeding)
    if on > today or (proceeding.starts_at is not None and on != day_of(proceeding.starts_at)):
        raise errors.WrongDate("应为所定的日期，且不晚于今天", "on")
    if rules is not None:
        readiness.took_place(rules, steps, recorded)
    if proceeding.of_kind is K.TALK:
        if mend_by is None or mend_by < on:
            raise errors.WrongDate("应填整改期限，且不早于约谈之日", "mend_by")
        proceeding.mend_by = mend_by
    known = {part.id: part for part in invitations.parts(work, number)}
    if set(came) - set(known):
        raise errors.NoSuchPart()
    for part in known.values():
        part.came = part.id in came
    minutes.keep(work, proceeding, "hold", text, held_on=on)
    more = {"mend_by": mend_by} if proceeding.of_kind is K.TALK else {}
    subject = ProceedingSubject(proceeding.subject)
    return make(
        work, proceeding, "hold", held_on=on, subject=subject, open=proceeding.open, came=len(set(came)), **more
    )


def opine(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """The hearing officers' opinion, by their majority."""
    return _said(work, number, "opine", text)


def conclude(work: UnitOfWork, number: str, text: str, followed: bool | None = None) -> Proceeding:
    """Its result; of a hearing whether the opinion is followed, and why not where it is not (听证工作规定 16)."""
    proceeding = load(work, number)
    if proceeding.of_kind is K.HEARING and followed is None:
        raise errors.Lacking(["应填是否采纳听证员意见"], "followed")
    facts = {"followed": followed} if proceeding.of_kind is K.HEARING else {}
    return _said(work, number, "conclude", text, **facts)


def mend(work: UnitOfWork, number: str, text: str) -> Proceeding:
    """What a talk was about is put right (销号)."""
    return _said(work, number, "mend", text)


def _said(work: UnitOfWork, number: str, move: str, text: str, **facts: Any) -> Proceeding:
    proceeding = make(work, load(work, number), move, **facts)
    minutes.keep(work, proceeding, move, text)
    return proceeding


# -- what all of them stand on -----------------------------------------------------------------------------------------


def find(work: UnitOfWork, number: str) -> Proceeding:
    """Not locked. Raises NoSuchProceeding."""
    proceeding = work.session.get(Proceeding, number)
    if proceeding is None:
        raise errors.NoSuchProceeding()
    return proceeding


def load(work: UnitOfWork, number: str) -> Proceeding:
    """Under its lock: who comes second sees what the first did. Raises NoSuchProceeding."""
    proceeding = work.session.get(Proceeding, number, with_for_update=True)
    if proceeding is None:
        raise errors.NoSuchProceeding()
    return proceeding


def of_petition(work: UnitOfWork, petition: str) -> Sequence[Proceeding]:
    """By number."""
    query = select(Proceeding).where(Proceeding.petition == petition).order_by(Proceeding.number)
    return work.session.scalars(query).all()


def rules_of(work: UnitOfWork, proceeding: Proceeding) -> Hearing | None:
    """How a hearing of its line is held; None of what is no hearing."""
    return fitness.rules_of(guard.fitness(work, proceeding.petition)) if proceeding.of_kind is K.HEARING else None


def course(work: UnitOfWork, proceeding: Proceeding) -> Course:
    """It as readiness asks of it."""
    return Course(
        proceeding.of_kind,
        proceeding.of_form,
        [part.taking for part in invitations.parts(work, proceeding.number)],
        day_of(work.now),
        proceeding.starts_at and day_of(proceeding.starts_at),
        proceeding.place is not None,
        proceeding.told_by,
        rules_of(work, proceeding),
    )


def place_of(work: UnitOfWork, proceeding: Proceeding) -> str | None:
    """Where it is; None while nobody has said."""
    if proceeding.place is None:
        return None
    label = f"proceeding|place|{proceeding.number}"
    place: str = minutes.opened(work, proceeding.petition, label, proceeding.place)["place"]
    return place


def require(work: UnitOfWork, proceeding: Proceeding, name: str) -> ProceedingState:
    """The state the move leads to. Raises IllegalStep, NotFit where the petition is fit for it no more, Lacking."""
    after = proceedings.check(proceeding.of_kind, proceeding.of_form, proceeding.now_in, name)
    if (why := unfit(work, proceeding, name)) is not None:
        raise errors.NotFit(why)
    readiness.check(course(work, proceeding), name)
    return after


def lacking(work: UnitOfWork, proceeding: Proceeding) -> list[str]:
    """What its next step is not ready for, in sentences; none where there is no such step."""
    now = course(work, proceeding)
    for name in ("ask", "invite", "begin", "notify", "hold"):
        move = proceedings.MOVES[proceeding.of_kind].get(name)
        if move is not None and proceedings.lawful(move, proceeding.of_form, proceeding.now_in):
            return list(readiness.lacking(now, name))
    return []


# what is done although the petition could have no such proceeding any more: it is ended, or its end is written down
_WHATEVER = frozenset(
    {"refuse", "cancel", "decline", "withdraw", "fail", "turn_down", "perform", "default", "opine", "conclude",
     "confirm", "unconfirm", "ask_confirmation", "fulfil", "unfulfil", "mend", "adjourn"}
)  # fmt: skip


def unfit(work: UnitOfWork, proceeding: Proceeding, name: str) -> Unfit | None:
    """Why what the petition has become since forbids the move; an ended one is still heard to its end."""
    if name in _WHATEVER:
        return None
    ground = SettlementGround(proceeding.ground) if proceeding.ground else None
    why = fitness.refusal(guard.fitness(work, proceeding.petition), proceeding.of_kind, proceeding.of_form, ground)
    return None if why is Unfit.ENDED and proceeding.now_in is not ProceedingState.PROPOSED else why


def make(work: UnitOfWork, proceeding: Proceeding, name: str, **facts: Any) -> Proceeding:
    """One move: the new state and its event; what was handed to agencies ends with it."""
    proceeding.state = require(work, proceeding, name)
    invitations.tell(work, proceeding, proceedings.MOVES[proceeding.of_kind][name].event, **facts)
    if proceeding.now_in in proceedings.ENDED:
        for part in invitations.parts(work, proceeding.number):
            if part.agency is not None:
                partner_outbox.finished(work, invitations.subject(part))
    return proceeding


def part_of(work: UnitOfWork, proceeding: Proceeding, id_: str) -> Part:
    """Who takes part under this id. Raises NoSuchPart."""
    part = work.session.get(Part, id_)
    if part is None or part.proceeding != proceeding.number:
        raise errors.NoSuchPart()
    return part


def _none_such(proceeding: Proceeding, name: str, zh: str) -> errors.IllegalStep:
    moves = proceedings.MOVES[proceeding.of_kind].values()
    names = [each.name for each in moves if proceedings.lawful(each, proceeding.of_form, proceeding.now_in)]
    return errors.IllegalStep(name, proceeding.now_in, names, zh)
