"""Who may do in every service what is none of its own business: keep it running."""

from contracts.vocabulary import Role
from gate.access import Actions

ACTIONS: Actions = {
    "operations.heads": frozenset({Role.OPERATIONS}),
}
