"""Petitions that belong together: linked by a person or by splitting one letter, shown where that betrays nobody."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from typing import Any

from sqlalchemy import Text, case, exists, func, literal, or_, select, update

from authorization.sight import View
from contracts.vocabulary import Corrected, Kind, LinkReason, PetitionState
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors, states
from intake.tables import Link, MatchedPair, Petition, ReleaseState, Step
from intake.use_cases import kept, timeline
from intake.use_cases.petitions import load

LINKED, UNLINKED, DECIDED = "petition.linked.v1", "petition.unlinked.v1", "petition.match_decided.v1"
_LINKING = 0x6C696E6B  # the lock's number: link
_LIVE = frozenset({ReleaseState.ASKED, ReleaseState.RELEASED})
_BY_PEOPLE = frozenset({LinkReason.REPEAT, LinkReason.RELATED})


def betrays(work: UnitOfWork, one: Petition, other: Petition) -> bool:
    """A secret one beside one that names its petitioner: who reads both knows who asked for secrecy.

    Over an anonymous one between them as well.
    """
    return _names(one) != _names(other) and any(each.secrecy for each in belonging(work, one.number))


def link(work: UnitOfWork, number: str, to: str, reason: LinkReason) -> Petition:
    """A person says what belongs together; the target may be closed. Raises LinkedToItself, LinkedAlready."""
    petition = load(work, number)
    states.check("link", petition.snapshot)
    if to == number:
        raise errors.LinkedToItself()
    other = load(work, to, lock=False)
    before = work.session.get(Link, (number, to))
    if before is None or before.undone_at is not None:
        add(work, petition, to, reason)
    elif betrays(work, petition, other):
        # as if it were new: that it is there is shown to nobody
        timeline.record(work, petition, LINKED, reason=reason)
    else:
        raise errors.LinkedAlready()
    hold_if_needed(work, petition)
    return petition


def unlink(work: UnitOfWork, number: str, other: str, reason: str) -> Petition:
    """A person had linked them by mistake. The parts of a letter, and what was merged, stay as they are.

    What was held for it stays held: who had read both knows what they know. Raises NoSuchLink.
    """
    petition = load(work, number)
    states.check("unlink", petition.snapshot)
    found = [each for each in _of_people(petition) if other in (each.petition, each.to)]
    if not found or betrays(work, petition, load(work, other, lock=False)):
        raise errors.NoSuchLink()
    for each in found:
        each.undone_at = work.now
        was = {"reason": LinkReason(each.reason).zh}
        kept.keep(work, load(work, each.petition), [Corrected.LINK], was, reason)
        timeline.record(work, load(work, each.petition), UNLINKED)
    return petition


def undoable(work: UnitOfWork, view: View, petition: Petition) -> list[str]:
    """The numbers to which a person linked it, as far as the officer may know."""
    return [other for other, _ in _shown(work, view, petition, _of_people(petition))]


def _of_people(petition: Petition) -> list[Link]:
    return [each for each in _standing(petition) if each.reason in _BY_PEOPLE]


def _standing(petition: Petition) -> list[Link]:
    return [each for each in petition.links if each.undone_at is None]


def tie(work: UnitOfWork, parts: Sequence[Petition]) -> None:
    """The parts of one letter, each to each."""
    for one, other in permutations(parts, 2):
        _begin(work, one, other.number, LinkReason.SPLIT)
    hold_if_needed(work, parts[0])


def hold_if_needed(work: UnitOfWork, petition: Petition) -> None:
    """Holds whatever belongs to a guarded petition, however far, before anything of it leaves; releases are void.

    To be called whenever something more belongs together, and when one of them becomes an accusation or secret. Of the
    whole: who wrote the one wrote the other, and over two links as well.
    """
    work.session.flush()
    # of two links made at once each would miss what the other joined
    work.session.execute(select(func.pg_advisory_xact_lock(_LINKING)))
    members = belonging(work, petition.number)
    # what was merged says what the one says in which it goes on: neither guards the other
    merged = {each.number for each in members if each.state == PetitionState.MERGED}
    held = states.on_hold({each.number: guarded(each) and each.number not in merged for each in members})
    locked = select(Petition).where(Petition.number.in_(held)).order_by(Petition.number).with_for_update()
    for each in work.session.scalars(locked.execution_options(populate_existing=True)):
        if not each.on_hold or any(release.state in _LIVE for release in each.releases):
            _hold(work, each)
    work.session.execute(update(Link).where(Link.petition.in_([each.number for each in members])).values(seen=True))


def one_with(work: UnitOfWork, petition: Petition) -> Sequence[Petition]:
    """Itself and what goes on in it, or in which it goes on, each under its lock: one matter, whatever the number."""
    if work.late.waits(petition.number):
        return [petition]  # it is being registered
    numbers = [each.number for each in belonging(work, petition.number, LinkReason.MERGED)]
    its = select(Petition).where(Petition.number.in_(numbers)).order_by(Petition.number)
    return work.session.scalars(its.with_for_update()).all()


def belonging(work: UnitOfWork, number: str, reason: LinkReason | None = None) -> list[Petition]:
    """A petition and all that is linked to it, both ways and over others, for a reason or for any."""
    reached = select(literal(number, Text).label("number")).cte("reached", recursive=True)
    other = case((Link.petition == reached.c.number, Link.to), else_=Link.petition)
    step = select(other).join(reached, or_(Link.petition == reached.c.number, Link.to == reached.c.number))
    step = step.where(Link.undone_at.is_(None), *([] if reason is None else [Link.reason == reason]))
    reached = reached.union(step)
    query = select(Petition).where(Petition.number.in_(select(reached.c.number))).order_by(Petition.number)
    return list(work.session.scalars(query))


def hold_unseen(context: ServiceContext, actor: Actor, limit: int = 50) -> int:
    """The links made by code that knew of no holds, each in a transaction of its own. Returns how many petitions."""
    with context.begin(actor) as work:
        found = work.session.scalars(select(Link.petition).where(~Link.seen).distinct().limit(limit)).all()
    for number in found:
        with context.begin(actor) as work:
            if work.session.scalar(select(exists().where(Link.petition == number, ~Link.seen))):
                hold_if_needed(work, work.session.get_one(Petition, number))
    return len(found)


def hold_again(context: ServiceContext, actor: Actor, limit: int = 50) -> int:
    """Says once more of each that it is held: code from before heard it and did nothing. Returns how many."""
    said, after = 0, ""
    while True:
        with context.begin(actor) as work:
            held = select(Petition).where(Petition.on_hold, Petition.number > after).order_by(Petition.number)
            found = work.session.scalars(held.limit(limit).with_for_update()).all()
            for each in found:
                _hold(work, each)
                after = each.number
        said += len(found)
        if len(found) < limit:
            return said


def _hold(work: UnitOfWork, petition: Petition) -> None:
    for release in petition.releases:
        if release.state in _LIVE:
            release.state = ReleaseState.VOID
    petition.on_hold = True
    timeline.record(work, petition, "petition.held.v1")


def of_petition(work: UnitOfWork, view: View, petition: Petition) -> list[dict[str, Any]]:
    """Both ways, as far as the officer may know."""
    return [
        {"number": other, "reason": reason, "reason_zh": LinkReason(reason).zh}
        for other, reason in _shown(work, view, petition, _standing(petition))
    ]


def without_hidden(work: UnitOfWork, view: View, number: str, steps: Sequence[Step]) -> list[Step]:
    """The timeline without what was said of it and what is out of sight: a line and no number beside it would tell."""
    links = select(Link, Petition).join(Petition, Petition.number == Link.to).where(Link.petition == number)
    pairs = select(MatchedPair.recorded_at, Petition).join(Petition, Petition.number == MatchedPair.other)
    said = {step.type for step in steps}  # of most nothing of the kind, and nothing is asked for
    linked = work.session.execute(links) if LINKED in said else ()
    decided = work.session.execute(pairs.where(MatchedPair.petition == number)) if DECIDED in said else ()
    hidden = Counter(line for row, other in linked if not view.covers(other.placement) for line in _lines(row))
    # of what was decided anew, or asked for secrecy since, nothing says any more which other it was
    known = {at for at, other in decided if view.covers(other.placement)}
    shown = []
    for step in steps:
        if hidden[step.type, step.at]:
            hidden[step.type, step.at] -= 1
        elif step.type != DECIDED or step.at in known:
            shown.append(step)
    return shown


def _lines(link: Link) -> list[tuple[str, datetime]]:
    """What the timeline says of it: by what it is told, and when."""
    said = [(LINKED, link.recorded_at), *((LINKED, datetime.fromisoformat(since)) for since, _ in link.past)]
    undone = [datetime.fromisoformat(until) for _, until in link.past if until is not None]
    undone += [] if link.undone_at is None else [link.undone_at]
    return said + [(UNLINKED, until) for until in undone]


def _shown(work: UnitOfWork, view: View, petition: Petition, links: Sequence[Link]) -> list[tuple[str, str]]:
    """(number, reason) of those at the other ends that the officer may know of; where it is said twice, its own."""
    if not links:
        return []
    its = petition.number
    reasons = {each.petition: each.reason for each in links}
    reasons |= {each.to: each.reason for each in links if each.petition == its}
    others = select(Petition).where(Petition.number.in_(reasons), Petition.number != its).order_by(Petition.number)
    # what is out of sight is not there: its number alone betrays that there is something
    return [
        (other.number, reasons[other.number])
        for other in work.session.scalars(others).all()
        if view.covers(other.placement) and not betrays(work, petition, other)
    ]


def guarded(petition: Petition) -> bool:
    """Whether what it says must not reach others by what belongs to it: accusations, secret and sealed ones."""
    return Kind(petition.kind) is Kind.ACCUSATION or petition.secrecy or petition.post_number is not None


def _names(petition: Petition) -> bool:
    return not (petition.secrecy or petition.anonymous)


def add(work: UnitOfWork, petition: Petition, to: str, reason: LinkReason) -> None:
    """From now on they belong together; the caller holds what must be held. Also where they do already, or did once."""
    row = work.session.get(Link, (petition.number, to))
    if row is None:
        return _begin(work, petition, to, reason)
    row.past = [*row.past, [row.recorded_at.isoformat(), row.undone_at and row.undone_at.isoformat()]]
    row.reason, row.recorded_at, row.officer = reason, work.now, work.actor.officer
    row.seen, row.undone_at = False, None
    return _tell(work, petition, reason)


def linked(work: UnitOfWork, number: str, to: str) -> LinkReason | None:
    """By which reason it belongs to the other, where it does by its own link."""
    row = work.session.get(Link, (number, to))
    return None if row is None or row.undone_at is not None else LinkReason(row.reason)


def _begin(work: UnitOfWork, petition: Petition, to: str, reason: LinkReason) -> None:
    work.session.add(
        Link(petition=petition.number, to=to, reason=reason, recorded_at=work.now, officer=work.actor.officer)
    )
    _tell(work, petition, reason)


def _tell(work: UnitOfWork, petition: Petition, reason: LinkReason) -> None:
    # not to which: the timeline is read by who may not know of the other
    timeline.record(work, petition, LINKED, reason=reason)
