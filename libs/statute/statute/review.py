"""What a legal officer has still to look at, as a sheet to sign, and reading it back when it was signed."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from statute.rules import Confidence, Packs, Rule
from statute.signed import Signed, digest

AGREES, REFUSES = "核验无误", "有误"
_CONFIDENCE_ZH = {"A": "A 已读条文", "B": "B 官方网页、报道", "M": "M 凭记忆", "L": "L 本地约定、选择"}
# heading → width; the last four are filled in by who signs
COLUMNS: Mapping[str, int] = {
    "规则": 26, "名称": 24, "期限": 10, "起": 22, "止": 34, "责任": 16, "依据": 40, "版本": 8, "依据等级": 16,
    "说明": 40, "计时中": 8, "已逾期": 8, "所在规则文件": 24, "内容摘要": 18,
    "结论": 12, "姓名": 12, "日期": 12, "意见": 40,
}  # fmt: skip
_LONGEST = 5_000_000  # bytes of a sheet that is read


class SheetError(ValueError):
    """A sheet that cannot be read back; a Chinese sentence names the row."""


def unverified(packs: Packs) -> list[Rule]:
    """The rows of the newest pack that nobody has verified, the least sure first."""
    order = [Confidence.M, Confidence.L, Confidence.B, Confidence.A]
    rows = [row for row in packs.packs[-1].rows if not row.verified]
    return sorted(rows, key=lambda row: order.index(row.source.confidence))


def write(packs: Packs, file: Path, running: Mapping[str, tuple[int, int]]) -> int:
    """The sheet to sign, a line for each row. `running`: rule → how many of its clocks run, and how many are late.

    Returns how many.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "待核验规则"
    sheet.append(list(COLUMNS))
    rows = unverified(packs)
    for row in rows:
        sheet.append([*_cells(row, running.get(row.id, (0, 0))), None, None, None, None])
    for index, width in enumerate(COLUMNS.values()):
        sheet.column_dimensions[get_column_letter(index + 1)].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    choice = DataValidation(type="list", formula1=f'"{AGREES},{REFUSES}"', allow_blank=True)
    choice.add(f"O2:O{len(rows) + 1}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = "C2"
    book.save(file)
    return len(rows)


def _cells(row: Rule, running: tuple[int, int]) -> list[Any]:
    confidence = _CONFIDENCE_ZH[row.source.confidence]
    said = [row.name, row.zh, row.period_zh, row.begins, row.ends, row.duty.zh, row.source.zh, row.source.version]
    return [*said, confidence, row.note, *running, row.pack, digest(row)]


def signed_in(packs: Packs, file: Path, today: date) -> list[Signed]:
    """What was signed in a sheet; lines without a conclusion, and those found wrong, are left. Raises SheetError."""
    if file.stat().st_size > _LONGEST:
        raise SheetError("文件过大，不是本命令输出的核验表")
    try:
        rows = list(load_workbook(file, data_only=True).worksheets[0].iter_rows(values_only=True))
    except Exception as fault:
        # whatever a broken archive makes the library raise: the officer is told the same
        raise SheetError("不是可读的 xlsx 文件") from fault
    if not rows or list(rows[0][: len(COLUMNS)]) != list(COLUMNS):
        raise SheetError("表头与核验表不一致，请在输出的表上填写")
    known = {(row.name, digest(row)): row for row in unverified(packs)}
    found = []
    for number, cells in enumerate(rows[1:], 2):
        line = dict(zip(COLUMNS, cells, strict=False))
        if line["结论"] in (None, "", REFUSES):
            continue
        if line["结论"] != AGREES:
            raise SheetError(f"第 {number} 行：结论应为“{AGREES}”或者“{REFUSES}”")
        row = known.get((str(line["规则"]), str(line["内容摘要"])))
        if row is None:
            raise SheetError(f"第 {number} 行：{line['规则']} 已不是表上的内容，或者已核验；请重新输出")
        name, on = str(line["姓名"] or "").strip(), _day(line["日期"])
        if not name or len(name) > 30:
            raise SheetError(f"第 {number} 行：核验须写明姓名")
        if on is None or on > today:
            raise SheetError(f"第 {number} 行：日期应为今天或以前的某日，如 2026-11-27")
        found.append(Signed(row.id, row.variant, row.since, digest(row), name, on))
    return found


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None
