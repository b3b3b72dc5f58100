"""What referral's use cases need beyond the database."""

from dataclasses import dataclass
from datetime import timedelta

from courier.unit_of_work import UnitOfWork
from statute import Law


@dataclass(frozen=True, slots=True)
class Tools:
    """Made once per process."""

    our_agency: str
    jurisdiction: str
    law: Law
    early_held: timedelta  # how long a message may be ahead of the one before it
    offer_again_after: timedelta  # without a receipt


def tools_of(work: UnitOfWork) -> Tools:
    """Those of the work's own service."""
    tools: Tools = work.context.tools
    return tools
