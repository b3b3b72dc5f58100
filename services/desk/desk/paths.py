"""What was typed under dotted paths, put together: petitioner.name, others.0.phone."""

from collections.abc import Sequence
from typing import Any


def put(content: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """The value at the path, within objects that are made where they are not there."""
    for part in path[:-1]:
        content = content.setdefault(part, {})
    content[path[-1]] = value


def lists(content: Any) -> Any:
    """Objects whose names are all numbers are the lists they stand for."""
    if not isinstance(content, dict):
        return content
    inner = {name: lists(each) for name, each in content.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
