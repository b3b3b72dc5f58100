"""What officers are told: once a day what is warned, at once what is missed or due today, each once, never at night."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from plain_service import ACTOR, Open
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from authorization import colleagues
from authorization.placements import Tags, placement
from authorization.sight import View
from authorization.table import Scope
from contracts.vocabulary import HandlerChange, Reminder
from courier.envelope import Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext, UnitOfWork
from notify import tables
from notify.domain.states import Carrier
from notify.domain.wording import Department, OfficeCard
from notify.tables import NoticeRow
from notify.use_cases import officers
from notify.use_cases.provider import Provider
from notify.use_cases.tools import Tools
from statute import SHANGHAI, Law
from vault import Keyring, Vault
from vault.keyring import generate
from web.listing import Page

NUMBER = "信2026-619926-000004"
TAGS = Tags(b"of the placements")
CARD = OfficeCard(
    "枫禾县检察院",
    "0571-1",
    {"D05": Department("第五检察部", "0571-3"), "D06": Department("检务督察部", "0571-2", "+8619900001299")},
)
WORKDAY = datetime(2026, 11, 25, tzinfo=SHANGHAI)  # a Wednesday
TODAY = WORKDAY.date()
PLACE: dict[str, Any] = {
    "petition": NUMBER, "version": 2, "department": "D06", "service_point": "12309", "kind": "claim", "line": "other",
    "colour": "none", "secrecy": False, "unnamed": False, "walled_officers": [b"walled"], "walled_departments": [],
    "unmatched": [],
}  # fmt: skip
CHIEF = View(b"chief", None, None, frozenset({Scope.OFFICE}), frozenset())


@pytest.fixture
def context(engine: Engine) -> ServiceContext:
    with engine.begin() as connection:
        connection.execute(insert(placement).values(PLACE))
    provider = Provider("http://127.0.0.1:9", "x", b"x", CARD.signature)
    tools = Tools(CARD, "A00", Law.load(), None, provider, timedelta(seconds=30), Carrier.PROVIDER, TAGS)
    return ServiceContext("notify", "619926", sessionmaker(engine), language, Open(), tools)


def at(context: ServiceContext, moment: datetime, act: Any) -> Any:
    """The act as of a moment: the database's time of its transaction."""
    with context.begin(ACTOR) as work:
        work.set_now(moment)
        return act(work)


def first_page(work: UnitOfWork, view: View, holder: str) -> list[dict[str, Any]]:
    """The first page of a holder's notices, as it is answered; no cursor is asked for, so that no request is needed."""
    call: Any = None
    page = Page("notices", call, officers.SORTS["at"], True, {"holder": holder}, 100, None, {})
    return officers.rows(work, view, officers.notices(work, view, page).rows)


def told(context: ServiceContext, moment: datetime, what: str, holder: str = "D06", due: date = TODAY) -> str:
    """A clock's event, taken as notify takes it; its id."""
    data = {"clock": "0" * 32, "petition": NUMBER, "referral": None, "rule": "procedural_reply", "duty": "department"}
    data |= {"holder": holder, "due": due} | ({} if what == "missed" else {"level": what, "target": due})
    type_ = "clock.missed.v1" if what == "missed" else "clock.warned.v1"
    envelope = Envelope(source="/619926/intake", type=type_, subject="clock/0", time=moment, data={}, version=1)
    message = Message(envelope, data, {}, "intake", moment)
    at(context, moment, lambda work: officers.EVENTS[type_](work, message))
    return envelope.id


def read(
    context: ServiceContext, moment: datetime, holder: str = "D06", view: View = CHIEF
) -> list[tuple[str, list[str]]]:
    found = at(context, moment, lambda work: first_page(work, view, holder))
    return [(each["kind"], [item["sentence"] for item in each["items"]]) for each in found]


def texts(context: ServiceContext) -> list[tuple[str, datetime]]:
    def look(work: UnitOfWork) -> list[tuple[str, datetime]]:
        rows = work.session.scalars(select(NoticeRow).order_by(NoticeRow.planned_at))
        return [(row.text, row.not_before.astimezone(SHANGHAI)) for row in rows]

    found: list[tuple[str, datetime]] = at(context, WORKDAY, look)
    return found


