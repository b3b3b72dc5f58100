"""A body from what was typed into a form: a control's name is its dotted path and its type, `f.petitioner.name~line`.

It is put together from the names alone, so that what is sent twice is the same body even where it is offered no more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from desk.office import days
from desk.paths import lists, put
from desk.written import ZONE

PREFIX = "f."
_CHOSEN = {"choice", "choices", "code", "flag"}
MORE = "more~"  # the button that asks for one more of a list

Typed = Mapping[str, Sequence[str]]


def read(typed: Typed, today: datetime) -> dict[str, Any]:
    """What is sent; what was left empty is left out, and what cannot be read is sent as it is: the service says why."""
    content: dict[str, Any] = {}
    for name, values in typed.items():
        if not name.startswith(PREFIX):
            continue
        path, _, type_ = name[len(PREFIX) :].rpartition("~")
        value = _read(type_, [each.strip() if type_ != "text" else each.strip("\r\n") for each in values], today)
        if path and value is not None:
            put(content, path.split("."), value)
    made: dict[str, Any] = lists(content)
    return made


def _read(type_: str, values: Sequence[str], today: datetime) -> Any:
    if type_ == "choices":
        return [each for each in values if each] or None
    value = values[0] if values else ""
    if not value:
        return None
    match type_:
        case "flag":
            return {"true": True, "false": False}.get(value, value)
        case "number":
            return int(value) if value.lstrip("-").isdecimal() and len(value) < 16 else value
        case "date":
            day = days.read(value, today.astimezone(ZONE).date())
            return day.isoformat() if day else value
        case "moment":
            return _moment(value)
        case "lines":
            return [line for each in value.splitlines() if (line := each.strip())] or None
        case "map":
            pairs = (line.partition("=") for each in value.splitlines() if (line := each.strip()))
            return {code.strip(): {"是": True, "否": False}.get(said.strip(), said.strip()) for code, _, said in pairs}
        case _:
            return value.replace("\r\n", "\n")


def _moment(value: str) -> str:
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (read if read.tzinfo else read.replace(tzinfo=ZONE)).isoformat()


def written(typed: Typed) -> list[str]:
    """What a person wrote of it, without what was only chosen: a code says nothing to who would type it again."""
    own = (name for name in typed if name.startswith(PREFIX) and name.rpartition("~")[2] not in _CHOSEN)
    return [value for name in own for value in typed[name] if value]


def more(typed: Typed) -> dict[str, int]:
    """Path of a list → how many it is to have, where its button was pressed."""
    asked = [name[len(MORE) :] for name in typed if name.startswith(MORE)]
    return {path: filled(typed, path) + 1 for path in asked}


def filled(typed: Typed, path: str) -> int:
    """How many of a list something was typed into, up to the last of them."""
    own = f"{PREFIX}{path}."
    used = (name for name, values in typed.items() if name.startswith(own) and any(values))
    indexes = [name[len(own) :].partition(".")[0] for name in used]
    return max((int(each) + 1 for each in indexes if each.isdecimal()), default=0)
