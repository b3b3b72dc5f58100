"""Who may do what in notify. One table; every cell has a test."""

from contracts.vocabulary import Role
from gate.access import Actions

_W, _H, _C = Role.WINDOW, Role.HANDLER, Role.CHIEF

ACTIONS: Actions = {
    "officer-notice.read": frozenset({_W, _H, _C}),
    "notice.read": frozenset({_W, _H, _C}),
    "notice.settle": frozenset({_W, _H}),
}
