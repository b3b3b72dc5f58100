"""What is half written: kept while it is typed, and sent again where the login had ended meanwhile."""

from typing import Any

from flask import Blueprint, redirect, request, url_for

from desk.office import drafts, refusals
from desk.office.door import door, drop_draft, officer, typed

pages = Blueprint("drafting", __name__)


@pages.post("/drafts")
def save() -> Any:
    """204: what the form has now is kept under its own name, `form`."""
    form, content = request.form.get("form", "")[:64], typed()
    kept = {name: values for name, values in content.items() if name.startswith("f.") and any(values)}
    with door().sessions() as session:
        if kept and form:
            drafts.save(session, door().safe, officer(), form, kept)
        session.commit()
    return "", 204


@pages.post("/drafts/drop")
def drop() -> Any:
    """It is not wanted any more."""
    drop_draft(request.form.get("form", "")[:64])
    return redirect(url_for("today.mine"))


@pages.get("/again")
def again() -> Any:
    """What met an ended login, as it was typed; one press sends it, under the same key."""
    with door().sessions() as session:
        kept = drafts.find(session, door().safe, officer(), drafts.AGAIN)
        drafts.drop(session, officer(), drafts.AGAIN)
        session.commit()
    if kept is None:
        return redirect(url_for("today.mine"))
    why = "提交时登录已失效，没有提交。您填写的内容都在下面。"
    return refusals.again(200, why, kept["at"][0], kept)
