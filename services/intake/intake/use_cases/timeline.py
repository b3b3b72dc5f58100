"""A petition's steps: written with each event of ours and each that is heard, told as sentences an officer reads."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from string import Formatter
from typing import Any

from marshmallow.fields import Field, List
from sqlalchemy import and_, exists, func, or_, select

from clock.clocks import ClockSubject, follow, hold
from clock.tables import Clock
from contracts import vocabulary as words
from contracts.fields import ActionCode, AgencyCode, Flag, NamedCode, WordOf
from contracts.registry import REGISTRY, declared
from courier.envelope import Actor
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from intake.domain.errors import ACTIONS_ZH
from intake.tables import Approval, OfficerRow, Petition, Step, Wall, table_of
from intake.use_cases import lapses, placing
from statute import Duty, day_of

_STEP = table_of(Step)
_REFUSALS = frozenset({"routing.refused.v1", "command.refused.v1", "custody.kept.v1", "referral.undelivered.v1"})
# these leave a referral in its state
_STAYS = frozenset({"referral.material_added.v1", "referral.urged.v1", "referral.stopped.v1"})
# after these it does not keep its petition open
_CLOSES = frozenset(
    f"referral.{what}.v1"
    for what in ("answered", "closed", "passed_on", "returned", "recalled", "undelivered", "voided")
)
# after these somebody may handle it who did not before
_HANDLER_SAID = frozenset({"petition.accepted.v1", "petition.assigned.v1", "petition.handler_changed.v1"})
_ACCEPTED, _REPLIED, _HANDLER = "petition.accepted.v1", "petition.replied.v1", "handler"
# what our own timeline says and an event leaves out: an officer's number, what was wrong, why somebody cannot act
_OURS: Mapping[str, tuple[str, ...]] = {
    "petition.chief_led.v1": ("leader",),
    "petition.corrected.v1": ("what",),
    "petition.guarded.v1": ("ground",),
}
_HELD_BACK = f"发往 {{to}}：{words.Barred.HELD.zh}"


def record(work: UnitOfWork, petition: Petition, type_: str, *, due_as: str | None = None, **data: Any) -> None:
    """An event of the petition, its line on the timeline, and the clocks it moves.

    `due_as`: the event's field that tells the last day for an answer, by the clocks it starts.
    """
    number = petition.number
    started = _follow(work, petition, type_, data)
    if due_as is not None:
        data[due_as] = _answer_by(work, number, type_, started)
    ours = _OURS.get(type_, ())
    said = work.event(type_, number, petition=number, **(data | dict.fromkeys(ours)))
    shown = work.context.language.dump("event", type_, {"petition": number, **data}) if ours else said
    if type_ in _HANDLER_SAID and petition.handler is not None:
        # on our own timeline alone: no event names an officer
        shown = {**shown, _HANDLER: petition.handler}
    _add(work, number, type_, work.actor.agency, work.actor.officer, shown)
    if type_ in placing.MOVES:
        placing.tell(work, petition, new=type_ == placing.REGISTERED)
    if type_ != placing.REGISTERED:
        void_lapsed(work, petition)


def hear(work: UnitOfWork, petition: Petition, message: Message, *, starts: bool = False) -> None:
    """What happened elsewhere, as a line of the petition's own timeline; it may stop a clock.

    `starts`: the periods that it starts are the petition's; of all others who says it keeps them.
    """
    _follow(work, petition, message.envelope.type, message.data, heard=not starts)
    number = petition.number
    actor = message.envelope.actor or Actor("-", "-", "-")
    _add(work, number, message.envelope.type, actor.agency, actor.officer, message.envelope.data)
    void_lapsed(work, petition)


def last_at(work: UnitOfWork, petition: Petition, type_: str) -> datetime | None:
    """When it last had a step of a type."""
    return work.session.scalar(select(func.max(Step.at)).where(Step.petition == petition.number, Step.type == type_))


def hold_person(work: UnitOfWork, petition: Petition, in_custody: bool) -> None:
    """Whoever it is about is held, or no more: what runs by criminal procedure ends accordingly (刑诉法 105(4))."""
    petition.in_custody = in_custody
    hold(work, work.context.tools.law, subject(work, petition), in_custody)


def void_lapsed(work: UnitOfWork, petition: Petition) -> None:
    """Tells of what waits for an approval and no longer applies; whoever changes a petition after its line asks it."""
    for each in lapses.void(work, petition):
        record(work, petition, "petition.approval_voided.v1", approval=each.id, step=each.action)


def void_of(work: UnitOfWork, officer: OfficerRow) -> None:
    """Of what they asked for, or signed, what no longer applies: where they sit now may be kept away from it."""
    if officer.department is None or work.context.tools is None:
        return  # without its tools a command leaves it to the petition's next event
    work.session.flush()
    who = (Approval.asked_by, Approval.drafted_by, Approval.decided_by)
    its = and_(Approval.petition == Petition.number, or_(*(each == officer.number for each in who)))
    waits = exists().where(its, Approval.state.in_((words.ApprovalState.WAITING, words.ApprovalState.SIGNED)))
    stands = and_(Wall.petition == Petition.number, Wall.lifted_at.is_(None), Wall.department == officer.department)
    query = select(Petition).where(waits, exists().where(stands)).order_by(Petition.number).with_for_update()
    for petition in work.session.scalars(query).all():
        void_lapsed(work, petition)


def subject(work: UnitOfWork, petition: Petition) -> ClockSubject:
    """What its clocks run for: what is the department's duty is that of who has it now, and of who handles it there."""
    holders: dict[str, str] = {Duty.DEPARTMENT: petition.department} if petition.department else {}
    officers: dict[str, str] = {Duty.DEPARTMENT: petition.handler} if petition.handler else {}
    return ClockSubject(petition.number, None, work.context.tools.our_agency, holders, officers)


