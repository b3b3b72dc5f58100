"""Who may do what in intake. One table; every cell has a test."""

from contracts.vocabulary import Role
from gate.access import Actions

_W, _H, _C = Role.WINDOW, Role.HANDLER, Role.CHIEF

ACTIONS: Actions = {
    "petition.register": frozenset({_W, _H}),
    "petition.list": frozenset({_W, _H, _C}),
    "petition.read": frozenset({_W, _H, _C}),
    "petition.read-material": frozenset({_H, _C}),
    "clock.read": frozenset({_W, _H, _C}),
    "clock.suspend": frozenset({_C}),
    "clock.resume": frozenset({_H, _C}),
    "clock.extend": frozenset({_C}),
    "petition.accept": frozenset({_H}),
    "petition.not-accept": frozenset({_H}),
    "petition.guide": frozenset({_W, _H}),
    "petition.refer": frozenset({_H}),
    "petition.mark-hardship": frozenset({_W, _H}),
    "petition.conclude": frozenset({_H}),
    "petition.reply": frozenset({_W, _H}),
    "petition.close": frozenset({_H}),
    "petition.withdraw": frozenset({_W, _H}),
}
