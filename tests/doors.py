"""The routes of every service, for tests that try them all: a new route, or service, is tried by being there."""

import importlib
from collections.abc import Iterator
from typing import Any

from tools.dev.stack import SERVICES
from web.route import Route, routes_of

CLASSES: dict[str, type[Any]] = {
    name: getattr(importlib.import_module(f"{name}.service"), f"{name.capitalize()}Service") for name in SERVICES
}


def routes() -> Iterator[tuple[str, Route]]:
    """(service, route) of each."""
    for service, class_ in CLASSES.items():
        for route in routes_of(class_):
            yield service, route
