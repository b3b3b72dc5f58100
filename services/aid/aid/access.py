"""Who may do what in aid. One table; every cell has a test."""

from contracts.vocabulary import Role
from gate.access import Actions

_W, _H, _C, _A = Role.WINDOW, Role.HANDLER, Role.CHIEF, Role.AID

ACTIONS: Actions = {
    "aid.read": frozenset({_W, _H, _C, _A}),
    "aid.read-applicant": frozenset({_C, _A}),
    "aid.grant": frozenset({_C}),
    "aid.refuse": frozenset({_C}),
    "aid.offer-lead": frozenset({_A}),
}
