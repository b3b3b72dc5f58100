"""What was typed before a login had ended, or another had begun: shown once more, and sent by one press."""

from collections.abc import Mapping
from typing import Any

from flask import request

from desk import browsers
from desk.agency import forms, words
from desk.agency.door import page, typed
from desk.agency.tables import Account

# what was typed there is not lost with a login
WORK = {"matters.say": "/matter", "handing_in.submit": "/submit"}


def of_this() -> dict[str, str]:
    """What this form had, for a view of WORK; of several fields of one name one."""
    at = WORK[request.endpoint or ""]
    return {**typed(), "at": at, "keep": " ".join(request.form.getlist("keep"))}


def shown(kept: Mapping[str, str], secret: str, account: Account, status: int = 200) -> Any:
    """The page; `secret`: of the login that counts now."""
    rest = {each: value for each, value in kept.items() if each not in ("at", "csrf")}
    type_ = rest.get("type", "petition.submitted.v1")
    # what was chosen is in no page: sent without it, an answer would lack its papers and nobody be told
    files = [each for each in forms.drawn(type_) if each.kind == "files"] if type_ in words.SAYS else []
    drawn = {"said": forms.told(type_, rest), "files": files, "csrf": browsers.csrf(secret), "account": account}
    return page("again.html", status, at=kept["at"], rest=rest, **drawn)
