"""What notify's use cases need beyond the database."""

from dataclasses import dataclass
from datetime import timedelta

from authorization.placements import Tags
from courier.unit_of_work import UnitOfWork
from notify.domain import states
from notify.domain.states import Carrier, QuietHours
from notify.domain.wording import OfficeCard
from notify.use_cases.provider import Provider
from statute import Law


@dataclass(frozen=True, slots=True)
class Tools:
    """Made once per process; `quiet` None: at any hour."""

    card: OfficeCard
    our_agency: str
    law: Law
    quiet: QuietHours | None
    provider: Provider
    settle_after: timedelta
    sms_carrier: Carrier
    tags: Tags  # by what events name a colleague of ours
    sms_a_day: int = states.A_DAY


def tools_of(work: UnitOfWork) -> Tools:
    """Those of the work's own service."""
    tools: Tools = work.context.tools
    return tools
