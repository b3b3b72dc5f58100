"""Intake's own environment, beside what every service is told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environs import Env

import house.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(house.settings.Settings):
    divisions_file: Path | None
    area_code: str
    statute_folder: Path | None
    sealed_key_file: Path
    sealed_open_hours: float
    lookup_proxies: int

    @classmethod
    def own(cls, env: Env) -> dict[str, Any]:
        return {
            "divisions_file": env.path("DIVISIONS_FILE", None),
            # local numbers of seven or eight digits get the county's
            "area_code": env.str("AREA_CODE", "0571"),
            # the county's own notices, packs and lengths
            "statute_folder": env.path("STATUTE_FOLDER", None),
            # of those who asked for secrecy: no other key of ours opens what it closed
            "sealed_key_file": env.path("SEALED_KEY_FILE"),
            "sealed_open_hours": env.float("SEALED_OPEN_HOURS", 24.0),
            # how many of our own web servers a petitioner's question passes: whose X-Forwarded-For is believed
            "lookup_proxies": env.int("LOOKUP_PROXIES", 0),
        }
