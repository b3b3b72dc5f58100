"""Before registering: what is shown is what registering then does, and nothing of what is stored."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, event, select, update

from authorization.ban import BarredReceiver
from clock.tables import Clock
from contracts.vocabulary import Channel, Kind, Line
from courier.unit_of_work import ServiceContext
from intake.api.registration import Draft
from intake.domain import errors
from intake.tables import Agency, Department
from intake.use_cases import contacts, previews, registration, routing
from intake.use_cases.contacts import ContactInput
from intake.use_cases.drafts import DraftInput
from intake.use_cases.registration import RespondentInput
from statute import day_of

BRIBE = "村支书收了我三千元现金才给盖章"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made = build_context(engine, tmp_path)
    with made.begin(OFFICER) as work:
        work.session.execute(update(Agency).values(edges=[]))
    return made


def draft(**known: Any) -> DraftInput:
    found: DraftInput = Draft().load(known)["draft"]
    return found


def test_nothing_is_required(context: ServiceContext) -> None:
    """An empty form has a last day already, and no suggestion."""
    with context.begin(OFFICER) as work:
        shown = previews.preview(work, draft())
    assert ([], [], None, False) == (shown["kinds"], shown["lines"], shown["admission"], shown["ban"]["holds"])
    assert "procedural_reply" == shown["clocks"][0]["rule"]


def test_the_last_day_is_the_one_that_registering_gives(context: ServiceContext) -> None:
    """Of every kind and line, on every day it may have come: each period, its days and its sentence."""

    @settings(max_examples=40, deadline=None)
    @given(st.sampled_from(Kind), st.sampled_from(Line), st.booleans(), st.integers(0, 366))
    def holds(kind: Kind, line: Line, anonymous: bool, days: int) -> None:
        _same_days(context, kind, line, anonymous, days)

    holds()


def _same_days(context: ServiceContext, kind: Kind, line: Line, anonymous: bool, days: int) -> None:
    with context.begin(OFFICER) as work:
        day = day_of(work.now) - timedelta(days=days)
        shown = previews.preview(work, draft(kind=kind, line=line, anonymous=anonymous, received_on=day.isoformat()))
        given_ = petition(kind, line=line, anonymous=anonymous)
        made = registration.register(work, _received(given_, day))
        work.session.flush()
        clocks = work.session.scalars(select(Clock).where(Clock.petition == made.number))
        written = [(each.rule, *map(date.isoformat, (each.start, each.target, each.due))) for each in clocks]
    assert written == [(each["rule"], each["start"], each["target"], each["due"]) for each in shown["clocks"]]
    last = shown["clocks"][0]
    assert f"{int(last['due'][8:])}日" in last["sentence"]


def _received(command: Any, day: date) -> Any:
    return replace(command, received_on=day, received_reason="来信在途")


def test_a_day_that_no_registration_has_is_refused(context: ServiceContext) -> None:
    """As registering would; that its reason is not typed yet is no fault."""
    with context.begin(OFFICER) as work:
        today = day_of(work.now)
        with pytest.raises(errors.FromTheFuture):
            previews.preview(work, draft(received_on=(today + timedelta(days=1)).isoformat()))
        with pytest.raises(errors.TooLongAgo):
            previews.preview(work, draft(received_on=(today - timedelta(days=400)).isoformat()))
        with pytest.raises(errors.UnknownSubLine):
            previews.preview(work, draft(line="other", sub_line="judgment"))


def test_whom_the_ban_bars_is_whom_it_bars_after(context: ServiceContext) -> None:
    """Word for word what an officer is told who then tries to refer it; nobody, for a claim."""
    body = {"kind": "accusation", "respondents": [{"unit": "A09", "name": "某科"}]}
    with context.begin(OFFICER) as work:
        shown = previews.preview(work, draft(**body))["ban"]
        command = petition(Kind.ACCUSATION)
        made = registration.register(work, replace(command, respondents=(RespondentInput("A09", "某科"),)))
        work.session.flush()
        told = {}
        for code in ("A02", "A09", "A10"):
            try:
                routing.check(work, made, code)
            except BarredReceiver as refusal:
                told[code] = refusal.zh
        assert {each["agency"]: each["sentence"] for each in shown["barred"]} == told
        assert "accused" == {each["agency"]: each["reason"] for each in shown["barred"]}["A09"]
        assert [] == previews.preview(work, draft(**(body | {"kind": "claim"})))["ban"]["barred"]
        assert previews.preview(work, draft(**(body | {"kind": "claim", "secrecy": True})))["ban"]["barred"]


def test_where_the_directory_is_half_told_the_ban_says_so(context: ServiceContext) -> None:
    """An agency told by older code has no edges: referral alone can say whom it bars."""
    with context.begin(OFFICER) as work:
        work.session.execute(update(Agency).where(Agency.code == "A02").values(edges=None))
        shown = previews.preview(work, draft(kind="accusation"))["ban"]
    assert (True, False, []) == (shown["holds"], shown["known"], shown["barred"])


def test_an_accusation_is_suggested_with_the_words_that_led_to_it(context: ServiceContext) -> None:
    """And the ban is shown for it before the kind is chosen; a duty crime's words say that they are."""
    with context.begin(OFFICER) as work:
        shown = previews.preview(work, draft(statement=BRIBE))
        chosen = previews.preview(work, draft(statement=BRIBE, kind="claim"))
    assert "accusation" == shown["kinds"][0]["kind"]
    assert any("收" in each and "…" in each for each in shown["kinds"][0]["words"])
    assert shown["duty_crime"]
    assert shown["ban"]["holds"]
    assert not chosen["ban"]["holds"]