def test_one_digest_a_day_of_what_is_warned(context: ServiceContext) -> None:
    """From 08:30 on working days, one for each holder; what comes later waits for the next."""
    told(context, WORKDAY + timedelta(hours=7), "50")
    told(context, WORKDAY + timedelta(hours=8), "target")
    told(context, WORKDAY + timedelta(hours=8), "50", holder="A09")
    write = lambda hours, days=0: at(context, WORKDAY + timedelta(days=days, hours=hours), officers.write_digest)  # noqa: E731
    assert [0, 0] == [write(0), write(8)]
    assert [1, 1, 0] == [write(9), write(9), write(9)]
    told(context, WORKDAY + timedelta(hours=10), "80")
    assert [0, 0] == [write(11), write(22)]
    ((kind, sentences),) = read(context, WORKDAY + timedelta(hours=12))
    assert ("digest", 2) == (kind, len(sentences))
    assert "时限已过50%" in sentences[0]
    # an agency's clock is told to our office
    assert 1 == len(read(context, WORKDAY + timedelta(hours=12), "A00"))
    assert [1, 0] == [write(9, days=1), write(9, days=1)]
    assert [0] == [write(9, days=3)], "a Saturday"
    assert ["今日有2项", "今日有1项"] == [text[8:13] for text, _ in texts(context)]


def test_what_waits_for_the_digest_goes_to_who_has_it_by_then(context: ServiceContext) -> None:
    """A department that gave it away is not told what another has to do; what nobody has, the office is told."""
    for department, hearer in (("D05", "D05"), (None, "A00")):
        told(context, WORKDAY + timedelta(hours=7), "50")
        moved = update(placement).values(department=department)
        at(context, WORKDAY, lambda work, moved=moved: work.session.execute(moved))
        at(context, WORKDAY + timedelta(hours=9), officers.write_digest)
        with context.sessions() as session:
            query = text("UPDATE officer_item SET notice = 'x' WHERE notice IS NULL RETURNING holder")
            assert [hearer] == list(session.scalars(query))
            session.commit()
        at(context, WORKDAY, lambda work: work.session.execute(text("DELETE FROM officer_notice")))


def test_what_nobody_handles_any_more_is_told_to_who_names_another(context: ServiceContext) -> None:
    """Who left: to their department. A department that is closed: to the office. What somebody decided: to nobody."""
    type_ = "petition.handler_changed.v1"
    for change in HandlerChange:
        data = {"petition": NUMBER, "change": change}
        envelope = Envelope(source="/619926/intake", type=type_, subject=NUMBER, time=WORKDAY, data={}, version=1)
        message = Message(envelope, data, {}, "intake", WORKDAY)
        at(context, WORKDAY, lambda work, message=message: officers.EVENTS[type_](work, message))
    with context.sessions() as session:
        found = session.execute(text("SELECT holder, sentence FROM officer_item ORDER BY holder")).all()
    assert [
        ("A00", f"{NUMBER} 承办部门撤销，待重新分派"),
        ("D06", f"{NUMBER} 承办人离任或调离，待部门指定承办人"),
    ] == [tuple(each) for each in found]


def test_missed_and_due_today_are_told_at_once_and_not_at_midnight(context: ServiceContext) -> None:
    """Missed at 24:00: in the morning, a rest day or not. A last day long past is no alarm of today."""
    midnight = WORKDAY + timedelta(days=3, seconds=5)
    told(context, WORKDAY + timedelta(hours=9), "last_day")
    told(context, midnight, "missed")
    told(context, WORKDAY + timedelta(hours=10), "last_day", due=date(2026, 6, 1))
    assert [("at_once", 1)] == [(kind, len(items)) for kind, items in read(context, midnight)]
    morning = midnight.replace(hour=8, second=0)
    assert [("at_once", 1)] * 2 == [(kind, len(items)) for kind, items in read(context, morning)]
    assert "已逾期：11月25日届满（责任：D06）" in read(context, morning)[0][1][0]
    assert {WORKDAY + timedelta(hours=9), morning} == {moment for _, moment in texts(context)}
    assert all(NUMBER[-6:] not in text for text, _ in texts(context))


