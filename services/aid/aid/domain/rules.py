"""The rule table and the county's caps, read from files and checked row by row."""

from pathlib import Path
from typing import Any

import yaml

from aid.domain import states
from aid.domain.states import Caps, Rule, Rules
from contracts import county
from contracts.vocabulary import AgencyKind, AidKind, Situation

FILE = Path(__file__).parent / "rules.yaml"


class RulesError(ValueError):
    """A rule file that is not one; the sentence names file and row."""


def load(path: Path = FILE) -> Rules:
    """Raises RulesError."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules = tuple(_rule(path, index, row) for index, row in enumerate(content["rules"]))
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise RulesError(f"{path.name}: an id stands twice")
    return Rules(content["version"], content["verified"], rules)


def caps(path: Path) -> Caps:
    """The county's wage base and local cap. Raises RulesError."""
    try:
        content = county.read(path)
        return Caps(states.fen(str(content["average_monthly_wage"])), states.fen(str(content["local_cap"])))
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesError(f"{path.name}: {fault}") from None


def _rule(path: Path, index: int, row: dict[str, Any]) -> Rule:
    try:
        rule = Rule(
            id=row["id"],
            kind=AidKind(row["kind"]),
            agency=AgencyKind(row["agency"]) if "agency" in row else None,
            all_of=frozenset(Situation(each) for each in row.get("all_of", ())),
            any_of=frozenset(Situation(each) for each in row.get("any_of", ())),
            zh=row["zh"],
            documents=tuple(row["documents"]),
            source=row["source"],
            confidence=row["confidence"],
        )
    except (KeyError, ValueError, TypeError) as fault:
        raise RulesError(f"{path.name}: rules[{index}]: {fault}") from None
    if not rule.all_of and not rule.any_of:
        raise RulesError(f"{path.name}: rules[{index}]: a rule without conditions would fit everybody")
    if (rule.kind is AidKind.JUDICIAL) != (rule.agency is None):
        raise RulesError(f"{path.name}: rules[{index}]: judicial aid is ours, social aid is an agency's")
    return rule
