"""What the trail holds of a lead proves its material to who has the case, and to nobody once its key is gone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from aid.domain import rules
from aid.domain.states import Caps
from aid.tables import Agency, Case, Lead
from aid.use_cases import cases, handlers, leads
from aid.use_cases.tools import Tools
from contracts.vocabulary import AidKind, Situation, Termination
from courier.envelope import Actor, Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from statute import Law
from vault import Keyring, Sealed, Vault
from vault.keyring import generate

OFFICER = Actor("A00", "900001", "all")
PETITION = "信2026-619926-000001"
WHO = {"name": "石大川", "resident_id": None, "phone": "19900001208", "address": "石桥镇", "case_number": None}


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    generate(tmp_path, ["aid"])
    keys = Vault(Keyring.from_file(tmp_path / "aid.keys.json"))
    tools = Tools("619926", Law.load(), rules.load(), Caps(1, 1), timedelta(minutes=10), timedelta(days=1))
    return ServiceContext("aid", "619926", sessionmaker(engine), language, keys, tools)


def told(type_: str, data: dict[str, Any], personal: dict[str, Any] | None = None) -> Message:
    envelope = Envelope("/619926/intake", type_, PETITION, datetime.now(UTC), data, OFFICER)
    return Message(envelope, data, personal or {}, "intake", envelope.time)


def offered(context: ServiceContext) -> str:
    """A case, opened as intake asks, whose lead the civil affairs bureau has not signed for. Its number."""
    data = {"petition": PETITION, "person": None, "situations": [Situation.NO_INCOME]}
    with context.begin(OFFICER) as work:
        cases.requested(work, told("aid.requested.v1", data, WHO))
        work.session.add(
            Agency(code="A08", revision=1, name="民政局", kind="civil_affairs", transport="queue", active=True)
        )
    with context.begin(OFFICER) as work:
        number: str = work.session.query(Case.number).scalar()
        leads.offer(work, number, "A08", [AidKind.SUBSISTENCE])
    return number


def test_a_leads_digest_is_proved_by_who_has_the_case(context: ServiceContext) -> None:
    """Of the very material alone; with the case's key destroyed, of nothing any more."""
    number = offered(context)
    query = text("SELECT convert_from(body, 'UTF8') FROM events WHERE type = 'aid.lead_offered.v1'")
    with context.begin(OFFICER) as work:
        digest = json.loads(work.session.scalars(query).one())["data"]["digest"]
        lead = work.session.query(Lead).one()
        sent = {name: WHO[name] for name in ("name", "resident_id", "phone", "address")}
        phones = [f"1990000{each:04d}" for each in range(1200, 1220)]
        tried = {phone: leads.proves(work, lead, sent | {"phone": phone}, digest) for phone in phones}
        assert ["19900001208"] == [phone for phone, proved in tried.items() if proved]
        work.session.execute(text("DELETE FROM data_key WHERE subject = :n"), {"n": number})
    with context.begin(OFFICER) as work, pytest.raises(Sealed):
        leads.proves(work, work.session.query(Lead).one(), sent, digest)


@pytest.mark.parametrize(
    ("type_", "said", "kept"),
    [
        ("petition.terminated.v1", {"reason": Termination.DIED}, 0),
        ("petition.terminated.v1", {"reason": Termination.SETTLED}, 1),
        ("petition.died.v1", {"died_at": datetime.now(UTC)}, 0),  # older code had passed over it
    ],
)
def test_a_lead_about_who_died_is_not_offered_again(
    context: ServiceContext, type_: str, said: dict[str, Any], kept: int
) -> None:
    """Nobody signed for it, and nobody is helped by it any more."""
    offered(context)
    with context.begin(OFFICER) as work:
        handlers.EVENTS[type_](work, told(type_, {"petition": PETITION, **said}))
    with context.sessions() as session:
        assert kept == session.scalar(text("SELECT count(*) FROM handed"))
