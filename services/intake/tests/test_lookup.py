"""What a lookup costs and whom it counts: nothing tells whether a petition exists, nobody borrows another's address."""

from pathlib import Path

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, event

from contracts.vocabulary import Kind
from intake.domain import errors
from intake.use_cases import lookup, registration


def test_whatever_is_wrong_takes_the_same_statements(engine: Engine, tmp_path: Path) -> None:
    """Another's code, a number nobody has, a code nobody has: as many and the same, and none for the petition."""
    context = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        number, other = (registration.register(work, petition(Kind.CLAIM)).number for _ in range(2))
        code, _ = lookup.issue(work, number), lookup.issue(work, other)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    found = []
    for wrong in (
        (other, code),
        ("信2026-619926-999999", code),
        ("999999", "2" * 16),
        (number, "2" * 16),
        (number, ""),
    ):
        asked.clear()
        with context.begin(OFFICER) as work, pytest.raises(errors.WrongLookup):
            lookup.find(work, *wrong)
        found.append(tuple(asked))
    assert 1 == len(set(found))
    assert 1 == len(found[0])
    with context.begin(OFFICER) as work:
        assert number == lookup.find(work, number[-6:], code.lower()).number


def test_a_slot_is_shared_and_forgotten(engine: Engine, tmp_path: Path) -> None:
    """Thirty from one address whichever replica they came to, then a wait that ends with the slot."""
    context = build_context(engine, tmp_path)
    waits = []
    for n in range(2 * lookup.PER_ADDRESS + 1):  # a slot may end in between
        with context.begin(OFFICER) as work:
            waits.append(lookup.count(work, "192.0.2.7", f"{n:06d}"))
    assert [0] * lookup.PER_ADDRESS == waits[: lookup.PER_ADDRESS]
    assert 0 < max(waits) <= lookup.SLOT.total_seconds()


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ("", 1, "peer"),
        ("192.0.2.1", 0, "peer"),
        ("192.0.2.1", 1, "192.0.2.1"),
        ("made up, 192.0.2.1", 1, "192.0.2.1"),
        ("made up, 192.0.2.1, 10.0.0.1", 2, "192.0.2.1"),
        ("10.0.0.1", 2, "peer"),
    ],
)
def test_only_our_own_proxies_are_believed(forwarded: str, proxies: int, expected: str) -> None:
    """A caller may write any address in front; what our outermost server saw is behind it."""
    assert expected == lookup.address(forwarded, "peer", proxies)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::1", True),
        ("2001:db8:1:2::1", "2001:DB8:1:2:0:0:0:1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_one_line_is_one_address(one: str, other: str, same: bool) -> None:
    """A line has 2^64 addresses of IPv6: each of them counted by itself would be no limit at all."""
    assert same == (lookup.address(one, "peer", 1) == lookup.address(other, "peer", 1))
