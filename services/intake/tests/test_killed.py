"""Registering processes are killed wherever they are: numbers stay without gap, each petition whole or not there."""

import json
import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import sessionmaker

from contracts.vocabulary import Kind
from courier import tables
from courier.envelope import digest
from courier.unit_of_work import ServiceContext
from intake.tables import Petition
from intake.use_cases import registration

AT_ONCE = 2
WHOLE = """
SELECT number FROM petition WHERE NOT (
    EXISTS (SELECT FROM data_key WHERE subject = number) AND EXISTS (SELECT FROM person WHERE petition = number)
    AND EXISTS (SELECT FROM step WHERE petition = number) AND EXISTS (SELECT FROM contact WHERE petition = number)
    AND EXISTS (SELECT FROM clock WHERE petition = number) AND EXISTS (SELECT FROM events WHERE subject = number)
    AND EXISTS (SELECT FROM outbox WHERE subject = number))
"""


def begin(context: ServiceContext, url: str, said: int) -> int:
    """A process that registers until it is killed, and says each number once it is committed."""
    child = os.fork()
    if child:
        return child
    try:
        own = replace(context, sessions=sessionmaker(create_engine(url)))
        while True:
            with own.begin(OFFICER) as work:
                number = registration.register(work, petition(Kind.CLAIM)).number
            os.write(said, f"{number}\n".encode())
    finally:
        os._exit(1)


@pytest.mark.parametrize("kills", [30, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_numbers_are_without_gap_under_kills(engine: Engine, tmp_path: Path, kills: int) -> None:
    """Every number that was said is there, once; from 1 to the last none is missing; what is there is there whole."""
    context, url = build_context(engine, tmp_path), engine.url.render_as_string(hide_password=False)
    engine.dispose()  # no connection of ours in two processes
    path = tmp_path / "said"
    said = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    chance, running = random.Random(kills), [begin(context, url, said) for _ in range(AT_ONCE)]
    for _ in range(kills):
        time.sleep(chance.uniform(0.02, 0.12))  # anywhere in a registration, of which each takes some
        child = running.pop(0)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        running.append(begin(context, url, said))
    for child in running:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    told = path.read_text().splitlines()
    with context.sessions() as session:
        numbers: list[Any] = list(session.scalars(select(Petition.number).order_by(Petition.number)))
        assert len(numbers) >= len(told) > kills
        assert len(set(told)) == len(told)
        assert set(told) <= set(numbers)
        assert [int(each[-6:]) for each in numbers] == list(range(1, len(numbers) + 1))
        assert not session.scalars(text(WHOLE)).all()
        last: dict[str, bytes] = {}
        for row in session.execute(select(tables.events).order_by(tables.events.c.subject, tables.events.c.version)):
            body = json.loads(bytes(row.body))
            earlier = last.get(row.subject)
            assert body["subject"] == row.subject
            assert body.get("previous") == (earlier and earlier.hex())
            assert digest(bytes(row.body)) == bytes(row.digest)
            last[row.subject] = bytes(row.digest)