def _follow(
    work: UnitOfWork, petition: Petition, type_: str, facts: Mapping[str, Any], heard: bool = False
) -> list[Clock]:
    new = type_ == placing.REGISTERED
    facts = {**facts, **_of_matter(petition, type_)}
    return follow(work, work.context.tools.law, subject(work, petition), type_, facts, new=new, heard=heard)


def _of_matter(petition: Petition, type_: str) -> dict[str, Any]:
    """What the packs may ask of the petition itself, beside the event's own facts."""
    facts = {
        "received_on": petition.counts_from,
        "kind": petition.kind,
        "line": petition.line,
        "sub_line": petition.sub_line,
        "concerns_us": petition.concerns_us,
        "in_custody": petition.in_custody,
    }
    if type_ == _ACCEPTED and petition.origin is not None:
        # by which channel it came decides which text its periods stand in
        facts["channel"] = petition.origin.channel
    return facts


def _answer_by(work: UnitOfWork, number: str, type_: str, started: Sequence[Clock]) -> date:
    """The last day for an answer: the earliest of those started that the petitioner's answer stops.

    Who accepts what came back unanswered starts none of these anew: then what such an event started before. Of an
    anonymous one nobody is answered: the first that was started.
    """
    law, outcome = work.context.tools.law, {"reply": words.ReplyKind.OUTCOME_REPLY}
    rows = law.packs.in_force(day_of(work.now)).stopped.get(_REPLIED, ())
    answered = {row.id for row in rows if any(stop.fits(_REPLIED, outcome) for stop in row.stops)}
    if due := [each.due for each in started if each.rule in answered]:
        return min(due)
    if type_ == placing.REGISTERED:
        return started[0].due
    before = select(Clock.due).where(Clock.petition == number, Clock.started_by == type_, Clock.rule.in_(answered))
    return work.session.execute(before.order_by(Clock.started_at.desc()).limit(1)).scalar_one()


def unfinished(work: UnitOfWork, number: str) -> list[str]:
    """Who only helps or hears of it and keeps it from closing, as far as was told: not answered; a copy, not signed.

    referral decides; this only says at once what it would say later.
    """
    query = select(Step).where(Step.petition == number, Step.type.startswith("referral.")).order_by(Step.id)
    last = {step.data["referral"]: step for step in work.session.scalars(query) if step.type not in _STAYS}
    open_ = {referral: step for referral, step in last.items() if step.type not in _CLOSES}
    return sorted(
        referral
        for referral, step in open_.items()
        if step.data.get("kind") == words.ReferralKind.ASSIST
        or (step.data.get("kind") == words.ReferralKind.NOTIFY_LEAD and step.type == "referral.sent.v1")
    )


def refused(steps: Sequence[Step], names: Mapping[str, str], reads: bool) -> list[dict[str, str]]:
    """What other services did not do of what officers asked here, and why; the latest first."""
    found = [step for step in steps if step.type in _REFUSALS]
    return [{"at": step.at.isoformat(), "sentence": present(step, names, reads)["sentence"]} for step in found[::-1]]


def sentence(type_: str, data: Mapping[str, Any], names: Mapping[str, str], reads: bool = True) -> str:
    """The Chinese sentence of a step; a type without one shows its type, never nothing."""
    template = _template(type_, reads)
    if template is None:
        return type_
    if reads and data.get("reason") == words.Barred.HELD:
        template = _HELD_BACK
    said = {key: _zh(field, data[key], names) for key, field in declared("event", type_).items() if key in data}
    return template.format_map(said)


def present(step: Step, names: Mapping[str, str], reads: bool) -> dict[str, Any]:
    """`reads`: whether the officer may read what was said; who may not gets the fields its sentence says, no more."""
    data, handler = step.data, step.data.get(_HANDLER)
    said_zh = sentence(step.type, data, names, reads) + (f"（承办人 {handler}）" if handler else "")
    if not reads:
        said = {name for _, name, _, _ in Formatter().parse(_template(step.type, reads) or "") if name} | {_HANDLER}
        data = {name: value for name, value in data.items() if name in said}
    return {
        "at": step.at.isoformat(),
        "type": step.type,
        "agency": step.agency,
        "officer": step.officer,
        "sentence": said_zh,
        "data": data,
    }


def _template(type_: str, reads: bool) -> str | None:
    event = REGISTRY.get(("event", type_))
    if event is None:
        return None
    return event.sentence if reads else event.brief or event.sentence


def _zh(field: Field[Any], value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(field, List) and isinstance(value, list):
        return "、".join(str(_zh(field.inner, each, names)) for each in value) or "无"
    if value is None:
        # what is to be done then, where somebody has to do something
        return field.metadata.get("none_zh", "未指明")
    match field:
        case WordOf():
            # a newer service may say a word that is not known here
            return next((word.zh for word in field.enum if word == value), value)
        case AgencyCode() | NamedCode():
            return names.get(value, value)
        case ActionCode():
            return ACTIONS_ZH.get(value, value)
        case Flag(said=(yes, no)):
            return yes if value else no
    return value


def _add(work: UnitOfWork, number: str, type_: str, agency: str, officer: str, data: Mapping[str, Any]) -> None:
    # an agency's officer is claimed by the agency, not known to us: the timeline names the agency
    ours = agency in (work.context.tools.our_agency, "-")
    work.append(
        _STEP,
        petition=number,
        at=work.now,
        type=type_,
        agency=agency,
        officer=officer if ours else "-",
        data={key: value for key, value in data.items() if key != "person"},
    )
