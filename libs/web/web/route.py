"""Routes: which method answers which address, and what a request to it may have. No framework: a server reads them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from marshmallow import Schema, fields
from werkzeug.wrappers import Response


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
    turn: str = "work"  # who looks after the service never waits for the others: "health", "figures"

    @property
    def streams(self) -> bool:
        """Its answer is a file, given piece by piece."""
        return self.media == "application/octet-stream"

    @property
    def fields(self) -> list[str]:
        """What its body may have."""
        return sorted(made(self.body).fields) if self.body else []


# a schema copies all its fields when it is made, and keeps nothing of what it checks
@cache
def made(schema: type[Schema]) -> Schema:
    """The schema, made once."""
    return schema()


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
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A route: its method takes (self, call, **path parts) and returns what becomes JSON; needs `self.access`."""
    asked = Schema.from_dict(dict(query), name="Query")
    route = Route(method, path, action, body, status, summary, asked, needs_key, media, takes, turn)

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


def href(path: str, **parts: str) -> str:
    """The address of a route with its parts, as it can be asked for (RFC 3986)."""
    for name, part in parts.items():
        path = path.replace(f"<{name}>", quote(part, safe=""))
    return path
