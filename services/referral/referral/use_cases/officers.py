"""What our officers do with a referral. Each is one transaction; who loses a race is told where the matter stands."""

from contracts.vocabulary import Ending, ObjectionReason, ReferralState, Result, Ruling, VoidReason
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, states
from referral.tables import Agency, Referral
from referral.use_cases import escalation, guard, remarks
from referral.use_cases.steps import add_material, load, make, receive, rule_on, say


def rule(work: UnitOfWork, number: str, ruling: Ruling) -> Referral:
    """Decides an objection: upheld, the matter comes back to us; overruled, the agency stays with it.

    Of what was sent to us it writes down what a sender with no queue ruled on paper.
    """
    referral = _find(work, number)
    if referral.inbound and not _agency(work, referral).by_hand:
        raise errors.NotByHand()
    if not referral.inbound and ruling is Ruling.OVERRULED:
        # it would go on with what is held; that it need not, it is told
        guard.check(work, referral.petition, referral.agency)
    rule_on(work, referral, ruling)
    if referral.inbound:
        return referral
    say(work, referral, "referral.ruling.v1", ruling=ruling)
    if ruling is Ruling.UPHELD:
        escalation.bounced(work, referral)
    return referral


def recall(work: UnitOfWork, number: str) -> Referral:
    """Takes back what nobody has taken on; the agency is told. Raises NoSuchReferral, SentToUs, IllegalMove."""
    return _withdraw(work, require(work, number), "recall")


def void(work: UnitOfWork, number: str, reason: VoidReason) -> Referral:
    """Whoever asks approves: only who may is let in. To the agency it is withdrawn."""
    return _withdraw(work, require(work, number), "void", reason=reason)


def rework(work: UnitOfWork, number: str, text: str) -> Referral:
    """The answer does not do: what is missing is said to the agency."""
    referral = require(work, number)
    guard.check(work, referral.petition, referral.agency)
    make(work, referral, "rework")
    remarks.keep(work, referral, "rework", text, officer=work.actor.officer)
    say(work, referral, "referral.rework.v1", text=text)
    return referral


def material(work: UnitOfWork, number: str, text: str) -> Referral:
    """What the petitioner brought after the matter was handed over."""
    referral = require(work, number)
    states.check(states.MOVES["add_material"], referral.snapshot)
    if referral.purpose != states.HANDLING:
        raise errors.NotForPurpose()
    guard.check(work, referral.petition, referral.agency)
    if not _agency(work, referral).has_queue:
        raise errors.NotForPurpose()
    add_material(work, referral, text)
    return referral


def record(
    work: UnitOfWork,
    number: str,
    move: str,
    reason: ObjectionReason | None = None,
    result: Result | None = None,
    text: str | None = None,
) -> Referral:
    """What an agency with no queue said on paper: it signed, took it on, objected, answered."""
    referral = require(work, number)
    if not _agency(work, referral).by_hand:
        raise errors.NotByHand()
    states.check(states.MOVES[move], referral.snapshot)
    remarks.keep(work, referral, move, text, officer=work.actor.officer)
    receive(work, referral, move, {"reason": reason, "result": result, "text": text, "officer": None})
    return referral


def urge(work: UnitOfWork, number: str) -> Referral:
    """催办: the agency is asked for its next step."""
    referral = require(work, number)
    guard.check(work, referral.petition, referral.agency)
    referral.urged += 1
    make(work, referral, "urge", times=referral.urged, unsigned=referral.now_in is ReferralState.SENT)
    say(work, referral, "referral.urged.v1", times=referral.urged)
    return referral


def end(work: UnitOfWork, referral: Referral, ending: Ending, tell: bool) -> None:
    """Its petition ended with us. `tell`: who had taken it on was not told before."""
    move = states.on_end(referral.snapshot, ending)
    match move and move.name:
        case "recall":
            _withdraw(work, referral, "recall")
        case "uphold":
            rule_on(work, referral, Ruling.UPHELD)
            say(work, referral, "referral.ruling.v1", ruling=Ruling.UPHELD)
        case "stop" if tell:
            make(work, referral, "stop", reason=ending)
            say(work, referral, "referral.stopped.v1", reason=ending)


def require(work: UnitOfWork, number: str) -> Referral:
    """One that we sent, under its lock."""
    referral = _find(work, number)
    if referral.inbound:
        raise errors.SentToUs()
    return referral


def _find(work: UnitOfWork, number: str) -> Referral:
    referral = load(work, number)
    if referral is None:
        raise errors.NoSuchReferral()
    return referral


def _withdraw(work: UnitOfWork, referral: Referral, name: str, **facts: VoidReason) -> Referral:
    make(work, referral, name, **facts)
    say(work, referral, "referral.recalled.v1")
    return referral


def _agency(work: UnitOfWork, referral: Referral) -> Agency:
    return work.session.get_one(Agency, referral.agency)
