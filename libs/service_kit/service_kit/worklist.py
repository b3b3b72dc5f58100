"""Worklists: each owner's piles of work, counted and page by page; every row says what is due and what ends it.

A row has no name and no title: a client fetches those of many rows at once from intake, who alone decides who reads
them. What a role may not see is no box with nothing in it: the box is not there.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import case, select

from authorization import colleagues, placements
from authorization.placements import Beside
from authorization.sight import Placement, View, Whose
from authorization.table import may
from contracts.fields import Day, WordOf
from contracts.vocabulary import Kind, Line, RiskColour, WorkBox
from courier.unit_of_work import UnitOfWork
from service_kit.neighbour import PLACED
from service_kit.service import Service
from web.answers import Answer
from web.call import Call
from web.listing import COUNTED, Fields, Key, Page, Rows, paged
from web.route import Route, href, routes_of


class Step(Answer):
    """The one action that ends a row."""

    action = fields.String()
    title = fields.String()
    method = fields.String()
    href = fields.String()


class Item(Answer):
    """A row of a box. What it is of beside a petition is said in the boxes that have it."""

    petition = fields.String(allow_none=True)
    kind = WordOf(Kind, allow_none=True)
    kind_zh = fields.String(allow_none=True)
    line = WordOf(Line, allow_none=True)
    line_zh = fields.String(allow_none=True)
    colour = WordOf(RiskColour, allow_none=True)
    colour_zh = fields.String(allow_none=True)
    department = fields.String(allow_none=True)
    rule = fields.String(allow_none=True)
    rule_zh = fields.String(allow_none=True)
    sentence = fields.String(allow_none=True)
    target = Day(allow_none=True)
    due = Day(allow_none=True)
    duty = fields.String(allow_none=True)
    holder = fields.String(allow_none=True)
    since = fields.String(allow_none=True)  # a day, or a moment where one is known
    urged = fields.Integer(allow_none=True)
    referral = fields.String(allow_none=True)
    partner = fields.String(allow_none=True)
    partner_zh = fields.String(allow_none=True)
    partner_number = fields.String(allow_none=True)
    action = fields.Nested(Step, allow_none=True)
    contact = fields.String(load_default=None)
    reception = fields.String(load_default=None)
    approval = fields.String(load_default=None)
    task = fields.String(load_default=None)
    case = fields.String(load_default=None)
    lead = fields.String(load_default=None)
    notice = fields.String(load_default=None)
    proceeding = fields.String(load_default=None)


class Boxes(Answer):
    """All boxes of who asks; of one that was asked for, its page in their stead."""

    class BoxSaid(Answer):
        """A box and a page of it."""

        box = WordOf(WorkBox)
        box_zh = fields.String()
        items = fields.List(fields.Nested(Item))
        total = fields.Integer()
        total_is_more = fields.Boolean()
        next = fields.String(allow_none=True)

    boxes = fields.List(fields.Nested(BoxSaid), load_default=None)
    box = WordOf(WorkBox, load_default=None)
    box_zh = fields.String(load_default=None)
    items = fields.List(fields.Nested(Item), load_default=None)
    total = fields.Integer(load_default=None)
    total_is_more = fields.Boolean(load_default=None)
    next = fields.String(load_default=None)


# where no box is asked for: rows of each, and up to how many it is counted
FIRST, GLANCED = 20, 200
NARROWED = tuple(PLACED)
_NAMES = "worklist.names"
_PART = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for which rows, in which transaction."""

    service: Service
    work: UnitOfWork
    call: Call
    action: str  # whoever may do this sees the box
    views: dict[str, View]  # of this officer, by action: a page asks for the same one for each of its rows

    @property
    def filters(self) -> Mapping[str, Any]:
        """What narrows it: scope, line, colour."""
        return {name: self.call.query[name] for name in NARROWED if name in self.call.query}

    @property
    def whose(self) -> Whose:
        """Whose rows, of those in sight."""
        return Whose(self.filters.get("scope", Whose.OFFICE))

    def view(self, action: str | None = None) -> View:
        """How far the officer sees for the box, or for another action."""
        action = action or self.action
        if action not in self.views:
            self.views[action] = colleagues.view(self.work, self.call.officer, action)
        return self.views[action]

    def names(self, read: Callable[[UnitOfWork], Mapping[str, str]]) -> Mapping[str, str]:
        """What `read` says the agencies' codes stand for: asked once, however many boxes show it."""
        known: dict[str, Mapping[str, str]] = self.work.session.info
        if _NAMES not in known:
            known[_NAMES] = read(self.work)
        return known[_NAMES]

    def step(self, action: str, title: str, placement: Placement, **parts: str) -> dict[str, Any] | None:
        """The action as a row offers it; None where this officer may not do it with what sits there.

        `placement`: of a petition in their sight, so without its walls; `parts`: of the route's address.
        """
        if not self.view(action).covers(placement):
            return None
        return self.link(action, action.partition(".")[2], title, **parts)

    def link(self, action: str, name: str, title: str, **parts: str) -> dict[str, Any]:
        """The route of the action whose address has these parts, under a name of the row's own."""
        service: type = type(self.service)
        route = _routes(service)[action, frozenset(parts)]
        return {"action": name, "title": title, "method": route.method, "href": href(route.path, **parts)}


