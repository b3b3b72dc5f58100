"""What a legal officer has still to look at, as a sheet to sign, and reading it back when it was signed.

Periods of the packs and all other data of the law stand on one sheet, and are signed in one way.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from statute.datum import Cited, Datum
from statute.law import Law
from statute.rules import PAUSES_ZH, Confidence, Rule, Source
from statute.signed import Signed, digest

AGREES, REFUSES = "核验无误", "有误"
_CONFIDENCE_ZH = {"A": "A 已读条文", "B": "B 官方网页、报道", "M": "M 凭记忆", "L": "L 本地约定、选择"}
_LEAST_SURE_FIRST = [Confidence.M, Confidence.L, Confidence.B, Confidence.A]
# heading → width; the last four are filled in by who signs
COLUMNS: Mapping[str, int] = {
    "条目": 36, "名称": 26, "内容": 60, "依据": 40, "依据等级": 16, "说明": 36, "用于": 36,
    "计时中": 8, "已逾期": 8, "未结件": 8, "所在": 24, "内容摘要": 18,
    "结论": 12, "姓名": 12, "日期": 12, "意见": 40,
}  # fmt: skip
_LONGEST = 5_000_000  # bytes of a sheet that is read
# by name: a library imports no service; of one that is not installed here, its own `law` command tells
_SERVICES = {"intake": "intake.domain.legal", "aid": "aid.domain.legal"}


class SheetError(ValueError):
    """A sheet that cannot be read back; a Chinese sentence names the row."""


@dataclass
class Depends:
    """What stands on the law's data just now, as the services' commands tell it.

    `clocks`: rule → how many run, and how many are late. `open`: (pack, name) → how many open matters it is about.
    `data`: by service, also of those that are not installed here.
    """

    clocks: dict[str, tuple[int, int]] = field(default_factory=dict)
    open: dict[tuple[str, str], int] = field(default_factory=dict)
    data: dict[str, list[Datum]] = field(default_factory=dict)

    def add(self, lines: Iterable[str]) -> None:
        """Of `clocks running` (rule, running, late) or `law` (a datum as JSON). Raises ValueError for other lines."""
        for line in filter(str.strip, lines):
            if line.startswith("{"):
                service, datum, open_ = _told(line)
                self.data.setdefault(service, []).append(datum)
                self.open[datum.pack, datum.name] = open_
            else:
                rule, runs, late = line.split()
                before = self.clocks.get(rule, (0, 0))
                self.clocks[rule] = before[0] + int(runs), before[1] + int(late)


def tell(service: str, datum: Datum, open_: int) -> str:
    """One line of a service's `law` command: the datum, and how many open matters it is about."""
    return json.dumps({"service": service, "open": open_, "datum": asdict(datum)}, ensure_ascii=False)


def _told(line: str) -> tuple[str, Datum, int]:
    said = json.loads(line)
    law = said["datum"].pop("law")
    source = law.pop("source")
    found = Source(**{**source, "confidence": Confidence(source["confidence"])})
    return said["service"], Datum(law=Cited(source=found, **law), **said["datum"]), said["open"]


def everything(law: Law, depends: Depends | None = None) -> tuple[list[Datum], list[str]]:
    """All data of the law, each once, and the services whose data is not known here."""
    given, missing = depends.data if depends else {}, []
    found = [of_rule(row) for row in law.packs.packs[-1].rows]
    for service, module in _SERVICES.items():
        try:
            found += import_module(module).data()
        except ModuleNotFoundError as fault:
            if fault.name != service:
                raise
            missing += [] if service in given else [service]
        found += given.get(service, [])
    return list({each.law.digest: each for each in reversed(found)}.values())[::-1], missing


