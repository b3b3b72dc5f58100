"""A service's routes asked without a server, on the real database: what is only tried is undone.

For tests that ask of each action whether it would be done: hundreds of times at one state of things.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from authorization.table import may
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from statute import day_of
from web.access import Access
from web.call import Admitted
from web.route import Route, entries_of
from web.tokens import Officer

PDF = b"%PDF-1.7 "


class _Undone(Exception):  # noqa: N818 - no fault: the transaction is over
    pass


class Trial:
    """A context whose transactions leave nothing behind while it tries."""

    def __init__(self, context: ServiceContext):
        self.context, self.tries = context, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.context, name)

    @contextmanager
    def begin(self, actor: Actor, trace: str | None = None) -> Iterator[UnitOfWork]:
        try:
            with self.context.begin(actor, trace) as work:
                yield work
                if self.tries:
                    work.session.flush()
                    raise _Undone
        except _Undone:
            pass


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def done(self) -> bool:
        return self.status < 400


class Desk:
    """What officers ask of one service; `given`: what nameko would hand it beside context and access."""

    def __init__(self, service: type, context: ServiceContext, **given: Any):
        self.trial = Trial(context)
        self.service = service()
        access = Access(
            verifier=None,  # type: ignore[arg-type]  # nobody is let in by a token here
            vault=context.cipher,  # type: ignore[arg-type]
            may=lambda officer, action: may(officer, action, "A00"),
            denied=lambda *_: None,
            counted=lambda _: None,
            is_transient=lambda _: False,
            describe=repr,
        )
        for name, value in ({"context": self.trial, "access": access} | given).items():
            setattr(self.service, name, value)
        self.entries = {entry.route: entry for entry in entries_of(service)}

    def ask(
        self, officer: Officer, route: Route, parts: Mapping[str, str], body: Any = None, *, tries: bool = False
    ) -> Answer:
        """The route's answer; with `tries` nothing of it stays."""
        builder = EnvironBuilder("/", method=route.method)
        raw = b""
        if route.takes:
            raw, builder.content_type = PDF + random.randbytes(8), route.takes[0]
            builder.args = {"name": "a.pdf"}
        elif route.body is not None:
            raw, builder.content_type = json.dumps(body or {}).encode(), "application/json"
        self.trial.tries = tries
        try:
            admitted = Admitted(Request(builder.get_environ()), officer, BytesIO(raw))
            response: Response = self.entries[route](self.service, admitted, **parts)
        finally:
            self.trial.tries = False
        text = response.get_data(as_text=True)
        return Answer(response.status_code, json.loads(text) if "json" in (response.content_type or "") else text)


def filled(fields: list[dict[str, Any]], known: Mapping[str, Any], dice: random.Random) -> dict[str, Any]:
    """A body as a client would fill it in: what is required, and what `known` has; field → value, or a list of them."""
    return {each["name"]: _value(each, known, dice) for each in fields if each["required"] or each["name"] in known}


def fits(body: Mapping[str, Any], fields: list[dict[str, Any]]) -> bool:
    """Whether the words chosen are among those that are offered, and nothing is claimed that is not."""
    known = {each["name"]: each for each in fields}
    return all(_among(value, known[name]) if name in known else value is not True for name, value in body.items())


def _among(value: Any, field: dict[str, Any]) -> bool:
    if field["type"] == "list":
        return all(_among(each, field["items"]) for each in value)
    return field["type"] != "choice" or value in {each["value"] for each in field["enum"]}


def _value(field: dict[str, Any], known: Mapping[str, Any], dice: random.Random) -> Any:
    name = field.get("name", "")
    match field["type"]:
        case "choice":
            return dice.choice(field["enum"])["value"]
        case "list":
            return [_value({"name": name} | field["items"], known, dice)]
        case "date":
            return day_of(datetime.now(UTC)).isoformat()
        case "moment":
            return (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        case "number":
            return max(1, field["min"])
        case "flag":
            return True
        case "map":
            return {}
        case "money":
            return "1000.00"
        case "object":
            return filled(field["fields"], known, dice)
        case "code":
            return dice.choice(known[name]) if isinstance(known[name], list) else known[name]
        case _:
            return "文字"


class Doors:
    """Every door to one thing: tried whether it is offered or not. `routes`: by the name of the offer.

    `targets`: all that a route's address may name; `body`: as somebody fills it in who reads the form, offered or not.
    `seen` counts what was offered and done, by its name, and what was neither, after `no `.
    """

    def __init__(
        self,
        desk: Desk,
        routes: Mapping[str, Route],
        targets: Callable[[Route], list[dict[str, Any]]],
        body: Callable[[str, list[dict[str, Any]], bool], dict[str, Any]],
        seen: Counter[str],
        often: int = 1,
    ):
        self.desk, self.routes, self.targets, self.body, self.seen = desk, routes, targets, body, seen
        self.often = often  # what is not offered is tried

    def check(self, officer: Officer, offered: list[dict[str, Any]]) -> None:
        """Each offer is done as it is drawn; and of all that could be asked only what is offered."""
        for each in offered:
            answer = self.do(officer, each, tries=True)
            assert answer.done, (officer.id, each["action"], answer.body)
            self.seen[each["action"]] += 1
        for name, route in self.routes.items():
            here = [each for each in offered if each["action"] == name]
            if may(officer, route.action or "", "A00") is not None:
                assert not here, (officer.id, name)
                continue
            for parts in self.targets(route):
                for _ in range(1 if here else self.often):
                    body = self.body(name, route.fields, False)
                    answer = self.ask(officer, route, parts, body, tries=True)
                    lawful = [each for each in here if _parts(route, each) == parts and fits(body, each["fields"])]
                    assert not answer.done or lawful, (officer.id, name, parts, body, "is done, and was not offered")
                    self.seen[f"no {name}"] += not answer.done

    def do(self, officer: Officer, chosen: dict[str, Any], *, tries: bool = False) -> Answer:
        """What is offered, as its form is filled in."""
        route = self.routes[chosen["action"]]
        body = self.body(chosen["action"], chosen["fields"], True)
        return self.ask(officer, route, _parts(route, chosen), body, tries=tries)

    def ask(self, officer: Officer, route: Route, parts: dict[str, Any], body: Any, *, tries: bool) -> Answer:
        """With no fault of ours."""
        answer = self.desk.ask(officer, route, parts, body, tries=tries)
        assert answer.status < 500, (route.path, body, answer.body)
        return answer


def _parts(route: Route, chosen: dict[str, Any]) -> dict[str, Any]:
    """What an offered address names, by the route's own parts."""
    parts: dict[str, Any] = {}
    for name, value in zip(route.path.split("/"), chosen["href"].split("/"), strict=True):
        if name.startswith("<"):
            parts[name.strip("<>").rpartition(":")[2]] = int(value) if "int:" in name else unquote(value)
    return parts
