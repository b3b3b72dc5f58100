"""What a view stands on: the agency's database, its key and line, and who is here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask, current_app, g, render_template, request
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from desk.agency.carrier import Carrier
from desk.agency.line import Line
from desk.agency.tables import Account
from desk.settings import AgencySettings
from vault import Safe


class Door(Flask):
    """The pages of one agency. `agencies`: code → name of those that a matter may be passed on to, where known."""

    settings: AgencySettings
    sessions: sessionmaker[Session]
    safe: Safe
    line: Line
    carrier: Carrier
    agencies: Mapping[str, str]

    def furnish(self, settings: AgencySettings, engine: Engine, safe: Safe, agencies: Mapping[str, str]) -> None:
        """What every view asks for."""
        self.settings, self.safe, self.agencies = settings, safe, agencies
        self.sessions = sessionmaker(engine, expire_on_commit=False)
        self.line = Line(settings.code, settings.amqp_url, engine, safe)
        self.carrier = Carrier(settings.files_url, engine, safe)

    def start(self) -> None:
        """Takes and says, and hands in files, from now on, beside the pages."""
        self.line.start()
        self.carrier.start()


def door() -> Door:
    """The one that answers now."""
    return cast(Door, current_app)


def here() -> Account:
    """Who asks; a view behind the login has one."""
    return cast(Account, g.account)


def secret() -> str:
    """What their cookie holds."""
    return cast(str, g.secret)


@contextmanager
def looking() -> Iterator[Session]:
    """To read from as it stands at one moment.

    A page that had read a matter before the other side's word came, and what waits for it after that, would offer the
    last step once more.
    """
    with door().sessions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def page(template: str, status: int = 200, **shown: Any) -> Any:
    """A whole page."""
    return render_template(template, **shown), status


def refused(sentence: str, status: int = 422) -> Any:
    """A page that says why something was not done, and nothing else."""
    return page("refused.html", status, sentence=sentence)


def typed() -> dict[str, str]:
    """What the form has, each name once."""
    return {name: request.form[name] for name in request.form}
