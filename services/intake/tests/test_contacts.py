"""What may be shown beside a petition, and what follows it, whatever the case."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Kind, PetitionState
from intake import domain, links
from intake.access import Held, Scope, View
from intake.domain import Standing

ME = b"me"
views = st.builds(
    View,
    st.just(ME),
    st.sampled_from([None, "D05", "D06"]),
    st.sampled_from([None, "P01", "P02"]),
    st.frozensets(st.sampled_from(Scope)),
)
helds = st.builds(
    Held,
    st.sampled_from([None, "D05", "D06"]),
    st.sampled_from(["P01", "P02"]),
    st.frozensets(st.sampled_from([ME, b"another"])),
    st.frozensets(st.sampled_from(["D05", "D06"])),
    st.booleans(),
)


@given(views, helds)
def test_what_is_guarded_is_named_to_who_may_read_it_and_to_nobody_else(view: View, held: Held) -> None:
    """The number of an accusation beside one's own claim says that its writer accuses somebody."""
    assert view.covers(held) == links.shows(view, held, guarded=True)
    assert links.shows(view, held, guarded=False)


@given(st.sampled_from(PetitionState), st.booleans(), st.booleans(), st.sampled_from([None, "A09"]))
def test_a_secrets_supplement_follows_nowhere(state: PetitionState, secret: bool, post: bool, to: str | None) -> None:
    """Only what was handed over in the clear has its supplements sent after it."""
    standing = Standing("信2026-619926-000001", state, Kind.CLAIM, secret, post, awaits_answer=False)
    assert (to is not None and not secret and not post) == domain.sends_on(standing, to)
