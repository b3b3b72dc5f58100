"""What may leave for another agency: purpose × legal basis → fields. Data, read once and checked as it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from contracts.letters import Handed
from contracts.vocabulary import Kind, ReferralKind


@dataclass(frozen=True, slots=True)
class Basis:
    """`petitions`: of which kinds it may be said. `fields`: of `letters.Material`."""

    id: str
    zh: str
    petitions: frozenset[Kind]
    fields: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """`retain_days`: how long the receiver may keep what it got. `bases`: by id, one of which each handover names."""

    id: str
    zh: str
    kind: ReferralKind
    retain_days: int
    bases: Mapping[str, Basis]


@cache
def purposes() -> Mapping[str, Purpose]:
    """Returns every purpose by its id. Raises ValueError for a field that no material has, or a word there is not."""
    content = yaml.safe_load((Path(__file__).parent / "purposes.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({row["id"]: _purpose(row) for row in content["purposes"]})


def _purpose(row: Mapping[str, Any]) -> Purpose:
    bases = {each["id"]: _basis(each) for each in row["bases"]}
    return Purpose(row["id"], row["zh"], ReferralKind(row["kind"]), row["retain_days"], MappingProxyType(bases))


def _basis(row: Mapping[str, Any]) -> Basis:
    strangers = set(row["fields"]) - set(Handed().fields)
    if strangers:
        raise ValueError(f"{row['id']}: {sorted(strangers)} are no fields of the material")
    kinds = frozenset(Kind(each) for each in row["petitions"])
    return Basis(row["id"], row["zh"], kinds, tuple(row["fields"]), row["confidence"])
