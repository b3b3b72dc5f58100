"""What every service is told by its environment; what is missing is said by name.

A value may lie in a file instead, named by the variable with _FILE behind it: a password
then stays out of the environment.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from environs import Env, FileAwareEnv, validate


def environment() -> Env:
    return FileAwareEnv(strip_whitespace=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A service adds its own fields and reads them in `own`."""

    database_url: str
    amqp_url: str
    http_address: str
    keys_file: Path
    officer_public_key_file: Path
    placement_key_file: Path
    jurisdiction: str
    our_agency: str
    answers_kept: timedelta  # what was asked and answered, for whoever repeats a request
    digests_kept: timedelta  # by which a message's id over other content is told from a repeat

    @classmethod
    def from_environment(cls) -> Self:
        """Raises environs.EnvError naming the variable."""
        env = environment()
        return cls(
            database_url=env.str("DATABASE_URL"),
            amqp_url=env.str("AMQP_URL"),
            http_address=env.str("HTTP_ADDRESS"),
            keys_file=env.path("KEYS_FILE"),
            officer_public_key_file=env.path("OFFICER_PUBLIC_KEY_FILE"),
            placement_key_file=env.path("PLACEMENT_KEY_FILE"),
            jurisdiction=env.str("JURISDICTION"),
            our_agency=env.str("OUR_AGENCY"),
            answers_kept=_days(env, "ANSWERS_KEPT_DAYS", 7),
            digests_kept=_days(env, "DIGESTS_KEPT_DAYS", 90),
            **cls.own(env),
        )

    @classmethod
    def own(cls, env: Env) -> dict[str, Any]:
        """The service's own fields."""
        return {}


def _days(env: Env, name: str, default: int) -> timedelta:
    # with none kept, whoever lost an answer on the way would never get it by asking again
    return timedelta(days=env.int(name, default, validate=validate.Range(min=1, max=36_500)))
