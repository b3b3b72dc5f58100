"""Service points as the county's data: one centre, stations, contacts. Without a file any code is taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts import county
from contracts.vocabulary import PointTier
from intake.domain import errors

CENTRE = "12309"


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """Where people are received. `place`: the division code it lies in, where the county's file says it."""

    code: str
    name: str
    tier: PointTier
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ServicePoints:
    """The points by code, in the file's order."""

    known: Mapping[str, ServicePoint] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | None) -> "ServicePoints":
        """The county's points, in the file's order. Raises ValueError; a county's folder from before may have none."""
        if path is None or not path.exists():
            return cls()
        rows: list[Mapping[str, Any]] = county.read(path)["points"]
        points = [ServicePoint(row["code"], row["name"], PointTier(row["tier"]), row.get("place")) for row in rows]
        if [point.code for point in points if point.tier is PointTier.CENTRE] != [CENTRE]:
            # what an agency hands in, and what names no point, is registered there
            raise ValueError(f"{path.name}: one centre, and its code is {CENTRE}")
        if len({point.code for point in points}) < len(points):
            raise ValueError(f"{path.name}: a code is given twice")
        return cls({point.code: point for point in points})

    def check(self, code: str) -> None:
        """Raises UnknownServicePoint, which shows the known ones."""
        if self.known and code not in self.known:
            raise errors.UnknownServicePoint([(point.code, point.name) for point in self.known.values()])
