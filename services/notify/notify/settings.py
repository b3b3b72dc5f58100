"""Notify's own environment, beside what every service is told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environs import Env, EnvError
from marshmallow.validate import OneOf

import service_kit.settings
from notify.domain.states import A_DAY, Carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(service_kit.settings.Settings):
    """`sms_timeout`, `sms_settle_after` in seconds; `sms_a_day`: the most for one number between two midnights."""

    office_file: Path
    statute_folder: Path | None
    sms_url: str
    sms_account: str
    sms_secret_file: Path
    sms_timeout: float
    sms_settle_after: float
    sms_quiet_hours: bool
    sms_carrier: Carrier
    sms_a_day: int

    @classmethod
    def own(cls, env: Env) -> dict[str, Any]:
        """Raises EnvError, also where a number would have a notice sent twice, or none at all."""
        timeout, settle_after = env.float("SMS_TIMEOUT", 5.0), env.float("SMS_SETTLE_AFTER", 30.0)
        if settle_after < 2 * timeout:
            # asking while the request may still be on its way would take it for not sent
            raise EnvError("SMS_SETTLE_AFTER must be at least twice SMS_TIMEOUT")
        a_day = env.int("SMS_A_DAY", A_DAY)
        if a_day < 1:
            raise EnvError("SMS_A_DAY must be at least 1: with none, nobody would be told anything")
        return {
            "office_file": env.path("OFFICE_FILE"),
            # the county's own notices, packs and lengths
            "statute_folder": env.path("STATUTE_FOLDER", None),
            "sms_url": env.str("SMS_URL"),
            "sms_account": env.str("SMS_ACCOUNT"),
            "sms_secret_file": env.path("SMS_SECRET_FILE"),
            "sms_timeout": timeout,
            "sms_settle_after": settle_after,
            "sms_quiet_hours": env.bool("SMS_QUIET_HOURS", True),
            "sms_carrier": Carrier(env.str("SMS_CARRIER", "provider", validate=OneOf(["provider", "sms"]))),
            "sms_a_day": a_day,
        }
