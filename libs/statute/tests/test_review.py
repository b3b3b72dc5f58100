"""The sheet a legal officer signs: all data of the law that is not verified is on it; what was signed is, by name."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from statute import Cited, Datum, Law, cited, review, signed
from statute.__main__ import main

LAW = Law.load()
TODAY = date(2026, 11, 27)
ROWS = review.unverified(review.everything(LAW)[0], LAW)


def sheet(folder: Path, fill: Any = None) -> Path:
    """The sheet as it is given out, each line changed by `fill(row number, its cells by heading)`."""
    file, depends = folder / "sheet.xlsx", review.Depends()
    depends.add(["outcome_promise 100 1\n", "outcome_promise 20 2\n"])
    review.write(ROWS, file, depends)
    book = load_workbook(file)
    page = book.active
    for number in range(2, page.max_row + 1):
        line = {heading: page.cell(number, index + 1) for index, heading in enumerate(review.COLUMNS)}
        if fill:
            fill(number, line)
    book.save(file)
    return file


def signs(number: int, line: dict[str, Any], name: Any = "于法", on: Any = "2026-11-26") -> None:
    if number == 2:
        line["结论"].value, line["姓名"].value, line["日期"].value = review.AGREES, name, on


def signs_all(number: int, line: dict[str, Any]) -> None:
    line["结论"].value, line["姓名"].value, line["日期"].value = review.AGREES, "于法", date(2026, 11, 26)


def county(folder: Path) -> Law:
    for name in ("packs", "calendars"):
        (folder / name).mkdir(exist_ok=True)
    return Law.load(folder)


def test_all_that_waits_is_on_the_sheet_with_what_depends_on_it(tmp_path: Path) -> None:
    """Periods, lines, hearings, papers, guides, what leaves, aid: source, confidence, use; the least sure first."""
    page = load_workbook(sheet(tmp_path)).active
    rows = [dict(zip(review.COLUMNS, cells, strict=True)) for cells in page.iter_rows(min_row=2, values_only=True)]
    known, missing = review.everything(LAW)
    assert not missing
    assert sum(not each.law.verified for each in known) == len(rows) > 80
    for name in ("条目", "名称", "内容", "依据", "依据等级", "用于", "所在", "内容摘要"):
        assert all(row[name] for row in rows), name
    wait = {row["所在"] for row in rows}
    assert {"lines", "hearings", "papers", "guides", "purposes", "assigning", "aid", "aid-2026.7"} <= wait
    assert {row.pack for row in LAW.packs.packs[-1].rows} <= wait
    promise = next(row for row in rows if row["条目"] == "outcome_promise")
    assert (120, 3) == (promise["计时中"], promise["已逾期"])
    sure = ["MLBA".index(row["依据等级"][0]) for row in rows]
    assert sorted(sure) == sure


def test_what_is_signed_is_verified_with_name_and_day_and_nothing_else_is(tmp_path: Path) -> None:
    """Read back, kept in the county's folder, loaded with it; the shipped packs stay as they are."""
    promise = next(n for n, row in enumerate(ROWS, 2) if row.name == "outcome_promise")
    one = lambda number, line: signs(2 if number == promise else 0, line)  # noqa: E731
    found = review.signed_in(ROWS, sheet(tmp_path, one), TODAY)
    signed.keep(tmp_path, found)
    signed.keep(tmp_path, found)
    (kept,) = signed.load(tmp_path).values()
    law = county(tmp_path)
    row = law.packs.packs[-1].row(kept.name, TODAY)
    assert row is not None
    assert (True, "于法，2026-11-26") == (row.verified, row.signed_by)
    assert "未核验" not in law.why(row, TODAY)
    assert len(ROWS) - 1 == len(review.unverified(review.everything(law)[0], law))


def test_periods_and_all_other_data_are_signed_in_one_way(tmp_path: Path) -> None:
    """Every line of the sheet signed, nothing waits any more, whichever file it stands in."""
    found = review.signed_in(ROWS, sheet(tmp_path, signs_all), TODAY)
    assert [(row.pack, row.name) for row in ROWS] == [(each.pack, each.name) for each in found]
    signed.keep(tmp_path, found)
    law = county(tmp_path)
    assert [] == review.unverified(review.everything(law)[0], law)
    assert law.read(ROWS[0].law).verified
    assert not LAW.read(ROWS[0].law).verified


def test_a_row_that_was_changed_after_it_was_signed_waits_again(tmp_path: Path) -> None:
    """The signature is of what the row said: of a period, and of a row of any other file."""
    (one,) = review.signed_in(ROWS, sheet(tmp_path, signs), TODAY)
    other = signed.Signed(one.pack, one.name, "0" * 16, one.by, one.on)
    signed.keep(tmp_path, [other])
    law = county(tmp_path)
    assert len(ROWS) == len(review.unverified(review.everything(law)[0], law))
    row = {"ask": "甲？", "source": {"law": "《法》", "confidence": "M"}}
    was, same = cited(row, "x"), cited({"source": {"confidence": "M", "law": "《法》"}, "ask": "甲？"}, "x")
    now = cited(row | {"ask": "乙？"}, "x")
    law = Law(LAW.packs, LAW.calendar, {was.digest: signed.Signed("f", "x", was.digest, "于法", TODAY)})
    assert [True, True, False] == [law.read(each).verified for each in (was, same, now)]


