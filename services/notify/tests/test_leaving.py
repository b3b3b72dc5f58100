"""Whether a notice may go is asked when it leaves, whichever way it leaves: hours, wording, limit, death, once."""

import json
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from plain_service import ACTOR, Open
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from authorization.placements import Tags
from contracts.vocabulary import Impossible, NoticeState, Reach, Termination
from courier import tables as courier_tables
from courier.envelope import Envelope
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import ServiceContext, UnitOfWork
from notify.domain import states
from notify.domain.states import Carrier, QuietHours, Verdict
from notify.domain.wording import Department, OfficeCard
from notify.tables import NoticeRow, OfficerItem
from notify.use_cases import contacts, handlers, measured, results, sending
from notify.use_cases.provider import Outcome, Provider
from notify.use_cases.tools import Tools
from statute import SHANGHAI, Law

PHONE = "+8619900001208"
NUMBERS = [f"信2026-619926-{n:06}" for n in range(1, 40)]
NUMBER = NUMBERS[0]
TAGS = Tags(b"of the placements")
CARD = OfficeCard(
    "枫禾县检察院", "0571-1", {"D05": Department("第五检察部", "0571-5"), "D06": Department("检务督察部", "0571-6")}
)
WEDNESDAY = datetime(2026, 11, 25, 10, tzinfo=SHANGHAI)


class Said(Provider):
    """The provider's side of it: what it was given, and the verdicts it gives next."""

    given: list[str] = []
    verdicts: list[Verdict] = []

    def send(self, key: str, to: str, template: str, params: Any, text: str, at: int) -> Outcome:
        self.given.append(text)
        return Outcome(self.verdicts.pop(0) if self.verdicts else Verdict.TAKEN, "said")

    def ask(self, key: str) -> Outcome:
        return Outcome(self.verdicts.pop(0) if self.verdicts else Verdict.AMBIGUOUS, "said")


