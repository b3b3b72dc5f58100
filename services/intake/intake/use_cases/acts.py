"""What is done in handling a petition beside deciding it: acts, and what a leader does who leads it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import ActKind
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import Act, ChiefLed, Petition
from intake.use_cases import leading, office, people, timeline, walls
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of
from statute import day_of


def record(
    work: UnitOfWork, number: str, kind: ActKind, done_on: date, people_codes: Sequence[str], record: str
) -> Petition:
    """An act with who of ours was there; the record is encrypted. Raises WalledOfficer for who is kept away from it."""
    petition = load(work, number)
    states.check("record-act", petition.snapshot)
    _check_day(work, done_on)
    for index, each in enumerate(people_codes):
        office.check_officer(work, each, f"people.{index}", done_on)
    if walls.keeps_away(work, petition, people_codes):
        raise errors.WalledOfficer("people")
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
    timeline.record(work, petition, "petition.act_recorded.v1", act=kind, done_on=done_on)
    return petition


def of_petition(work: UnitOfWork, number: str, with_records: bool) -> list[dict[str, Any]]:
    """The acts, the earliest day first; what was written of each only `with_records`, for who may read it."""
    query = select(Act).where(Act.petition == number).order_by(Act.done_on, Act.recorded_at, Act.id)
    return [_present(work, act, with_records) for act in work.session.scalars(query)]


def officers(shown: Sequence[Mapping[str, Any]]) -> set[str]:
    """Everybody of ours in acts as `of_petition` shows them: who took part, who wrote it down."""
    return {each["officer"] for each in shown}.union(*(each["people"] for each in shown))


def with_names(shown: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """One of them with the names beside the numbers; `names`: number → name."""
    people_names = [names.get(each, each) for each in shown["people"]]
    return {**shown, "people_names": people_names, "officer_name": names.get(shown["officer"])}


def lead(work: UnitOfWork, number: str, leader: str) -> Petition:
    """By hand, or to name who leads what came with acceptance; another leader takes over what is done.

    Raises UnknownOfficer, and WalledOfficer for who is kept away from it.
    """
    petition = load(work, number)
    states.check("lead", petition.snapshot)
    office.check_officer(work, leader, "leader", day_of(work.now))
    if walls.keeps_away(work, petition, [leader]):
        raise errors.WalledOfficer("leader")
    led = work.session.get(ChiefLed, number)
    if led is None:
        leading.begin(work, petition, leader)
    else:
        led.leader = leader
        timeline.record(work, petition, "petition.chief_led.v1", leader=leader)
    return petition


def tick(work: UnitOfWork, number: str, item: str, done_on: date) -> Petition:
    """An item of the county's list is done. Raises NobodyLeads, UnknownItem."""
    petition = load(work, number)
    led = work.session.get(ChiefLed, number)
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
