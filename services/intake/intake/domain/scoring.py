"""Risk as a rule: facts and their weights come to a colour, explained by the three weightiest. Plain Python."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from contracts import county
from contracts.vocabulary import RiskColour
from intake.domain.tasks import TaskKind

ORDER = list(RiskColour)
SHOWN = 3
_SHIPPED = Path(__file__).with_name("risk.yaml")


@dataclass(frozen=True, slots=True)
class Factor:
    """One fact, and what it adds to the score."""

    id: str
    zh: str
    weight: int


@dataclass(frozen=True)
class Scheme:
    """The county's rule: which facts weigh, where each colour begins, and what a colour asks the office to do."""

    starts: Mapping[RiskColour, int]  # the least score of a colour
    entered: tuple[Factor, ...]  # what officers find
    seen: tuple[Factor, ...]  # what the system sees for itself
    duties: Mapping[RiskColour, tuple[str, ...]]  # what a colour asks of the office, as it is read
    tasks: Mapping[RiskColour, tuple[TaskKind, ...]]  # those of them that are tasks

    @classmethod
    def load(cls, path: Path | None) -> "Scheme":
        """The county's own file where there is one. Raises ValueError for one whose colours do not rise."""
        file = path if path is not None and path.exists() else _SHIPPED
        content: dict[str, Any] = county.read(file)
        starts = {RiskColour(name): least for name, least in content["colours"].items()}
        if list(starts) != ORDER[1:] or sorted(starts.values()) != list(starts.values()):
            raise ValueError("the colours of risk are blue, yellow, red, in rising order")
        lines = {RiskColour(name): each for name, each in content["duties"].items()}
        duties = {colour: tuple(_zh(line) for line in each) for colour, each in lines.items()}
        # a county's file from before there were tasks has words alone
        tasks = {
            colour: tuple(TaskKind.of(line) for line in each if not isinstance(line, str))
            for colour, each in lines.items()
        }
        entered, seen = (tuple(Factor(**row) for row in content[name]) for name in ("entered", "seen"))
        return cls(starts, entered, seen, duties, tasks)

    @cached_property
    def factors(self) -> Mapping[str, Factor]:
        """Every fact by its id, whoever finds it."""
        return {factor.id: factor for factor in (*self.entered, *self.seen)}

    def score(self, facts: Collection[str]) -> int:
        """A fact that a newer file no longer knows weighs nothing."""
        return sum(self.factors[fact].weight for fact in set(facts) if fact in self.factors)

    def colour(self, score: int) -> RiskColour:
        """The highest colour whose least score is reached."""
        reached = [colour for colour, least in self.starts.items() if score >= least]
        return reached[-1] if reached else RiskColour.NONE

    def reasons(self, facts: Collection[str]) -> list[str]:
        """The weightiest, at most three, the first the heaviest."""
        known = sorted((self.factors[each] for each in set(facts) & set(self.factors)), key=lambda f: (-f.weight, f.id))
        return [factor.zh for factor in known[:SHOWN]]


def _zh(line: str | Mapping[str, Any]) -> str:
    return line if isinstance(line, str) else str(line["zh"])


def settle(found: RiskColour, now: RiskColour, score: int, lowered_at: int | None) -> RiskColour:
    """Where a scoring leaves it. A red stays until a person lowers it; what they lowered rises only on something new.

    `lowered_at`: the score at which a person last lowered it.
    """
    if now is RiskColour.RED:
        return now
    if lowered_at is not None and score <= lowered_at:
        return min(found, now, key=ORDER.index)
    return found


def is_lower(colour: RiskColour, than: RiskColour) -> bool:
    """Whether a colour asks for less care `than` another."""
    return ORDER.index(colour) < ORDER.index(than)
