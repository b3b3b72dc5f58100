"""Lists page by page: every row once, whatever comes and goes meanwhile; a cursor opens for its own question alone."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError
from sqlalchemy import Column, Date, Engine, MetaData, Select, Table, Text, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

from contracts.fields import Code
from contracts.problems import Malformed
from notify.service import MIGRATIONS
from service_kit.database import migrate
from vault import Keyring, Vault
from vault.keyring import generate
from web.call import Call
from web.listing import COUNTED, READ, Listing, WrongCursor, counted
from web.route import Route
from web.tokens import Officer

OFFICER = Officer("A00", "900001", frozenset({"window"}))
TODAY = date(2026, 11, 26)

matter = Table("matter", MetaData(), Column("number", Text, primary_key=True), Column("day", Date, nullable=False),
               Column("line", Text))  # fmt: skip
MATTERS = Listing(
    "matters", {"number": (matter.c.number,), "day": (matter.c.day, matter.c.number)}, "-number", {"line": Code()}
)
ROUTE = Route("GET", "/matters", "matter.list", None, 200, "", Schema.from_dict(MATTERS.query), False, "")


class Lists:
    """A table of matters, and what officers ask of it."""

    def __init__(self, engine: Engine, vault: Vault):
        self.engine, self.vault = engine, vault

    def ask(
        self, officer: Officer = OFFICER, path: str = "/matters", counts: int = COUNTED, **query: str
    ) -> dict[str, Any]:
        asked = ROUTE.query().load(query)
        call = Call(officer, MappingProxyType({}), asked, Headers(), b"", None, ROUTE, path, "-", self.vault)
        with Session(self.engine) as session, session.begin():
            page = replace(MATTERS.page(call), counts=counts)
            rows: Select[Any] = select(matter.c.number, matter.c.day)
            found = page.of(session, rows.where(matter.c.line == page.filters["line"]) if page.filters else rows)
            return found.answer({"number": each.number, "day": each.day.isoformat()} for each in found.rows)

    def run(self, *statements: Any) -> None:
        with self.engine.begin() as connection:
            for each in statements:
                connection.execute(each)

    def fill(self, days: list[int]) -> list[tuple[str, date]]:
        rows = [(f"信{index:05}", TODAY + timedelta(day)) for index, day in enumerate(days)]
        values = [{"number": number, "day": day, "line": "ab"[day.day % 2]} for number, day in rows]
        self.run(delete(matter), *([insert(matter).values(values)] if values else []))
        return rows


@pytest.fixture
def lists(engine: Engine, tmp_path: Path) -> Lists:
    generate(tmp_path / "keys", ["intake"])
    migrate(engine.url.render_as_string(hide_password=False), MIGRATIONS)
    matter.metadata.create_all(engine)
    return Lists(engine, Vault(Keyring.from_file(tmp_path / "keys" / "intake.keys.json")))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    days=st.lists(st.integers(0, 3), max_size=25),
    sort=st.sampled_from(["number", "-number", "day", "-day"]),
    limit=st.integers(1, 12),
    changes=st.lists(st.tuples(st.booleans(), st.integers(0, 24)), max_size=4),
)
def test_every_row_is_on_one_page(
    lists: Lists, days: list[int], sort: str, limit: int, changes: list[tuple[bool, int]]
) -> None:
    """In the order asked for, however many share a day; what stays is shown once though others come and go."""
    rows = lists.fill(days)
    key = (lambda row: row[0]) if "number" in sort else (lambda row: (row[1], row[0]))
    ordered = [number for number, _ in sorted(rows, key=key, reverse=sort.startswith("-"))]
    seen, after, gone, total = list[str](), dict[str, str](), set[str](), None
    while True:
        page = lists.ask(sort=sort, limit=str(limit), **after)
        total = page["total"] if total is None else total
        seen += [each["number"] for each in page["matters"]]
        assert len(page["matters"]) <= limit
        if page["next"] is None:
            break
        after = {"after": page["next"]}
        if changes:
            comes, which = changes.pop()
            number = f"信{which:05}"
            if comes:
                lists.run(upsert(matter).values(number=f"{number}新", day=TODAY, line="a").on_conflict_do_nothing())
            else:
                gone.add(number)
                lists.run(delete(matter).where(matter.c.number == number))
    assert len(rows) == total
    assert len(set(seen)) == len(seen)
    old = [number for number in seen if not number.endswith("新")]
    assert [number for number in ordered if number not in gone] == [number for number in old if number not in gone]


def test_a_total_counts_up_to_a_thousand(lists: Lists) -> None:
    """Exactly so many are so many; one more is "more", on every page; of what is filtered only what is left counts."""
    lists.fill([0] * COUNTED)
    assert (COUNTED, False) == tuple(lists.ask()[each] for each in ("total", "total_is_more"))
    lists.fill([0] * COUNTED + [1])
    page = lists.ask(limit="100")
    assert (COUNTED, True, 100) == (page["total"], page["total_is_more"], len(page["matters"]))
    behind = lists.ask(limit="3", after=page["next"])
    assert (COUNTED, True, 3) == (behind["total"], behind["total_is_more"], len(behind["matters"]))
    assert (1, False, None) == tuple(lists.ask(line="b")[each] for each in ("total", "total_is_more", "next"))
    assert 50 == len(lists.ask()["matters"])
    with Session(lists.engine) as session:
        its: Select[Any] = select(matter.c.number)
        assert [(200, True), (COUNTED + 1, False)] == [counted(session, its, most) for most in (200, COUNTED + 1)]


@pytest.mark.parametrize("there", [0, 19, 20, 21, READ, READ + 1])
def test_what_is_counted_by_reading_it_is_counted_right(lists: Lists, there: int) -> None:
    """A page has its rows and no more of those that were read, and goes on behind its own last."""
    rows = lists.fill([0] * there)
    page = lists.ask(counts=READ, sort="number", limit="20")
    assert (min(there, READ), there > READ) == (page["total"], page["total_is_more"])
    assert [number for number, _ in rows[:20]] == [each["number"] for each in page["matters"]]
    assert (there > 20) == (page["next"] is not None)
    if page["next"]:
        behind = lists.ask(counts=READ, sort="number", limit="20", after=page["next"])
        assert (page["total"], page["total_is_more"]) == (behind["total"], behind["total_is_more"])
        assert [number for number, _ in rows[20:40]] == [each["number"] for each in behind["matters"]]


def test_a_cursor_opens_for_its_own_question_alone(lists: Lists) -> None:
    """Of another officer, sort, filter or address, changed in one character or made up: the same words for all."""
    lists.fill([0, 2] * 10)
    cursor = lists.ask(limit="5")["next"]
    assert lists.ask(after=cursor, limit="7")["matters"]
    turned = cursor[:-1] + ("A" if cursor[-1] != "A" else "Q")
    other = Officer("A00", "900002", OFFICER.roles)
    said = set()
    for asked in (
        {"after": cursor, "sort": "number"},
        {"after": cursor, "sort": "-day"},
        {"after": cursor, "line": "a"},
        {"after": cursor, "officer": other},
        {"after": cursor, "path": "/others"},
        {"after": turned},
        {"after": cursor + "AAAA"},
        {"after": "A" * 60},
        {"after": "A" * 41},
    ):
        with pytest.raises(WrongCursor) as refused:
            lists.ask(**asked)  # type: ignore[arg-type]
        assert isinstance(refused.value, Malformed)
        said.add((refused.value.zh, refused.value.field))
    assert {("查询参数 after：翻页位置无效或不属于本次查询，请从第一页重新查询", "after")} == said
    # it says nothing by itself: a sort key may be what no row shows
    assert "信" not in cursor
    # the row it was made of may be gone, or have moved
    lists.run(update(matter).values(day=TODAY - timedelta(9)).where(matter.c.number == "信00015"))
    assert lists.ask(after=cursor)["matters"]


@pytest.mark.parametrize(
    "query",
    [{"limit": each} for each in ("0", "101", "-1", "1.5", "", "５", " 5", "1_0", "1e1")]
    + [{"sort": each} for each in ("", "name", "--number", "number,day", "Number")]
    + [{"after": each} for each in ("", "abc", "信" * 50, "A" * 601)]
    + [{"line": "张三"}, {"offset": "5"}],
)
def test_what_is_not_understood_is_refused(query: dict[str, str]) -> None:
    """A limit out of bounds, a sort that there is not, a cursor of another shape, a filter's word, another name."""
    with pytest.raises(ValidationError) as refused:
        ROUTE.query().load(query)
    assert set(refused.value.messages) == set(query)
