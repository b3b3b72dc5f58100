"""What a petitioner must have been told before a petition is closed, and how the law lets it be told. Plain Python."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.vocabulary import Impossible, Kind, Line, Means, PetitionState, Proof, ReplyKind
from intake.domain.errors import (
    BetrayingMeans,
    ContactKnown,
    NotByThisMeans,
    NotByThisProof,
    NotUntellable,
    WrittenStaysOwed,
)

S = PetitionState
PROCEDURAL, OUTCOME = ReplyKind.PROCEDURAL_REPLY, ReplyKind.OUTCOME_REPLY

# what is owed of a petition that stands there; a state that is not listed owes nothing more
OWED: Mapping[PetitionState, tuple[ReplyKind, ...]] = {
    S.REGISTERED: (PROCEDURAL,),
    S.AWAITING_MATERIAL: (PROCEDURAL,),
    S.ACCEPTED: (PROCEDURAL, OUTCOME),
    S.REFERRED: (PROCEDURAL, OUTCOME),
    S.HANDLING: (PROCEDURAL, OUTCOME),
    S.CONCLUDED: (PROCEDURAL, OUTCOME),
    S.TERMINATED: (OUTCOME,),
    S.REPLIED: (OUTCOME,),
    S.NOT_ACCEPTED: (PROCEDURAL,),
    S.GUIDED: (PROCEDURAL,),
}
PROVES: Mapping[Proof, Means] = {
    Proof.SIGNED: Means.IN_PERSON,
    Proof.REFUSED_WITNESSED: Means.IN_PERSON,
    Proof.POST_RECEIPT: Means.POST,
    Proof.CALL_CONFIRMED: Means.CALL,
    Proof.SMS_DELIVERED: Means.SMS,
    Proof.PUBLISHED: Means.PUBLIC,
}
# the strongest first
LADDER = (Means.IN_PERSON, Means.POST, Means.CALL, Means.SMS)
WRITTEN = frozenset({Means.IN_PERSON, Means.POST})
# whose conclusion is served in writing
APPEALS = frozenset({Line.CRIMINAL_APPEAL, Line.CIVIL_SUPERVISION, Line.ADMINISTRATIVE_SUPERVISION})
# an SMS's signature, and a notice on a wall, show who spoke
BETRAYING = frozenset({Means.SMS, Means.PUBLIC})
BY_PHONE = frozenset({Impossible.WRONG_NUMBER, Impossible.NO_ANSWER})
# what an officer may find; the other words are the system's own
UNTELLABLE = BY_PHONE | {
    Impossible.NO_CONTACT,
    Impossible.DECLINED,
    Impossible.WHEREABOUTS_UNKNOWN,
    Impossible.IN_CUSTODY,
    Impossible.ASKED_NOT_TO,
}


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """What the means depend on."""

    kind: Kind
    line: Line
    state: PetitionState
    secrecy: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One reply, and whether it is proved."""

    reply: ReplyKind
    proved: bool


def owed(
    state: PetitionState, anonymous: bool, told: Iterable[Told], waived: Iterable[ReplyKind]
) -> tuple[ReplyKind, ...]:
    """What is neither proved nor lawfully impossible yet. Who was told the outcome needs no word on the procedure."""
    if anonymous:
        return ()
    settled = {each.reply for each in told if each.proved} | set(waived)
    if OUTCOME in settled:
        return ()
    return tuple(each for each in OWED.get(state, ()) if each not in settled)


def means(matter: ReplyContext, reply: ReplyKind) -> frozenset[Means]:
    """By which means this reply may be given. Refusals and appeals' conclusions are served in writing."""
    if reply is OUTCOME:
        lawful = WRITTEN | ({Means.CALL} if matter.line not in APPEALS else set())
        lawful |= {Means.PUBLIC} if matter.kind is Kind.PROPOSAL else set()
    elif reply is PROCEDURAL and matter.state is S.NOT_ACCEPTED:
        lawful = WRITTEN
    else:
        lawful = frozenset(Means)
    return lawful - BETRAYING if matter.secrecy else lawful


def check_means(matter: ReplyContext, reply: ReplyKind, by: Means) -> None:
    """Raises BetrayingMeans where secrecy was asked for, NotByThisMeans where the law does not allow it."""
    if matter.secrecy and by in BETRAYING:
        raise BetrayingMeans(by)
    if by not in means(matter, reply):
        raise NotByThisMeans(reply, sorted(means(matter, reply)))


def check_proof(matter: ReplyContext, reply: ReplyKind, proof: Proof, by: Means) -> None:
    """What was posted may in the end be handed over, never said on the phone. Raises NotByThisProof."""
    lawful = proofs(matter, reply, by)
    if proof not in lawful:
        raise NotByThisProof(reply, sorted(lawful))


def proofs(matter: ReplyContext, reply: ReplyKind, by: Means) -> list[Proof]:
    """By what it can be shown that this reply, which was issued by these means, was told, the strongest first.

    By no weaker means than those: who was to get a letter has none by an SMS. What hangs on a wall is shown by itself.
    """
    lawful = means(matter, reply)
    return [each for each, told in PROVES.items() if told in lawful and _fits(told, by)]


def _fits(told: Means, by: Means) -> bool:
    if Means.PUBLIC in (told, by):
        return told is by
    return LADDER.index(told) <= LADDER.index(by)


def untellable(matter: ReplyContext, reply: ReplyKind, contact: bool, nobody_left: bool = False) -> list[Impossible]:
    """What may excuse that this reply is not told. `contact`: a phone or an address is known.

    `nobody_left`: who petitioned has died, and nobody has taken it over in time.
    """
    excuses = UNTELLABLE if Means.CALL in means(matter, reply) else UNTELLABLE - BY_PHONE
    excuses |= {Impossible.NOBODY_LEFT} if nobody_left else set()
    return [each for each in Impossible if each in excuses and not (contact and each is Impossible.NO_CONTACT)]


def check_untellable(
    matter: ReplyContext, reply: ReplyKind, reason: Impossible, contact: bool, nobody_left: bool = False
) -> None:
    """A phone nobody answers excuses nothing owed in writing. Raises NotUntellable, ContactKnown, WrittenStaysOwed."""
    if reason is Impossible.NOBODY_LEFT and nobody_left:
        return
    if reason not in UNTELLABLE:
        raise NotUntellable(sorted(UNTELLABLE))
    if reason is Impossible.NO_CONTACT and contact:
        raise ContactKnown()
    if reason in BY_PHONE and Means.CALL not in means(matter, reply):
        raise WrittenStaysOwed(reply)
