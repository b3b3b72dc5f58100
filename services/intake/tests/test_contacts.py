"""What follows a petition to who has it, whatever the case."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Kind, PetitionState
from intake.domain import states
from intake.domain.states import Snapshot


@given(st.sampled_from(PetitionState), st.booleans(), st.booleans(), st.sampled_from([None, "A09"]))
def test_a_secrets_supplement_follows_nowhere(state: PetitionState, secret: bool, post: bool, to: str | None) -> None:
    """Only what was handed over in the clear has its supplements sent after it."""
    snapshot = Snapshot("信2026-619926-000001", state, Kind.CLAIM, secret, post, awaits_answer=False)
    assert (to is not None and not secret and not post) == states.sends_on(snapshot, to)
