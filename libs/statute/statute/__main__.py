"""`python -m statute`: due, explain, check, review."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from statute import Calendar, Law, PageError, Suspension, Unit, day_of, due, ends_at, vectors
from statute.month import draw
from statute.page import BETWEEN_ZH, EARLIEST, LATEST, LONGEST
from statute.rules import Rule


class Day(click.ParamType[Any]):
    name = "日期"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            day = value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            self.fail(f"“{value}”应为日期，如 2026-09-28", param, ctx)
        if not EARLIEST <= day <= LATEST:
            self.fail(f"“{value}”{BETWEEN_ZH}", param, ctx)
        return day


class Span(click.ParamType[Any]):
    name = "起..止"

    def convert(self, value: Any, param: Any, ctx: Any) -> Suspension:
        try:
            span = value if isinstance(value, Suspension) else vectors.span(value)
        except ValueError:
            self.fail(f"“{value}”应为 2026-10-12..2026-10-16（含首尾两日，止不早于起）", param, ctx)
        if not EARLIEST <= span.first <= span.last <= LATEST:
            self.fail(f"“{value}”{BETWEEN_ZH}", param, ctx)
        return span


_from = click.option("--from", "start", type=Day(), required=True, help="起算日（当日不计）；倒推的为活动之日。")
_suspend = click.option("--suspend", "suspensions", type=Span(), multiple=True, help="中止 FROM..TO，含首尾，可多次。")
_extend = click.option("--extend", "extension", type=click.IntRange(0, 1000), default=0, help="批准延长，单位同期间。")
_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")


@click.group(help="枫桥协同 · 法定期限（statute）。")
@click.option(
    "--data", envvar="STATUTE_FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="另有数据的目录：calendars/、packs/、region.yaml。",
)  # fmt: skip
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    context.obj = data


@main.command("due", help="算出一个期间的最后一日和办理目标。")
@_from
@click.option("--length", type=click.IntRange(1, LONGEST), required=True, help="长度。")
@click.option("--unit", type=click.Choice([str(unit) for unit in Unit]), required=True, help="单位。")
@_suspend
@_extend
@_json
@click.pass_obj
def due_(
    data: Path | None, start: date, length: int, unit: str, suspensions: Any, extension: int, as_json: bool
) -> None:
    found = due(
        start, length, Unit(unit), calendar=_law(data).calendar, suspensions=suspensions, extension=extension
    )  # fmt: skip
    facts = _facts(found)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        click.echo(f"最后一日 {found.due}  办理目标 {found.target}" + ("  （暂定）" if found.provisional else ""))


@main.command(help="为什么在这一天届满：一句话和月历。")
@click.option("--rule", "rule_id", required=True, help="规则，如 procedural_reply；list 列出全部。")
@_from
@_suspend
@_extend
@_json
@click.pass_obj
def explain(data: Path | None, rule_id: str, start: date, suspensions: Any, extension: int, as_json: bool) -> None:
    law = _law(data)
    calendar, packs = law.calendar, law.packs
    try:
        if rule_id == "list":
            for each in packs.in_force(start).rules.values():
                click.echo(f"{each.id:<24}{each.period_zh}  {each.zh}（{each.source.zh}{_mark(each)}）")
            return
        rule = packs.rule(rule_id, start)
    except LookupError as fault:
        raise click.ClickException(str(fault.args[0])) from fault
    if rule.unit is Unit.NAMED_DAY:
        raise click.ClickException(f"{rule.zh}的最后一日由对方指定，无从计算")
    found = law.due(rule, start, suspensions, extension)
    text = law.why(rule, start, suspensions, extension)
    if as_json:
        facts = {"rule": rule.id, "pack": rule.pack, "length": rule.length, "unit": rule.unit, "duty": rule.duty}
        click.echo(
            json.dumps(facts | {"verified": rule.verified} | _facts(found) | {"sentence": text}, ensure_ascii=False)
        )
        return
    click.echo(f"{rule.zh}（{rule.id}，规则文件 {rule.pack}，责任：{rule.duty.zh}）\n{text}")
    if rule.note:
        click.echo(f"注：{rule.note}")
    click.echo("\n" + draw(found, calendar, suspensions))


@main.command(help="检查规则、日历文件，并逐条核对基准算例。")
@click.pass_obj
def check(data: Path | None) -> None:
    law = _law(data)
    calendar, packs = law.calendar, law.packs
    golden = list(vectors.load())
    # the vectors are counted on the shipped notices: a folder that changes those must not be judged by them
    wrong = [fault for each in golden if (fault := each.disagrees(Calendar.load()))]
    rules = {rule.id: rule for pack in packs.packs for rule in pack.rules.values()}
    unverified = sum(not rule.verified for rule in rules.values())
    click.echo(
        f"规则 {len(rules)} 条（{unverified} 条未核验），日历已公布：{'、'.join(map(str, sorted(calendar.published)))}"
    )
    click.echo(
        f"基准算例 {len(golden)} 条（边界 {sum(each.edge for each in golden)} 条）：{len(golden) - len(wrong)} 条一致"
    )
    if wrong:
        raise click.ClickException("\n".join(wrong))


@main.command(help="未核验的法规数据：列出依据、等级和所影响的；--out 输出供签核的表，--signed 读回签核结果。")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="签核表（xlsx）。")
@click.option(
    "--running", type=click.File(encoding="utf-8"), multiple=True,
    help="各服务 clocks running（计时中的时限）、law（其数据和未结件）的输出，可多次，写入表中。",
)  # fmt: skip
@click.option("--signed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="已签核的表（xlsx）。")
@click.pass_obj
def review(data: Path | None, out: Path | None, running: Any, signed: Path | None) -> None:
    from statute import review as sheets
    from statute import signed as signatures

    law, depends = _law(data), sheets.Depends()
    for file in running:
        try:
            depends.add(file)
        except (ValueError, LookupError, TypeError) as fault:
            raise click.ClickException(f"{file.name} 不是 clocks running 或 law 的输出") from fault
    known, missing = sheets.everything(law, depends)
    rows = sheets.unverified(known, law)
    for service in missing:
        click.echo(f"此处没有 {service} 的数据：先执行 python -m {service} law，再以 --running 给出", err=True)
    if signed is not None:
        if data is None:
            raise click.UsageError("签核结果写入本地数据目录：请给出 --data 或 STATUTE_FOLDER")
        try:
            found = sheets.signed_in(rows, signed, day_of(datetime.now(UTC)))
        except sheets.SheetError as fault:
            raise click.ClickException(str(fault)) from fault
        signatures.keep(data, found)
        for each in found:
            click.echo(f"{each.name}  已核验  {each.by}，{each.on}")
        click.echo(
            f"核验 {len(found)} 条，已写入 {data / signatures.FILE}；各服务重启后生效，再用 intake clocks signed 留痕"
        )
        return
    for row in rows:
        runs, late = depends.clocks.get(row.name.partition(".")[0], (0, 0))
        open_ = depends.open.get((row.pack, row.name), 0)
        stands = f"  计时中 {runs}，已逾期 {late}，未结件 {open_}" if running else ""
        click.echo(f"{row.name:<40} {row.law.source.confidence}  {row.zh}：{row.says}（{row.law.zh}）{stands}")
        if row.note:
            click.echo(f"{'':<40}{row.note}")
    click.echo(f"未核验 {len(rows)} 条，共 {len(known)} 条")
    if out is not None:
        sheets.write(rows, out, depends)
        click.echo(f"签核表：{out}")


def _facts(found: Any) -> dict[str, Any]:
    return {
        "from": found.start.isoformat(),
        "due": found.due.isoformat(),
        "target": found.target.isoformat(),
        "provisional": found.provisional,
        "unmoved": found.unmoved.isoformat(),
        "suspended": found.suspended,
        "ends_at": ends_at(found.due).isoformat(),
    }


def _mark(rule: Rule) -> str:
    return "" if rule.verified else "，未核验"


def _law(data: Path | None) -> Law:
    try:
        return Law.load(data)
    except PageError as fault:
        raise click.ClickException(str(fault)) from fault


if __name__ == "__main__":
    sys.exit(main())
