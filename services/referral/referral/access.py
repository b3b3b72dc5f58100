"""Who may do what in referral. One table; every cell has a test."""

from contracts.vocabulary import Role
from gate.access import Actions

_W, _H, _C = Role.WINDOW, Role.HANDLER, Role.CHIEF

ACTIONS: Actions = {
    "referral.read": frozenset({_W, _H, _C}),
    "referral.rule": frozenset({_H, _C}),
    "referral.recall": frozenset({_H}),
    "referral.rework": frozenset({_H, _C}),
    "referral.material": frozenset({_W, _H}),
    "referral.urge": frozenset({_H, _C}),
    "referral.void": frozenset({_C}),
    "referral.record": frozenset({_W, _H}),
    "receivers.read": frozenset({_W, _H, _C}),
    "clock.read": frozenset({_W, _H, _C}),
    "custody.read": frozenset({_W, _H, _C}),
    "directory.read": frozenset({_W, _H, _C}),
}
