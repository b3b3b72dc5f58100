"""What is done in handling a petition beside deciding it: acts, and what a leader does who leads it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import ActKind, Kind, Naming, Reach
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import Act, Petition
from intake.use_cases import leading, office, people, recusal, timeline
from intake.use_cases.admission import sheet_of
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of
from statute import day_of

OF_CUSTODY = frozenset({ActKind.DETAINED, ActKind.RELEASED})


def record(
    work: UnitOfWork,
    number: str,
    kind: ActKind,
    done_on: date,
    people_codes: Sequence[str],
    record: str,
    done_at: datetime | None = None,
) -> Petition:
    """An act with who of ours was there; the record is encrypted.

    Raises UnknownOfficer, CannotTakePart, NotOfLine for an act that the petition's line does not have, and WrongField
    for a moment of another day or none where the law counts hours from it.
    """
    petition = load(work, number)
    states.check("record-act", petition.snapshot)
    if kind not in (has := kinds(petition)):
        raise errors.NotOfLine("kind", has)
    _check_day(work, done_on)
    _check_moment(work, kind, done_on, done_at)
    for index, each in enumerate(people_codes):
        office.check_officer(work, each, f"people.{index}")
    here = all(office.works_here(work, each, done_on) for each in people_codes)
    if not here or recusal.keeps_away(work, petition, people_codes):
        raise errors.CannotTakePart("people")
    id_ = uuid.uuid4().hex
    work.session.add(
        Act(
            id=id_,
            petition=number,
            kind=kind,
            done_on=done_on,
            people=list(people_codes),
            record=people.seal(work, number, f"act|record|{id_}", record),
            recorded_at=work.now,
            officer=work.actor.officer,
        )
    )
    moment: dict[str, Any] = {} if done_at is None else {"done_at": done_at}
    timeline.record(work, petition, "petition.act_recorded.v1", act=kind, done_on=done_on, **moment)
    if kind in OF_CUSTODY:
        timeline.hold_person(work, petition, kind is ActKind.DETAINED)
    return petition


def kinds(petition: Petition) -> tuple[ActKind, ...]:
    """The acts there can be of a petition of its line; nobody acknowledges what nobody has put a name to."""
    known = sheet_of(petition).acts
    return tuple(each for each in known if each is not ActKind.REPORT_ACKNOWLEDGED) if petition.anonymous else known


def naming(petition: Petition) -> Naming | None:
    """Who stands behind an accusation, 保护、奖励职务犯罪举报人的规定 2; None of what accuses nobody."""
    if petition.kind != Kind.ACCUSATION:
        return None
    if petition.anonymous:
        return Naming.ANONYMOUS
    reached = petition.reach != Reach.NONE
    acknowledged = reached and any(each.kind == ActKind.REPORT_ACKNOWLEDGED for each in petition.acts)
    return Naming.REAL_NAME if acknowledged else Naming.NAMED


def in_custody(work: UnitOfWork, number: str) -> bool:
    """Whether whoever it is about is held, as far as its acts say."""
    its = select(Act.kind).where(Act.petition == number, Act.kind.in_(OF_CUSTODY))
    return work.session.scalar(its.order_by(Act.recorded_at.desc()).limit(1)) == ActKind.DETAINED


def of_petition(work: UnitOfWork, petition: Petition, with_records: bool) -> list[dict[str, Any]]:
    """The acts, the earliest day first; what was written of each only `with_records`, for who may read it."""
    return [_present(work, act, with_records) for act in petition.acts]


def officers(shown: Sequence[Mapping[str, Any]]) -> set[str]:
    """Everybody of ours in acts as `of_petition` shows them: who took part, who wrote it down."""
    return {each["officer"] for each in shown}.union(*(each["people"] for each in shown))


def with_names(shown: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """One of them with the names beside the numbers; `names`: number → name."""
    people_names = [names.get(each, each) for each in shown["people"]]
    return {**shown, "people_names": people_names, "officer_name": names.get(shown["officer"])}


def lead(work: UnitOfWork, number: str, leader: str, reason: str | None = None) -> Petition:
    """By hand, or to name who leads what came with acceptance; another leader takes over what is done.

    Raises UnknownOfficer, CannotLead for who is no leader or kept away from it, WhyThisLeader without the reason.
    """
    petition = load(work, number)
    states.check("lead", petition.snapshot)
    office.check_officer(work, leader, "leader")
    known = leading.leaders(work, day_of(work.now))
    if (known is not None and leader not in known) or recusal.keeps_away(work, petition, [leader]):
        raise errors.CannotLead()
    leading.name(work, petition, leader, reason)
    return petition


def tick(work: UnitOfWork, number: str, item: str, done_on: date) -> Petition:
    """An item of the county's list is done. Raises NobodyLeads, UnknownItem."""
    petition = load(work, number)
    led = petition.led
    if led is None:
        raise errors.NobodyLeads()
    if item not in tools_of(work).checklist:
        raise errors.UnknownItem(list(tools_of(work).checklist))
    _check_day(work, done_on)
    led.done = led.done | {item: done_on.isoformat()}
    timeline.record(work, petition, "petition.chief_led_item.v1", item=item, done_on=done_on)
    return petition


def _check_day(work: UnitOfWork, day: date) -> None:
    if day > day_of(work.now):
        raise errors.WrongField("done_on", "不能晚于今天", "it lies in the future")


def _check_moment(work: UnitOfWork, kind: ActKind, done_on: date, done_at: datetime | None) -> None:
    if done_at is None:
        if kind.of_hour:
            raise errors.WrongField("done_at", "期限按小时计算，须填写时刻", "the law counts hours from it")
    elif day_of(done_at) != done_on or done_at > work.now:
        raise errors.WrongField("done_at", "应在完成日期当天，且不能晚于现在", "not on that day, or in the future")


def _present(work: UnitOfWork, act: Act, with_record: bool) -> dict[str, Any]:
    kind = ActKind(act.kind)
    shown = {
        "act": act.id,
        "kind": kind,
        "kind_zh": kind.zh,
        "done_on": act.done_on.isoformat(),
        "people": act.people,
        "officer": act.officer,
    }
    if with_record:
        shown["record"] = people.unseal(work, act.petition, f"act|record|{act.id}", bytes(act.record))
    return shown
