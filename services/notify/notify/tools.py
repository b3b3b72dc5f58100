"""What notify's use cases need beyond the database."""

from dataclasses import dataclass
from datetime import timedelta

from courier.work import Work
from notify import domain
from notify.domain import Carrier, QuietHours
from notify.provider import Provider
from notify.wording import OfficeCard
from statute import Law


@dataclass(frozen=True, slots=True)
class Tools:
    card: OfficeCard
    our_agency: str
    law: Law
    quiet: QuietHours | None
    provider: Provider
    settle_after: timedelta
    sms_carrier: Carrier
    sms_a_day: int = domain.A_DAY


def tools_of(work: Work) -> Tools:
    tools: Tools = work.office.tools
    return tools
