"""一件: one petition, each tab a page of its own; what this officer may not read is not there."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for

from desk.client import Away, Refused
from desk.office import cards, offers
from desk.office.door import at, client, door, known, nonce, page

pages = Blueprint("petition", __name__)

TABS = (
    ("petition.matter", "办理"),
    ("petition.timeline", "时间线"),
    ("petition.transfers", "移交"),
    ("proceedings.of_petition", "调解听证"),
    ("teams.shown", "团队"),
    ("petition.notices", "告知"),
    ("petition.files", "材料"),
    ("petition.aid", "救助"),
)


@pages.get("/petitions/<number>")
def matter(number: str) -> Any:
    """办理: what may be done now, each as its own form; what is owed by when."""
    try:
        found, risk, clocks, outside, owed, acts_done, papers, tasks = read(
            number,
            ("intake", "/petitions/{}/risk"),
            ("intake", "/petitions/{}/clocks"),
            ("referral", "/petitions/{}/clocks"),
            ("intake", "/petitions/{}/owed"),
            ("intake", "/petitions/{}/acts"),
            ("intake", "/petitions/{}/documents"),
            ("intake", "/petitions/{}/tasks"),
        )
    except Refused:
        if _aided(number):
            return redirect(url_for("petition.aid", number=number))
        raise
    of, here = at("/petitions/{}", number), url_for("petition.matter", number=number)
    drawn = [offers.drawn("intake", of, each, here) for each in found["allowed_actions"] if each["method"] != "GET"]
    opens = offers.papers(found, "intake", papers, at("/petitions/{}/documents", number))
    for each in found.get("approvals", ()):
        each["step"] = offers.todo("intake", at("/approvals/{}", each["id"]), "", here) if each["can"] else None
    return tab(
        "matter", found, risk=risk, clocks=[clocks, outside], owed=owed, done=acts_done, tasks=tasks,
        forms=drawn, opens=opens,
    )  # fmt: skip


@pages.get("/petitions/<number>/timeline")
def timeline(number: str) -> Any:
    """时间线, the newest first; and what was put right, with who still has what stood there before."""
    found, corrections = read(number, ("intake", "/petitions/{}/corrections"))
    steps = list(reversed(found.get("timeline", [])))
    return tab("timeline", found, steps=steps, corrections=_rows(corrections, "corrections"))


@pages.get("/petitions/<number>/transfers")
def transfers(number: str) -> Any:
    """移交: who has had it, what was sent to whom and what came of it, who could have it."""
    found, custody, referrals, remarks, receivers, escalations = read(
        number,
        ("referral", "/petitions/{}/custody"),
        ("referral", "/petitions/{}/referrals"),
        ("referral", "/petitions/{}/remarks"),
        ("referral", "/petitions/{}/receivers"),
        ("referral", "/petitions/{}/escalations"),
    )
    here = url_for("petition.transfers", number=number)
    drawn = {
        each["number"]: _drawn("referral", at("/referrals/{}", each["number"]), each, here)
        for each in _rows(referrals, "referrals")
    }
    return tab(
        "transfers", found, custody=custody, referrals=referrals, remarks=remarks, receivers=receivers,
        escalations=escalations, drawn=drawn,
    )  # fmt: skip


@pages.get("/petitions/<number>/notices")
def notices(number: str) -> Any:
    """告知: what was told, by which way, what came of it; what is owed still."""
    found, told, owed = read(number, ("notify", "/petitions/{}/notices"), ("intake", "/petitions/{}/owed"))
    here, of = url_for("petition.notices", number=number), at("/petitions/{}/notices", number)
    drawn = {each["notice"]: _drawn("notify", of, each, here) for each in _rows(told, "notices")}
    return tab("notices", found, told=told, owed=owed, drawn=drawn)


@pages.get("/petitions/<number>/files")
def files(number: str) -> Any:
    """材料: what was said and handed in, what was answered; to who may read it."""
    (found,) = read(number)
    return tab("files", found)


@pages.get("/petitions/<number>/aid")
def aid(number: str) -> Any:
    """救助: the cases of this petition, each with what may be done; alone for who may read nothing else of it."""
    found, listed = client().many(("intake", at("/petitions/{}", number)))[0], _aided(number)
    here = url_for("petition.aid", number=number)
    drawn = {each["number"]: _drawn("aid", at("/aid-cases/{}", each["number"]), each, here) for each in listed}
    if listed and isinstance(found, Refused):
        card, names = cards.of([number]).get(number, {}), door().names.of(client())
        return page("aid_alone.html", number=number, card=card, cases=listed, drawn=drawn, names=names)
    return tab("aid", known(found), cases=listed, drawn=drawn)


def _aided(number: str) -> list[dict[str, Any]]:
    """The cases that who asks may read."""
    (cases,) = client().many(("aid", at("/petitions/{}/aid-cases", number)))
    return [] if isinstance(cases, Refused | Away) else _rows(cases, "aid_cases")


def read(number: str, *reads: tuple[str, str]) -> list[Any]:
    """The petition, without which there is no page, and the rest: of what is not theirs or away, None."""
    first, *rest = client().many(("intake", at("/petitions/{}", number)), *((s, at(path, number)) for s, path in reads))
    found: Mapping[str, Any] = known(first)
    return [found, *(None if isinstance(each, Refused | Away) else each for each in rest)]


def tab(name: str, found: Mapping[str, Any], view: str | None = None, **shown: Any) -> Any:
    """A tab of the page, drawn by the template of its name. `view`: where it is not this file's of that name."""
    names, here = door().names.of(client()), view or f"petition.{name}"
    tabs = [(zh, url_for(each, number=found["number"]), each == here) for each, zh in TABS]
    return page(f"petition/{name}.html", petition=found, names=names, tabs=tabs, opened=offers.link, **shown)


def _drawn(service: str, of: str, thing: Mapping[str, Any], here: str) -> list[offers.Form]:
    """The forms of one thing of the petition's, offered at `of`."""
    return [offers.drawn(service, of, offer, here) for offer in thing.get("allowed_actions", ())]


def _rows(answer: Any, noun: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer[noun] if answer else []
    return rows


@pages.post("/petitions/<number>/reveal")
def in_full(number: str) -> Any:
    """A number in full, of one person, on this page alone; the service writes down who looked."""
    read(number)  # what is not in sight is not there, also where the service's own sentence would tell
    field = {"field": request.form.get("field", ""), "seq": request.form.get("seq", 1, int)}
    said = client().post("intake", at("/petitions/{}/reveals", number), field, nonce())
    return page("opened.html", answer={each: said[each] for each in ("petition", "value")}, papers=[])
