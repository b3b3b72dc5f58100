"""A petition's team of prosecutor, lawyer and counsellor (S8): formed, changed, ended, told without people."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from contracts.vocabulary import RosterKind
from courier.unit_of_work import UnitOfWork
from referral.domain import errors
from referral.tables import Member, RosterEntry, Team
from referral.use_cases import guard, parties, roster, views
from referral.use_cases.steps import holdings
from statute import day_of

K = RosterKind
# the list of a team's body → as what those in it are called in
LISTS: Mapping[str, RosterKind] = {"prosecutors": K.PROSECUTOR, "lawyers": K.LAWYER, "counsellors": K.COUNSELLOR}


def form(work: UnitOfWork, petition: str, **lists: Sequence[str]) -> Team:
    """Raises TeamThere, EndedAlready, NoSuchEntry, WrongMember, CannotTakePart. `lists`: as LISTS has them."""
    guard.lock(work, petition)
    if is_over(work, petition):
        raise errors.EndedAlready()
    team = Team(id=uuid.uuid4().hex, petition=petition, formed_at=work.now, formed_by=work.actor.officer)
    try:
        with work.attempt():
            work.session.add(team)
    except IntegrityError:
        raise errors.TeamThere() from None
    _fill(work, team, lists)
    _say(work, team, "team.formed.v1")
    return team


def change(work: UnitOfWork, petition: str, **lists: Sequence[str]) -> Team:
    """It has these from now on, and who is not among them has left. Raises NoTeam, and as `form` does."""
    team = _locked(work, petition)
    _fill(work, team, lists)
    _say(work, team, "team.changed.v1")
    return team


def end(work: UnitOfWork, petition: str) -> Team:
    """Who was in it stays on record. Raises NoTeam."""
    team = _locked(work, petition)
    _end(work, team, work.actor.officer)
    return team


def end_with(work: UnitOfWork, petition: str) -> None:
    """Its petition has ended with us; nobody had to say so."""
    team = _now(work, petition, lock=True)
    if team is not None:
        _end(work, team, None)


def is_over(work: UnitOfWork, petition: str) -> bool:
    """Whether it has ended with us, or is closed: nobody takes it on any more."""
    held = holdings(work, [petition]).get(petition)
    return guard.matter(work, petition).ended or (held is not None and held.agency is None)


def of_petition(work: UnitOfWork, petition: str) -> Team | None:
    """The one it has now."""
    return _now(work, petition)


def members(work: UnitOfWork, team: Team) -> list[tuple[Member, RosterEntry]]:
    """Who is in it now, prosecutors first."""
    rows = select(Member, RosterEntry).join(RosterEntry, RosterEntry.id == Member.entry)
    rows = rows.where(Member.team == team.id, Member.until.is_(None)).order_by(Member.since, Member.entry)
    order = list(LISTS.values())
    return sorted(((m, e) for m, e in work.session.execute(rows)), key=lambda each: order.index(K(each[0].kind)))


def able(work: UnitOfWork, petition: str) -> dict[str, dict[str, str]]:
    """List of a body → id → name of whom it may have now: in the roster, valid today, not kept away."""
    found = roster.fit(work, petition, day_of(work.now))
    names = roster.names(work, (each.id for each in found))
    return {list_: {each.id: names[each.id] for each in found if _is(each, kind)} for list_, kind in LISTS.items()}


def present(work: UnitOfWork, team: Team) -> dict[str, Any]:
    """Who is in it; `away`: who by now must have nothing to do with it, or may not be called in any more."""
    found = members(work, team)
    entries, agencies, today = [each for _, each in found], views.names(work), day_of(work.now)
    names = roster.names(work, (each.id for each in entries))
    # while nobody knows who the parties are nobody is called unfit
    known = parties.known(work, team.petition) is not None
    kept = roster.keeps_away(work, team.petition, entries) if known else set()
    return {
        "formed_at": team.formed_at.isoformat(),
        "whole": _is_whole(each for each, _ in found),
        "members": [
            {
                "entry": entry.id,
                "name": names[entry.id],
                "kind": member.kind,
                "kind_zh": K(member.kind).zh,
                "agency_zh": entry.agency and agencies.get(entry.agency, entry.agency),
                "since": member.since.isoformat(),
                "away": entry.id in kept or not roster.valid(entry, today),
            }
            for member, entry in found
        ],
    }


def _fill(work: UnitOfWork, team: Team, lists: Mapping[str, Sequence[str]]) -> None:
    entries = {id_: roster.require(work, id_) for id_ in sorted({each for ids in lists.values() for each in ids})}
    wanted: dict[str, RosterKind] = {}
    for list_, ids in lists.items():
        for id_ in dict.fromkeys(ids):
            if not _is(entries[id_], LISTS[list_]) or id_ in wanted:
                raise errors.WrongMember(list_, LISTS[list_])
            wanted[id_] = LISTS[list_]
        roster.check(work, team.petition, [entries[each] for each in ids], day_of(work.now), list_)
    had = {(member.entry, member.kind): member for member, _ in members(work, team)}
    for (id_, kind), member in had.items():
        if wanted.get(id_) != kind:
            member.until = work.now
    for id_, kind in wanted.items():
        if (id_, kind) not in had:
            work.session.add(Member(team=team.id, entry=id_, since=work.now, kind=kind))
    work.session.flush()


def _is(entry: RosterEntry, kind: RosterKind) -> bool:
    """Whether they may be that in a team: a prosecutor is one of ours."""
    return kind in entry.kinds and (kind is not K.PROSECUTOR or entry.officer is not None)


def _end(work: UnitOfWork, team: Team, by: str | None) -> None:
    _say(work, team, "team.ended.v1")
    for member, _ in members(work, team):
        member.until = work.now
    team.ended_at, team.ended_by = work.now, by


def _say(work: UnitOfWork, team: Team, type_: str) -> None:
    found = [each for each, _ in members(work, team)]
    counts = {list_: sum(each.kind == kind for each in found) for list_, kind in LISTS.items()}
    work.event(type_, team.petition, petition=team.petition, **counts, whole=_is_whole(found))


def _is_whole(found: Any) -> bool:
    """Whether it counts for S8: at least one of each."""
    return {each.kind for each in found} == set(LISTS.values())


def _locked(work: UnitOfWork, petition: str) -> Team:
    team = _now(work, petition, lock=True)
    if team is None:
        raise errors.NoTeam()
    return team


def _now(work: UnitOfWork, petition: str, lock: bool = False) -> Team | None:
    rows = select(Team).where(Team.petition == petition, Team.ended_at.is_(None))
    team: Team | None = work.session.scalar(
        rows.with_for_update() if lock else rows, execution_options={"populate_existing": True}
    )
    return team
