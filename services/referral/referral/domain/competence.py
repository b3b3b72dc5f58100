"""Which matters of which place are whose: what the directory says of an agency, and who is suggested for a petition.

Advice for an officer: whether it may go there at all, the ban says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from contracts.vocabulary import Kind, Line


@dataclass(frozen=True, slots=True)
class Competence:
    """One row. Nothing listed means any; `places`: the beginnings of division codes; `why`: shown to the officer."""

    why: str
    kinds: frozenset[Kind]
    lines: frozenset[Line]
    places: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError for what is missing, unknown or misspelt."""
        strangers = set(entry) - {"why", "kinds", "lines", "places"}
        if strangers:
            raise ValueError(f"competence: {'、'.join(sorted(strangers))}")
        return cls(
            str(entry["why"]),
            frozenset(Kind(each) for each in entry.get("kinds") or ()),
            frozenset(Line(each) for each in entry.get("lines") or ()),
            tuple(str(each) for each in entry.get("places") or ()),
        )

    def covers(self, kind: Kind, line: Line, place: str | None) -> bool:
        """Whether the row speaks for such a petition; one of no known place, only where the row names none."""
        here = not self.places or (place is not None and place.startswith(self.places))
        return here and (not self.kinds or kind in self.kinds) and (not self.lines or line in self.lines)

    @property
    def narrowness(self) -> int:
        """How much the row asks for, 0 to 4: a place outweighs kind or line."""
        return 2 * bool(self.places) + bool(self.lines) + bool(self.kinds)


def suggested(rows: Iterable[Competence], kind: Kind, line: Line, place: str | None) -> Competence | None:
    """The narrowest row that covers the petition; None: nothing speaks for this agency."""
    covering = [row for row in rows if row.covers(kind, line, place)]
    return max(covering, key=lambda row: row.narrowness, default=None)
