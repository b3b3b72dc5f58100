"""A form out of the published contract: its fields, their Chinese, what may be chosen; and what was typed into it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts import labels
from contracts.fields import AgencyCode, Count, Day, Flag, Text, WordOf
from contracts.registry import REGISTRY, contract
from desk.paths import lists, put

# the page knows it: what the matter is, and who says it
KNOWN = frozenset({"referral", "lead", "proceeding", "item", "officer"})
ROWS = 3  # of a list of people
_LONG = 300  # characters, above which a text has several lines


@dataclass(frozen=True, slots=True)
class Control:
    """One field. `name`: its dotted path; `kind`: line, text, day, number, flag, choice, agency, files."""

    name: str
    label: str
    kind: str
    required: bool
    longest: int | None = None
    choices: list[tuple[str, str]] = field(default_factory=list)


def drawn(type_: str) -> list[Control]:
    """The fields that a person fills in of a message that the agency says."""
    known = KNOWN | (frozenset() if type_ == "petition.submitted.v1" else {"submission"})
    return [each for each in _controls(contract("from_agency", type_).schema().fields) if each.name not in known]


def _controls(of: Mapping[str, Any], path: str = "", required: bool = True) -> Iterator[Control]:
    for name, each in of.items():
        here, needed = f"{path}{name}", required and each.required and not each.allow_none
        if name == "files":
            yield Control(name, labels.label(each) or name, "files", False)
        elif hasattr(each, "inner"):
            for row in range(ROWS):
                yield from _controls(each.inner.schema.fields, f"{here}.{row}.", False)
        elif hasattr(each, "nested"):
            yield from _controls(each.schema.fields, f"{here}.", needed)
        else:
            yield Control(here, labels.label(each) or name, _kind(each), needed, _longest(each), _choices(each))


def _kind(of: Any) -> str:
    if isinstance(of, WordOf):
        return "choice"
    for type_, kind in ((Flag, "flag"), (Day, "day"), (Count, "number"), (AgencyCode, "agency")):
        if isinstance(of, type_):
            return kind
    return "text" if (_longest(of) or 0) > _LONG else "line"


def _longest(of: Any) -> int | None:
    return of.longest if isinstance(of, Text) else None


def _choices(of: Any) -> list[tuple[str, str]]:
    if not isinstance(of, WordOf):
        return []
    only = next((each.choices for each in of.validators if hasattr(each, "choices")), None)
    return [(word.value, word.zh) for word in of.enum if only is None or word in only]


def read(type_: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """What is said, of what was typed; what was left empty is left out."""
    content: dict[str, Any] = {}
    for each in drawn(type_):
        value = typed.get(f"f.{each.name}", "").replace("\r\n", "\n").strip()
        if value:
            put(content, each.name.split("."), _read(each.kind, value))
    made: dict[str, Any] = lists(content)
    if type_ == "petition.submitted.v1":
        made.setdefault("petitioner", None)  # nobody's name was given
    return made


def _read(kind: str, value: str) -> Any:
    match kind:
        case "flag":
            return value == "yes"
        case "number" if value.isascii() and value.isdecimal() and len(value) < 10:
            return int(value)
        case _:
            return value  # what it should have been, the contract says


def told(type_: str, typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Label and value of each field that was filled in, a choice by its word; nothing of what is no message of ours."""
    found = []
    for each in drawn(type_) if ("from_agency", type_) in REGISTRY else ():
        value = typed.get(f"f.{each.name}", "").strip()
        if value:
            found.append((each.label, dict(each.choices).get(value, "是" if each.kind == "flag" else value)))
    return found


def typed_of(content: Mapping[str, Any], path: str = "f.") -> dict[str, str]:
    """The same the other way: what was said, as it would be typed."""
    made: dict[str, str] = {}
    for name, value in content.items():
        if name == "files":
            continue
        if isinstance(value, dict):
            made |= typed_of(value, f"{path}{name}.")
        elif isinstance(value, list):
            made |= typed_of({str(n): each for n, each in enumerate(value)}, f"{path}{name}.")
        elif value is not None and value is not False:
            made[f"{path}{name}"] = "yes" if value is True else str(value)
    return made