@pytest.fixture
def context(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> ServiceContext:
    provider = Said("http://127.0.0.1:9", "x", b"x", CARD.signature)
    monkeypatch.setattr(Said, "given", [])
    monkeypatch.setattr(Said, "verdicts", [])
    tools = Tools(CARD, "A00", Law.load(), QuietHours(), provider, timedelta(seconds=30), Carrier.PROVIDER, TAGS, 3)
    return ServiceContext("notify", "619926", sessionmaker(engine), language, Open(), tools)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    """The database's time, as the story has it."""
    clock = Clock()
    monkeypatch.setattr(UnitOfWork, "now", property(lambda _: clock.now))
    return clock


class Clock:
    now = WEDNESDAY


def hear(context: ServiceContext, type_: str, number: str = NUMBER, **more: Any) -> None:
    with context.begin(ACTOR) as work:
        data: dict[str, Any] = {
            "petition": number,
            "person": f"person of {number}",
            "reach": "sms",
            "department": "D05",
        }
        data |= {"received_on": work.now.date(), "reply_by": date(2026, 12, 28), "to": "A10"}
        data |= {"signed_on": work.now.date(), "contact_by": date(2026, 12, 10), "agency": "A09", "kind": "transfer"}
        data |= {"referral": "移2026-619926-000001"} | more
        envelope = Envelope("/619926/intake", type_, number, work.now, {})
        personal = {"phone": more.get("phone", PHONE), "others": more.get("others", [])}
        message = Message(envelope, data, personal, "intake", datetime.now(UTC))
        {**handlers.EVENTS, **handlers.LETTERS}[type_](work, message)


def registered(context: ServiceContext, number: str = NUMBER, **more: Any) -> None:
    hear(context, "petition.registered.v1", number, **more)
    hear(context, "contact.given.v1", number, **more)


def agencies(context: ServiceContext) -> None:
    with context.begin(ACTOR) as work:
        work.session.execute(text("INSERT INTO agency VALUES ('A09', 1, '县人社局'), ('A10', 1, '县人民法院')"))


def send_all(context: ServiceContext) -> list[str]:
    """All that may go now, and what the provider got by it."""
    before = len(Said.given)
    for _ in range(200):
        if not sending.send_due(context, ACTOR):
            return Said.given[before:]
    raise AssertionError("it never ends")


def rows(context: ServiceContext, number: str = NUMBER) -> dict[str, tuple[str, str | None]]:
    with context.begin(ACTOR) as work:
        found = work.session.scalars(
            select(NoticeRow).where(NoticeRow.petition == number).order_by(NoticeRow.planned_at)
        )
        return {each.about: (each.state, each.reason) for each in found}


# -- hours and wording ---------------------------------------------------------------------------------------------


def test_a_retry_keeps_the_hours(context: ServiceContext, clock: Clock) -> None:
    """Planned by day, tried until night: it waits for the morning like any other."""
    registered(context)
    Said.verdicts[:] = [Verdict.NOT_SENT] * 50
    sent = 0
    while clock.now < WEDNESDAY + timedelta(days=4):
        for _ in send_all(context):
            sent += 1
            assert 8 <= clock.now.hour < 21
            assert clock.now.weekday() < 5
        clock.now += timedelta(minutes=20)
    assert sent > 20


@pytest.mark.parametrize("carrier", ["provider", "phone", "sms"])
def test_what_was_planned_by_day_and_is_sent_at_night_waits(
    context: ServiceContext, clock: Clock, carrier: str
) -> None:
    """A contact that came late, a service that was down: an SMS, a call and an operator's SMS alike."""
    context = replace(
        context, tools=replace(context.tools, sms_carrier=Carrier(carrier if carrier == "sms" else "provider"))
    )
    hear(context, "petition.registered.v1", reach="call" if carrier == "phone" else "sms")
    clock.now = WEDNESDAY.replace(hour=23)
    hear(context, "contact.given.v1")
    step = sending.send_due if carrier == "provider" else sending.hand_due
    assert 1 == step(context, ACTOR)
    assert 0 == step(context, ACTOR)
    assert (NoticeState.PLANNED, None) == rows(context)["receipt"]
    clock.now = WEDNESDAY.replace(hour=8) + timedelta(days=1)
    assert 1 == step(context, ACTOR)
    assert rows(context)["receipt"][0] in (NoticeState.SENDING, NoticeState.SENT)


def test_a_day_that_passed_while_it_waited_is_not_promised(context: ServiceContext, clock: Clock) -> None:
    """Receipt, acceptance and handover, each without its day; the row says what was really sent."""
    agencies(context)
    context = replace(context, tools=replace(context.tools, sms_a_day=9))
    hear(context, "petition.registered.v1", reply_by=date(2026, 12, 1))
    hear(context, "petition.accepted.v1", reply_by=date(2026, 12, 1))
    hear(context, "referral.signed.v1", contact_by=date(2026, 12, 1))
    clock.now += timedelta(days=7)
    hear(context, "contact.given.v1")
    sent = send_all(context)
    assert 3 == len(sent)
    assert not [each for each in sent if "12月1日" in each]
    with context.begin(ACTOR) as work:
        kept = work.session.execute(select(NoticeRow.text, NoticeRow.template).order_by(NoticeRow.planned_at)).all()
    assert {each.text for each in kept} == set(sent)
    assert {"FQ-RECEIPT-2", "FQ-ACCEPTED-2", "FQ-TRANSFERRED-2"} == {each.template for each in kept}


def test_who_handles_it_is_who_does_when_it_leaves(context: ServiceContext, clock: Clock) -> None:
    """Given to another department while the message waited."""
    registered(context)
    hear(context, "petition.accepted.v1", department="D05")
    hear(context, "petition.assigned.v1", department="D06")
    assert ["检务督察部" in each and "0571-6" in each for each in send_all(context)] == [False, True]


ENDS = [
    ("petition.withdrawn.v1", None, Impossible.OVERTAKEN),
    ("petition.sent_back.v1", None, Impossible.OVERTAKEN),
    ("petition.terminated.v1", Termination.SETTLED, Impossible.OVERTAKEN),
    ("petition.terminated.v1", Termination.DIED, Impossible.DIED),
]


@pytest.mark.parametrize("before", ["planned", "came back unsent", "on its way"])
def test_what_is_no_longer_true_does_not_leave(context: ServiceContext, clock: Clock, before: str) -> None:
    """Also what was on its way when the petition ended, and turns out not to have been sent."""
    for n, number in enumerate(NUMBERS[: len(ENDS)]):
        registered(context, number, phone=f"+861990000120{n}")
        hear(context, "petition.accepted.v1", number)
    if before != "planned":
        Said.verdicts[:] = [Verdict.NOT_SENT if before == "came back unsent" else Verdict.AMBIGUOUS] * 8
        assert 8 == len(send_all(context))
    for number, (type_, reason, _) in zip(NUMBERS, ENDS, strict=False):
        hear(context, type_, number, reason=reason)
    clock.now += timedelta(hours=1)
    if before == "on its way":
        Said.verdicts[:] = [Verdict.NOT_SENT] * 8
        assert 8 == sum(results.settle_next(context, ACTOR) for _ in range(10))
    assert [] == send_all(context)
    for number, (_, _, why) in zip(NUMBERS, ENDS, strict=False):
        assert {"receipt": ("impossible", why), "accepted": ("impossible", why)} == rows(context, number)


def test_a_handover_that_came_back_is_not_told(context: ServiceContext, clock: Clock) -> None:
    """Who returned it will not get in touch; the handover after it is told."""
    agencies(context)
    hear(context, "petition.registered.v1")
    hear(context, "referral.signed.v1", referral="移2026-619926-000001")
    hear(context, "referral.returned.v1", referral="移2026-619926-000001")
    hear(context, "referral.signed.v1", referral="移2026-619926-000002", agency="A10")
    hear(context, "contact.given.v1")
    assert [False, True] == ["县人民法院" in each for each in send_all(context)]
    assert not [each for each in Said.given if "县人社局" in each]


# -- once ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent_between", [True, False])
def test_accepted_again_after_a_return_is_told_once(context: ServiceContext, clock: Clock, sent_between: bool) -> None:
    """A recall or return makes an accepted petition registered again: accepting it anew is no news. Reopened, it is."""
    agencies(context)
    context = replace(context, tools=replace(context.tools, sms_a_day=9))
    registered(context)
    hear(context, "petition.accepted.v1", department="D05")
    if sent_between:
        send_all(context)
    hear(context, "referral.recalled.v1")
    hear(context, "petition.accepted.v1", department="D06", reply_by=date(2026, 12, 30))
    send_all(context)
    accepted = [each for each in Said.given if "已受理" in each]
    assert 1 == len(accepted)
    assert ("第五检察部" if sent_between else "检务督察部") in accepted[0]
    hear(context, "petition.reopened.v1")
    hear(context, "petition.accepted.v1", department="D06")
    send_all(context)
    assert 2 == len([each for each in Said.given if "已受理" in each])


def test_what_reached_nobody_is_told_again(context: ServiceContext, clock: Clock) -> None:
    """A right to be told is not met by an attempt."""
    registered(context)
    hear(context, "petition.accepted.v1")
    Said.verdicts[:] = [Verdict.TAKEN, Verdict.REFUSED]
    send_all(context)
    hear(context, "petition.accepted.v1")
    send_all(context)
    assert 2 == len([each for each in Said.given if "已受理" in each])


def test_what_is_true_again_is_not_lost(context: ServiceContext, clock: Clock) -> None:
    """Accepted, on its way when another decision was taken, accepted again: told once, not never."""
    agencies(context)
    registered(context)
    hear(context, "petition.accepted.v1")
    Said.verdicts[:] = [Verdict.TAKEN, Verdict.AMBIGUOUS]
    send_all(context)
    hear(context, "petition.guided.v1")
    hear(context, "petition.accepted.v1")
    clock.now += timedelta(minutes=2)
    Said.verdicts[:] = [Verdict.NOT_SENT]
    assert results.settle_next(context, ACTOR)
    clock.now += timedelta(minutes=2)
    send_all(context)
    assert "sent" == rows(context)["accepted"][0]


# -- together --------------------------------------------------------------------------------------------------------


def test_what_is_due_together_is_two_transactions(context: ServiceContext, clock: Clock) -> None:
    """Claimed, before the first is given to the provider, and answered for; each by its own verdict."""
    committed = list[int]()
    for n, number in enumerate(NUMBERS[:5]):
        registered(context, number, phone=f"+861990000120{n}")
    event.listen(context.sessions.kw["bind"], "commit", lambda _: committed.append(len(Said.given)))
    Said.verdicts[:] = [Verdict.TAKEN, Verdict.REFUSED, Verdict.AMBIGUOUS]
    assert 5 == sending.send_due(context, ACTOR)
    assert [0, 5] == committed
    found = Counter(rows(context, number)["receipt"][0] for number in NUMBERS[:5])
    assert {"sent": 3, "refused": 1, "unknown": 1} == found


def test_what_could_not_be_begun_in_time_goes_with_the_next(context: ServiceContext, clock: Clock) -> None:
    """Begun later, the provider might be asked about it first, know nothing of it, and be given it twice."""
    registered(context)
    at_once = replace(context, tools=replace(context.tools, settle_after=timedelta()))
    assert 1 == sending.send_due(at_once, ACTOR)
    assert [] == Said.given
    assert {"receipt": ("planned", None)} == rows(context)
    assert 1 == sending.send_due(context, ACTOR)
    assert {"receipt": ("sent", None)} == rows(context)


# -- the number --------------------------------------------------------------------------------------------------------


def test_no_phone_gets_thirty_messages_a_day(context: ServiceContext, clock: Clock) -> None:
    """Beyond the limit nothing is lost: it waits for the next working day, and the department is told once."""
    for number in NUMBERS[:7]:
        registered(context, number)
    registered(context, NUMBERS[7], phone="+8613900001111")
    assert 4 == len(send_all(context))  # three of one number, one of the other
    waiting = [number for number in NUMBERS[:7] if rows(context, number)["receipt"] == ("planned", states.LIMIT)]
    assert 4 == len(waiting)
    with context.begin(ACTOR) as work:
        assert 4 == measured.limited(work.session)
        told = work.session.scalars(select(OfficerItem)).all()
        assert sorted(waiting) == sorted(each.petition for each in told)
        assert "收件通知未发" in told[0].sentence
        assert "11月26日" in told[0].sentence
    sent = Counter[date]()
    for _ in range(14):
        clock.now += timedelta(hours=12)
        sent[clock.now.date()] += len(send_all(context))
    assert [3, 1] == [count for count in sent.values() if count]
    with context.begin(ACTOR) as work:
        assert 4 == len(work.session.scalars(select(OfficerItem)).all())


def test_that_the_clocks_stand_is_told_however_many_were_missed_before(context: ServiceContext, clock: Clock) -> None:
    """An officer's SMS beyond the day's is dropped, for it says what those before said; this one does not."""
    context = replace(context, tools=replace(context.tools, card=replace(CARD, mobile=PHONE)))
    for n in range(5):
        due = {"rule": "sign", "holder": "A09", "duty": "receiver", "due": clock.now.date(), "target": None}
        hear(context, "clock.missed.v1", NUMBERS[n], clock=f"{n:032}", **due)
    assert 3 == len(send_all(context))
    hear(context, "clock.halted.v1", expected=clock.now, found=clock.now)
    assert ["停止自动预警" in each for each in send_all(context)] == [True]


def test_what_was_not_sent_does_not_count(context: ServiceContext, clock: Clock) -> None:
    """A provider that is away for an hour does not use up the number's day."""
    registered(context)
    Said.verdicts[:] = [Verdict.NOT_SENT] * 5
    for _ in range(12):
        send_all(context)
        clock.now += timedelta(minutes=10)
    assert "sent" == rows(context)["receipt"][0]
    assert 6 == len(Said.given)


def test_two_copies_do_not_each_find_room(context: ServiceContext, clock: Clock) -> None:
    """The number is counted by one at a time."""
    for number in NUMBERS[:12]:
        registered(context, number)
    start = threading.Barrier(4)

    def copy() -> None:
        start.wait()
        send_all(context)

    copies = [threading.Thread(target=copy) for _ in range(4)]
    for each in copies:
        each.start()
    for each in copies:
        each.join()
    assert 3 == len(Said.given)


def test_nothing_goes_to_the_number_of_who_has_died(context: ServiceContext, clock: Clock) -> None:
    """Not of this petition, whatever comes after, nor of another of theirs; another's number goes on, and who gives the
    number later is somebody else."""
    one, theirs, others, later = NUMBERS[:4]
    registered(context, one)
    hear(context, "petition.registered.v1", theirs)
    hear(context, "contact.given.v1", theirs)
    registered(context, others, phone="+8613900001111")
    clock.now += timedelta(minutes=1)
    hear(context, "petition.terminated.v1", one, reason=Termination.DIED)
    hear(context, "petition.replied.v1", one, reply="outcome_reply", means="post", issued_on=clock.now.date())
    hear(context, "aid.granted.v1", one, case="助2026-619926-000001")
    hear(context, "contact.given.v1", one)
    assert 1 == len(send_all(context))
    assert {("impossible", Impossible.DIED)} == set(rows(context, one).values())
    assert {("impossible", Impossible.DIED)} == set(rows(context, theirs).values())
    with context.begin(ACTOR) as work:
        assert work.session.scalar(text("SELECT count(*) FROM contact WHERE petition = :one"), {"one": one}) == 0
    clock.now += timedelta(days=1)
    registered(context, later)
    assert 1 == len(send_all(context))


def test_nothing_goes_to_who_had_died_before_the_upgrade(context: ServiceContext, clock: Clock) -> None:
    """Older code passed over his death and told on; it is said again. Who gave the number since is somebody else."""
    died_at = clock.now + timedelta(minutes=1)
    one, theirs, later = NUMBERS[:3]
    registered(context, one)
    registered(context, theirs)
    with context.begin(ACTOR) as work:
        work.session.execute(text("UPDATE contact SET number = NULL, given_at = NULL"))
        work.session.execute(text("UPDATE notice SET round = NULL, concerns = NULL, due_at = NULL, promised = NULL"))
    clock.now += timedelta(days=1)
    registered(context, later)
    for _ in range(2):
        hear(context, "petition.died.v1", one, died_at=died_at)
    assert 1 == len(send_all(context))
    assert {("impossible", Impossible.DIED)} == {*rows(context, one).values(), *rows(context, theirs).values()}
    assert {"receipt": ("sent", None)} == rows(context, later)


def test_a_contact_that_comes_after_the_death_is_not_kept(context: ServiceContext, clock: Clock) -> None:
    """Letters and events have no order among them."""
    hear(context, "petition.registered.v1")
    hear(context, "petition.terminated.v1", reason=Termination.DIED)
    hear(context, "contact.given.v1")
    assert [] == send_all(context)
    with context.begin(ACTOR) as work:
        assert 0 == work.session.scalar(text("SELECT count(*) FROM contact"))
        assert 1 == work.session.scalar(text("SELECT count(*) FROM ended_number"))


def test_a_call_for_who_has_died_is_recalled(context: ServiceContext, clock: Clock) -> None:
    """An operator that has the task is told to leave it, once."""
    registered(context, reach="call")
    assert 1 == sending.hand_due(context, ACTOR)
    hear(context, "petition.terminated.v1", reason=Termination.DIED)
    hear(context, "petition.terminated.v1", reason=Termination.DIED)
    with context.begin(ACTOR) as work:
        keys = list(work.session.scalars(select(courier_tables.outbox.c.routing_key).order_by("id")))
    assert 1 == keys.count("notice.recalled.v1")


# -- what is not heard of --------------------------------------------------------------------------------------------


def test_a_call_has_every_number_of_theirs_and_none_of_who_died(context: ServiceContext, clock: Clock) -> None:
    """In their order, with extensions; an SMS goes to the first alone. Where a way is agreed none is held any more."""
    given = {"reach": "call", "others": ["+8657187654321转801", "+8619900001209"]}
    registered(context, **given)
    registered(context, NUMBERS[1], phone="+8619900001209", reach="call")
    clock.now += timedelta(minutes=1)
    hear(context, "petition.petitioner_died.v1", NUMBERS[1])
    hear(context, "petition.accepted.v1")
    assert 2 == sending.hand_due(context, ACTOR)
    assert [[{"to": "+8657187654321", "extension": "801"}]] * 2 == [each["others"] for each in tasks(context)]
    hear(context, "petition.corrected.v1", what=None, reach=Reach.SAFE)
    with context.begin(ACTOR) as work:
        assert [] == contacts.read(work, f"person of {NUMBER}")
    assert 0 == sending.hand_due(context, ACTOR)
    registered(context, NUMBERS[2], others=["+8619900001210"])
    assert 1 == len(send_all(context))


def tasks(context: ServiceContext) -> list[dict[str, Any]]:
    """What operators were handed, the first first."""
    query = select(courier_tables.outbox.c.body).where(courier_tables.outbox.c.routing_key == "notice.task.v1")
    with context.sessions() as session:
        return [json.loads(bytes(each).removeprefix(b"sealed:"))["data"] for each in session.scalars(query)]


def test_what_is_sent_and_not_heard_of_is_asked_about(context: ServiceContext, clock: Clock) -> None:
    """The receipt was lost: the provider knows."""
    registered(context)
    send_all(context)
    assert 0 == results.settle_next(context, ACTOR)
    clock.now += timedelta(minutes=3)
    Said.verdicts[:] = [Verdict.DELIVERED]
    assert 1 == results.settle_next(context, ACTOR)
    assert "delivered" == rows(context)["receipt"][0]


@pytest.mark.parametrize("verdict", [Verdict.TAKEN, Verdict.AMBIGUOUS, Verdict.NOT_SENT])
def test_asking_has_an_end_and_sends_nothing_twice(context: ServiceContext, clock: Clock, verdict: Verdict) -> None:
    """After days of the same it is for a person; a provider that forgot its key is not given the message again."""
    registered(context)
    send_all(context)
    asked, end = 0, clock.now + timedelta(days=6)
    while clock.now < end:
        Said.verdicts[:] = [verdict]
        asked += results.settle_next(context, ACTOR)
        Said.verdicts[:] = []
        assert [] == send_all(context)
        clock.now += timedelta(minutes=15)
    assert "unknown" == rows(context)["receipt"][0]
    assert asked < 100
    with context.begin(ACTOR) as work:
        key = work.session.scalars(select(NoticeRow.id)).one()
        results.receipt(work, key, True, "late")
    assert "delivered" == rows(context)["receipt"][0]


def test_a_receipt_for_what_was_said_to_be_unknown_ends_it(context: ServiceContext, clock: Clock) -> None:
    """The provider had it after all: it is not sent again."""
    registered(context)
    Said.verdicts[:] = [Verdict.AMBIGUOUS]
    send_all(context)
    clock.now += timedelta(minutes=1)
    Said.verdicts[:] = [Verdict.NOT_SENT]
    assert results.settle_next(context, ACTOR)
    with context.begin(ACTOR) as work:
        results.receipt(work, work.session.scalars(select(NoticeRow.id)).one(), True, "ok")
    clock.now += timedelta(hours=1)
    assert [] == send_all(context)
    assert "delivered" == rows(context)["receipt"][0]


def test_an_operator_that_accepted_and_fell_silent_is_for_a_person(context: ServiceContext, clock: Clock) -> None:
    """`accepted` is no end either."""
    registered(context, reach="call")
    assert sending.hand_due(context, ACTOR)
    with context.begin(ACTOR) as work:
        results.take(work, work.session.scalars(select(NoticeRow)).one(), Outcome(Verdict.TAKEN, "accepted"))
    clock.now += timedelta(days=4)
    with context.begin(ACTOR) as work:
        assert 1 == results.overdue_tasks(work)
    assert "unknown" == rows(context)["receipt"][0]


def test_what_waits_is_measured(context: ServiceContext, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """By state and by age; what may not go yet is not late, what waits for a contact is."""
    with context.begin(ACTOR) as work:
        assert {"planned": 0, "sending": 0, "sent": 0, "unknown": 0} == measured.open_notices(work.session)
        clock.now = work.session.scalar(text("SELECT now()"))
    context = replace(context, tools=replace(context.tools, quiet=None))
    clock.now -= timedelta(hours=2)
    hear(context, "petition.registered.v1")
    registered(context, NUMBERS[1])
    Said.verdicts[:] = [Verdict.AMBIGUOUS]
    send_all(context)
    with context.begin(ACTOR) as work:
        assert {"planned": 1, "sending": 0, "sent": 0, "unknown": 1} == measured.open_notices(work.session)
        ages = measured.ages(work.session)
    assert 7200 <= ages["planned"] < 7300
    assert 7200 <= ages["unknown"] < 7300
    assert 0 == ages["sent"]


def test_what_is_tried_in_vain_grows_older(context: ServiceContext, clock: Clock) -> None:
    """Each try puts off the next: it is as late as it would be without."""
    with context.begin(ACTOR) as work:
        clock.now = work.session.scalar(text("SELECT now()")) - timedelta(hours=3)
    context = replace(context, tools=replace(context.tools, quiet=None))
    registered(context)
    Said.verdicts[:] = [Verdict.NOT_SENT] * 20
    for _ in range(9):
        send_all(context)
        clock.now += timedelta(minutes=20)
    with context.begin(ACTOR) as work:
        assert 3 * 3600 <= measured.ages(work.session)["planned"] < 3 * 3600 + 120


def test_a_letter_before_its_event_waits(context: ServiceContext, clock: Clock) -> None:
    """The end of a petition nobody has heard of is not forgotten."""
    for type_ in ("petition.withdrawn.v1", "petition.terminated.v1", "petition.reopened.v1", "petition.assigned.v1"):
        with pytest.raises(NotYet):
            hear(context, type_, reason=Termination.DIED)