def of_rule(row: Rule) -> Datum:
    """A row of a pack: how long, from when to when, whose duty, what is not counted."""
    parts = [row.period_zh, f"自{row.begins}起", f"止于{row.ends}", f"责任：{row.duty.zh}"]
    if row.suspends:
        parts.append(f"不计入：{'、'.join(PAUSES_ZH[each] for each in row.suspends)}")
    if row.extension:
        parts.append(f"可延长{row.unit.zh(row.extension)}（{row.extended_by}）")
    parts += ["逾期仅丧失权利"] * row.lapses + [f"自 {row.since}" + (f" 至 {row.until}" if row.until else "")]
    used = "仅供查询" if row.on_request else "时限、预警、逾期提醒；办事指南和文书中的期限"
    return Datum(
        row.pack, row.name, row.zh, "；".join(parts), Cited(row.source, row.verified, digest(row)), used, row.note
    )  # fmt: skip


def unverified(data: Iterable[Datum], law: Law) -> list[Datum]:
    """Those that nobody has verified, the least sure first."""
    rows = [each for each in data if not law.read(each.law).verified]
    return sorted(rows, key=lambda each: _LEAST_SURE_FIRST.index(each.law.source.confidence))


def write(rows: Iterable[Datum], file: Path, depends: Depends) -> int:
    """The sheet to sign, a line for each row. Returns how many."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "待核验"
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([*_cells(row, depends), None, None, None, None])
    for index, width in enumerate(COLUMNS.values()):
        sheet.column_dimensions[get_column_letter(index + 1)].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    choice = DataValidation(type="list", formula1=f'"{AGREES},{REFUSES}"', allow_blank=True)
    concluded = get_column_letter(list(COLUMNS).index("结论") + 1)
    choice.add(f"{concluded}2:{concluded}{sheet.max_row + 1}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = "C2"
    book.save(file)
    return sheet.max_row - 1


def _cells(row: Datum, depends: Depends) -> Iterator[Any]:
    confidence = _CONFIDENCE_ZH[row.law.source.confidence]
    yield from (row.name, row.zh, row.says, row.law.zh, confidence, row.note, row.used)
    yield from depends.clocks.get(row.name.partition(".")[0], (None, None))
    yield depends.open.get((row.pack, row.name))
    yield from (row.pack, row.law.digest)


def signed_in(rows: Iterable[Datum], file: Path, today: date) -> list[Signed]:
    """What was signed in a sheet; lines without a conclusion, and those found wrong, are left. Raises SheetError.

    `rows`: those that wait.
    """
    if file.stat().st_size > _LONGEST:
        raise SheetError("文件过大，不是本命令输出的核验表")
    try:
        lines = list(load_workbook(file, data_only=True).worksheets[0].iter_rows(values_only=True))
    except Exception as fault:
        # whatever a broken archive makes the library raise: the officer is told the same
        raise SheetError("不是可读的 xlsx 文件") from fault
    if not lines or list(lines[0][: len(COLUMNS)]) != list(COLUMNS):
        raise SheetError("表头与核验表不一致，请在输出的表上填写")
    known = {(row.pack, row.name, row.law.digest): row for row in rows}
    found = []
    for number, cells in enumerate(lines[1:], 2):
        line = dict(zip(COLUMNS, cells, strict=False))
        if line["结论"] in (None, "", REFUSES):
            continue
        if line["结论"] != AGREES:
            raise SheetError(f"第 {number} 行：结论应为“{AGREES}”或者“{REFUSES}”")
        row = known.get((str(line["所在"]), str(line["条目"]), str(line["内容摘要"])))
        if row is None:
            raise SheetError(f"第 {number} 行：{line['条目']} 已不是表上的内容，或者已核验；请重新输出")
        name, on = str(line["姓名"] or "").strip(), _day(line["日期"])
        if not name or len(name) > 30:
            raise SheetError(f"第 {number} 行：核验须写明姓名")
        if on is None or on > today:
            raise SheetError(f"第 {number} 行：日期应为今天或以前的某日，如 2026-11-27")
        if _changed(row, line):
            raise SheetError(f"第 {number} 行：{row.name} 的内容或者依据被改过，核验的应是原文；有误的请选“{REFUSES}”")
        found.append(Signed(row.pack, row.name, row.law.digest, name, on))
    return found


def _changed(row: Datum, line: Mapping[str, Any]) -> bool:
    """Whether what stands on the signed line is not what the row says: the digest alone nobody reads."""
    return (row.says, row.law.zh) != (str(line["内容"]), str(line["依据"]))


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None
