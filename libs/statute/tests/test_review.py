"""The sheet a legal officer signs: every row that is not verified is on it; what was signed is verified, by name."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from statute import Law, Packs, review, signed
from statute.__main__ import main

PACKS = Packs.load()
TODAY = date(2026, 11, 27)


def sheet(folder: Path, fill: Any = None) -> Path:
    """The sheet as it is given out, each line changed by `fill(row number, its cells by heading)`."""
    file = folder / "sheet.xlsx"
    review.write(PACKS, file, {"outcome_promise": (120, 3)})
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


def test_every_row_that_waits_is_on_the_sheet_with_what_depends_on_it(tmp_path: Path) -> None:
    """Source, confidence, the clocks that run by it; the least sure first."""
    page = load_workbook(sheet(tmp_path)).active
    rows = [dict(zip(review.COLUMNS, cells, strict=True)) for cells in page.iter_rows(min_row=2, values_only=True)]
    waiting = [row for row in PACKS.packs[-1].rows if not row.verified]
    assert len(waiting) == len(rows) > 10
    assert all(row["依据"] and row["依据等级"] and row["内容摘要"] for row in rows)
    promise = next(row for row in rows if row["规则"] == "outcome_promise")
    assert (120, 3) == (promise["计时中"], promise["已逾期"])


def test_what_is_signed_is_verified_with_name_and_day_and_nothing_else_is(tmp_path: Path) -> None:
    """Read back, kept in the county's folder, loaded with it; the shipped packs stay as they are."""
    found = review.signed_in(PACKS, sheet(tmp_path, signs), TODAY)
    signed.keep(tmp_path, found)
    signed.keep(tmp_path, found)
    (one,) = signed.load(tmp_path / signed.FILE)
    for folder in ("packs", "calendars"):
        (tmp_path / folder).mkdir()
    law = Law.load(tmp_path)
    row = law.packs.packs[-1].row(one.rule, TODAY, one.variant)
    assert row is not None
    assert (True, "于法，2026-11-26") == (row.verified, row.signed_by)
    assert "未核验" not in law.why(row, TODAY)
    assert len(review.unverified(PACKS)) - 1 == len(review.unverified(law.packs))


def test_a_row_that_was_changed_after_it_was_signed_waits_again(tmp_path: Path) -> None:
    """The signature is of what the row said."""
    (one,) = review.signed_in(PACKS, sheet(tmp_path, signs), TODAY)
    other = signed.Signed(one.rule, one.variant, one.since, "0" * 16, one.by, one.on)
    packs = signed.applied(PACKS, [other])
    assert len(review.unverified(PACKS)) == len(review.unverified(packs))


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
        review.signed_in(PACKS, sheet(tmp_path, lambda n, line: signs(n, line, name, on)), TODAY)


def test_what_was_changed_on_the_sheet_is_no_signature(tmp_path: Path) -> None:
    """Another digest, a conclusion that is none, another file altogether; who found it wrong verifies nothing."""

    def changed(number: int, line: dict[str, Any]) -> None:
        signs(number, line)
        if number == 2:
            line["内容摘要"].value = "0" * 16

    with pytest.raises(review.SheetError, match="已不是表上的内容"):
        review.signed_in(PACKS, sheet(tmp_path, changed), TODAY)

    def concludes(what: str) -> Any:
        return lambda number, line: line["结论"].__setattr__("value", what)

    with pytest.raises(review.SheetError, match="结论应为"):
        review.signed_in(PACKS, sheet(tmp_path, concludes("好")), TODAY)
    assert [] == review.signed_in(PACKS, sheet(tmp_path, concludes(review.REFUSES)), TODAY)
    assert [] == review.signed_in(PACKS, sheet(tmp_path), TODAY)
    (tmp_path / "other.xlsx").write_text("不是表格", encoding="utf-8")
    with pytest.raises(review.SheetError, match="不是可读的"):
        review.signed_in(PACKS, tmp_path / "other.xlsx", TODAY)


def test_the_shell_gives_it_out_and_takes_it_back(tmp_path: Path) -> None:
    """`review --out`, a name and a day, `--data FOLDER review --signed`; without a folder it is kept nowhere."""
    run, out = CliRunner().invoke, tmp_path / "sheet.xlsx"
    (tmp_path / "running").write_text("outcome_promise 7 1\noutcome_promise 3 0\n", encoding="utf-8")
    shown = run(main, ["review", "--out", str(out), "--running", str(tmp_path / "running")])
    assert (0, True) == (shown.exit_code, "计时中 10，已逾期 1" in shown.output), shown.output
    book = load_workbook(out)
    for column, value in (("O", review.AGREES), ("P", "于法"), ("Q", date(2026, 11, 26))):
        book.active[f"{column}2"] = value
    book.save(out)
    assert run(main, ["review", "--signed", str(out)]).exit_code != 0
    kept = run(main, ["--data", str(tmp_path), "review", "--signed", str(out)])
    assert (0, True) == (kept.exit_code, "核验 1 条" in kept.output), kept.output
    assert (tmp_path / signed.FILE).exists()
