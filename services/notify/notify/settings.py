"""The environment, read once into one frozen object; what is missing is said by name."""

from dataclasses import dataclass
from pathlib import Path

from environs import Env, EnvError


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str
    amqp_url: str
    http_address: str
    keys_file: Path
    officer_public_key_file: Path
    jurisdiction: str
    our_agency: str
    office_file: Path
    sms_url: str
    sms_account: str
    sms_secret_file: Path
    sms_timeout: float
    sms_settle_after: float
    sms_quiet_hours: bool

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises environs.EnvError naming the variable."""
        env = Env()
        settings = cls(
            database_url=env.str("DATABASE_URL"),
            amqp_url=env.str("AMQP_URL"),
            http_address=env.str("HTTP_ADDRESS"),
            keys_file=env.path("KEYS_FILE"),
            officer_public_key_file=env.path("OFFICER_PUBLIC_KEY_FILE"),
            jurisdiction=env.str("JURISDICTION"),
            our_agency=env.str("OUR_AGENCY"),
            office_file=env.path("OFFICE_FILE"),
            sms_url=env.str("SMS_URL"),
            sms_account=env.str("SMS_ACCOUNT"),
            sms_secret_file=env.path("SMS_SECRET_FILE"),
            sms_timeout=env.float("SMS_TIMEOUT", 5.0),
            sms_settle_after=env.float("SMS_SETTLE_AFTER", 30.0),
            sms_quiet_hours=env.bool("SMS_QUIET_HOURS", True),
        )
        if settings.sms_settle_after < 2 * settings.sms_timeout:
            # asking while the request may still be on its way would take it for not sent
            raise EnvError("SMS_SETTLE_AFTER must be at least twice SMS_TIMEOUT")
        return settings
