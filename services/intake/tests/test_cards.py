"""A page of cards: as each role is shown them, by the same few statements however many there are, and small."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, event

from contracts import masked
from contracts.vocabulary import Kind, Role
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from intake.domain.showing import NOT_SHOWN, Showing
from intake.tables import Petition
from intake.use_cases import cards, office, people, registration
from web.tokens import Officer

CLERK, BESIDE = (Officer("A00", number, frozenset({Role.WINDOW})) for number in ("900100", "900101"))
HANDLER = Officer("A00", "900105", frozenset({Role.HANDLER}), "D05")
STATION = Officer("A00", "900120", frozenset({Role.STATION}), None, "SP-QINGXI")
TITLES = (
    "请求支持起诉讨薪",
    "不服不起诉决定要求起诉何某",
    "控告公安机关不立案",
    "反映窗口无坡道",
    "丈夫被撞身亡请求救助",
)
PHONE, STARRED = "+8619900001208", "199****1208"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made = build_context(engine, tmp_path)
    with made.begin(OFFICER) as work:
        office.add_department(work, "D05", "第五检察部")
        office.enter(work, "900105", "韩检察", department="D05", roles=["handler"], since=work.now.date())
    return made


def registered(context: ServiceContext, kind: Kind = Kind.CLAIM, by: str = "900100", **changes: object) -> str:
    secrecy, anonymous = bool(changes.pop("secrecy", False)), bool(changes.pop("anonymous", False))
    command = replace(petition(kind, secrecy=secrecy, anonymous=anonymous), **changes)  # type: ignore[arg-type]
    with context.begin(Actor("A00", by, "window")) as work:
        return registration.register(work, command).number


def page(context: ServiceContext, officer: Officer, *numbers: str) -> list[dict[str, object]]:
    with context.begin(Actor("A00", officer.id, "x")) as work:
        return cards.page(work, officer, numbers)


@given(
    st.sampled_from(Kind), st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, PHONE])
)
def test_what_is_shown_of_whom(
    kind: Kind, hidden: bool, reads: bool, own: bool, fresh: bool, phone: str | None
) -> None:
    """Nobody's name who is hidden; of an accusation, to who may not read it, no title, and no name but one's own."""
    showing = Showing(kind, hidden, reads, own, fresh)
    if hidden:
        assert not showing.names
    if not reads and (hidden or kind is Kind.ACCUSATION):
        assert not showing.titles
        assert not showing.names or own
    if phone is None:
        assert showing.phone(phone) is None
    else:
        assert (phone if own and fresh else STARRED) == showing.phone(phone)


@pytest.mark.parametrize(
    ("number", "starred"),
    [
        (PHONE, STARRED),
        ("138 0013-8000", "138****8000"),
        ("+8657187654321转801", "571****4321"),
        ("0571-8765432", "057****5432"),
        ("8765432", "****5432"),
        ("12309", "****"),
        ("", "****"),
    ],
)
def test_a_phone_with_stars(number: str, starred: str) -> None:
    """As many stars whatever is behind them; an extension is not shown."""
    assert starred == masked.phone(number)


def test_each_role_sees_its_card(context: ServiceContext) -> None:
    """The window names and masked contacts, its own of today in full; the handler all titles; nobody who is hidden."""
    claim = registered(context)
    ours = registered(context, Kind.ACCUSATION)
    secret, nobody = registered(context, secrecy=True), registered(context, anonymous=True)
    secret_accusation = registered(context, Kind.ACCUSATION, secrecy=True)
    all_ = (claim, ours, secret, nobody, secret_accusation)

    def of(officer: Officer) -> list[tuple[object, ...]]:
        return [(each["title"], each["petitioner"], each["contact"]) for each in page(context, officer, *all_)]

    hidden = ("申诉求决", NOT_SHOWN, None)
    accused = ("检举控告", NOT_SHOWN, None)
    mine = [("标题", "石大川", PHONE), ("检举控告", "石大川", PHONE), hidden, hidden, accused]
    theirs = [("标题", "石大川", STARRED), accused, hidden, hidden, accused]
    assert mine == of(CLERK)
    assert theirs == of(BESIDE)
    read = [("标题", "石大川", STARRED)] * 2 + [("标题", NOT_SHOWN, None)] * 3
    assert read == of(HANDLER)
    assert [] == of(STATION)
    # nobody and somebody who asked for secrecy differ by their number alone
    _, _, one, other, _ = page(context, BESIDE, *all_)
    assert one | {"number": ""} == other | {"number": ""}
    with context.begin(OFFICER) as work:
        for number in all_:
            found = work.session.get_one(Petition, number)
            found.registered_at -= timedelta(days=1)
    assert [("标题", "石大川", STARRED), ("检举控告", "石大川", STARRED), hidden, hidden, accused] == of(CLERK)


def test_what_an_agency_sent_is_no_officers_own(context: ServiceContext) -> None:
    """Its officer's number may be anything, also one of ours."""
    with context.begin(Actor("A09", "900100", "agency")) as work:
        sent = replace(petition(Kind.CLAIM), submitted_by="A09", submission="综转1")
        number = registration.register(work, sent).number
    assert [STARRED] == [each["contact"] for each in page(context, CLERK, number)]


def test_a_page_asks_the_same_however_long_and_is_small(context: ServiceContext, engine: Engine) -> None:
    """Four statements for one card and for a page of them; a hundred weigh 30 KB at most."""
    numbers = [registered(context, title=TITLES[serial % len(TITLES)]) for serial in range(120)]
    with context.begin(OFFICER) as work:
        for number in numbers:
            found = work.session.get_one(Petition, number)
            found.department, found.handler = "D05", "900105"
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for many in (1, 10, 120):
        asked.clear()
        assert many == len(page(context, HANDLER, *numbers[:many]))
        counts.append(len(asked))
    assert [4, 4, 4] == counts
    shown = page(context, HANDLER, *numbers[:100])
    weight = len(json.dumps({"cards": shown}, ensure_ascii=False, separators=(",", ":")).encode())
    assert weight <= 30_000
    assert {"韩检察"} == {each["handler_name"] for each in shown}
    assert numbers[:100] == [each["number"] for each in shown]


def test_a_long_title_is_cut(context: ServiceContext) -> None:
    """A page stays small whatever was typed in."""
    number = registered(context, title="长" * 200)
    assert ["长" * 39 + "…"] == [each["title"] for each in page(context, CLERK, number)]


def test_an_unknown_number_is_absent(context: ServiceContext) -> None:
    """As one that is out of sight."""
    number = registered(context)
    assert [number] == [each["number"] for each in page(context, CLERK, "信2026-619926-999999", number, number)]


def test_one_of_several_is_found_by_its_place(context: ServiceContext) -> None:
    """The second petitioner's phone is not the first's."""
    other = people.PetitionerInput("石二", None, "19900001209", None, sms_consent=False)
    number = registered(context, party="joint", others=(other,))
    with context.begin(OFFICER) as work:
        found = work.session.get_one(Petition, number)
        assert "+8619900001209" == people.one_of(work, found, 2, "phone")
        assert people.one_of(work, found, 3, "phone") is None
