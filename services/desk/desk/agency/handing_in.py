"""A petition that the agency received and hands to the procuratorate, under its own number."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import func, select

from contracts.fields import LEAD_NUMBER, PETITION_NUMBER, REFERRAL_NUMBER
from contracts.registry import ContractError
from desk.agency import accounts, forms, hearing, history, saying
from desk.agency.door import door, here, page, refused, typed
from desk.agency.matters import replaced
from desk.agency.tables import Matter, Said

pages = Blueprint("handing_in", __name__)
TYPE = "petition.submitted.v1"
_THEIRS = (REFERRAL_NUMBER, LEAD_NUMBER, PETITION_NUMBER)  # by such a number another matter is kept
# the fields in the order in which one is asked, and what each part is called
BLOCKS = (
    ("来件", ("submission", "received_on", "handover", "answer_by")),
    ("反映的事", ("title", "statement", "kind", "line", "place")),
    ("信访人（匿名的不填）", ("petitioner", "group_size", "secrecy")),
    ("被反映人（没有的不填）", ("respondents",)),
)


@pages.get("/submit")
def ask() -> Any:
    """The form; `mend`: one that was turned back, to be put right."""
    mend = request.args.get("mend")
    with door().sessions() as session:
        old = session.scalar(select(Said).where(Said.id == mend, Said.type == TYPE)) if mend else None
        given = forms.typed_of(history.content(door().safe, old) or {}) if old is not None else {}
    return _shown(given, mend=mend)


@pages.post("/submit")
def submit() -> Any:
    """Written down, to be sent under the id that the form had; the agency's own number is taken once.

    What was turned back took none: it may be handed in again, also by a new form.
    """
    id_, mends, data = request.form.get("id", ""), request.form.get("mends") or None, forms.read(TYPE, typed())
    number, at = str(data.get("submission", "")), datetime.now(UTC)
    if not saying.is_id(id_):
        return refused("页面已过期，请重新填写", 409)
    with door().sessions() as session:
        # who presses twice, or two people at once, one after the other
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(number))))
        if session.scalar(select(Said.id).where(Said.id == id_)) is not None:
            return redirect(url_for("matters.one", number=number, said=1))
        matter = session.get(Matter, number, with_for_update=True)
        if any(each.fullmatch(number) for each in _THEIRS):
            return _shown(typed(), {"submission": "请填写本单位自己的编号，不是检察院的编号"}, mends, 422)
        if matter is not None and (matter.state != "rejected" or saying.stands(session, number)):
            return _shown(typed(), {"submission": "该编号已经用过：同一编号只能移送一次"}, mends, 409)
        if matter is None:
            matter = hearing.begun("submission", number, at)
        try:
            saying.plan(session, door().safe, door().settings.code, TYPE, data, here().name, id_, matter)
        except ContractError as fault:
            return _shown(typed(), {fault.field or "": fault.zh}, mends, 422)
        matter.state = ""
        session.add(matter)
        for each in session.scalars(select(Said.id).where(Said.matter == number, Said.rejected.is_not(None))).all():
            replaced(session, each, number, id_)
        if mends:
            replaced(session, mends, None, id_)  # it may have had another number
        accounts.record(session, here().login, TYPE, number)
        session.commit()
    return redirect(url_for("matters.one", number=number, said=1))


def _shown(
    given: Mapping[str, str], wrong: Mapping[str, str] | None = None, mend: str | None = None, status: int = 200
) -> Any:
    controls, blocks = forms.drawn(TYPE), []
    for title, names in BLOCKS:
        blocks.append((title, [each for each in controls if each.name.partition(".")[0] in names]))
    return page(
        "submit.html", status, blocks=blocks, given=given, wrong=wrong or {}, mend=mend, id=saying.fresh(),
        agencies=door().agencies,
    )  # fmt: skip
