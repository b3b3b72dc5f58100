"""The routing ban at intake's own door: what referral would refuse a moment later is refused before it is written.

The rule is one (`authorization.ban`), and so is what it is asked of: what registration told, and the directory. Where
older code told of an agency without how it stands to others, referral alone says.
"""

from collections.abc import Mapping

from sqlalchemy import select

from authorization import ban
from authorization.ban import AgencyGraph, BanSubject
from contracts.vocabulary import Barred, Kind, Transport
from courier.unit_of_work import UnitOfWork
from intake.domain import states
from intake.domain.states import Snapshot
from intake.tables import Agency, Petition, Step
from intake.use_cases import directory
from intake.use_cases.tools import tools_of


def check(work: UnitOfWork, petition: Petition, code: str) -> None:
    """Raises BarredReceiver, which names the lawful ones. Whether it is held was asked before."""
    asked = _asked(work, petition)
    reason = asked and ban.refusal(*asked, code)
    if asked and reason is not None:
        raise ban.BarredReceiver(reason, ban.choices(*asked, tools_of(work).our_agency))


def receivers(work: UnitOfWork, petition: Petition) -> Mapping[str, str] | None:
    """Who may have it, code → name; None: whoever is in the directory."""
    asked, its = _asked(work, petition), petition.snapshot
    if asked is None and not its.on_hold and not its.secret:
        return None
    codes = None if asked is None else set(ban.choices(*asked, tools_of(work).our_agency))
    return {
        each.code: each.name
        for each in directory.agencies(work)
        if each.code != tools_of(work).our_agency
        and (codes is None or each.code in codes)
        and not states.withheld(its, each.code)
        and _goes(its, Transport(each.transport).queued)
    }


def barred(work: UnitOfWork, matter: BanSubject) -> dict[str, Barred] | None:
    """Whom the ban keeps a matter from, and why, as referral will; None: referral alone can say it.

    `matter`: of one that is not registered yet, so that it is held for nobody's sake.
    """
    graph = _graph(work)
    if graph is None:
        return None
    ours = tools_of(work).our_agency
    refused = {
        code: ban.refusal(graph, matter, code)
        for code, member in sorted(graph.members.items())
        if member.active and code != ours
    }
    return {code: reason for code, reason in refused.items() if reason is not None}


def _goes(its: Snapshot, queued: bool) -> bool:
    """As `states.carries` has it: an envelope goes by hand, a claim by a queue alone."""
    return not queued if its.secret else queued or its.kind is Kind.ACCUSATION


def released(work: UnitOfWork, petition: Petition) -> Mapping[str, str] | None:
    """Whom something that is held may be shown to, code → name; None: anybody, for it is not held."""
    its = petition.snapshot
    if not its.on_hold:
        return None
    return {each.code: each.name for each in directory.agencies(work) if each.code in its.released}


def _asked(work: UnitOfWork, petition: Petition) -> tuple[AgencyGraph, BanSubject] | None:
    """What the rule is asked of; None where the ban says nothing of it, or cannot say it here."""
    secret = petition.secrecy or petition.post_number is not None
    if Kind(petition.kind) is not Kind.ACCUSATION and not secret:
        return None
    graph = _graph(work)
    if graph is None:
        return None
    said = ("petition.registered.v1", "petition.respondents_corrected.v1")
    registered = select(Step.data).where(Step.petition == petition.number, Step.type.in_(said))
    told = work.session.scalars(registered.order_by(Step.id.desc()).limit(1)).first() or {}
    if "respondents_known" not in told:
        return None
    units = frozenset(told["respondent_units"])
    matter = BanSubject(Kind(petition.kind), secret, units, bool(units) and told["respondents_known"])
    return graph, matter


def _graph(work: UnitOfWork) -> AgencyGraph | None:
    """None where older code told of an agency without how it stands to others."""
    agencies = work.session.scalars(select(Agency)).all()
    if any(each.edges is None for each in agencies):
        return None
    return AgencyGraph.of(agency.member for agency in agencies)
