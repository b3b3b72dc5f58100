"""Which periods run in a line's life, and by what each begins and ends, drawn so that it cannot be out of date.

`python -m intake.domain.line_clocks FOLDER` writes `clocks.md`.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from contracts.vocabulary import ActKind, Line
from intake.domain import lines
from intake.domain.lines import Sheet
from statute import Law, Rule
from statute.rules import Pack, Trigger

_HEAD = """# The clocks of each line 各业务条线的办理时限

Drawn from the rule packs and services/intake/intake/domain/lines.yaml by `python -m intake.domain.line_clocks docs`; do
not edit. A journey of each line and sub-line runs in `tests/journeys/test_line_clocks.py` (`-s` prints the sentences).
未核验: waits for a legal officer (`python -m statute review`). What came of the check is in [law.md](law.md).
"""


def of(pack: Pack, line: Line, sub: str | None) -> Iterator[Rule]:
    """The rows of a pack that a petition of a line, or sub-line, may start, in its order. Raises KeyError for none."""
    sheet = lines.shipped().sheet(line, sub)
    for row in pack.rows:
        if any(_possible(each, line, sub, sheet) for each in row.starts):
            yield row


def _possible(trigger: Trigger, line: Line, sub: str | None, sheet: Sheet) -> bool:
    facts = {"line": line.value, "sub_line": sub}
    acts = trigger.when.get("act")
    return (
        trigger.event.startswith("petition.")
        and not any(facts.get(name) in values for name, values in trigger.unless.items())
        and all(facts[name] in values for name, values in trigger.when.items() if name in facts)
        and (acts is None or any(ActKind(each) in sheet.acts for each in acts))
    )


def markdown(law: Law) -> str:
    """What runs in most lines, then each line and sub-line with its own, then what is computed on request, and why."""
    pack, sheets = law.packs.packs[-1], list(_sheets())
    rows, found = pack.rows, {title: list(of(pack, line, sub)) for line, sub, title in sheets}
    common = [row for row in rows if sum(row in each for each in found.values()) > len(sheets) / 2]
    parts = [_HEAD, "## In most lines 各条线共有\n", *_table(common)]
    for row in common:
        if lacking := [title for title, own in found.items() if row not in own]:
            parts.append(f"\n{_name(row)} 不用于：{'、'.join(lacking)}")
    for title, own in found.items():
        more = [row for row in own if row not in common]
        parts += [f"\n## {title}\n", *(_table(more) if more else ["只有各条线共有的时限。"])]
    others = [row for row in rows if row.starts and not any(row in own for own in found.values())]
    parts += ["\n## Of a referral or a sender 移交、转来单位\n", *_table(others)]
    parts += ["\n## On request only 仅供查询\n", "`python -m statute explain --rule ID --from DAY`\n"]
    parts += [
        "| rule 时限 | period 期限 | source 依据 | why no event starts it 不自动计时的原因 |",
        "|---|---|---|---|",
    ]
    parts += [
        f"| {_name(row)} | {row.period_zh} | {_source(row)} | {row.on_request} |" for row in rows if row.on_request
    ]
    return "\n".join(parts) + "\n"


def _sheets() -> Iterator[tuple[Line, str | None, str]]:
    shipped = lines.shipped()
    for line in shipped.sheets:
        yield line, None, line.zh
        for sub, sheet in shipped.subs[line].items():
            yield line, sub, f"{line.zh} · {sheet.zh}"


def _table(rows: Iterable[Rule]) -> list[str]:
    head = ["| rule 时限 | period 期限 | begins 起 | ends 止 | duty 责任 | source 依据 |", "|---|---|---|---|---|---|"]
    cells = ((_name(row), row.period_zh, row.begins, row.ends, row.duty.zh, _source(row)) for row in rows)
    return [*head, *(f"| {' | '.join(each)} |" for each in cells)]


def _name(row: Rule) -> str:
    until = f"（至 {row.until}）" if row.until else ""
    return f"{row.zh}{until} `{row.name}`"


def _source(row: Rule) -> str:
    return row.source.zh + ("" if row.verified else "（未核验）")


if __name__ == "__main__":
    (Path(sys.argv[1]) / "clocks.md").write_text(markdown(Law.load()), encoding="utf-8")
