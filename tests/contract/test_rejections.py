"""A mistake can be told whatever its sender wrote: the answer keeps its own contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import registry
from courier.faults import Reject
from service_kit.partners import rejection

# half a character too, which the broker's client lets through
ANYTHING = st.text(st.characters(categories=None, codec=None), max_size=300) | st.sampled_from(
    ["", " ", "\x00", "x" * 10_000]
)


@pytest.mark.parametrize("category", ["to_agency", "to_channel"])
@given(message_id=ANYTHING, type_=ANYTHING, field=ANYTHING | st.none(), said=ANYTHING)
def test_every_mistake_can_be_told(category: str, message_id: str, type_: str, field: str | None, said: str) -> None:
    """message.rejected takes any id, type, field and sentence."""
    answer = rejection(message_id, type_, Reject(field, said, said, state=said))
    told = registry.dump(category, "message.rejected.v1", answer)
    assert told["message"]
    assert told["reason_zh"]
