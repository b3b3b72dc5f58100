"""Routes: which method answers which address, and what a request to it may have. No framework: a server reads them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from marshmallow import Schema, fields
from werkzeug.wrappers import Response

from web.forms import form


@dataclass(frozen=True, slots=True)
class Route:
    """One method at one address: whose action it is, what a request may carry, the status of its answer."""

    method: str
    path: str
    action: str | None  # None: open to anybody who reaches the port
    body: type[Schema] | None
    status: int
    summary: str
    query: type[Schema]
    needs_key: bool
    media: str
    takes: tuple[str, ...] = ()  # the media types of a body that is not JSON
    # who looks after the service never waits for the others: "health", "figures"; others not for a "number"
    turn: str = "work"
    answer: type[Schema] | None = None  # what is answered where it is done
    proved: bool = False  # who logged in gave their second factor minutes ago

    @property
    def streams(self) -> bool:
        """Its answer is a file, given piece by piece."""
        return self.media == "application/octet-stream"

    @property
    def fields(self) -> list[dict[str, Any]]:
        """What its body may have, as a client draws it: see `web.forms`."""
        return form(self.body) if self.body else []


_NO_QUERY: Mapping[str, fields.Field[Any]] = MappingProxyType({})


def http(
    method: str,
    path: str,
    *,
    action: str | None,
    summary: str,
    body: type[Schema] | None = None,
    status: int = 200,
    query: Mapping[str, fields.Field[Any]] = _NO_QUERY,
    needs_key: bool = False,
    media: str = "application/json",
    takes: tuple[str, ...] = (),
    turn: str = "work",
    answer: type[Schema] | None = None,
    proved: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A route: its method takes (self, call, **path parts) and returns what becomes JSON; needs `self.access`."""
    asked = Schema.from_dict(dict(query), name="Query")
    route = Route(method, path, action, body, status, summary, asked, needs_key, media, takes, turn, answer, proved)

    def decorate(method_: Callable[..., Any]) -> Callable[..., Any]:
        def entry(self: Any, admitted: Any, **parts: str) -> Response:
            answered: Response = self.access.answer(route, admitted, lambda call: method_(self, call, **parts))
            return answered

        entry.__name__ = method_.__name__
        entry.__doc__ = method_.__doc__
        entry.route = route  # type: ignore[attr-defined]
        return entry

    return decorate


def entries_of(service: type) -> Sequence[Any]:
    """The methods of a service class that are routes, its own first, then what it inherits; each has its `route`."""
    return [member for each in service.__mro__ for member in vars(each).values() if hasattr(member, "route")]


def routes_of(service: type) -> Sequence[Route]:
    """The routes of a service class, in the order of their methods."""
    return _routes_of(service)


@cache
def _routes_of(service: type) -> Sequence[Route]:
    return [entry.route for entry in entries_of(service)]


@cache
def by_action(service: type) -> Mapping[str | None, Route]:
    """Action → the route that does it, the first of several: what only shows what would come of it stands behind."""
    return {route.action: route for route in reversed(routes_of(service))}


def href(path: str, **parts: str) -> str:
    """The address of a route with its parts, as it can be asked for (RFC 3986)."""
    return "".join(quote(parts[name], safe="") if name in parts else text for text, name in _pieces(path))


@cache
def _pieces(path: str) -> Sequence[tuple[str, str | None]]:
    """(what is written there, the name of the part it stands for or None), in order; kept, for each row asks for it."""
    return [(each[0], each[1] or None) for each in re.findall(r"(<(?:\w+:)?(\w+)>|[^<]+)", path)]


def offer(route: Route, action: str, title: str, parts: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """One of `allowed_actions`: what it is called, and what to send where.

    `parts`: of the route's path. `more`: what only this action says of itself.
    """
    upload = {"takes": list(route.takes), "query": form(route.query)} if route.takes else {}
    return {
        "action": action,
        "title": title,
        "method": route.method,
        "href": href(route.path, **parts),
        "fields": route.fields,
        **upload,
        **more,
    }
