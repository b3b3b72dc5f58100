"""What aid's use cases need beyond the database."""

from dataclasses import dataclass
from datetime import date, timedelta

from aid.domain.states import Caps, Rules, Tables
from courier.unit_of_work import UnitOfWork
from statute import Law, day_of


@dataclass(frozen=True, slots=True)
class Tools:
    """Made once per process."""

    jurisdiction: str
    law: Law
    tables: Tables
    caps: Caps
    early_held: timedelta  # how long an answer may be ahead of its receipt
    offer_again_after: timedelta  # without a receipt


def tools_of(work: UnitOfWork) -> Tools:
    """Those of the work's own service."""
    tools: Tools = work.context.tools
    return tools


def rules_of(work: UnitOfWork) -> Rules:
    """The table in force today."""
    return tools_of(work).tables.in_force(day_of(work.now))


def due(work: UnitOfWork, rule: str) -> date:
    """The last day of a period that begins today. Raises LookupError where no pack in force has the rule."""
    law, begins = tools_of(work).law, day_of(work.now)
    return law.due(law.packs.rule(rule, begins), begins).due
