"""Referral's seat with a small county, on a database of its own."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import sessionmaker

import clock.tables
import contracts.registry as language
import referral.tables as own
import vault
from courier import tables
from courier.envelope import Actor
from courier.inbox import Inbox
from courier.work import Office
from house.outsiders import tell_agency
from referral import handlers
from referral.steps import Tools
from referral.tables import Agency
from statute import Law
from vault import Keyring, Vault
from vault.keyring import generate

OFFICER = Actor("A00", "900001", "all")
# code → kind; the town is guided by the civil affairs office
COUNTY = {"A00": "procuratorate", "A06": "police", "A08": "civil_affairs", "A09": "labour", "A14": "town"}


def seat(engine: Engine, folder: Path) -> tuple[Office, Vault]:
    """Referral's office, and intake's keys."""
    ddl = [tables.DDL_1, vault.DDL_1, own.DDL_1, tables.DDL_2, own.DDL_2, clock.tables.DDL_1, own.DDL_3, tables.DDL_3]
    with engine.begin() as connection:
        for statements in (*ddl, own.DDL_4, own.DDL_5, own.DDL_6):
            connection.execute(text(statements))
    generate(folder, ["intake", "referral"])
    keys = {name: Vault(Keyring.from_file(folder / f"{name}.keys.json")) for name in ("intake", "referral")}
    tools = Tools("A00", "619926", Law.load(), timedelta(minutes=10), timedelta(days=1))
    office = Office("referral", "619926", sessionmaker(engine), language, keys["referral"], tools)
    with office.begin(OFFICER) as work:
        for code, kind in COUNTY.items():
            edges = [{"kind": "guidance", "to": "A08"}] if code == "A14" else []
            work.session.add(
                Agency(code=code, revision=1, name=code, kind=kind, parent=None, edges=edges, transport="queue",
                       own_system=True, active=True, told=[])
            )  # fmt: skip
    return office, keys["intake"]


def inbox_of(office: Office) -> Inbox:
    return Inbox(
        office,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        outsider=handlers.agency_said,
        tell=tell_agency,
    )
