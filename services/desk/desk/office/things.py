"""Where a row of a worklist is read: there its one action is offered with its fields (docs/pages.md, 下一步的表单)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

# the first of these members that a row has → the service and the address
_READ = (
    ("approval", "intake", "/approvals/{}"),
    ("task", "intake", "/tasks/{}"),
    ("contact", "intake", "/contacts/{}"),
    ("reception", "intake", "/receptions/{}"),
    ("notice", "notify", "/petitions/{petition}/notices"),
    ("case", "aid", "/aid-cases/{}"),
    ("proceeding", "referral", "/proceedings/{}"),
    ("referral", "referral", "/referrals/{}"),
    ("petition", "intake", "/petitions/{}"),
)


def of(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """The service and the address of what the row is of."""
    for member, service, path in _READ:
        if row.get(member) is not None:
            parts = {name: quote(str(value), safe="") for name, value in row.items() if isinstance(value, str)}
            return service, path.format(quote(str(row[member]), safe=""), **{"petition": "", **parts})
    return None


def offered(answer: Any) -> list[dict[str, Any]]:
    """Every `allowed_actions` in an answer, of the thing and of what it has."""
    found: list[dict[str, Any]] = []
    if isinstance(answer, list):
        for each in answer:
            found += offered(each)
    elif isinstance(answer, dict):
        for name, each in answer.items():
            found += each if name == "allowed_actions" and isinstance(each, list) else offered(each)
    return found
