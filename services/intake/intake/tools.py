"""What intake's use cases need beyond the database."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from courier.work import Work
from intake.places import Places
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
    safe: Safe
    sealed_open: timedelta  # how long an approved opening shows who asked for secrecy
    proxies: int = 0  # of ours between a petitioner's browser and us


def tools_of(work: Work) -> Tools:
    tools: Tools = work.office.tools
    return tools
