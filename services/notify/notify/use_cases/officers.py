"""What officers are told of their clocks: missed or due today at once, the rest in one digest a day, nothing at night.

And of what else waits for them: a task, an approval, an objection. A notice is a row that its holder reads over HTTP:
a department, the office, or a colleague. Where the office's file has a mobile number for the holder, of a colleague's
department for them, an SMS says that there is something to read; it goes the same way as every other, so at most once.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from authorization import colleagues, placements
from authorization.placements import Named
from authorization.sight import View
from authorization.table import Scope
from contracts.vocabulary import UNHELD, HandlerChange, Notice, NoticeState, Reminder
from courier import waits
from courier.inbox import Handler, Message
from courier.unit_of_work import UnitOfWork
from notify.domain import states
from notify.domain.wording import write
from notify.tables import NoticeRow, OfficerItem, OfficerNotice
from notify.use_cases import contacts
from statute import day_of
from web.listing import Found, Page

NO_PETITION = "-"  # an officer's SMS is of no petition: it says nothing that one would be told by
LAST_DAY = "last_day"
HALT = "halt"  # what an officer's SMS concerns that says something new, however many there were before it
SORTS = {"at": (OfficerNotice.not_before, OfficerNotice.id)}
_PERSON = "officer/"  # before a holder's code, where a petitioner's reference would stand
_OWN = "@"  # before a colleague's fingerprint, where a department's code would stand
TASKS = (Reminder.TASK, Reminder.TASK_OVERDUE)
ME = "me"  # how one's own are asked for and shown


def clock_warned(work: UnitOfWork, message: Message) -> None:
    """A last day that is today is told at once, the rest in the digest; what was overtaken is not told."""
    if message.data.get("overtaken"):
        return  # after downtime: a week's warnings are not told as if they were today's
    level, today = message.data["level"], day_of(work.now)
    if level == LAST_DAY and message.data["due"] == today:
        _at_once(work, message, "今日届满", today)
    else:
        # a last day that passed while nobody swept is told by the miss that follows
        what = {LAST_DAY: "已到最后一日", "target": "已到办理目标日"}.get(level, f"时限已过{level}%")
        _keep(work, message, what, notice=None)


def clock_missed(work: UnitOfWork, message: Message) -> None:
    """Told at once; but not a right that ended by silence."""
    if message.data["rule"] in work.context.tools.law.packs.lapsing:
        return  # a right that ended by silence
    _at_once(work, message, "已逾期")


def clocks_halted(work: UnitOfWork, message: Message) -> None:
    """Nothing rings from now on, so this does: to the office's own mobile, by a template that is approved already."""
    facts = {"count": "各", "rule": "办理时限", "what": "已停止自动预警"}
    moment, ours = states.officers_moment(work.now), work.context.tools.our_agency
    _text(work, ours, Notice.OFFICER_DEADLINE, message.envelope.id, moment, facts, None, HALT)


def not_done(work: UnitOfWork, message: Message) -> None:
    """What an officer asked was refused by another service: to be looked at. Why, the petition itself says."""
    petition = message.data["petition"]
    place = placements.load(work, petition)
    holder = _hearer(work, petition, (place and place.department) or "")
    notice = _notice(work, holder, states.officers_moment(work.now), None)
    _add(work, message, holder, f"{petition} 有事项未能办成，原因见该件", notice)


def without_handler(work: UnitOfWork, message: Message) -> None:
    """Nobody handles it any more, and nobody decided so of it: whoever names another reads it in the digest."""
    change, petition = HandlerChange(message.data["change"]), message.data["petition"]
    if change not in UNHELD:
        return
    place = placements.load(work, petition)
    had = (place and place.department) or ""
    holder = _hearer(work, petition, had if change is HandlerChange.LEFT else "")
    _add(work, message, holder, f"{petition} {change.zh}")


def reminded(work: UnitOfWork, message: Message) -> None:
    """Somebody of ours has something to do: told at once by day, or in the digest; of several together, by one SMS."""
    data, due = message.data, message.data["due"]
    holder = _reminded(work, data)
    sentence = f"{data['petition']} {data['about'].zh}" + (f"：{due.month}月{due.day}日前办理" if due else "")
    notice = _together(work, holder) if data["urgent"] else None
    _add(work, message, holder, sentence, notice, theirs=data["about"] in TASKS)


