"""Who may do what in referral. One table; every cell has a test."""

from contracts.vocabulary import Role
from gate.tokens import Officer

_W, _H, _C = Role.WINDOW, Role.HANDLER, Role.CHIEF

ACTIONS: dict[str, frozenset[Role]] = {
    "referral.read": frozenset({_W, _H, _C}),
    "referral.rule": frozenset({_H, _C}),
    "referral.recall": frozenset({_H}),
    "custody.read": frozenset({_W, _H, _C}),
    "directory.read": frozenset({_W, _H, _C}),
}


def may(officer: Officer, action: str, our_agency: str) -> str | None:
    """None, or the sentence why not."""
    if officer.agency != our_agency:
        return "只有本院人员可以使用本系统"
    if Role.ALL in officer.roles or officer.roles & ACTIONS[action]:
        return None
    roles = "、".join(sorted(role.zh for role in ACTIONS[action]))
    return f"此操作须由{roles}办理"
