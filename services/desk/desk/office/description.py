"""What a service's OpenAPI says: an offer of what no thing offers, and the words by which a list is narrowed."""

import re
import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from desk.client import Client

_FRESH = 600.0
_KEPT: dict[str, tuple[float, dict[str, Any]]] = {}
_LOCK = Lock()
_ABOUT = re.compile("[：；（]")
_PART = re.compile(r"{\w+}")


def offer(client: Client, service: str, template: str, href: str) -> dict[str, Any]:
    """Of what is POSTed there, as one of `allowed_actions`. Raises KeyError for what the service does not have.

    `about`: what the title leaves of the service's sentence, for beside a button.
    """
    operation = _page(client, service)["paths"][template]["post"]
    title, *about = _ABOUT.split(operation["summary"], maxsplit=1)
    said = {"action": operation["x-action"], "title": title, "method": "POST", "href": href}
    return said | {"about": "".join(about).removesuffix("）"), "fields": operation.get("x-fields", [])}


def told(client: Client, service: str, given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Label and value of what a body had, a word by its Chinese, as the service's forms with such fields say."""
    operations = (each["post"] for each in _page(client, service)["paths"].values() if "post" in each)
    fields = [field for each in operations for field in each.get("x-fields", [])]
    return [_told(fields, name, value) for name, value in given.items() if value not in (None, [], {})]


def _told(fields: Sequence[Mapping[str, Any]], name: str, value: Any) -> tuple[str, Any]:
    named = [each for each in fields if each["name"] == name]
    for each in named:
        for word in each.get("enum", ()):
            if word["value"] == value:
                return each["label"], word["label"]
    return next((each["label"] for each in named if "enum" not in each), name), value


def template(client: Client, service: str, href: str) -> str:
    """Of an address with its parts filled in. Raises KeyError for what the service does not have."""
    paths: Mapping[str, Any] = _page(client, service)["paths"]
    if href in paths:
        return href
    shapes = ((path, _PART.sub("[^/]+", path)) for path in paths if "post" in paths[path])
    found = next((path for path, shape in shapes if re.fullmatch(shape, href)), None)
    if found is None:
        raise KeyError(href)
    return found


def words(client: Client, service: str, path: str) -> dict[str, tuple[str, Sequence[tuple[str, str]]]]:
    """Query of a list → what it is called, and the words that it may be."""
    found: dict[str, tuple[str, Sequence[tuple[str, str]]]] = {}
    for each in _page(client, service)["paths"][path]["get"]["parameters"]:
        said = each["schema"]
        if "x-enumDescriptions" in said:
            found[each["name"]] = said.get("title", each["name"]), list(said["x-enumDescriptions"].items())
    return found


def _page(client: Client, service: str) -> dict[str, Any]:
    with _LOCK:
        at, page = _KEPT.get(service, (0.0, {}))
    if not page or time.monotonic() - at > _FRESH:
        page = client.get(service, "/openapi.json")
        with _LOCK:
            _KEPT[service] = time.monotonic(), page
    return page