def test_who_may_not_see_the_petition_reads_nothing_of_it(context: ServiceContext) -> None:
    """A department's notice is its own; of a petition out of sight there is neither a line nor a notice."""
    told(context, WORKDAY + timedelta(hours=9), "missed")
    noon = WORKDAY + timedelta(hours=12)
    own = View(b"x", "D06", None, frozenset({Scope.DEPARTMENT}), frozenset({"D06"}))
    assert 1 == len(read(context, noon, view=own))
    assert [] == read(context, noon, view=replace(own, department="D05", seats=frozenset({"D05"})))
    for kept_out in (replace(own, officer=b"walled"), replace(CHIEF, officer=b"walled")):
        assert [] == read(context, noon, view=kept_out)


def test_a_department_that_is_kept_away_hears_nothing_on_its_phone(context: ServiceContext) -> None:
    """Not at once, and not by a count in the morning of what was told before the wall: our office hears it."""
    away = update(placement).values(walled_departments=["D06"], department=None)
    told(context, WORKDAY + timedelta(hours=7), "50")
    at(context, WORKDAY, lambda work: work.session.execute(away))
    told(context, WORKDAY + timedelta(hours=8), "missed")
    told(context, WORKDAY + timedelta(hours=8), "80")
    for _ in range(3):
        at(context, WORKDAY + timedelta(hours=9), officers.write_digest)
    assert [] == texts(context)
    assert ["at_once", "digest"] == sorted(kind for kind, _ in read(context, WORKDAY + timedelta(hours=9), "A00"))


def test_a_mobile_is_written_only_when_it_changed_and_then_with_all_the_others(context: ServiceContext) -> None:
    """Batches about different officers lock no row of theirs, or all of them in one order: they cannot deadlock."""

    def written() -> dict[str, str]:
        query = text("SELECT person, xmin::text FROM contact")
        return {row.person: row.xmin for row in at(context, WORKDAY, lambda work: work.session.execute(query).all())}

    told(context, WORKDAY + timedelta(hours=9), "missed")
    first = written()
    assert ["officer/D06"] == list(first)
    told(context, WORKDAY + timedelta(hours=10), "missed")
    assert first == written()
    moved = replace(context, tools=replace(context.tools, card=replace(CARD, mobile="+8619900001288")))
    told(moved, WORKDAY + timedelta(hours=11), "missed", holder="A09")
    assert {"officer/A00", "officer/D06"} == set(written())
    assert 1 == len(set(written().values()))
    assert first["officer/D06"] != written()["officer/D06"]


def test_a_miss_told_twice_is_told_once(context: ServiceContext) -> None:
    """The lane holds a repeat back; were it not to, the row's key would."""
    id_ = told(context, WORKDAY + timedelta(hours=9), "missed")
    with pytest.raises(IntegrityError), context.begin(ACTOR) as work:
        work.session.execute(text("INSERT INTO officer_item SELECT * FROM officer_item WHERE cause = :id"), {"id": id_})
    count = at(context, WORKDAY, lambda work: work.session.scalar(select(func.count()).select_from(tables.OfficerItem)))
    assert 1 == count


def test_clocks_that_halt_are_told_to_the_office_and_what_was_overtaken_to_nobody(context: ServiceContext) -> None:
    """Nothing rings from then on: that must ring. After it a week's warnings are not told as if they were today's."""
    card = replace(CARD, mobile="+8619900001200")
    told_to = replace(context, tools=replace(context.tools, card=card))
    envelope = Envelope(source="/619926/intake", type="clock.halted.v1", subject="clock/watch", time=WORKDAY, data={},
                        version=1)  # fmt: skip
    message = Message(envelope, {"expected": WORKDAY, "found": WORKDAY}, {}, "intake", WORKDAY)
    handler = officers.EVENTS["clock.halted.v1"]
    at(told_to, WORKDAY + timedelta(hours=3), lambda work: handler(work, message))
    ((sentence, moment),) = texts(told_to)
    assert ("时限提醒：各项办理时限已停止自动预警，请登录系统查看并办理。", 8) == (sentence[8:], moment.hour)
    warned = officers.EVENTS["clock.warned.v1"]
    data = {"clock": "0" * 32, "petition": NUMBER, "referral": None, "rule": "procedural_reply", "duty": "department",
            "holder": "D06", "level": "50", "due": TODAY, "target": TODAY, "overtaken": True}  # fmt: skip
    late = Message(replace(envelope, type="clock.warned.v1"), data, {}, "intake", WORKDAY)
    at(context, WORKDAY + timedelta(hours=7), lambda work: warned(work, late))
    assert 0 == at(context, WORKDAY + timedelta(hours=9), officers.write_digest)


