"""Who may do what in referral: every cell of the table."""

import pytest

import house.access
from contracts.vocabulary import Role
from gate.access import may
from gate.edge import routes_of
from gate.tokens import Officer
from referral.access import ACTIONS
from referral.service import ReferralService

# action → W window, H handler, C chief; the rest may nothing here
CELLS = {
    "referral.read": "WHC",
    "referral.rule": "HC",
    "referral.recall": "H",
    "referral.rework": "HC",
    "referral.material": "WH",
    "referral.urge": "HC",
    "referral.void": "C",
    "referral.record": "WH",
    "receivers.read": "WHC",
    "clock.read": "WHC",
    "custody.read": "WHC",
    "directory.read": "WHC",
}
LETTER = {Role.WINDOW: "W", Role.HANDLER: "H", Role.CHIEF: "C"}


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("role", list(Role))
def test_every_cell(role: Role, action: str) -> None:
    """Deny by default; `all` may everything; another agency's officer nothing."""
    expected = role is Role.ALL or LETTER.get(role, "-") in CELLS[action]
    assert expected == (may(ACTIONS, Officer("A00", "1", frozenset({role})), action, "A00") is None)
    assert may(ACTIONS, Officer("A09", "1", frozenset({role})), action, "A00")


def test_every_route_has_its_row() -> None:
    """A route whose action is not in the table would be open or closed by accident."""
    assert {route.action for route in routes_of(ReferralService) if route.action} <= {*ACTIONS, *house.access.ACTIONS}
    assert set(CELLS) == set(ACTIONS)