@dataclass(frozen=True, slots=True)
class Box:
    """One pile of work. `keys`: what it is sorted by, as of a list; `rows`: those in sight; `show`: as answered."""

    word: WorkBox
    action: str
    keys: Sequence[Key]
    rows: Callable[[Asking], Rows]
    show: Callable[[Asking, Sequence[Any]], Iterable[Mapping[str, Any]]]
    descending: bool = False


@cache
def _routes(service: type) -> Mapping[tuple[str | None, frozenset[str]], Route]:
    """(action, names of the parts of its address) → its route, the first of several, as `web.route.by_action`."""
    return {(each.action, frozenset(_PART.findall(each.path))): each for each in reversed(routes_of(service))}


def query(boxes: Sequence[Box]) -> Fields:
    """What `GET /worklist` takes."""
    own = validate.OneOf([box.word for box in boxes], error="只能是 {choices} 之一")
    return {"box": WordOf(WorkBox, validate=own), **PLACED, **paged()}


def answer(service: Service, call: Call, boxes: Sequence[Box]) -> dict[str, Any]:
    """One box and its page; without `box` all that this officer may see, each with its first rows.

    Raises Denied for a box that is not theirs, WrongCursor.
    """
    with service.work(call) as work:
        name, views = call.query.get("box"), dict[str, View]()
        if name is None:
            askings = [(box, Asking(service, work, call, box.action, views)) for box in boxes]
            return {
                "boxes": [_page(box, asking, FIRST, None, GLANCED) for box, asking in askings if asking.view().scopes]
            }
        box = next(each for each in boxes if each.word is name)
        asking = Asking(service, work, call, box.action, views)
        if not asking.view().scopes:
            sentence = may(call.officer, box.action, call.officer.agency) or "您没有这项待办"
            raise service.access.deny(call.officer, box.action, sentence, call.path)
        return _page(box, asking, call.query["limit"], call.query.get("after"))


def _page(box: Box, asking: Asking, limit: int, after: str | None, counts: int = COUNTED) -> dict[str, Any]:
    page = Page(
        noun="items",
        call=asking.call,
        keys=box.keys,
        descending=box.descending,
        filters=asking.filters,
        limit=limit,
        after=after,
        asked={**asking.filters, "box": box.word},
        counts=counts,
    )
    found = page.of(asking.work.session, box.rows(asking))
    return {"box": box.word, "box_zh": box.word.zh, **found.answer(box.show(asking, found.rows))}


_NOTHING = dict.fromkeys(name for name, field in Item().fields.items() if field.required)


def item(petition: str | None, kind: str | None, line: str | None, colour: str | None, **known: Any) -> dict[str, Any]:
    """A row of a box: the same names in every box, None where one says nothing there."""
    said: dict[str, Any] = {"petition": petition, "kind": kind, "line": line, "colour": colour}
    if kind is not None and line is not None:
        said |= {"kind_zh": Kind(kind).zh, "line_zh": Line(line).zh}
    if colour is not None:
        said["colour_zh"] = RiskColour(colour).zh
    return _NOTHING | said | known


def owed(rule_zh: str, target: date, due: date, today: date) -> str:
    """What is due, in a sentence: the working target first, the law's last day after it."""
    sentence = f"{rule_zh}：{target.month}月{target.day}日前办"
    if due != target:
        sentence += f"（法定{due.month}月{due.day}日）"
    if today > due:
        return f"{sentence}，已逾期{(today - due).days}天"
    return f"{sentence}，今天到期" if today == target else sentence


# -- of every service but intake: rows of petitions as `placement` has them --------------------------------------------


def placed(asking: Asking, *more: Any, beside: type[Beside] | None = None) -> Rows:
    """Of placements in sight and asked for, what a row says of its petition, and `more` of what is joined.

    `beside`: which of that has its petition's place beside it: what is out of reach by it is not looked up.
    """
    its, risk = placements.placement.c, asking.view("petition.read-risk")
    rows: Rows = select(
        its.petition,
        its.kind,
        its.line,
        its.department,
        its.service_point,
        its.unnamed,
        its.handler,
        case((placements.reached(risk), its.colour)).label("colour"),
        *more,
    )
    rows = rows.where(placements.covered(asking.view(), asking.whose), *placements.narrowed(risk, asking.filters))
    return rows if beside is None else rows.where(placements.nearby(asking.view(), asking.whose, beside))


def placed_item(row: Any, **known: Any) -> dict[str, Any]:
    """A row of what `placed` selects."""
    return item(row.petition, row.kind, row.line, row.colour, department=row.department, **known)


def placed_step(asking: Asking, row: Any, action: str, title: str, **parts: str) -> dict[str, Any] | None:
    """The action on what waits there, as `Asking.step` offers it."""
    handler = row.handler and bytes(row.handler)
    place = Placement(row.department, row.service_point, unnamed=row.unnamed, handler=handler)
    return asking.step(action, title, place, **parts)
