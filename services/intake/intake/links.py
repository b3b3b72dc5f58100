"""Petitions that belong together: linked by a person or by splitting one letter, shown where that betrays nobody."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import Kind, LinkReason
from courier.work import Work
from intake import domain, errors, timeline
from intake.access import Held, View
from intake.petitions import load
from intake.tables import Link, Petition


def shows(view: View, held: Held, guarded: bool) -> bool:
    """An accusation, or what was said in secrecy, is named only to who may read it: its number alone betrays it."""
    return not guarded or view.covers(held)


def betrays(one: Petition, other: Petition) -> bool:
    """A secret one beside one that names its petitioner: who reads both knows who asked for secrecy."""
    return one.secrecy != other.secrecy and not (one.anonymous or other.anonymous)


def link(work: Work, number: str, to: str, reason: LinkReason) -> Petition:
    """A person says what belongs together; the link names its target, also a closed one."""
    petition = load(work, number)
    domain.check("link", petition.standing)
    if to == number:
        raise errors.LinkedToItself()
    load(work, to, lock=False)
    if work.session.get(Link, (number, to)) is not None:
        raise errors.LinkedAlready()
    _add(work, petition, to, reason)
    return petition


def tie(work: Work, parts: Sequence[Petition]) -> None:
    """The parts of one letter, each to each."""
    for one, other in permutations(parts, 2):
        _add(work, one, other.number, LinkReason.SPLIT)


def of_petition(work: Work, view: View, number: str) -> list[dict[str, Any]]:
    """Both ways, as far as the officer may know."""
    own = load(work, number, lock=False)
    towards = select(Link.reason, Petition).join(Petition, Petition.number == Link.to).where(Link.petition == number)
    from_ = select(Link.reason, Petition).join(Petition, Petition.number == Link.petition).where(Link.to == number)
    found = {
        each.number: reason
        for query in (from_, towards)
        for reason, each in _shown(work, view, query)
        if not betrays(own, each)
    }
    return [
        {"number": other, "reason": reason, "reason_zh": LinkReason(reason).zh}
        for other, reason in sorted(found.items())
    ]


def _shown(work: Work, view: View, query: Any) -> list[tuple[str, Petition]]:
    return [(reason, each) for reason, each in work.session.execute(query) if shows(view, each.held, guarded(each))]


def guarded(petition: Petition) -> bool:
    standing = petition.standing
    return standing.kind is Kind.ACCUSATION or standing.secret


def _add(work: Work, petition: Petition, to: str, reason: LinkReason) -> None:
    work.session.add(
        Link(petition=petition.number, to=to, reason=reason, recorded_at=work.now, officer=work.actor.officer)
    )
    # not to which: the timeline is read by who may not know of the other
    timeline.record(work, petition, "petition.linked.v1", reason=reason)