def test_only_a_text_that_was_read_is_shipped_as_verified() -> None:
    """Of what is remembered, or our own choice, a file cannot say so; a legal officer can."""
    with pytest.raises(ValueError, match="x: only a text"):
        cited({"source": {"law": "《法》", "confidence": "M", "verified": True}}, "x")
    assert Cited(*(getattr(ROWS[0].law, name) for name in ("source", "verified", "digest"))) == ROWS[0].law


@pytest.mark.parametrize(
    ("name", "on", "said"),
    [
        (None, "2026-11-26", "须写明姓名"),
        ("  ", "2026-11-26", "须写明姓名"),
        ("于法", None, "日期应为"),
        ("于法", "昨天", "日期应为"),
        ("于法", TODAY + timedelta(days=1), "日期应为"),
    ],
)
def test_a_signature_has_a_name_and_a_day(tmp_path: Path, name: Any, on: Any, said: str) -> None:
    """What is signed by nobody, or tomorrow, verifies nothing; the line is named."""
    with pytest.raises(review.SheetError, match=f"第 2 行：.*{said}"):
        review.signed_in(ROWS, sheet(tmp_path, lambda n, line: signs(n, line, name, on)), TODAY)


@pytest.mark.parametrize(
    ("heading", "value", "said"),
    [
        ("内容摘要", "0" * 16, "已不是表上的内容"),
        ("条目", "another", "已不是表上的内容"),
        ("内容", "两个月", "被改过"),
        ("依据", "《另一部法》", "被改过"),
        ("结论", "好", "结论应为"),
    ],
)
def test_what_was_changed_on_the_sheet_is_no_signature(tmp_path: Path, heading: str, value: str, said: str) -> None:
    """Another digest, or other words beside the same digest: who signed read something that the row does not say."""

    def changed(number: int, line: dict[str, Any]) -> None:
        signs(number, line)
        if number == 2:
            line[heading].value = value

    with pytest.raises(review.SheetError, match=said):
        review.signed_in(ROWS, sheet(tmp_path, changed), TODAY)


def test_who_found_it_wrong_or_said_nothing_verifies_nothing(tmp_path: Path) -> None:
    """And another file altogether is refused."""
    refuses = lambda number, line: line["结论"].__setattr__("value", review.REFUSES)  # noqa: E731
    assert [] == review.signed_in(ROWS, sheet(tmp_path, refuses), TODAY)
    assert [] == review.signed_in(ROWS, sheet(tmp_path), TODAY)
    (tmp_path / "other.xlsx").write_text("不是表格", encoding="utf-8")
    with pytest.raises(review.SheetError, match="不是可读的"):
        review.signed_in(ROWS, tmp_path / "other.xlsx", TODAY)


def test_the_shell_gives_it_out_and_takes_it_back(tmp_path: Path) -> None:
    """`review --out`, a name and a day, `--data FOLDER review --signed`; without a folder it is kept nowhere."""
    run, out, running = CliRunner().invoke, tmp_path / "sheet.xlsx", tmp_path / "running"
    another = Datum("f", "row", "某", "某事", cited({"source": {"law": "《法》", "confidence": "M"}}, "row"), "某处")
    lines = ["outcome_promise 7 1", "outcome_promise 3 0", review.tell("elsewhere", another, 5)]
    running.write_text("\n".join(lines), encoding="utf-8")
    shown = run(main, ["review", "--out", str(out), "--running", str(running)])
    assert (0, True) == (shown.exit_code, "计时中 10，已逾期 1" in shown.output), shown.output
    book = load_workbook(out)
    for heading, value in (("结论", review.AGREES), ("姓名", "于法"), ("日期", date(2026, 11, 26))):
        book.active.cell(2, list(review.COLUMNS).index(heading) + 1).value = value
    book.save(out)
    assert run(main, ["review", "--signed", str(out)]).exit_code != 0
    kept = run(main, ["--data", str(tmp_path), "review", "--signed", str(out), "--running", str(running)])
    assert (0, True) == (kept.exit_code, "核验 1 条" in kept.output), kept.output
    assert (tmp_path / signed.FILE).exists()
    running.write_text("no such line", encoding="utf-8")
    assert "不是 clocks running 或 law 的输出" in run(main, ["review", "--running", str(running)]).output


def test_of_a_service_that_is_not_here_its_own_command_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container has one service: what the others' files say is on the sheet; without them it says who is missing."""
    here, _ = review.everything(LAW)
    monkeypatch.setitem(review._SERVICES, "aid", "aid_that_is_not_here.domain.legal")
    monkeypatch.setitem(review._SERVICES, "aid_that_is_not_here", "aid_that_is_not_here.domain.legal")
    del review._SERVICES["aid"]
    less, missing = review.everything(LAW)
    assert ["aid_that_is_not_here"] == missing
    gone = [each for each in here if each not in less]
    assert gone
    depends = review.Depends()
    depends.add(review.tell("aid_that_is_not_here", each, 2) for each in gone)
    again, missing = review.everything(LAW, depends)
    assert ({each.law.digest for each in here}, []) == ({each.law.digest for each in again}, missing)
    assert 2 == depends.open[gone[0].pack, gone[0].name]
