"""The ban asked of the tables: nothing leaves for an agency without it. Fails closed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true

from authorization import ban
from authorization.ban import AgencyGraph, BanSubject
from contracts.vocabulary import Barred, Kind, Line, Reach, ReferralState, Unmade
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, states
from referral.domain.competence import Competence, suggested
from referral.domain.fitness import Matter
from referral.tables import Agency, Guarded, Proceeding, Referral
from referral.use_cases.tools import tools_of

# of a petition from before the ban was kept, intake let claims go and nothing else
_BEFORE = BanSubject(Kind.CLAIM, False, frozenset(), True)
_UNKNOWN = Matter(Kind.CLAIM, Line.OTHER, None, secret=False, anonymous=None, held=False, ended=False)


def remember(work: UnitOfWork, petition: str, registered: Mapping[str, Any]) -> None:
    """What registration told that the ban needs."""
    units = registered["respondent_units"]
    work.session.add(
        Guarded(
            petition=petition,
            kind=Kind(registered["kind"]),
            line=Line(registered["line"]),
            secret=Reach(registered["reach"]) is Reach.SEALED or registered["sealed_post"],
            units=units,
            all_known=bool(units) and registered.get("respondents_known", False),
            place=registered.get("place"),
            sub_line=registered.get("sub_line"),
            anonymous=registered.get("anonymous"),
            sender=registered["submitted_by"],
            held=False,
            released=[],
        )
    )


def correct(work: UnitOfWork, petition: str, **what: Any) -> None:
    """What registration told of it was wrong: the ban goes by what is right, also for what is under way.

    Of a petition from before the ban was kept what is right is not all that it needs: it stays as it was.
    """
    known = work.session.get(Guarded, petition, with_for_update=True)
    if known is None:
        return
    for name, value in what.items():
        setattr(known, name, value)
    work.session.flush()
    ask_anew(work, petition)


def hold(work: UnitOfWork, petition: str) -> None:
    """Intake knows why. What was released before is looked at anew."""
    known = work.session.get(Guarded, petition, with_for_update=True)
    if known is None:
        known = Guarded(petition=petition, kind=Kind.CLAIM, line=Line.OTHER, secret=False, units=[], all_known=True)
        work.session.add(known)
    known.held, known.released = True, []


def release(work: UnitOfWork, petition: str, to: str) -> None:
    """What is held may go to this agency, until it is held anew."""
    known = work.session.get_one(Guarded, petition, with_for_update=True)
    known.released = sorted({*known.released, to})


def lock(work: UnitOfWork, petition: str) -> Guarded | None:
    """Whoever hands it over at this moment has done so, or waits."""
    return work.session.get(Guarded, petition, with_for_update=True)


def end(work: UnitOfWork, petition: str, ended: bool) -> bool:
    """Nobody new gets what has ended with us, until it is taken up again. Whether that is new."""
    known = lock(work, petition)
    if known is None:
        known = Guarded(petition=petition, kind=Kind.CLAIM, line=Line.OTHER, secret=False, units=[], all_known=True)
        work.session.add(known)
    known.ended, was = ended, known.ended
    return ended and not was


def withheld() -> ColumnElement[bool]:
    """What was handed to an agency of a petition that is held: it is not handed again."""
    its = partner_outbox.handed.c
    of = select(Referral.number).join(Guarded, Guarded.petition == Referral.petition)
    named = select(Proceeding.number).join(Guarded, Guarded.petition == Proceeding.petition)
    apart = (Guarded.held, ~Guarded.released.has_key(its.agency))
    return or_(
        of.where(Referral.number == its.subject, *apart).exists(),
        named.where(Proceeding.number == func.split_part(its.subject, "/", 1), *apart).exists(),
    )


def seal(work: UnitOfWork, petition: str) -> None:
    """Secrecy was asked for later: from here on it holds at every door."""
    known = work.session.get(Guarded, petition)
    if known is None:
        # from before the ban was kept: whom it hits is not known, and who could be whom must not have it
        known = Guarded(petition=petition, kind=Kind.CLAIM, line=Line.OTHER, units=[], all_known=False)
        work.session.add(known)
    known.secret = True


def matter(work: UnitOfWork, petition: str) -> BanSubject:
    """What the ban asks of a petition; one from before the ban was kept is taken for a claim: no other was let go."""
    known = work.session.get(Guarded, petition)
    return known.matter if known else _BEFORE


def fitness(work: UnitOfWork, petition: str, *, lock: bool = False) -> Matter:
    """What is asked before a proceeding; of one from before the ban was kept nobody knows whether it has a name.

    `lock`: what is read stays so until this commits.
    """
    known = work.session.get(Guarded, petition, with_for_update={"read": True} if lock else None)
    return known.fitness if known else _UNKNOWN


def matters(work: UnitOfWork, petitions: Sequence[str], *, lock: bool = False) -> dict[str, BanSubject]:
    """`lock`: what is read stays so until this commits."""
    query = select(Guarded).where(Guarded.petition.in_(petitions)).order_by(Guarded.petition)
    known = work.session.scalars(query.with_for_update(read=True) if lock else query)
    return dict.fromkeys(petitions, _BEFORE) | {each.petition: each.matter for each in known}


def agency_graph(work: UnitOfWork) -> AgencyGraph:
    """Every agency with its parent and its edges, those that left included: as the ban reads them."""
    return AgencyGraph.of(agency.member for agency in work.session.scalars(select(Agency)))


def refusal(work: UnitOfWork, of: BanSubject, code: str) -> tuple[Barred, list[str]] | None:
    """Why it may not leave for the agency, and who may lawfully have it; None: it may."""
    if not of.guarded and not of.held:
        return None
    graph = agency_graph(work)
    reason = ban.refusal(graph, of, code)
    if reason is Barred.HELD:
        return reason, []
    return None if reason is None else (reason, ban.choices(graph, of, tools_of(work).our_agency))


def turned_back(work: UnitOfWork, petition: str, of: BanSubject, code: str) -> bool:
    """Whether it may not leave for the agency; if so, that is said, with who may lawfully have it."""
    refused = refusal(work, of, code)
    if refused is not None:
        reason, lawful = refused
        work.event("routing.refused.v1", petition, petition=petition, to=code, reason=reason, lawful=lawful)
    return refused is not None


def unmade(work: UnitOfWork, petition: str, command: str, to: str, reason: Unmade) -> None:
    """What an officer asked in intake cannot be done here, now or later: said, so that nobody waits for it."""
    work.event("command.refused.v1", petition, petition=petition, command=command, to=to, reason=reason)


def ask_anew(work: UnitOfWork, petition: str | None = None) -> None:
    """The ban of what is under way, of one petition or of all: whom it hits now fetches nothing any more.

    For after the directory has changed, or secrecy was asked for.
    """
    under_way = [str(state) for state in states.OPEN - {ReferralState.DRAFTED}]
    found = work.session.execute(
        select(Referral, Guarded)
        .join(Guarded, Guarded.petition == Referral.petition)
        .where(~Referral.inbound, Referral.state.in_(under_way))
        .where(or_(Guarded.kind == Kind.ACCUSATION, Guarded.secret))
        .where(true() if petition is None else Referral.petition == petition)
        .order_by(Referral.number)
    ).all()
    graph = agency_graph(work)
    for referral, known in found:
        if ban.refusal(graph, known.matter, referral.agency) is not None:
            bar(work, referral)


def bar(work: UnitOfWork, referral: Referral) -> None:
    """Tells intake, which has the files."""
    data = {"petition": referral.petition, "referral": referral.number}
    work.letter("intake", "file.barred.v1", referral.petition, data=data)


def check(work: UnitOfWork, petition: str, code: str) -> None:
    """Raises BarredReceiver, which shows the lawful choices, or HeldBack, which shows nothing."""
    refused = refusal(work, matter(work, petition), code)
    if refused is not None and refused[0] is Barred.HELD:
        raise errors.HeldBack()
    if refused is not None:
        raise ban.BarredReceiver(*refused)


def receivers(work: UnitOfWork, petition: str) -> list[dict[str, Any]]:
    """Every agency of the directory: whether it may have the petition, why not, and what speaks for it.

    Those whose competence covers it come first, the narrowest before the others.
    """
    of, graph, ours = matter(work, petition), agency_graph(work), tools_of(work).our_agency
    known = work.session.get(Guarded, petition)
    found: list[tuple[int, dict[str, Any]]] = []
    for agency in work.session.scalars(select(Agency).where(Agency.active, Agency.code != ours).order_by(Agency.code)):
        reason = ban.refusal(graph, of, agency.code)
        row = _speaks_for(agency, known) if reason is None and known else None
        found.append(
            (
                row.narrowness if row else -1,
                {
                    "agency": agency.code,
                    "agency_zh": agency.name,
                    "transport": agency.transport,
                    "lawful": reason is None,
                    "suggested": row.why if row else None,
                    "reason": reason,
                    "reason_zh": reason and reason.zh,
                },
            )
        )
    return [entry for _, entry in sorted(found, key=lambda each: -each[0])]


def _speaks_for(agency: Agency, known: Guarded) -> Competence | None:
    rows = [Competence.read(row) for row in agency.competence]
    return suggested(rows, Kind(known.kind), Line(known.line), known.place)
