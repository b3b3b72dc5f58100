"""How much of who petitions one officer is shown, and what of the matter's name. Plain Python.

Nobody and somebody who asked for secrecy look alike: `hidden` stands for both. Who may not read what was said sees of
an accusation only that it is one, and by whom only where they registered it: it may be about the colleague beside them.
"""

from dataclasses import dataclass

from contracts import masked
from contracts.vocabulary import Kind

NOT_SHOWN = "不显示"


@dataclass(frozen=True, slots=True)
class Showing:
    """One petition before one officer. `reads`: what was said; `own`: they registered it; `fresh`: today."""

    kind: Kind
    hidden: bool
    reads: bool
    own: bool
    fresh: bool

    @property
    def names(self) -> bool:
        """Whether it is said who petitions."""
        return not self.hidden and (self.reads or self.own or self.kind is not Kind.ACCUSATION)

    @property
    def titles(self) -> bool:
        """Whether it is said what the matter is called; else the kind's own word stands for it."""
        return self.reads or not (self.hidden or self.kind is Kind.ACCUSATION)

    def phone(self, number: str | None) -> str | None:
        """In full on the day on which, and to whom it was given; else with stars."""
        if number is None or (self.own and self.fresh):
            return number
        return masked.phone(number)
