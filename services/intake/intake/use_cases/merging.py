"""重复登记并案: one matter that got two numbers goes on under one; parted again until its petitioner is answered.

Nothing is copied that says anything: who is kept away from either is kept away from both, whom either is about is
barred from both, and the earlier day of receipt rules. What was handed in and said stays where it is, each coming a
件次 of its own; under the other number nothing more is owed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from authorization import colleagues
from clock import clocks
from contracts.vocabulary import Corrected, Kind, LinkReason, PetitionState, WallReason
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, identity, merging, states
from intake.domain.merging import Side, Somebody
from intake.tables import Link, Petition, Wall
from intake.use_cases import corrections, kept, links, people, placing, respondents, task_acts, timeline, undoing, walls
from intake.use_cases.petitions import load, set_state
from intake.use_cases.tools import tools_of

_MERGED, _INTO, _PARTED = "petition.merged.v1", "petition.merged_into.v1", "petition.parted.v1"


def merge(work: UnitOfWork, number: str, into: str, reason: str, by: str) -> Petition:
    """It goes on in another; `by`: who asked for it. Raises GoneOut, NotMerged, which says nothing of the other."""
    petition, target = _both(work, number, into)
    states.check("merge", petition.snapshot)
    undoing.check_may_go(petition)
    if not merging.may_be_one(_side(petition), _side(target)) or not _one_person(work, petition, target):
        raise errors.NotMerged()
    if colleagues.kept_away(work, target.placement, work.actor.officer):
        raise errors.NotMerged()
    for each in links.one_with(work, target):
        if each is not target:
            _unite_walls(work, each, petition.standing)
    was: dict[str, Any] = {
        "state": petition.state,
        "linked": links.linked(work, number, into),
        "received_on": target.received_on.isoformat(),
        "counts_from": target.counts_from.isoformat(),
        "walls": _unite_walls(work, target, petition.standing),
        "own_walls": _unite_walls(work, petition, target.standing),
        "respondents": _unite_respondents(work, petition, target),
        # behind the walls as they are united
        "tasks": task_acts.hand_on(work, petition, target, "重复登记，并入另一件办理"),
    }
    _receive(work, target, min(petition.received_on, target.received_on), _MERGED)
    set_state(petition, (PetitionState.MERGED, None))
    kept.keep(work, petition, [Corrected.MERGED], was, reason, by=by)
    timeline.record(work, petition, _INTO)
    clocks.end_all(work, timeline.subject(work, petition), _INTO)
    links.add(work, petition, into, LinkReason.MERGED)
    links.hold_if_needed(work, petition)
    return petition


def part(work: UnitOfWork, number: str, reason: str, by: str) -> Petition:
    """They are two matters after all: each goes on from where it stood. Raises Answered.

    Who was kept away while they were one stays kept from both: it was decided of the whole, and nobody said of which.
    """
    petition, target = _both(work, number, merged_into(work, number))
    states.check("unmerge", petition.snapshot)
    if target.replies:
        raise errors.Answered()
    merged = kept.last(work, number, Corrected.MERGED)
    was: Mapping[str, Any] = kept.opened(work, merged, "was")
    for each, seqs in ((target, was["walls"]), (petition, was["own_walls"])):
        for seq in {wall.seq for wall in each.standing} & set(seqs):
            walls.take_down(work, each.number, seq)
    if was["respondents"]:
        corrections.forget(work, target, was["respondents"])
    set_state(petition, (PetitionState(was["state"]), None))
    kept.keep(work, petition, [Corrected.PARTED], {}, reason, by=by)
    days = {"received_on": petition.received_on, "counts_from": petition.counts_from}
    timeline.record(work, petition, _PARTED, **days)  # type: ignore[arg-type]
    law = tools_of(work).law
    clocks.revive(work, law, timeline.subject(work, petition), _INTO, merged.recorded_at)
    # where another day was put right since, that one stands
    moved = target.received_on == petition.received_on != date.fromisoformat(was["received_on"])
    _receive(work, target, date.fromisoformat(was["received_on"]) if moved else target.received_on, _PARTED)
    # none in what older code merged, which left them open
    task_acts.take_back(work, petition, target, was.get("tasks", {}), "解除并案")
    link = work.session.get_one(Link, (number, target.number))
    if was.get("linked"):
        # they were linked before they were merged, and are
        link.reason = was["linked"]
    else:
        link.undone_at = work.now
    return petition


def merged_into(work: UnitOfWork, number: str) -> str:
    """In which it goes on. Raises IllegalMove where it goes on itself."""
    its = select(Link.to).where(Link.petition == number, Link.reason == LinkReason.MERGED, Link.undone_at.is_(None))
    found = work.session.scalar(its)
    if found is None:
        raise errors.IllegalMove(number, load(work, number, lock=False).state_and_before[0], "unmerge")
    return found


def merged_last(work: UnitOfWork, number: str) -> str:
    """In which it went on, or did before they were parted; the caller knows that it did."""
    its = select(Link.to).where(Link.petition == number, Link.reason == LinkReason.MERGED)
    return work.session.scalars(its.order_by(Link.undone_at.desc().nulls_first()).limit(1)).one()


def _both(work: UnitOfWork, number: str, other: str) -> tuple[Petition, Petition]:
    """Under their locks, which everybody takes in one order."""
    found = {each: load(work, each) for each in sorted({number, other})}
    return found[number], found[other]


def _side(petition: Petition) -> Side:
    return Side(
        petition.number,
        petition.state_and_before[0],
        Kind(petition.kind),
        petition.anonymous,
        petition.secrecy,
        petition.post_number is not None,
        undoing.stays(petition),
    )


def _one_person(work: UnitOfWork, petition: Petition, target: Petition) -> bool:
    """Also of two in the safe, whom nobody is shown: of each what is right was put there last."""
    return merging.same(*(_somebody(work, each) for each in (petition, target)))


def _somebody(work: UnitOfWork, petition: Petition) -> Somebody:
    first, *more = people.concealed(work, petition) if petition.secrecy else people.all_of(work, petition)[:1]
    found = dict(first)
    for each in more:
        if each.get("note") == corrections.RIGHT:
            found |= {name: value for name, value in each.items() if value is not None}
    return Somebody(found.get("name"), found.get("resident_id"), frozenset(identity.numbers(found)))


def _unite_walls(work: UnitOfWork, petition: Petition, others: Sequence[Wall]) -> list[int]:
    """Whom the other keeps away this one does from now on. The places of the walls that are new here."""
    known = {(each.officer, each.department) for each in petition.standing}
    made = []
    for wall in others:
        if (wall.officer, wall.department) in known:
            continue
        seq = len(petition.walls) + 1
        tag = placing.tag_of(work, petition.number, bytes(wall.officer)) if wall.officer is not None else None
        petition.walls.append(
            Wall(
                seq=seq,
                officer=wall.officer,
                tag=tag,
                department=wall.department,
                reason=wall.reason,
                recorded_at=work.now,
            )
        )
        walls.take_off(work, petition, wall.department, WallReason(wall.reason))
        made.append(seq)
    return made


def _unite_respondents(work: UnitOfWork, petition: Petition, target: Petition) -> list[int]:
    """Whom either is about the ban bars from now on; each as it was written there. The places of the new ones."""
    here = {(each.unit, each.name, each.position) for each in respondents.opened(work, target)}
    made = []
    for each in respondents.opened(work, petition):
        if (each.unit, each.name, each.position) not in here:
            seq = corrections.place(work, target)
            target.respondents.append(respondents.kept(work, target.number, seq, each))
            made.append(seq)
    target.unidentified |= petition.unidentified
    if made:
        corrections.tell_units(work, target)
    return made


def _receive(work: UnitOfWork, target: Petition, received_on: date, type_: str) -> None:
    """Says it in any case: it is what the other's event is told by here."""
    moved = corrections.counting(work, target) if received_on != target.received_on else []
    if target.counts_from == target.received_on:
        target.counts_from = received_on
    target.received_on = received_on
    timeline.record(work, target, type_, received_on=received_on, counts_from=target.counts_from)
    corrections.restart(work, target, moved, type_)
