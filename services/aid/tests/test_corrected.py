"""Who is to be helped was written down wrongly: what is open goes by what is right, what was decided stands."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from aid.domain import rules
from aid.domain.states import Caps
from aid.use_cases import cases, handlers
from aid.use_cases.tools import Tools
from contracts.vocabulary import AidRefusal, Situation
from courier.envelope import Actor, Envelope
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from statute import Law
from vault import Keyring, Vault
from vault.keyring import generate

OFFICER = Actor("A00", "900001", "all")
NUMBER = "信2026-619926-000001"
WHO = {"name": "石大川", "resident_id": "619926198503120014", "phone": "+8619900001208", "address": None}


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    generate(tmp_path, ["aid", "intake"])
    tools = Tools("619926", Law.load(), rules.load(), Caps(10**7, 10**7), timedelta(minutes=10), timedelta(days=1))
    return ServiceContext(
        "aid", "619926", sessionmaker(engine), language, Vault(Keyring.from_file(tmp_path / "aid.keys.json")), tools
    )


def take(context: ServiceContext, type_: str, **who: Any) -> None:
    data = {"petition": NUMBER, "person": None, "situations": [Situation.NO_INCOME]}
    envelope = Envelope("/619926/intake", type_, NUMBER, datetime.now(UTC), data, OFFICER)
    with context.begin(OFFICER) as work:
        handlers.LETTERS[type_](work, Message(envelope, data, WHO | who, "intake", work.now))


def test_what_is_open_goes_by_what_is_right(context: ServiceContext) -> None:
    """Its case number, which intake does not keep, stays; another ID is another person to `once`."""
    with pytest.raises(NotYet):
        take(context, "applicant.corrected.v1", name="石大山")
    take(context, "aid.requested.v1", case_number="枫检刑诉〔2026〕88号")
    with context.begin(OFFICER) as work:
        (case,) = cases.of_petition(work, NUMBER)
        number, once = case.number, bytes(case.once)
    take(context, "applicant.corrected.v1", name="石大山", resident_id=None, case_number=None)
    with context.begin(OFFICER) as work:
        case = cases.find(work, number)
        who = cases.applicant(work, case)
        assert ("石大山", "枫检刑诉〔2026〕88号") == (who["name"], who["case_number"])
        assert bytes(case.once) != once
        assert "石大山" not in json.dumps(case.situations, ensure_ascii=False)


def test_what_was_decided_stands(context: ServiceContext) -> None:
    """It was decided on what was known."""
    take(context, "aid.requested.v1", case_number=None)
    with context.begin(OFFICER) as work:
        (case,) = cases.of_petition(work, NUMBER)
        cases.refuse(work, case.number, next(iter(AidRefusal)))
    take(context, "applicant.corrected.v1", name="石大山")
    with context.begin(OFFICER) as work:
        assert "石大川" == cases.applicant(work, cases.of_petition(work, NUMBER)[0])["name"]
