"""What a petition's own way brings its referrals and its custody: its beginning, what it is held for, its end."""

from collections.abc import Sequence

from sqlalchemy import select

from contracts.vocabulary import Ending, Kind, Line
from courier.inbox import Message
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from referral.domain import states
from referral.tables import Referral
from referral.use_cases import guard, invitations, officers, parties, teams
from referral.use_cases.steps import add_custody, begin_custody, holding, make, move_custody
from referral.use_cases.tools import tools_of

ENDINGS = {
    "petition.withdrawn.v1": Ending.WITHDRAWN,
    "petition.terminated.v1": Ending.TERMINATED,
    "petition.not_accepted.v1": Ending.NOT_ACCEPTED,
    "petition.guided.v1": Ending.GUIDED,
    "petition.sent_back.v1": Ending.SENT_BACK,
}


def registered(work: UnitOfWork, message: Message) -> None:
    """Custody begins with us, or with who sent it until we sign; what the ban needs is remembered."""
    guard.remember(work, message.data["petition"], message.data)
    begins = message.data["submitted_by"] or tools_of(work).our_agency
    begin_custody(work, message.data["petition"], begins, message.envelope.time)


def sealed(work: UnitOfWork, message: Message) -> None:
    """The ban holds it for a secret; what an agency has not signed for is not offered to it once more."""
    guard.seal(work, message.data["petition"])
    guard.ask_anew(work, message.data["petition"])
    parties.changed(work, message)
    its = select(Referral.number).where(Referral.petition == message.data["petition"], ~Referral.inbound)
    invited = invitations.subjects(work, message.data["petition"])
    partner_outbox.stop_offering(work, [*work.session.scalars(its), *invited])


def reclassified(work: UnitOfWork, message: Message) -> None:
    """It is of another kind or line: whom the ban hits now gets nothing more of it."""
    data = message.data
    guard.correct(work, data["petition"], kind=Kind(data["kind"]), line=Line(data["line"]), sub_line=data["sub_line"])


def respondents_corrected(work: UnitOfWork, message: Message) -> None:
    """It is about others than was told: as with another kind."""
    data = message.data
    units = data["respondent_units"]
    all_known = bool(units) and data["respondents_known"]
    guard.correct(work, data["petition"], units=units, all_known=all_known)
    parties.changed(work, message)


def held(work: UnitOfWork, message: Message) -> None:
    """Nothing more of it leaves, wherever it is already."""
    guard.hold(work, message.data["petition"])


def released(work: UnitOfWork, message: Message) -> None:
    """What is held may go to the agency that intake names."""
    guard.release(work, message.data["petition"], message.data["to"])


def closing(work: UnitOfWork, message: Message) -> None:
    """Intake asks whether custody may end: yes when every referral has ended or can end now."""
    petition = message.data["petition"]
    unfinished = [referral for referral in _locked(work, petition) if referral.now_in not in states.ENDED]
    for referral in unfinished:
        if not states.lawful(states.MOVES["close"], referral.snapshot):
            work.event("custody.kept.v1", petition, petition=petition, referral=referral.number)
            return
    for referral in unfinished:
        make(work, referral, "close")
    _let_go(work, petition)
    last = holding(work, petition)
    # older code reopened what was closed without beginning custody again
    end = last if last.agency is None else add_custody(work, last, None)
    work.event("custody.ended.v1", petition, petition=petition, seq=end.seq, since=end.since)


def ended(work: UnitOfWork, message: Message) -> None:
    """Nobody takes on any more what has no use: recalled, or, where it is taken on, told.

    Under the referrals' locks, so that of us and an agency that accepts at this moment one is first, for everybody.
    """
    petition, type_ = message.data["petition"], message.envelope.type
    ending = ENDINGS[type_] if type_ in ENDINGS else Ending(message.data["reason"])
    referrals = _locked(work, petition)
    new = guard.end(work, petition, True)
    for referral in referrals:
        officers.end(work, referral, ending, new)
    _let_go(work, petition)


def reopened(work: UnitOfWork, message: Message) -> None:
    """Its material may go to somebody new again; of what was closed custody begins again, with us."""
    petition = message.data["petition"]
    _locked(work, petition)
    guard.end(work, petition, False)
    if holding(work, petition).agency is None:
        move_custody(work, petition, tools_of(work).our_agency)


def _let_go(work: UnitOfWork, petition: str) -> None:
    """Nobody is called in for it any more."""
    teams.end_with(work, petition)
    parties.forget(work, petition)


def _locked(work: UnitOfWork, petition: str) -> Sequence[Referral]:
    """All of them, and none can be added until this commits: who hands over holds the petition's row, too.

    One that was passed on while its lock was waited for has a successor that the first look did not see.
    """
    guard.lock(work, petition)
    query = select(Referral).where(Referral.petition == petition).order_by(Referral.number).with_for_update()
    found = work.session.scalars(query).all()
    while len(again := work.session.scalars(query).all()) > len(found):
        found = again
    return found
