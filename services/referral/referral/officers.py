"""What our officers do with a referral. Each is one transaction; who loses a race is told where the matter stands."""

from contracts.vocabulary import Ruling, VoidReason
from courier.work import Work
from referral import domain, errors
from referral.steps import add_material, make, require
from referral.tables import Referral


def rule(work: Work, number: str, ruling: Ruling) -> Referral:
    """Decides an objection: upheld, the matter comes back to us; overruled, the agency stays with it."""
    referral = require(work, number)
    make(work, referral, "uphold" if ruling is Ruling.UPHELD else "overrule")
    work.to_agency(referral.agency, "referral.ruling.v1", number, {"referral": number, "ruling": ruling})
    return referral


def recall(work: Work, number: str) -> Referral:
    return _withdraw(work, require(work, number), "recall")


def void(work: Work, number: str, reason: VoidReason) -> Referral:
    """Whoever asks approves: only who may is let in. To the agency it is withdrawn."""
    return _withdraw(work, require(work, number), "void", reason=reason)


def rework(work: Work, number: str, text: str) -> Referral:
    """The answer does not do: what is missing is said to the agency."""
    referral = require(work, number)
    make(work, referral, "rework")
    work.to_agency(referral.agency, "referral.rework.v1", number, {"referral": number, "text": text})
    return referral


def material(work: Work, number: str, text: str) -> Referral:
    """What the petitioner brought after the matter was handed over."""
    referral = require(work, number)
    domain.check(domain.MOVES["add_material"], referral.standing)
    if referral.purpose != domain.HANDLING:
        raise errors.NotForPurpose()
    add_material(work, referral, text)
    return referral


def urge(work: Work, number: str) -> Referral:
    """催办: the agency is asked for its next step."""
    referral = require(work, number)
    referral.urged += 1
    make(work, referral, "urge", times=referral.urged)
    work.to_agency(referral.agency, "referral.urged.v1", number, {"referral": number, "times": referral.urged})
    return referral


def _withdraw(work: Work, referral: Referral, name: str, **facts: VoidReason) -> Referral:
    make(work, referral, name, **facts)
    work.to_agency(referral.agency, "referral.recalled.v1", referral.number, {"referral": referral.number})
    return referral
