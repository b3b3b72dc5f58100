"""A registration: checked, numbered, written, told; what it comes from is looked at once."""

import ast
import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, event, select
from werkzeug.datastructures import Headers

from clock import clocks
from contracts.vocabulary import Channel, Kind, Party
from courier import late, tables
from courier.late import Late
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.service import IntakeService
from intake.tables import Agency, Petition
from intake.use_cases import contacts, people, placing, registration
from intake.use_cases.contacts import ContactInput
from intake.use_cases.registration import RegisterInput, RespondentInput
from service_kit.vaults import vault_of
from statute import day_of
from web.call import Call
from web.idempotency import idempotency
from web.route import routes_of
from web.tokens import Officer

CALL = ContactInput(Channel.CALL, "12309", None, None, "石大川", "19900001208", "来电", 1)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def test_a_contact_is_looked_at_once(engine: Engine, context: ServiceContext) -> None:
    """By whoever takes its lock; and what was recorded of it goes before what is said now."""
    with context.begin(OFFICER) as work:
        id_ = contacts.record(work, CALL).id
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _x, statement, *_: asked.append(statement))
    with context.begin(OFFICER) as work:
        contact = contacts.load(work, id_, lock=True)
        made = registration.register(work, petition(Kind.CLAIM), contact)
        assert (id_, made.number, "registered") == (made.contact, contact.petition, contact.outcome)
    assert 1 == sum("FROM contact" in each for each in asked), asked
    with context.begin(OFFICER) as work, pytest.raises(errors.ContactDecided):
        registration.register(work, petition(Kind.CLAIM), contacts.load(work, id_, lock=True))


def test_no_step_is_long() -> None:
    """Four steps in a row, and whoever reads one has it on one page."""
    steps = [each for each in ast.parse(inspect.getsource(registration)).body if isinstance(each, ast.FunctionDef)]
    assert {"register", "_check", "_next_number", "_write", "_publish"} <= {each.name for each in steps}
    assert not {each.name for each in steps if (each.end_lineno or 0) - each.lineno + 1 > 40}


AGAINST = (RespondentInput("A09", "县信访局"), RespondentInput("A00", "吴某", officer="900103", department="D03"))
WHO = petition(Kind.CLAIM).petitioner
KINDS = {
    "a claim": petition(Kind.CLAIM),
    "anonymous": petition(Kind.CLAIM, anonymous=True),
    "secret": petition(Kind.ACCUSATION, secrecy=True),
    "against one of ours, who is kept away": replace(petition(Kind.ACCUSATION), respondents=AGAINST),
    "a group": replace(petition(Kind.CLAIM), group_size=7, party=Party.GROUP, others=(WHO, WHO)),
    "in an envelope": replace(
        petition(Kind.ACCUSATION, secrecy=True), title=None, statement=None, post_number="机要1", post_digest="a" * 64
    ),
    "from an agency": replace(petition(Kind.CLAIM), submitted_by="A02", submission="前-1", service_point="12309"),
}


@contextmanager
def sent() -> Iterator[list[str]]:
    """The messages to the database, each by its last statement."""
    asked: list[str] = []

    def note(its: Late, cursor: Any, statement: str, *rest: Any) -> bool:
        waiting = len(its._rows)
        done = execute(its, cursor, statement, *rest)
        if len(its._rows) <= waiting:
            asked.append(statement)
        return done

    execute = Late.execute
    with patch.object(Late, "execute", note):
        yield asked