def _reminded(work: UnitOfWork, data: Mapping[str, Any]) -> str:
    petition, tag = data["petition"], data["officer"]
    officer = placements.officer_of(work, work.context.tools.tags, petition, tag) if tag else None
    # who is named by nothing we know is one who left, or nobody was named: our office hears it
    holder = f"{_OWN}{colleagues.fingerprint(work, officer).hex()}" if officer else (data["department"] or "")
    return _hearer(work, petition, holder)


def _together(work: UnitOfWork, holder: str) -> str | None:
    """The notice of this moment: what came a little earlier, or waits for the morning, is read with it."""
    since = work.now - waits.REMINDED_TOGETHER
    query = select(OfficerNotice.id).where(OfficerNotice.holder == holder, OfficerNotice.digest_of.is_(None))
    latest = query.where(OfficerNotice.not_before >= since).order_by(OfficerNotice.not_before.desc()).limit(1)
    known: str | None = work.session.scalar(latest)
    if known is not None:
        return known
    moment = states.officers_moment(work.now)
    notice = _notice(work, holder, moment, None)
    _text(work, holder, Notice.OFFICER_MATTER, notice, moment, {}, None)
    return notice


def write_digest(work: UnitOfWork) -> int:
    """One holder's digest of today, if it is morning and something waits. Returns 1 or 0."""
    day = states.digest_day(work.now, work.context.tools.law.calendar.is_rest_day)
    if day is None:
        return 0
    written = exists().where(OfficerNotice.holder == OfficerItem.holder, OfficerNotice.digest_of == day)
    holder = work.session.scalar(
        select(OfficerItem.holder).where(OfficerItem.notice.is_(None), ~written).order_by(OfficerItem.holder).limit(1)
    )
    if holder is None:
        return 0
    # two replicas at once: the constraint lets one of them write, the other finds it written
    notice = _notice(work, holder, work.now, day)
    if notice is None:
        return 0
    items = work.session.scalars(
        select(OfficerItem).where(OfficerItem.holder == holder, OfficerItem.notice.is_(None)).with_for_update()
    ).all()
    count = 0
    for item in items:
        # it may be another's since, or behind a wall: the number alone would tell that there is something
        whose = holder if item.theirs else _has_it_now(work, item.petition, holder)
        item.holder = _hearer(work, item.petition, whose)
        if item.holder == holder:
            item.notice, count = notice, count + 1
    if count:
        _text(work, holder, Notice.OFFICER_DIGEST, notice, work.now, {"count": str(count)}, day)
    return 1


def tell_put_off(work: UnitOfWork, notice: NoticeRow) -> None:
    """Who handles the petition can tell in another way what waits for a phone that has had its messages of the day."""
    ours: str = work.context.tools.our_agency
    place = placements.load(work, notice.petition)
    holder = _hearer(work, notice.petition, place.department or ours) if place else ours
    day = day_of(notice.not_before)
    what = f"{Notice(notice.about).zh}通知未发：同一号码当日短信已满"
    statement = upsert(OfficerItem).values(
        cause=f"{states.LIMIT}/{notice.id}",
        holder=holder,
        petition=notice.petition,
        sentence=f"{notice.petition} {what}，推迟至{day.month}月{day.day}日",
        told_at=work.now,
    )
    # put off for days, it is said once
    work.session.execute(statement.on_conflict_do_nothing())


def notices(work: UnitOfWork, view: View, page: Page) -> Found:
    """A page of what may be read by now.

    A notice belongs to its holder; of what it tells, each petition in sight is shown, and each task of the holder's
    that they are not kept away from; one of none is not there.
    """
    rows = select(OfficerNotice).where(
        OfficerNotice.not_before <= work.now,
        _of_departments(view, OfficerNotice.holder),
        exists().where(OfficerItem.notice == OfficerNotice.id, _readable(view)),
    )
    if "holder" in page.filters:
        holder = page.filters["holder"]
        rows = rows.where(OfficerNotice.holder.in_(_own(view) if holder == ME else [holder]))
    return page.of(work.session, rows)


