"""The line of an agency's door that is killed, as by kill -9, the first time it comes to each of its steps."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desk.agency import hearing
from desk.agency.line import Line
from desk.settings import AgencySettings
from service_kit import database
from vault import Safe

# in the order in which a message that is heard and one that is said come to them
STEPS = ("heard", "committed", "acknowledged", "unpublished", "published")
FOLDER = Path(sys.argv[1]) if __name__ == "__main__" else Path()


def dies(step: str) -> None:
    """Once for each step: what was there before is a file."""
    here = FOLDER / step
    if not here.exists():
        here.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def then(run: Callable[..., Any], *, before: str = "", after: str = "") -> Callable[..., Any]:
    def wrapped(*given: Any, **named: Any) -> Any:
        if before:
            dies(before)
        answer = run(*given, **named)
        if after:
            dies(after)
        return answer

    return wrapped


class DyingLine(Line):
    def _serve(self, database: Any, broker: Any) -> None:
        channel = broker.channel()
        channel.basic_ack = then(channel.basic_ack, before="committed", after="acknowledged")
        channel.basic_publish = then(channel.basic_publish, before="unpublished", after="published")
        broker.channel = lambda: channel
        super()._serve(database, broker)


if __name__ == "__main__":
    settings = AgencySettings.from_environment()
    hearing.take = then(hearing.take, after="heard")
    engine = database.engine(settings.database_url, pool=2)
    DyingLine(settings.code, settings.amqp_url, engine, Safe.from_file(settings.key_file)).run()
