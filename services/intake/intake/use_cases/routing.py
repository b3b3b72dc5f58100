"""The routing ban at intake's own door: what referral would refuse a moment later is refused before it is written.

The rule is one (`authorization.ban`), and so is what it is asked of: what registration told, and the directory. Where
older code told of an agency without how it stands to others, referral alone says.
"""

from sqlalchemy import select

from authorization import ban
from authorization.ban import AgencyGraph, BanSubject
from contracts.vocabulary import Kind
from courier.unit_of_work import UnitOfWork
from intake.tables import Agency, Petition, Step
from intake.use_cases.tools import tools_of


def check(work: UnitOfWork, petition: Petition, code: str) -> None:
    """Raises BarredReceiver, which names the lawful ones. Whether it is held was asked before."""
    secret = petition.secrecy or petition.post_number is not None
    if Kind(petition.kind) is not Kind.ACCUSATION and not secret:
        return
    agencies = work.session.scalars(select(Agency)).all()
    if any(each.edges is None for each in agencies):
        return
    registered = select(Step.data).where(Step.petition == petition.number, Step.type == "petition.registered.v1")
    told = work.session.scalars(registered).first() or {}
    if "respondents_known" not in told:
        return
    units = frozenset(told["respondent_units"])
    matter = BanSubject(Kind(petition.kind), secret, units, bool(units) and told["respondents_known"])
    graph = AgencyGraph.of(agency.member for agency in agencies)
    reason = ban.refusal(graph, matter, code)
    if reason is not None:
        raise ban.BarredReceiver(reason, ban.choices(graph, matter, tools_of(work).our_agency))
