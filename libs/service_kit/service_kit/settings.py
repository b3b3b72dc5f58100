"""What every service is told by its environment; what is missing is said by name.

A value may lie in a file instead, named by the variable with _FILE behind it: a password
then stays out of the environment.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from environs import Env, FileAwareEnv, validate

from courier.partners.quotas import Quotas

SUBMITTED = "petition.submitted.v1"  # what makes a registration, and messages to whom it is about


def environment() -> Env:
    """The process's variables. Reading one that is missing or wrong raises EnvError, which names it."""
    return FileAwareEnv(strip_whitespace=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A service adds its own fields and reads them in `own`."""

    database_url: str
    amqp_url: str
    http_address: str
    keys_file: Path
    officer_public_key_file: Path
    signer_public_key_file: Path | None  # of who signs for the pages; without it the command line alone signs
    placement_key_file: Path
    jurisdiction: str
    our_agency: str
    answers_kept: timedelta  # what was asked and answered, for whoever repeats a request
    digests_kept: timedelta  # by which a message's id over other content is told from a repeat
    quotas: Quotas  # of each agency and operator
    rejected_kept: timedelta  # the body of what was turned back, and longer the row of what nobody could read
    rejected_known: timedelta

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
            signer_public_key_file=env.path("SIGNER_PUBLIC_KEY_FILE", None),
            placement_key_file=env.path("PLACEMENT_KEY_FILE"),
            jurisdiction=env.str("JURISDICTION"),
            our_agency=env.str("OUR_AGENCY"),
            answers_kept=_days(env, "ANSWERS_KEPT_DAYS", 7),
            digests_kept=_days(env, "DIGESTS_KEPT_DAYS", 90),
            quotas=Quotas(
                messages=_most(env, "OUTSIDER_MESSAGES_HOURLY", 20_000),
                kept=_most(env, "OUTSIDER_REJECTED_DAILY", 2_000),
                of_type={SUBMITTED: _most(env, "OUTSIDER_SUBMISSIONS_DAILY", 500)},
                times=env.dict("OUTSIDER_TIMES", {}, subcast_values=int),
            ),
            rejected_kept=_days(env, "REJECTED_KEPT_DAYS", 30),
            rejected_known=_days(env, "REJECTED_KNOWN_DAYS", 365),
            **cls.own(env),
        )

    @classmethod
    def own(cls, env: Env) -> dict[str, Any]:
        """The service's own fields."""
        return {}


def _most(env: Env, name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1))


def _days(env: Env, name: str, default: int) -> timedelta:
    # with none kept, whoever lost an answer on the way would never get it by asking again
    return timedelta(days=env.int(name, default, validate=validate.Range(min=1, max=36_500)))
