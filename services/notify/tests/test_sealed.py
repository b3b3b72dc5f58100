"""A petition sealed later, however its event and its letters overtake each other: nothing is held, nothing goes out."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from plain_service import ACTOR, Open
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from authorization.placements import Tags
from contracts.vocabulary import Impossible, NoticeState
from courier import tables as courier_tables
from courier.envelope import Envelope
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from notify.domain.states import Carrier, Verdict
from notify.domain.wording import Department, OfficeCard
from notify.service import MIGRATIONS
from notify.tables import Contact, NoticeRow
from notify.use_cases import handlers, notices, results, sending
from notify.use_cases.provider import Outcome, Provider
from notify.use_cases.tools import Tools
from service_kit import database
from statute import Law

NUMBER, PERSON = "信2026-619926-000004", "0" * 32
TAGS = Tags(b"of the placements")
CARD = OfficeCard("枫禾县检察院", "0571-1", {"D06": Department("检务督察部", "0571-2", "+8619900001299")})
# the events of one petition keep their order; letters keep none
EVENTS = ("petition.registered.v1", "petition.accepted.v1", "petition.sealed.v1")
LETTERS = ("contact.given.v1", "contact.withdrawn.v1")
ORDERS = [
    order for order in permutations(EVENTS + LETTERS) if [each for each in order if each in EVENTS] == list(EVENTS)
]


@pytest.fixture
def context(engine: Engine) -> ServiceContext:
    database.migrate(engine.url.render_as_string(hide_password=False), MIGRATIONS)
    provider = Provider("http://127.0.0.1:9", "x", b"x", CARD.signature)
    tools = Tools(CARD, "A00", Law.load(), None, provider, timedelta(seconds=30), Carrier.PROVIDER, TAGS)
    return ServiceContext("notify", "619926", sessionmaker(engine), language, Open(), tools)


def take(context: ServiceContext, type_: str) -> bool:
    """Whether it is done; what is too early comes again."""
    data: dict[str, Any] = {"petition": NUMBER, "person": PERSON, "reach": "sms", "department": "D06"}
    data |= {"received_on": datetime.now(UTC).date(), "reply_by": datetime.now(UTC).date()}
    envelope = Envelope("/619926/intake", type_, NUMBER, datetime.now(UTC), {})
    message = Message(envelope, data, {"phone": "+8619900001208"}, "intake", datetime.now(UTC))
    try:
        with context.begin(ACTOR) as work:
            {**handlers.EVENTS, **handlers.LETTERS}[type_](work, message)
    except NotYet:
        return False
    return True


def held(context: ServiceContext) -> tuple[int, int]:
    """Contacts, and notices that wait."""
    with context.begin(ACTOR) as work:
        planned = select(func.count()).where(NoticeRow.state == NoticeState.PLANNED)
        contacts = select(func.count()).select_from(Contact)
        return work.session.scalar(contacts) or 0, work.session.scalar(planned) or 0


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: ">".join(each.split(".")[1] for each in order))
def test_whatever_comes_first_nothing_goes_out_after(context: ServiceContext, order: tuple[str, ...]) -> None:
    """From the first word of it on, and a contact that comes late is not kept."""
    waiting = list(order)
    while waiting:
        waiting = [each for each in waiting if not _one(context, each)]
    assert _one(context, "contact.given.v1")
    with context.begin(ACTOR) as work:
        found = [tuple(row) for row in work.session.execute(select(NoticeRow.state, NoticeRow.reason))]
    assert [(NoticeState.IMPOSSIBLE, Impossible.SEALED)] * 2 == found


def _one(context: ServiceContext, type_: str) -> bool:
    done = take(context, type_)
    with context.begin(ACTOR) as work:
        sealed = work.session.scalar(text("SELECT count(*) FROM petitioner WHERE reach = 'sealed'"))
    if sealed:
        assert (0, 0) == held(context), type_
        assert 0 == sending.send_next(context, ACTOR)
    return done


def test_what_the_provider_never_got_is_not_planned_again(context: ServiceContext) -> None:
    """Sealed while it was being sent: for certain not sent is the end of it."""
    for type_ in ("petition.registered.v1", "contact.given.v1"):
        assert take(context, type_)
    with context.begin(ACTOR) as work:
        notice = work.session.scalars(select(NoticeRow)).one()
        notice.state, key = NoticeState.SENDING, notice.id
    assert take(context, "petition.sealed.v1")
    with context.begin(ACTOR) as work:
        results.take(work, notices.load(work, key), Outcome(Verdict.NOT_SENT, "connect-timeout"))
    assert (0, 0) == held(context)


def test_what_an_operator_has_is_recalled_once(context: ServiceContext) -> None:
    """By event and letter both, and said to the operator who has it."""
    for type_ in ("petition.registered.v1", "contact.given.v1"):
        assert take(context, type_)
    with context.begin(ACTOR) as work:
        notice = work.session.scalars(select(NoticeRow)).one()
        notice.carrier = Carrier.PHONE
    assert 1 == sending.hand_next(context, ACTOR)
    assert take(context, "petition.sealed.v1")
    assert take(context, "contact.withdrawn.v1")
    with context.begin(ACTOR) as work:
        sent = work.session.execute(select(courier_tables.outbox.c.exchange, courier_tables.outbox.c.routing_key))
        said = [key for exchange, key in sent if exchange == "notify.phone"]
    assert ["notice.task.v1", "notice.recalled.v1"] == said