def us() -> Agency:
    return Agency(code="A00", revision=1, name="A00", kind="procuratorate", transport="queue", active=True)


def test_our_own_people_are_walled_off(context: ServiceContext) -> None:
    """Who is named stands outside; where nobody is named, that it concerns us is said."""
    with context.begin(OFFICER) as work:
        ours = [{"unit": "A00", "name": "吴某", "department": "D01"}]
        work.session.add(us())
        named = previews.preview(work, draft(respondents=ours))
        nobody = previews.preview(work, draft(respondents=[{"unit": "A00"}]))
        assert work.session.scalars(select(Department)).all() == []
    assert [{"officer": None, "officer_name": None, "department": "D01", "department_zh": None}] == named["walls"]
    assert (True, False, []) == (named["concerns_us"], named["unidentified"], nobody["walls"])
    assert nobody["unidentified"]


def test_a_contact_lends_its_day(context: ServiceContext) -> None:
    """What was recorded of it goes before what is typed now."""
    with context.begin(OFFICER) as work:
        day = day_of(work.now) - timedelta(days=9)
        command = ContactInput(Channel.LETTER, "12309", day, "在途", None, None, "来信", 1)
        contact = contacts.record(work, command)
        shown = previews.preview(work, draft(received_on=day_of(work.now).isoformat()), contact)
    assert day.isoformat() == shown["clocks"][0]["start"]


def test_no_petition_is_read_and_nothing_is_written(engine: Engine, context: ServiceContext) -> None:
    """A window learns by it of nobody's petition: not by an answer, not by the time it takes."""
    body = {"kind": "accusation", "line": "other", "statement": BRIBE, "title": "举报", "secrecy": True}
    body |= {"respondents": [{"unit": "A09", "name": "某科"}, {"unit": "A00", "name": "吴某", "officer": "900107"}]}
    body |= {"petitioner": {"name": "石大川", "phone": "19900001208", "resident_id": "619926198503120014"}}
    with context.begin(OFFICER) as work:
        registration.register(work, petition(Kind.ACCUSATION))
        work.session.add(us())
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _x, statement, *_: asked.append(statement))
    with context.begin(OFFICER) as work:
        previews.preview(work, draft(**body))
        assert not work.recorded
    read = {table for each in asked for table in re.findall(r"(?:FROM|JOIN|INTO|UPDATE) (\w+)", each)}
    assert read <= {"agency", "classifier", "data_key", "department", "officer"}, read
    assert [] == [each for each in asked if not each.lstrip().startswith("SELECT")]
