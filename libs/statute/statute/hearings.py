"""How a line's hearing is held: whether it is open, its steps, who must be there. Data for who tells or holds one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from statute.datum import Cited, cited

NOTICE = "hearing_notice"  # the rule of the packs that counts the days back from it


@dataclass(frozen=True, slots=True)
class Hearing:
    """`open`: to the public, unless one of `closed` is so. `notice`: which row of the packs' rule; "": the plain one.

    `approval`: whose it needs by our setting. `invites`: who must be asked to come. `recorded`: in sound and picture.
    """

    open: bool
    closed: tuple[str, ...]
    approval: str
    host: str
    invites: tuple[str, ...]
    notice: str
    recorded: bool
    steps: tuple[str, ...]
    law: Cited


@cache
def hearings() -> Mapping[str, Hearing]:
    """Line or sub-line → how its hearing is held; what is not here has none. Raises KeyError, ValueError."""
    page = yaml.safe_load(Path(__file__).with_name("hearings.yaml").read_text(encoding="utf-8"))
    found: dict[str, Hearing] = {}
    for row in page["rows"]:
        for line in row["lines"]:
            if line in found:
                raise ValueError(f"hearings.yaml: {line} stands twice")
            found[line] = _hearing(row, line)
    return found


def _hearing(row: Mapping[str, Any], line: str) -> Hearing:
    return Hearing(
        open=row["open"],
        closed=tuple(row["closed"]),
        approval=row["approval"],
        host=row["host"],
        invites=tuple(row["invites"]),
        notice=row["notice"] or "",
        recorded=row["recorded"],
        steps=tuple(row["steps"]),
        law=cited(row, line),
    )
