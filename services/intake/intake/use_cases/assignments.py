"""Who handles a petition changes: one at a time, or many at once when somebody moves on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from authorization.sight import OUT_OF_SIGHT, View
from contracts.problems import Denied, Problem
from contracts.vocabulary import HandlerChange
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import OfficerRow, Petition
from intake.use_cases import holding, office, recusal, tasks, timeline, walls
from intake.use_cases.petitions import check_person, load
from statute import day_of

MOST = 200  # of a handover at once


@dataclass(frozen=True, slots=True)
class Asker:
    """The officer who asks, with whom they stand in for; and of which petitions they decide as a head or the chief."""

    view: View
    decides: Callable[[Petition], bool]


def asker(view: Callable[[str], View]) -> Asker:
    """`view`: how far they see, for an action of the table of rights."""
    # as who stands in for a handler one is no head there
    head = replace(view("petition.assign"), hands=frozenset())
    return Asker(view("petition.set-handler"), lambda petition: head.covers(petition.placement))


def change(work: UnitOfWork, asker: Asker, number: str, handler: str | None) -> Petition:
    """Names who handles it in its department, or nobody yet.

    Raises NotNow, also where nothing would change, UnknownOfficer, CannotHandle, PersonMissing, HandledByAnother.
    """
    petition = load(work, number)
    _check(work, asker, petition, handler)
    if handler == petition.handler:
        raise errors.SameHandler(handler)
    _give(work, petition, handler, _why(work, handler))
    return petition


def takes(work: UnitOfWork, asker: Asker, petition: Petition) -> bool:
    """Whether who asks, and decides nothing of it, may take it: nobody has it, or whom they stand in for."""
    me, department = work.actor.officer, petition.department or ""
    free = petition.handler is None or petition.handler in asker.view.numbers
    return free and petition.handler != me and recusal.may_handle(work, department, me, lock=False)


def has_others(work: UnitOfWork, petition: Petition) -> bool:
    """Whether there is somebody else who could be named: nobody, while it is not known whom of us it concerns."""
    if petition.placement.unnamed:
        return False
    seated = work.session.scalars(select(OfficerRow).where(OfficerRow.department == petition.department)).all()
    if not seated and work.session.scalar(select(OfficerRow.number).limit(1)) is None:
        return True  # an office that loaded none takes any number
    today = day_of(work.now)
    able = [each.number for each in seated if each.number != petition.handler and holding.handles(each, today)]
    return any(not recusal.keeps_away(work, petition, [each]) for each in able)


def gives_back(asker: Asker, petition: Petition) -> bool:
    """Whether who asks may give it back to its department."""
    if petition.handler is None or petition.one_to_one:
        return False
    return petition.handler in asker.view.numbers or asker.decides(petition)


def hand_over(
    work: UnitOfWork,
    asker: Asker,
    handler: str,
    to: str | None,
    reason: HandlerChange,
    petitions: Sequence[str] | None,
    *,
    whole: bool,
    dry: bool,
    denied: Callable[[str, str], object],
) -> dict[str, Any]:
    """Many of one officer's to another, or back to their departments: what became of each, and why it stays where not.

    `petitions`: which; None: all that the asker may see, at most 200 at a time. `whole`: all or nothing. `dry`: what
    would become of them. Asked again it moves nothing twice. `denied` is told of what the asker may not, by number and
    sentence. Raises UnknownOfficer, HandoverIncomplete.
    """
    office.check_officer(work, handler, "handler")
    if to is not None:
        office.check_officer(work, to, "to", day_of(work.now))
    its = _of(handler, petitions, walls.visible(asker.view))
    found = work.session.scalars(its if dry else its.with_for_update(of=Petition)).all()
    asked = [each.number for each in found] if petitions is None else sorted(set(petitions))
    known = {each.number: each for each in found}
    results: list[dict[str, Any]] = []
    moving: list[Petition] = []
    for number in asked[:MOST]:
        petition = known.get(number)
        refusal: Problem | None = None
        if petition is None or not asker.view.covers(petition.placement):
            refusal = Denied(OUT_OF_SIGHT, "out of the officer's sight")
        elif petition.handler != to:
            refusal = _refusal(work, asker, petition, handler, to)
            moving += [] if refusal else [petition]
        if isinstance(refusal, Denied):
            denied(number, refusal.zh)
        why = {"why": refusal and refusal.code, "why_zh": refusal and refusal.zh}
        results.append({"petition": number, "moved": refusal is None, **why})
    if whole and not dry and not all(each["moved"] for each in results):
        raise errors.HandoverIncomplete(results)
    for petition in [] if dry else moving:
        _give(work, petition, to, reason)
    moved = sum(each["moved"] for each in results)
    more = len(asked) > MOST
    return {"results": results, "moved": moved, "not_moved": len(results) - moved, "more": more}


def _of(handler: str, numbers: Sequence[str] | None, visible: ColumnElement[bool]) -> Select[Petition]:
    """In the order of their numbers, as everybody locks several."""
    query = select(Petition).order_by(Petition.number)
    if numbers is not None:
        return query.where(Petition.number.in_(numbers))
    held = Petition.state.in_([str(state) for state in states.HANDLED])
    return query.where(Petition.handler == handler, held, visible).limit(MOST + 1)


def _check(work: UnitOfWork, asker: Asker, petition: Petition, handler: str | None) -> None:
    states.check("set-handler", petition.snapshot)
    free = petition.handler is None or petition.handler in asker.view.numbers
    if not (free and handler in (None, work.actor.officer)) and not asker.decides(petition):
        raise errors.HandledByAnother()
    if handler is None:
        check_person(petition, handler)
    else:
        # in this state some department has it
        recusal.check(work, petition, petition.department or "", handler)


def _refusal(work: UnitOfWork, asker: Asker, petition: Petition, handler: str, to: str | None) -> Problem | None:
    try:
        if petition.handler != handler:
            raise errors.HandlesNoMore()
        _check(work, asker, petition, to)
    except Problem as refusal:
        return refusal
    return None


def _give(work: UnitOfWork, petition: Petition, handler: str | None, why: HandlerChange) -> None:
    holding.give(work, petition, petition.department, handler)
    tasks.settle(work, petition)
    timeline.record(work, petition, "petition.handler_changed.v1", change=why)


def _why(work: UnitOfWork, handler: str | None) -> HandlerChange:
    if handler is None:
        return HandlerChange.GIVEN_BACK
    return HandlerChange.TAKEN_OVER if handler == work.actor.officer else HandlerChange.ASSIGNED
