"""Petitions that belong together: linked by a person or by splitting one letter, shown where that betrays nobody."""

from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from typing import Any

from sqlalchemy import Text, case, exists, func, literal, or_, select, update

from authorization.sight import View
from contracts.vocabulary import Kind, LinkReason
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors, states
from intake.tables import Link, Petition, ReleaseState, Step
from intake.use_cases import timeline
from intake.use_cases.petitions import load

LINKED = "petition.linked.v1"
_LINKING = 0x6C696E6B  # the lock's number: link
_LIVE = frozenset({ReleaseState.ASKED, ReleaseState.RELEASED})


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
    if work.session.get(Link, (number, to)) is None:
        _add(work, petition, to, reason)
    elif betrays(work, petition, other):
        # as if it were new: that it is there is shown to nobody
        timeline.record(work, petition, LINKED, reason=reason)
    else:
        raise errors.LinkedAlready()
    hold_if_needed(work, petition)
    return petition


def tie(work: UnitOfWork, parts: Sequence[Petition]) -> None:
    """The parts of one letter, each to each."""
    for one, other in permutations(parts, 2):
        _add(work, one, other.number, LinkReason.SPLIT)
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
    held = states.on_hold({each.number: guarded(each) for each in members})
    locked = select(Petition).where(Petition.number.in_(held)).order_by(Petition.number).with_for_update()
    for each in work.session.scalars(locked.execution_options(populate_existing=True)):
        if not each.on_hold or any(release.state in _LIVE for release in each.releases):
            _hold(work, each)
    work.session.execute(update(Link).where(Link.petition.in_([each.number for each in members])).values(seen=True))


def belonging(work: UnitOfWork, number: str) -> list[Petition]:
    """A petition and all that is linked to it, both ways and over others; each is visited once."""
    reached = select(literal(number, Text).label("number")).cte("reached", recursive=True)
    other = case((Link.petition == reached.c.number, Link.to), else_=Link.petition)
    step = select(other).join(reached, or_(Link.petition == reached.c.number, Link.to == reached.c.number))
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


def of_petition(work: UnitOfWork, view: View, number: str) -> list[dict[str, Any]]:
    """Both ways, as far as the officer may know."""
    own = load(work, number, lock=False)
    towards = select(Link.reason, Petition).join(Petition, Petition.number == Link.to).where(Link.petition == number)
    from_ = select(Link.reason, Petition).join(Petition, Petition.number == Link.petition).where(Link.to == number)
    found = {
        each.number: reason
        for query in (from_, towards)
        for reason, each in _shown(work, view, query)
        if not betrays(work, own, each)
    }
    return [
        {"number": other, "reason": reason, "reason_zh": LinkReason(reason).zh}
        for other, reason in sorted(found.items())
    ]


def without_hidden(work: UnitOfWork, view: View, number: str, steps: Sequence[Step]) -> list[Step]:
    """The timeline without the links to what is out of sight: a line and no number beside it would tell of it."""
    query = select(Link.recorded_at, Petition).join(Petition, Petition.number == Link.to).where(Link.petition == number)
    hidden = Counter(at for at, other in work.session.execute(query) if not view.covers(other.placement))
    shown = []
    for step in steps:
        if step.type == LINKED and hidden[step.at]:
            hidden[step.at] -= 1
        else:
            shown.append(step)
    return shown


def _shown(work: UnitOfWork, view: View, query: Any) -> list[tuple[str, Petition]]:
    # what is out of sight is not there: its number alone betrays that there is something
    return [(reason, each) for reason, each in work.session.execute(query) if view.covers(each.placement)]


def guarded(petition: Petition) -> bool:
    """Whether what it says must not reach others by what belongs to it: accusations, secret and sealed ones."""
    return Kind(petition.kind) is Kind.ACCUSATION or petition.secrecy or petition.post_number is not None


def _names(petition: Petition) -> bool:
    return not (petition.secrecy or petition.anonymous)


def _add(work: UnitOfWork, petition: Petition, to: str, reason: LinkReason) -> None:
    work.session.add(
        Link(petition=petition.number, to=to, reason=reason, recorded_at=work.now, officer=work.actor.officer)
    )
    # not to which: the timeline is read by who may not know of the other
    timeline.record(work, petition, LINKED, reason=reason)
