"""What a petitioner must have been told, by which means and proofs, and what excuses from it."""

from collections.abc import Callable
from itertools import product

import pytest

from contracts.problems import Invalid
from contracts.vocabulary import Impossible, Kind, Line, Means, PetitionState, Proof, ReplyKind
from intake.domain import reply_duty
from intake.domain.reply_duty import ReplyContext, Told
from intake.domain.states import MOVES, Snapshot, allowed

PROCEDURAL, OUTCOME, PROGRESS = ReplyKind.PROCEDURAL_REPLY, ReplyKind.OUTCOME_REPLY, ReplyKind.PROGRESS_REPLY
MATTERS = [
    ReplyContext(kind, line, state, secrecy)
    for kind, line, state, secrecy in product(Kind, Line, PetitionState, (False, True))
]


@pytest.mark.parametrize(
    ("state", "told", "untellable", "left"),
    [
        (PetitionState.REPLIED, [], [], (OUTCOME,)),
        (PetitionState.REPLIED, [Told(OUTCOME, proved=False)], [], (OUTCOME,)),
        (PetitionState.REPLIED, [Told(PROCEDURAL, proved=True), Told(PROGRESS, proved=True)], [], (OUTCOME,)),
        (PetitionState.REPLIED, [Told(OUTCOME, proved=True)], [], ()),
        (PetitionState.REPLIED, [Told(OUTCOME, proved=False)], [OUTCOME], ()),
        (PetitionState.NOT_ACCEPTED, [], [], (PROCEDURAL,)),
        (PetitionState.NOT_ACCEPTED, [Told(PROCEDURAL, proved=True)], [], ()),
        (PetitionState.GUIDED, [], [PROCEDURAL], ()),
        (PetitionState.WITHDRAWN, [], [], ()),
        (PetitionState.HANDLING, [Told(PROCEDURAL, proved=True)], [], (OUTCOME,)),
    ],
)
def test_what_is_left(
    state: PetitionState, told: list[Told], untellable: list[ReplyKind], left: tuple[ReplyKind, ...]
) -> None:
    """Issued is not told: a proof or a lawful impossibility settles it; an anonymous one can be told nothing."""
    assert left == reply_duty.owed(state, False, told, untellable)
    assert () == reply_duty.owed(state, True, told, untellable)
    snapshot = Snapshot("信", state, Kind.CLAIM, False, False, False, owed=left)
    assert ("close" in allowed(snapshot)) == (state in MOVES["close"][0] and not left)


def test_every_means_of_every_matter() -> None:
    """An outcome never by SMS, an appeal's and a refusal in writing, in public only proposals, nothing that betrays."""
    for matter, reply, by in product(MATTERS, ReplyKind, Means):
        written = by in (Means.IN_PERSON, Means.POST)
        lawful = {
            PROGRESS: True,
            PROCEDURAL: written or matter.state is not PetitionState.NOT_ACCEPTED,
            OUTCOME: written
            or (by is Means.CALL and matter.line not in reply_duty.APPEALS)
            or (by is Means.PUBLIC and matter.kind is Kind.PROPOSAL),
        }[reply] and not (matter.secrecy and by in (Means.SMS, Means.PUBLIC))
        assert lawful == _passes(lambda m=matter, r=reply, b=by: reply_duty.check_means(m, r, b))  # type: ignore[misc]
        for proof in (each for each, proves in reply_duty.PROVES.items() if proves is by):
            assert lawful == _passes(lambda m=matter, r=reply, p=proof, b=by: reply_duty.check_proof(m, r, p, b))  # type: ignore[misc]
    assert set(Proof) == set(reply_duty.PROVES)


def test_what_excuses_from_telling() -> None:
    """A silent phone excuses no letter; who left a contact is not without one; the system's own words are not found."""
    call = ReplyContext(Kind.CLAIM, Line.OTHER, PetitionState.REPLIED, False)
    letter = ReplyContext(Kind.CLAIM, Line.CRIMINAL_APPEAL, PetitionState.REPLIED, False)
    own_words = {Impossible.ANONYMOUS, Impossible.SEALED, Impossible.OTHER_MEANS, Impossible.DIED, Impossible.OVERTAKEN}
    own_words |= {Impossible.NOBODY_LEFT}
    assert _passes(lambda: reply_duty.check_untellable(letter, OUTCOME, Impossible.NOBODY_LEFT, True, nobody_left=True))
    for reason in Impossible:
        for matter, contact in product((call, letter), (False, True)):
            expected = (
                reason not in own_words
                and not (reason is Impossible.NO_CONTACT and contact)
                and not (reason in (Impossible.WRONG_NUMBER, Impossible.NO_ANSWER) and matter is letter)
            )
            found = _passes(
                lambda reason=reason, matter=matter, contact=contact: reply_duty.check_untellable(  # type: ignore[misc]
                    matter, OUTCOME, reason, contact
                )
            )
            assert expected == found, (reason, matter, contact)


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except Invalid:
        return False
    return True


def test_a_proof_fits_the_means_by_which_it_was_issued() -> None:
    """A letter may be handed over in the end, and is never proved by a call; a notice on a wall proves itself alone."""
    claim = ReplyContext(Kind.PROPOSAL, Line.OTHER, PetitionState.REPLIED, False)
    found = {by: {reply_duty.PROVES[each] for each in reply_duty.proofs(claim, PROGRESS, by)} for by in Means}
    written = {Means.IN_PERSON, Means.POST}
    assert found == {
        Means.IN_PERSON: {Means.IN_PERSON},
        Means.POST: written,
        Means.CALL: {*written, Means.CALL},
        Means.SMS: {*written, Means.CALL, Means.SMS},
        Means.PUBLIC: {Means.PUBLIC},
    }
