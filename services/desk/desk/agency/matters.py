"""What is to be done, and one matter: what was handed over, what may be said now, what was said and arrived."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from contracts.registry import ContractError
from desk.agency import accounts, enclosures, forms, hearing, history, saying, words
from desk.agency.door import door, here, looking, page, refused, typed
from desk.agency.tables import Heard, Matter, Said
from desk.written import ZONE

pages = Blueprint("matters", __name__)
MOST, MORE = 200, 50
# a request to coordinate has no step: it waits until somebody says that they know of it
_WAITS = or_(Matter.allowed != [], and_(Matter.kind == "coordination", Matter.state == ""))
MANY = 1_000_000  # further no list goes, and no database counts in larger numbers for ever
_TOLD = timedelta(days=30)  # so long the list says that something could not be read
_AWAITED, _LOOK = 8.0, 0.2  # seconds that a page waits for the other side's word, and between two looks
_MOVED = "这一步没有提交：事项的状态已经变化，或者上一步还没有确认。请按现在的状态办理。"


@pages.get("/")
def listed() -> Any:
    """What waits for a step of ours, what was turned back, and the rest by when something happened last."""
    before, skip = request.args.get("before", ""), min(max(0, request.args.get("skip", 0, type=int)), MANY)
    with looking() as session:
        waiting = select(Matter).where(_WAITS)
        ordered = waiting.order_by(Matter.due_on.nulls_last(), Matter.begun_at, Matter.number)
        todo = session.scalars(ordered.offset(skip).limit(MOST)).all() if not before else []
        count = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
        rest = select(Matter).where(~_WAITS).order_by(Matter.last_at.desc()).limit(MORE + 1)
        if (until := _moment(before)) is not None:
            rest = rest.where(Matter.last_at < until)
        others = session.scalars(rest).all()
        wrong = session.scalars(
            select(Said).where(Said.rejected.is_not(None), Said.again.is_(None)).order_by(Said.n.desc()).limit(MORE)
        ).all()
        shown: dict[str, Any] = {
            "todo": _rows(session, todo),
            "others": _rows(session, others[:MORE]),
            "wrong": [history.of_ours(session, door().safe, each, []) for each in wrong] if not before else [],
            "where": {each.id: each.matter for each in wrong},
            "unreadable": session.scalar(
                select(func.max(Heard.at)).where(Heard.type == "unreadable", Heard.at > datetime.now(UTC) - _TOLD)
            ),
        }
    older = others[MORE - 1].last_at.isoformat() if len(others) > MORE else None
    following = skip + MOST if skip + MOST < count else None
    return page("list.html", before=before, older=older, count=count, following=following, **shown)


@pages.get("/matter")
def one() -> Any:
    """One matter; `mend`: the message of ours that is said otherwise."""
    number = request.args.get("number", "")
    if "said" in request.args:
        _await(number)
    return _shown(number, mend=request.args.get("mend"))


@pages.post("/matter")
def say() -> Any:
    """A step: written down, to be sent under the id that the form had."""
    number, type_, id_ = (request.form.get(name, "") for name in ("matter", "type", "id"))
    mends = request.form.get("mends") or None
    with door().sessions() as session:
        matter = session.get(Matter, number, with_for_update=True)
        if matter is None or not saying.is_id(id_):
            return refused("没有这件事项", 404)
        if session.scalar(select(Said.id).where(Said.id == id_)) is not None:
            return redirect(url_for("matters.one", number=number, said=1))  # the same press once more
        if type_ not in matter.allowed or saying.pending(session, number) is not None:
            session.close()  # a page asks by a connection of its own
            return _shown(number, 409, error=_MOVED, lost=forms.told(type_, typed()))
        data = _named(matter) | {"officer": here().name} | forms.read(type_, typed())
        try:
            takes = any(each.kind == "files" for each in forms.drawn(type_))
            given = request.files.getlist("f.files") if takes else []
            files = enclosures.chosen(given, _kept(session, mends, number) if takes else [])
            if files:
                data["files"] = [each.named for each in files]
            saying.plan(session, door().safe, door().settings.code, type_, data, here().name, id_, matter)
        except ContractError as fault:
            session.close()
            return _shown(number, 422, type_=type_, given=typed(), wrong={fault.field or "": fault.zh}, mend=mends)
        if mends is not None:
            files = enclosures.carry_over(session, door().safe, mends, files)
            replaced(session, mends, number, id_)
        at = datetime.now(UTC)
        until = at + timedelta(days=matter.retain_days)
        enclosures.keep(session, door().safe, id_, number, until, at, files)
        accounts.record(session, here().login, type_, number)
        session.commit()
    return redirect(url_for("matters.one", number=number, said=1))


@pages.post("/noted")
def noted() -> Any:
    """Somebody knows of a request to coordinate: whatever comes of it goes another way, the contract has no answer."""
    number = request.form.get("matter", "")
    with door().sessions() as session:
        matter = session.get(Matter, number, with_for_update=True)
        if matter is None or matter.kind != "coordination":
            return refused("没有这件事项", 404)
        matter.state = words.NOTED
        accounts.record(session, here().login, words.NOTED, number)
        session.commit()
    return redirect(url_for("matters.listed"))


@pages.post("/again")
def again() -> Any:
    """What was turned back for no fault of its own goes once more, under its id."""
    with door().sessions() as session:
        said = session.scalar(select(Said).where(Said.id == request.form.get("id", "")))
        if said is None or not saying.send_again(session, said.id):
            return refused("这条消息不能原样再发", 409)
        accounts.record(session, here().login, "sent-again", said.matter or said.type)
        session.commit()
    return redirect(url_for("matters.one", number=said.matter, said=1) if said.matter else url_for("matters.listed"))


@pages.post("/seen")
def seen() -> Any:
    """Somebody knows that it was turned back, and leaves it at that."""
    with door().sessions() as session:
        if (said := replaced(session, request.form.get("id", ""), None, "-")) is not None:
            accounts.record(session, here().login, "left-at-that", said.matter or said.type)
        session.commit()
    return redirect(url_for("matters.listed"))


def replaced(session: Session, id_: str, number: str | None, by: str) -> Said | None:
    """What was turned back is dealt with: by another message of the same matter, or by leaving it; None: it was not."""
    said = session.scalar(select(Said).where(Said.id == id_, Said.rejected.is_not(None), Said.again.is_(None)))
    if said is None or number not in (None, said.matter):
        return None
    said.again = by
    return said


def _await(number: str) -> None:
    """Until the other side says what became of a step, as a rule a second: what is shown then stands.

    A page that loaded itself anew would take from whoever reads slowly where they are (WCAG 2.2.1), and keep a login
    alive with nobody there.
    """
    ends = time.monotonic() + _AWAITED
    while door().line.connected and time.monotonic() < ends:
        with door().sessions() as session:
            if saying.pending(session, number) is None:
                return
        time.sleep(_LOOK)


def _kept(session: Session, mends: str | None, number: str) -> list[Mapping[str, Any]]:
    """The files of the message that is said otherwise, as far as they were ticked again."""
    old = session.scalar(select(Said).where(Said.id == mends, Said.matter == number)) if mends else None
    # several fields, or one where they were kept over a login
    ticked = set(" ".join(request.form.getlist("keep")).split())
    before = history.content(door().safe, old) if old is not None else None
    return [each for each in (before or {}).get("files") or () if each["sha256"] in ticked]


def _shown(
    number: str,
    status: int = 200,
    *,
    error: str = "",
    lost: Sequence[tuple[str, str]] = (),
    type_: str = "",
    given: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    mend: str | None = None,
) -> Any:
    """The matter's page; `type_`, `given`, `wrong`: the form that is open, what is in it and what is wrong with it.

    `lost`: what was typed into one that is not there any more.
    """
    safe = door().safe
    with looking() as session:
        matter = session.get(Matter, number)
        if matter is None:
            return refused("没有这件事项", 404)
        offered, entries = history.offer(session, safe, number), history.of(session, safe, matter)
        waits = saying.pending(session, number)
        old = session.scalar(select(Said).where(Said.id == mend, Said.matter == number)) if mend else None
        before = history.content(safe, old) or {} if old is not None else {}
        if old is not None and given is None:
            type_, given = old.type, forms.typed_of(before)
    steps = [
        (each, words.SAYS[each], words.MEANS.get(each, ""), forms.drawn(each), saying.fresh())
        for each in words.SAYS
        if each in matter.allowed and waits is None
    ]
    awaited = any(became == enclosures.AWAITED for each in entries for _, became in each.files)
    category = _OFFERED.get(matter.kind, "referral.offered.v1")
    shown: dict[str, Any] = {
        "facts": history.facts(category, offered, "to_agency") if offered else [],
        "material": history.material(category, offered) if offered else [],
        "files": (offered or {}).get("files") or [],
        "until": matter.begun_at + timedelta(days=matter.retain_days),
        "state": words.state(matter.kind, matter.state),
        "stopped": words.ending(matter.stopped),
        "kind": words.KINDS.get(matter.kind, ""),
    }
    open_form: dict[str, Any] = {"type_": type_, "given": given or {}, "wrong": wrong or {}, "mend": mend}
    open_form["before"] = before.get("files") or []
    return page(
        "matter.html", status, matter=matter, entries=entries, steps=steps, awaited=awaited, waits=waits,
        error=error, lost=lost, agencies=door().agencies, **open_form, **shown,
    )  # fmt: skip


_OFFERED = {
    "lead": "aid.lead_offered.v1",
    "proceeding": "proceeding.invited.v1",
    "task": "task.offered.v1",
}


def _named(matter: Matter) -> dict[str, Any]:
    """What names it in a message: a matter's kind is the member; a task is one of its meeting's."""
    if matter.kind != "task":
        return {matter.kind: matter.number}
    meeting, _, item = matter.number.partition("/")
    return {"proceeding": meeting, "item": int(item)}


def _rows(session: Session, matters: Sequence[Matter]) -> list[dict[str, Any]]:
    numbers = [each.number for each in matters]
    offers, pending = history.offers(session, door().safe, numbers), saying.pending_of(session, numbers)
    urged = set(session.scalars(select(Heard.matter).where(Heard.matter.in_(numbers), Heard.type == hearing.URGED)))
    return [_row(each, offers.get(each.number) or {}, each.number in pending, each.number in urged) for each in matters]


def _row(matter: Matter, offered: Mapping[str, Any], pending: bool, urged: bool) -> dict[str, Any]:
    material, open_ = offered.get("material") or {}, matter.allowed != []
    # a referral is to be signed by its day, a lead answered: signed for, the one has none any more and the other has
    due = matter.due_on if open_ and (matter.kind == "lead" or matter.state == "sent") else None
    return {
        "number": matter.number,
        "title": material.get("title") or material.get("name") or "",
        "kind": words.KINDS.get(matter.kind, ""),
        "state": words.state(matter.kind, matter.state),
        "due": due,
        "late": due is not None and due < datetime.now(ZONE).date(),
        "urged": urged and open_,
        "begun": matter.begun_at,
        "pending": pending,
        "stopped": matter.stopped is not None and open_,
    }


def _moment(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return found if found.tzinfo else None
