"""The dated rule tables and the county's caps, read from files and checked row by row."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from aid.domain import states
from aid.domain.states import Caps, Rule, Rules, Tables
from contracts import county
from contracts.vocabulary import AgencyKind, AidKind, Situation
from statute import cited

FOLDER = Path(__file__).parent / "packs"


class RulesError(ValueError):
    """A rule file that is not one; the sentence names file and row."""


def load(folder: Path = FOLDER) -> Tables:
    """Every table of a folder, each in force until the next one's first day. Raises RulesError."""
    tables = sorted((table(path) for path in folder.glob("*.yaml")), key=lambda each: each.since)
    for earlier, later in pairwise(tables):
        if earlier.until is None or earlier.until + timedelta(days=1) != later.since:
            raise RulesError(f"{folder.name}: {earlier.version} must end on the day before {later.version}")
    return Tables(tuple(tables))


def table(path: Path) -> Rules:
    """One of them. Raises RulesError."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules = tuple(_rule(path, index, row) for index, row in enumerate(content["rules"]))
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise RulesError(f"{path.name}: an id stands twice")
    lead, since, until = content["lead"], content["effective_from"], content.get("effective_to")
    return Rules(content["version"], rules, since, until, lead["basis"], lead["after_judicial"])


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
            agencies=tuple(AgencyKind(each) for each in row.get("agencies", ())),
            all_of=frozenset(Situation(each) for each in row.get("all_of", ())),
            any_of=frozenset(Situation(each) for each in row.get("any_of", ())),
            among=frozenset(Situation(each) for each in row.get("among", ())),
            zh=row["zh"],
            documents=tuple(row["documents"]),
            verifiable=tuple(row.get("verifiable", ())),
            law=cited(row, row["id"], {"law": row["source"], "confidence": row["confidence"]}),
        )
    except (KeyError, ValueError, TypeError) as fault:
        raise RulesError(f"{path.name}: rules[{index}]: {fault}") from None
    if not rule.all_of and not rule.any_of:
        raise RulesError(f"{path.name}: rules[{index}]: a rule without conditions would fit everybody")
    if (rule.kind is AidKind.JUDICIAL) == bool(rule.agencies):
        raise RulesError(f"{path.name}: rules[{index}]: judicial aid is ours, social aid is an agency's")
    return rule
