"""Who may assign a petition to us (交办), as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from contracts.vocabulary import AgencyKind
from statute import Cited, cited


@dataclass(frozen=True, slots=True)
class Assigner:
    """A kind of agency that may; `above`: only one that stands above us."""

    above: bool
    says: str
    law: Cited


@cache
def assigners() -> Mapping[AgencyKind, Assigner]:
    """By kind; of others nobody may. Raises KeyError or ValueError for a file that names what does not exist."""
    rows = yaml.safe_load(Path(__file__).with_name("assigning.yaml").read_text(encoding="utf-8"))
    return {
        AgencyKind(row["agency"]): Assigner(row["above"], row["says"], cited(row, row["agency"])) for row in rows
    }  # fmt: skip


def may_assign(kind: str, above: bool) -> bool:
    """Whether an agency of a kind may 交办 to us, which binds us to its day. `above`: it stands above us."""
    found = assigners().get(AgencyKind(kind))
    return found is not None and (above or not found.above)
