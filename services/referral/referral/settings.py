"""The environment, read once into one frozen object; what is missing is said by name."""

from dataclasses import dataclass
from pathlib import Path

from environs import Env


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str
    amqp_url: str
    http_address: str
    keys_file: Path
    officer_public_key_file: Path
    jurisdiction: str
    our_agency: str

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises environs.EnvError naming the variable."""
        env = Env()
        return cls(
            database_url=env.str("DATABASE_URL"),
            amqp_url=env.str("AMQP_URL", ""),  # the commands of one shot need no broker
            http_address=env.str("HTTP_ADDRESS", ""),
            keys_file=env.path("KEYS_FILE"),
            officer_public_key_file=env.path("OFFICER_PUBLIC_KEY_FILE"),
            jurisdiction=env.str("JURISDICTION"),
            our_agency=env.str("OUR_AGENCY"),
        )
