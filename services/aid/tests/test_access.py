"""Who may do what in aid: every cell of the table."""

import pytest

import house.access
from aid.access import ACTIONS
from aid.service import AidService
from contracts.vocabulary import Role
from gate.access import may
from gate.edge import routes_of
from gate.tokens import Officer

# action → W window, H handler, C chief, A aid officer; the rest may nothing here
CELLS = {
    "aid.read": "WHCA",
    "aid.read-applicant": "CA",
    "aid.grant": "C",
    "aid.refuse": "C",
    "aid.offer-lead": "A",
}
LETTER = {Role.WINDOW: "W", Role.HANDLER: "H", Role.CHIEF: "C", Role.AID: "A"}


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("role", list(Role))
def test_every_cell(role: Role, action: str) -> None:
    """Deny by default; `all` may everything; another agency's officer nothing."""
    expected = role is Role.ALL or LETTER.get(role, "-") in CELLS[action]
    assert expected == (may(ACTIONS, Officer("A00", "1", frozenset({role})), action, "A00") is None)
    assert may(ACTIONS, Officer("A09", "1", frozenset({role})), action, "A00")


def test_every_route_has_its_row() -> None:
    """A route whose action is not in the table would be open or closed by accident."""
    assert {route.action for route in routes_of(AidService) if route.action} <= {*ACTIONS, *house.access.ACTIONS}
    assert set(CELLS) == set(ACTIONS)
