"""What is hashed is RFC 8785, whichever library wrote it."""

from typing import Any, cast

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from courier.envelope import canonical

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)  # fmt: skip


@given(VALUES)
def test_a_value_is_written_in_one_way(value: object) -> None:
    """Names and texts of any characters, numbers whole or not."""
    assert rfc8785.dumps(cast(Any, value)) == canonical(value)
