"""What follows from the way a claim goes, of the six of 信访工作条例 31, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.vocabulary import ClaimRoute
from statute import Cited, cited


@dataclass(frozen=True, slots=True)
class Way:
    """`ours`: our office may take it on; else its petitioner is shown the way. `periods`: ids of rules in the packs."""

    route: ClaimRoute
    ours: bool
    means: str
    remedy: str
    periods: tuple[str, ...]
    law: Cited


@cache
def ways() -> Mapping[ClaimRoute, Way]:
    """All six. Raises KeyError or ValueError for a file that leaves one out."""
    rows = yaml.safe_load(Path(__file__).with_name("claim_routes.yaml").read_text(encoding="utf-8"))
    found = {each.route: each for each in map(_way, rows)}
    if set(found) != set(ClaimRoute):
        raise ValueError("claim_routes.yaml: of six ways each is told once")
    return found


def _way(row: Mapping[str, Any]) -> Way:
    law = cited(row, row["route"])
    return Way(ClaimRoute(row["route"]), row["ours"], row["means"], row["remedy"], tuple(row["periods"]), law)
