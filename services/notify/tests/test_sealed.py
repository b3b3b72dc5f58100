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
from contracts.vocabulary import Impossible, NoticeState, Reach
from courier import tables as courier_tables
from courier.envelope import Envelope
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from notify.domain.states import Carrier, Verdict
from notify.domain.wording import Department, OfficeCard
from notify.tables import Contact, NoticeRow, Petitioner
from notify.use_cases import contacts, handlers, notices, results, sending
from notify.use_cases.provider import Outcome, Provider
from notify.use_cases.tools import Tools
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
    provider = Provider("http://127.0.0.1:9", "x", b"x", CARD.signature)
    tools = Tools(CARD, "A00", Law.load(), None, provider, timedelta(seconds=30), Carrier.PROVIDER, TAGS)
    return ServiceContext("notify", "619926", sessionmaker(engine), language, Open(), tools)


def take(context: ServiceContext, type_: str, phone: str = "+8619900001208", **more: Any) -> bool:
    """Whether it is done; what is too early comes again."""
    data: dict[str, Any] = {"petition": NUMBER, "person": PERSON, "reach": "sms", "department": "D06"}
    data |= {"received_on": datetime.now(UTC).date(), "reply_by": datetime.now(UTC).date(), **more}
    envelope = Envelope("/619926/intake", type_, NUMBER, datetime.now(UTC), {})
    message = Message(envelope, data, {"phone": phone}, "intake", datetime.now(UTC))
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
        assert 0 == sending.send_due(context, ACTOR)
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
    assert 1 == sending.hand_due(context, ACTOR)
    assert take(context, "petition.sealed.v1")
    assert take(context, "contact.withdrawn.v1")
    with context.begin(ACTOR) as work:
        sent = work.session.execute(select(courier_tables.outbox.c.exchange, courier_tables.outbox.c.routing_key))
        said = [key for exchange, key in sent if exchange == "notify.phone"]
    assert ["notice.task.v1", "notice.recalled.v1"] == said


def test_a_number_that_was_wrong_is_another_from_then_on(context: ServiceContext) -> None:
    """What waits goes to the right one; a number nobody has is none, and nothing waits for it; a seal stays one."""
    for type_ in ("petition.registered.v1", "contact.given.v1"):
        assert take(context, type_)
    assert take(context, "contact.given.v1", "+8619900001209")
    assert take(context, "petition.corrected.v1", reach=None)
    with context.begin(ACTOR) as work:
        assert ["+8619900001209"] == contacts.read(work, PERSON)
    assert (1, 1) == held(context)
    assert take(context, "petition.corrected.v1", reach=Reach.NONE)
    assert (0, 0) == held(context)
    with context.begin(ACTOR) as work:
        assert [Impossible.NO_CONTACT] == list(work.session.scalars(select(NoticeRow.reason)))
    assert take(context, "petition.sealed.v1")
    assert take(context, "petition.corrected.v1", reach=Reach.SMS)
    with context.begin(ACTOR) as work:
        assert Reach.SEALED == work.session.scalar(select(Petitioner.reach))


def test_what_is_its_senders_still_is_told_once_we_sign(context: ServiceContext) -> None:
    """Nothing is said before; what older code said when it came is not said again."""
    assert take(context, "petition.registered.v1", submitted_by="A10")
    assert take(context, "contact.given.v1")
    assert (1, 0) == held(context)
    for _ in range(2):
        assert take(context, "petition.signed.v1")
        assert (1, 1) == held(context)


def test_after_a_death_only_who_goes_on_is_told(context: ServiceContext) -> None:
    """By their own number, whichever of event and letter comes first; what waited for the dead is told to nobody."""
    heir = "1" * 32
    for type_ in ("petition.registered.v1", "contact.given.v1", "petition.petitioner_died.v1"):
        assert take(context, type_)
    assert (0, 0) == held(context)
    assert take(context, "contact.given.v1", "+8619900001211", person=heir)
    assert take(context, "petition.taken_over.v1", person=heir, reach=Reach.SMS)
    assert take(context, "petition.accepted.v1")
    with context.begin(ACTOR) as work:
        assert ["+8619900001211"] == contacts.read(work, heir)
        waiting = select(NoticeRow.person).where(NoticeRow.state == NoticeState.PLANNED)
        assert [heir] == list(work.session.scalars(waiting))


def test_what_went_on_elsewhere_and_came_back_is_told_again(context: ServiceContext) -> None:
    """Voided or merged, it says nothing more; parted, what comes of it does."""
    for type_ in ("petition.registered.v1", "contact.given.v1", "petition.merged_into.v1", "petition.accepted.v1"):
        assert take(context, type_)
    assert (1, 0) == held(context)
    assert take(context, "petition.parted.v1")
    assert take(context, "petition.accepted.v1")
    assert (1, 1) == held(context)
