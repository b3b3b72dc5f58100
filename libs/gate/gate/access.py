"""Who may do what, decided by a service's own table: action → the roles that may. Deny by default."""

from collections.abc import Mapping

from contracts.vocabulary import Role
from gate.tokens import Officer

Actions = Mapping[str, frozenset[Role]]


def may(actions: Actions, officer: Officer, action: str, our_agency: str) -> str | None:
    """None, or the sentence why not."""
    if officer.agency != our_agency:
        return "只有本院人员可以使用本系统"
    if Role.ALL in officer.roles or officer.roles & actions[action]:
        return None
    roles = "、".join(sorted(role.zh for role in actions[action]))
    return f"此操作须由{roles}办理"