def after_the_number(asked: list[str]) -> list[str]:
    return asked[next(n for n, each in enumerate(asked) if each.startswith("INSERT INTO serial")) + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_is_taken_when_the_rest_is_ready(context: ServiceContext, kind: str) -> None:
    """Whoever registers next waits for one message and the commit, whatever is registered."""
    ours(context)
    with sent() as asked, context.begin(OFFICER) as work:
        number = registration.register(work, KINDS[kind]).number
    assert ["-- what waits"] == after_the_number(asked), "\n".join(asked)
    holds(context, number, KINDS[kind])
    with context.begin(OFFICER) as work:
        found = work.session.get_one(Petition, number)
        assert placing.first(work, found) == found.placed or found.concerns_us or kind == "a group"


@pytest.mark.parametrize("kind", [Kind.CLAIM, Kind.ACCUSATION])
def test_a_number_is_taken_when_the_answer_is_ready(context: ServiceContext, kind: Kind) -> None:
    """Nor does anybody wait for what is shown of it."""
    route = next(each for each in routes_of(IntakeService) if each.action == "petition.register" and each.needs_key)
    officer, about = Officer("A00", "900001", frozenset({"all"})), (b"", "k" * 8, route, route.path, "-")
    call = Call(officer, {}, {}, Headers(), *about, vault_of(context))
    with sent() as asked, context.begin(OFFICER) as work:
        made = IntakeService()._register(call, work, lambda: [registration.register(work, petition(kind))])
    assert ["-- what waits"] == after_the_number(asked), "\n".join(asked)
    assert len(json.dumps(made)) < 1500, "what can be done next says who shows the petition"


@pytest.mark.parametrize("kind", KINDS)
def test_wherever_a_number_is_taken_it_is_the_number_of_all(context: ServiceContext, kind: str) -> None:
    """Who asks for a row that waits, or too many that do, has it taken at any step: what follows goes by it as well."""
    ours(context)
    for step in range(1, 200):
        with taken_at(step) as steps, context.begin(OFFICER) as work:
            number = registration.register(work, replace(KINDS[kind], submission=f"前-{step}")).number
            promised = clocks.latest_ends(work, [number])
        holds(context, number, KINDS[kind])
        with context.begin(OFFICER) as work:
            assert promised == clocks.latest_ends(work, [number])
        if steps[0] < step:
            break
    assert step > 5


def test_several_at_once_have_the_numbers_that_they_are_told(context: ServiceContext) -> None:
    """However much of the others waits, each is told its own, and a number is taken when the rest is ready."""
    with patch.object(late, "MOST", 1), context.begin(OFFICER) as work:
        numbers = [registration.register(work, petition(Kind.CLAIM)).number for _ in range(3)]
    with context.begin(OFFICER) as work:
        stored = work.session.scalars(select(Petition.number).order_by(Petition.serial)).all()
    assert stored == numbers
    for number in numbers:
        holds(context, number, petition(Kind.CLAIM))


def test_what_is_sealed_of_another_says_the_number(context: ServiceContext) -> None:
    """A value under a key that is there already waits for the number that it names."""
    with context.begin(OFFICER) as work:
        vault_of(context).seal(work.session, "-", "label", b"")
        with work.late.numbers():
            number = registration.register(work, petition(Kind.CLAIM)).number
            sealed = vault_of(context).seal(work.session, "-", "label", json.dumps({"of": number}).encode())
            assert {"of": number} == json.loads(vault_of(context).open(work.session, "-", "label", sealed))
            work.append(idempotency, officer="900001", key="k", subject="-", sealed=sealed)
    with context.begin(OFFICER) as work:
        kept = work.session.scalars(select(idempotency.c.sealed)).one()
        said = json.loads(vault_of(context).open(work.session, "-", "label", bytes(kept)))
        assert {"of": work.session.scalars(select(Petition.number)).one()} == said


@contextmanager
def taken_at(step: int) -> Iterator[list[int]]:
    """Has the number taken before so manieth statement or row of what is registered; gives how many there were."""
    steps = [0]

    def before(real: Any) -> Any:
        def does(self: Late, *given: Any) -> Any:
            if self._asked:
                steps[0] += 1
                if steps[0] == step:
                    self.settle()
            return real(self, *given)

        return does

    with patch.object(Late, "execute", before(Late.execute)), patch.object(Late, "write", before(Late.write)):
        yield steps


def ours(context: ServiceContext) -> None:
    given = {"revision": 1, "name": "本院", "kind": "procuratorate", "transport": "queue", "active": True}
    with context.begin(OFFICER) as work:
        work.session.add(Agency(code="A00", **given))


def holds(context: ServiceContext, number: str, command: RegisterInput) -> None:
    """All that was made with a number opens by it, and nothing says another."""
    with context.begin(OFFICER) as work:
        found = work.session.get_one(Petition, number)
        assert (found.year, found.serial) == (day_of(work.now).year, int(number[-6:]))
        assert (command.title or "") == (people.disclose(work, found, "title") or "")
        said = work.session.scalars(select(tables.events.c.body).where(tables.events.c.subject == number)).all()
        bodies = [json.loads(bytes(each)) for each in said]
        assert bodies
        assert all(each["subject"] == each["data"]["petition"] == number for each in bodies)
        listed = tables.outbox.c
        for row in work.session.execute(
            select(tables.outbox).where(listed.subject == number, listed.body.is_not(None))
        ):
            letter = context.cipher.open(work.session, number, f"outbox|body|{row.message_id}", bytes(row.body))
            assert json.loads(letter)["data"]["petition"] == number
        for wall in found.walls:
            assert wall.officer is None or wall.tag == context.tools.tags.of(number, "900103")
        assert len(found.sealed) == (1 if command.secrecy else 0)
        assert not command.secrecy or people.concealed(work, found)[0]["name"] == "石大川"