def rows(work: UnitOfWork, view: View, found: Sequence[OfficerNotice]) -> list[dict[str, Any]]:
    """Each with its sentences, of petitions in sight alone."""
    items: dict[str, list[OfficerItem]] = {}
    for item in work.session.scalars(
        select(OfficerItem)
        .where(OfficerItem.notice.in_([each.id for each in found]), _readable(view))
        .order_by(OfficerItem.told_at)
    ):
        items.setdefault(item.notice or "", []).append(item)
    return [
        {
            "notice": each.id,
            "holder": ME if each.holder.startswith(_OWN) else each.holder,
            "kind": "digest" if each.digest_of else "at_once",
            "day": each.digest_of and each.digest_of.isoformat(),
            "at": each.not_before.isoformat(),
            "items": [{"petition": item.petition, "sentence": item.sentence} for item in items[each.id]],
        }
        for each in found
    ]


def _readable(view: View) -> ColumnElement[bool]:
    """Of sentences: as far as the petition is in sight; of what is the reader's own to do, unless they are kept away.

    As intake shows the task itself.
    """
    theirs = and_(OfficerItem.theirs, _holds(view, OfficerItem.holder), placements.open_to(view, OfficerItem.petition))
    return or_(placements.visible(view, OfficerItem.petition), theirs)


def visible(view: View, of_petitions: ColumnElement[bool], filters: Mapping[str, Any]) -> ColumnElement[bool]:
    """Of the messages themselves: a petition's as far as it is in sight, an officer's own as its holder is.

    An officer's own is of no line, colour or handler: where one is asked for, it is not there.
    """
    if filters.keys() & {"line", "colour", "scope"}:
        return of_petitions
    holder = func.substr(NoticeRow.person, len(_PERSON) + 1)
    return or_(of_petitions, and_(NoticeRow.petition == NO_PETITION, _of_departments(view, holder)))


def holder_of(notice: NoticeRow) -> str:
    """Whose an officer's message is."""
    return (notice.person or "").removeprefix(_PERSON)


def _of_departments(view: View, holder: Named) -> ColumnElement[bool]:
    """What `View.covers_department` says, for a list; a colleague's own are theirs alone."""
    if not view.scopes:
        return false()
    own = _holds(view, holder)
    return or_(own, not_(holder.startswith(_OWN))) if Scope.OFFICE in view.scopes else own


def _holds(view: View, holder: Named) -> ColumnElement[bool]:
    """Whether it is the reader's own, or their department's."""
    own = holder.in_(_own(view))
    return or_(own, holder == view.department) if Scope.DEPARTMENT in view.scopes else own


def _own(view: View) -> list[str]:
    """Whose notices are one's own: those of whom one stands in for as well."""
    return [f"{_OWN}{each.hex()}" for each in view.fingerprints]


def holders(tools: Any) -> dict[str, str]:
    """Whom a notice may be for, by code: the departments that the office's file lists, and the office itself."""
    return {tools.our_agency: "本院"} | {code: each.name for code, each in tools.card.departments.items()}


def _at_once(work: UnitOfWork, message: Message, what: str, true_until: date | None = None) -> None:
    holder, moment = _told(work, message), states.officers_moment(work.now)
    notice = _notice(work, holder, moment, None)
    _keep(work, message, what, notice)
    facts = {"count": "1", "rule": _rule_zh(work, message.data["rule"]), "what": what}
    _text(work, holder, Notice.OFFICER_DEADLINE, notice, moment, facts, true_until)


def _keep(work: UnitOfWork, message: Message, what: str, notice: str | None) -> None:
    data = message.data
    due: date = data["due"]
    about = data["referral"] or data["petition"]
    sentence = f"{about} {_rule_zh(work, data['rule'])}{what}：{due.month}月{due.day}日届满（责任：{data['holder']}）"
    _add(work, message, _told(work, message), sentence, notice)


def _add(
    work: UnitOfWork,
    message: Message,
    holder: str,
    sentence: str,
    notice: str | None = None,
    *,
    theirs: bool = False,
) -> None:
    """One sentence of the message's petition; without a notice the digest has it. `theirs`: a task of the holder's."""
    item = OfficerItem(
        cause=message.envelope.id,
        holder=holder,
        notice=notice,
        petition=message.data["petition"],
        sentence=sentence,
        told_at=work.now,
        theirs=theirs,
    )
    work.session.add(item)


def _told(work: UnitOfWork, message: Message) -> str:
    return _hearer(work, message.data["petition"], str(message.data["holder"]))


