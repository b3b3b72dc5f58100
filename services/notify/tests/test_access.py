"""Who may do what in notify: every cell of the table."""

import pytest

import house.access
from contracts.vocabulary import Role
from gate.access import may
from gate.edge import routes_of
from gate.tokens import Officer
from notify.access import ACTIONS
from notify.service import NotifyService

# action → W window, H handler, C chief; the rest may nothing here
CELLS = {
    "notice.read": "WHC",
    "officer-notice.read": "WHC",
    "notice.settle": "WH",
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
    assert {route.action for route in routes_of(NotifyService) if route.action} <= {*ACTIONS, *house.access.ACTIONS}
    assert set(CELLS) == set(ACTIONS)