@pytest.fixture
def office(context: ServiceContext, tmp_path: Path) -> ServiceContext:
    """Two colleagues of D06, whom notify knows by number, and its real keys."""
    generate(tmp_path, ["intake", "notify"])
    office = replace(context, cipher=Vault(Keyring.from_file(tmp_path / "notify.keys.json")))
    entry: dict[str, Any] = {
        "revision": 1,
        "department": "D06",
        "service_point": None,
        "roles": [],
        "leads": [],
        "active": True,
    }
    for number in ("900099", "900110"):
        at(office, WORKDAY, lambda work, number=number: colleagues.keep(work, entry | {"officer": number}))
    return office


def reminded(context: ServiceContext, moment: datetime, officer: str | None = None, **data: Any) -> None:
    """That somebody has something to do, as notify takes it."""
    tag = officer and TAGS.of(NUMBER, officer).hex()
    about = {"petition": NUMBER, "about": Reminder.TASK, "department": None, "officer": tag, "urgent": True,
             "due": None} | data  # fmt: skip
    envelope = Envelope(source="/619926/intake", type="officer.reminded.v1", subject=NUMBER, time=moment, data={},
                        version=1)  # fmt: skip
    message = Message(envelope, about, {}, "intake", moment)
    at(context, moment, lambda work: officers.EVENTS["officer.reminded.v1"](work, message))


def own(context: ServiceContext, moment: datetime, officer: str, holder: str = officers.ME) -> list[str]:
    """What the colleague reads of their own."""

    def look(work: UnitOfWork) -> list[str]:
        print_ = colleagues.fingerprint(work, officer)
        scopes, seats = frozenset({Scope.OFFICE}), frozenset({"D06"})
        view = View(print_, "D06", None, scopes, seats, frozenset({officer, print_}))
        found = first_page(work, view, holder)
        return [item["sentence"] for each in found for item in each["items"]]

    found: list[str] = at(context, moment, look)
    return found


def test_a_colleague_reads_what_waits_for_them_and_nobody_else_does(office: ServiceContext) -> None:
    """Named by a keyed hash alone; neither a colleague of the same department nor who sees the office reads it."""
    morning = WORKDAY + timedelta(hours=9)
    reminded(office, morning, "900099", due=TODAY)
    assert [f"{NUMBER} 有任务待办：11月25日前办理"] == own(office, morning, "900099")
    assert [] == own(office, morning, "900110")
    assert [] == read(office, morning, "D06")
    # the department's officer on duty is rung: that there is something, not what, nor for whom
    assert ["工作提醒：有事项需要办理，请登录系统查看。"] == [text[8:] for text, _ in texts(office)]


def test_what_comes_together_rings_once_and_never_at_night(office: ServiceContext) -> None:
    """A red opens several tasks at one moment; what comes at night is read in the morning, with one SMS."""
    night = WORKDAY - timedelta(hours=2)
    for minutes in (0, 1, 30):
        reminded(office, night + timedelta(minutes=minutes), department="D06")
    assert [] == read(office, night + timedelta(hours=1))
    morning = WORKDAY + timedelta(hours=8)
    assert [("at_once", 3)] == [(kind, len(sentences)) for kind, sentences in read(office, morning)]
    assert [morning] == [moment for _, moment in texts(office)]
    reminded(office, morning + timedelta(hours=1), department="D06")
    assert 2 == len(texts(office))


def test_what_is_not_urgent_waits_for_the_digest(office: ServiceContext) -> None:
    """One a day, for a colleague as for a department."""
    early = WORKDAY + timedelta(hours=7)
    reminded(office, early, "900099", urgent=False)
    reminded(office, early, "900099", urgent=False, about=Reminder.APPROVAL)
    assert [] == own(office, early, "900099")
    morning = WORKDAY + timedelta(hours=9)
    assert [1, 0] == [at(office, morning, officers.write_digest) for _ in range(2)]
    assert 2 == len(own(office, morning, "900099"))