def _hearer(work: UnitOfWork, petition: str, holder: str) -> str:
    """A department of ours, or a colleague, is told itself.

    Of an agency's clock, the office is, and of what the department or the colleague is kept away from.
    """
    tools = work.context.tools
    ours: str = tools.our_agency
    if holder not in tools.card.departments and not holder.startswith(_OWN):
        return ours
    place = placements.load(work, petition)
    away = place is None or place.shut or holder in place.walled_departments
    if holder.startswith(_OWN) and place is not None:
        away |= bytes.fromhex(holder.removeprefix(_OWN)) in place.walled_officers
        away |= _seat(work, holder) in place.walled_departments
    return ours if away else holder


def _has_it_now(work: UnitOfWork, petition: str, holder: str) -> str:
    """What a department had to do is its who has the petition now; nobody's, the office's."""
    tools, place = work.context.tools, placements.load(work, petition)
    if place is None or holder not in tools.card.departments:
        return holder
    return place.department or str(tools.our_agency)


def _seat(work: UnitOfWork, holder: str) -> str | None:
    """The department of the colleague whose notices these are."""
    own = holder.removeprefix(_OWN)
    working = colleagues.working(work.session)
    officer = next((each for each in working if colleagues.fingerprint(work, each).hex() == own), None)
    return officer and colleagues.seat(work, officer)


def _rule_zh(work: UnitOfWork, rule: str) -> str:
    names: Mapping[str, str] = work.context.tools.law.packs.names
    return names.get(rule, rule)


def _notice(work: UnitOfWork, holder: str, moment: datetime, day: date | None) -> str | None:
    """Its id; None when the day's digest is written already."""
    statement = upsert(OfficerNotice).values(
        id=uuid.uuid4().hex, holder=holder, digest_of=day, not_before=moment, made_at=work.now
    )
    return work.session.scalar(statement.on_conflict_do_nothing().returning(OfficerNotice.id))


def _text(
    work: UnitOfWork,
    holder: str,
    about: Notice,
    cause: str | None,
    moment: datetime,
    facts: Mapping[str, str],
    true_until: date | None,
    concerns: str | None = None,
) -> None:
    tools = work.context.tools
    if holder.startswith(_OWN):
        # no colleague's own number is known: their department's officer on duty, or the office's, says it to them
        holder = _seat(work, holder) or tools.our_agency
    department = tools.card.departments.get(holder)
    mobile = department.mobile if department else tools.card.mobile
    if mobile is None or cause is None:
        return
    person = _person(holder)
    if contacts.read(work, person) != [mobile]:
        _write_mobiles(work)
    wording = write(about, tools.card.signature, facts, day_of(work.now))
    work.session.add(
        NoticeRow(
            id=uuid.uuid4().hex,
            petition=NO_PETITION,
            service_point="",  # known to be at none: nobody looks for where it sits
            person=person,
            about=about,
            concerns=concerns,
            cause=cause,
            state=NoticeState.PLANNED,
            template=wording.template,
            params=dict(wording.params),
            text=wording.text,
            promised=true_until,
            planned_at=work.now,
            not_before=moment,
            due_at=moment,
            changed_at=work.now,
            tries=0,
            asked=0,
            settled_by_person=False,
            carrier=tools.sms_carrier,
        )
    )


def _write_mobiles(work: UnitOfWork) -> None:
    """Every holder's, as the office's file has them: two batches that wrote their own alone could lock in a circle."""
    tools = work.context.tools
    mobiles = {code: department.mobile for code, department in tools.card.departments.items()}
    mobiles[tools.our_agency] = tools.card.mobile
    known = {_person(holder): [mobile] for holder, mobile in mobiles.items() if mobile}
    contacts.write(work, NO_PETITION, known, work.now)


def _person(holder: str) -> str:
    return f"{_PERSON}{holder}"


EVENTS: Mapping[str, Handler] = {
    "clock.warned.v1": clock_warned,
    "clock.missed.v1": clock_missed,
    "clock.halted.v1": clocks_halted,
    "petition.handler_changed.v1": without_handler,
    "officer.reminded.v1": reminded,
    **dict.fromkeys(("routing.refused.v1", "command.refused.v1", "custody.kept.v1"), not_done),
}
