"""Intake's own environment, beside what every service is told."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from environs import Env

import service_kit.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(service_kit.settings.Settings):
    """A file that is not named is done without: what is shipped counts in its place, or any code is taken."""

    divisions_file: Path | None
    area_code: str
    statute_folder: Path | None
    service_points_file: Path | None
    chief_led_file: Path | None
    approvals_file: Path | None
    risk_file: Path | None
    tasks_file: Path | None
    office_file: Path | None
    visitors_kept: timedelta
    searches_kept: timedelta
    repeat_within: timedelta
    heirs_within: timedelta
    online_waits: timedelta
    sealed_key_file: Path
    sealed_open_hours: float
    lookup_proxies: int

    @classmethod
    def own(cls, env: Env) -> dict[str, Any]:
        """What `Settings` has beside every service's. Raises environs.EnvError naming the variable."""
        return {
            "divisions_file": env.path("DIVISIONS_FILE", None),
            # local numbers of seven or eight digits get the county's
            "area_code": env.str("AREA_CODE", "0571"),
            # the county's own notices, packs and lengths
            "statute_folder": env.path("STATUTE_FOLDER", None),
            "service_points_file": env.path("SERVICE_POINTS_FILE", None),
            # the county's own list of what a leader does in a case they lead
            "chief_led_file": env.path("CHIEF_LED_FILE", None),
            # who drafts what and who approves it
            "approvals_file": env.path("APPROVALS_FILE", None),
            # what weighs how much, and what a colour asks of the office
            "risk_file": env.path("RISK_FILE", None),
            # tasks inside our office: what each is, whose, and within how many days
            "tasks_file": env.path("TASKS_FILE", None),
            # who had a place on a reception day and no petition is known so long after it
            "visitors_kept": timedelta(days=env.int("VISITORS_KEPT_DAYS", 30)),
            # so long it can be proved for whom somebody searched
            "searches_kept": timedelta(days=env.int("SEARCHES_KEPT_DAYS", 365)),
            # the same matter of the same person is a repeat for so long after the earlier one ended
            "repeat_within": timedelta(days=env.int("REPEAT_WITHIN_DAYS", 180)),
            "heirs_within": timedelta(days=env.int("HEIRS_WITHIN_DAYS", 90)),
            # what petitioners wrote online and nobody has decided so long raises an alarm
            "online_waits": timedelta(hours=env.int("ONLINE_WAITS_HOURS", 72)),
            # telephones of the office and its departments, for what is printed
            "office_file": env.path("OFFICE_FILE", None),
            # of those who asked for secrecy: no other key of ours opens what it closed
            "sealed_key_file": env.path("SEALED_KEY_FILE"),
            "sealed_open_hours": env.float("SEALED_OPEN_HOURS", 24.0),
            # how many of our own web servers a petitioner's question passes: whose X-Forwarded-For is believed
            "lookup_proxies": env.int("LOOKUP_PROXIES", 0),
        }
