"""What intake's use cases need beyond the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from authorization.placements import Tags
from courier.unit_of_work import Work
from intake.domain.office_card import OfficeCard
from intake.domain.places import Places
from intake.domain.scoring import Scheme
from intake.domain.service_points import ServicePoints
from statute import Law
from vault import Safe

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Tools:
    our_agency: str
    jurisdiction: str
    law: Law
    places: Places
    area_code: str
    service_points: ServicePoints
    card: OfficeCard
    scheme: Scheme
    checklist: Mapping[str, str]  # what a leader does in a case they lead
    safe: Safe
    tags: Tags  # what stands for an officer in a placement
    sealed_open: timedelta  # how long an approved opening shows who asked for secrecy
    proxies: int = 0  # of ours between a petitioner's browser and us


def tools_of(work: Work) -> Tools:
    tools: Tools = work.office.tools
    return tools