@pytest.mark.parametrize("wall", [{"walled_officers": True}, {"walled_departments": ["D06"]}])
def test_who_is_kept_away_is_not_reminded(office: ServiceContext, wall: dict[str, Any]) -> None:
    """Not even that there is something: neither of what comes after the wall, nor by the digest of what came before."""
    reminded(office, WORKDAY + timedelta(hours=7), "900099", urgent=False)

    def put_up(work: UnitOfWork) -> None:
        walled = [colleagues.fingerprint(work, "900099")] if "walled_officers" in wall else []
        values = {"walled_officers": walled, "walled_departments": wall.get("walled_departments", [])}
        work.session.execute(update(placement).values(values))

    at(office, WORKDAY, put_up)
    reminded(office, WORKDAY + timedelta(hours=8), "900099")
    for _ in range(3):
        at(office, WORKDAY + timedelta(hours=9), officers.write_digest)
    assert [] == own(office, WORKDAY + timedelta(hours=9), "900099")
    assert [] == texts(office)
    # the office itself hears that something waits
    assert ["at_once", "digest"] == sorted(kind for kind, _ in read(office, WORKDAY + timedelta(hours=9), "A00"))


@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("about", [Reminder.TASK, Reminder.TASK_OVERDUE, Reminder.APPROVAL])
@pytest.mark.parametrize("why", [None, "walled", "seat", "unnamed", "shut"])
def test_whose_a_task_is_reads_of_it_where_the_petition_is_anothers(
    office: ServiceContext, urgent: bool, about: Reminder, why: str | None
) -> None:
    """As intake shows the task: its department does, unless it is kept away; of what is no task, who has the petition.

    Nobody beside them does, and a digest leaves a task with whose it is.
    """

    def placed(work: UnitOfWork, **values: Any) -> None:
        work.session.execute(update(placement).values(department="D05", **values))

    early, morning = WORKDAY + timedelta(hours=7), WORKDAY + timedelta(hours=9)
    at(office, early, placed)
    reminded(office, early, department="D06", urgent=urgent, about=about)
    at(office, morning, officers.write_digest)
    mine = View(b"reader", "D06", None, frozenset({Scope.DEPARTMENT}), frozenset({"D06"}))
    beside = replace(mine, department="D03", seats=frozenset({"D03"}))
    kept_away: dict[str, dict[str, Any]] = {
        "walled": {"walled_officers": [b"reader"]},
        "seat": {"walled_departments": ["D06"]},
        "unnamed": {"unnamed": True},
        "shut": {"unmatched": [b"somebody"]},
    }
    if why is not None:
        at(office, morning, lambda work: placed(work, **kept_away[why]))
    reads = why is None and about is not Reminder.APPROVAL
    for view in (mine, beside):
        found = at(office, morning, lambda work, view=view: first_page(work, view, "D06"))
        assert (1 if reads and view is mine else 0) == len(found)
    # who left the petition's department behind, without the right, has nothing either
    nothing = replace(mine, scopes=frozenset())
    assert [] == at(office, morning, lambda work: first_page(work, nothing, "D06"))


def test_who_left_and_who_is_nobody_we_know_is_no_holder(office: ServiceContext) -> None:
    """What was theirs is the office's: nothing waits where nobody reads it."""
    reminded(office, WORKDAY + timedelta(hours=9), "987654")
    assert [("at_once", [f"{NUMBER} 有任务待办"])] == read(office, WORKDAY + timedelta(hours=9), "A00")


@pytest.mark.parametrize("type_", ["routing.refused.v1", "command.refused.v1", "custody.kept.v1"])
def test_what_another_service_refused_is_read_by_the_department_that_has_it(
    context: ServiceContext, type_: str
) -> None:
    """By day at once, at night in the morning; why, the petition says; no SMS, which would say it to whoever looks."""
    moment = WORKDAY.replace(hour=9)
    envelope = Envelope(source="/619926/referral", type=type_, subject=NUMBER, time=moment, data={}, version=1)
    message = Message(envelope, {"petition": NUMBER}, {}, "referral", moment)
    at(context, moment, lambda work: officers.EVENTS[type_](work, message))
    assert [("at_once", [f"{NUMBER} 有事项未能办成，原因见该件"])] == read(context, moment)
    assert [] == texts(context)
