"""Who is a party is told to who asks: the names, to referral alone; of who asked for secrecy none."""

import json
from pathlib import Path

import pytest
from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, select

from courier import tables
from courier.envelope import Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from intake.use_cases import parties
from intake.use_cases.registration import RespondentInput
from vault import Keyring, Vault


@pytest.mark.parametrize("secrecy", [False, True])
def test_the_names_of_the_parties_go_to_who_asks(engine: Engine, tmp_path: Path, secrecy: bool) -> None:
    """Who petitions in the open and whom it is about, for referral alone to open; who is in the safe stays there."""
    context = build_context(engine, tmp_path)
    number = registered(context, secrecy=secrecy, respondents=(RespondentInput(None, "柳塘镇 甲乙丙"),))
    sealed, body = told(context, number)
    assert "甲乙丙" not in sealed
    letter = Vault(Keyring.from_file(tmp_path / "referral.keys.json")).read(body["personal"])
    assert {"names": [*([] if secrecy else ["石大川"]), "柳塘镇 甲乙丙"]} == letter


def test_of_a_number_that_is_made_up_nothing_is_said(engine: Engine, tmp_path: Path) -> None:
    """Whoever asks, asks of a petition that there is."""
    context = build_context(engine, tmp_path)
    ask(context, "信2026-619926-999999")
    with context.begin(OFFICER) as work:
        assert [] == work.session.scalars(select(tables.outbox.c.subject)).all()


def ask(context: ServiceContext, number: str) -> None:
    with context.begin(OFFICER) as work:
        data = {"petition": number}
        envelope = Envelope("/619926/referral", "parties.asked.v1", "-", work.now, data)
        parties.asked(work, Message(envelope, data, {}, "referral", work.now))


def told(context: ServiceContext, number: str) -> tuple[str, dict[str, str]]:
    """The letter as it leaves, and what is in it."""
    ask(context, number)
    with context.begin(OFFICER) as work:
        its = tables.outbox.c
        row = work.session.execute(select(its.message_id, its.body).where(its.routing_key == "parties.told.v1")).one()
        plain = work.context.cipher.open(work.session, number, f"outbox|body|{row.message_id}", bytes(row.body))
    return plain.decode(), json.loads(plain)["data"]
