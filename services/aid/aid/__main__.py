"""`python -m aid`: serve, migrate, parked, reconcile, keys, rules, law."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from service_kit.commands import Plain, add_to


@click.group(cls=Plain, help="枫桥协同 · 救助（aid）。设置由环境变量给出。")
def main() -> None:
    pass


add_to(main, "aid", "AidService", Path(__file__).parent.parent / "migrations")


@main.command(help="显示救助对象判定规则（各时期），或检查一个规则文件。")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rules(file: Path | None) -> None:
    from aid.domain import rules as table

    try:
        tables = [table.table(file)] if file else table.load().tables
    except table.RulesError as fault:
        raise click.ClickException(str(fault)) from fault
    for loaded in tables:
        until = f"至 {loaded.until}" if loaded.until else "起"
        click.echo(f"{loaded.version}，{loaded.since} {until}")
        for rule in loaded.rules:
            parts = ["且".join(each.zh for each in sorted(rule.all_of))]
            parts += ["或".join(each.zh for each in sorted(some)) for some in (rule.any_of, rule.among)]
            click.echo(f"  {rule.id:<3} {rule.kind.zh}  {'；'.join(filter(None, parts))}（{rule.law.zh}）")


@main.command(help="本服务所依据的法规数据，每条影响多少未结案件（JSON，每行一条）：供 statute review --running。")
def law() -> None:
    from aid.domain import legal
    from aid.domain import rules as table
    from aid.use_cases.cases import depending
    from service_kit.service import build_context
    from service_kit.settings import Settings
    from statute import day_of
    from statute.review import tell

    with build_context("aid", Settings.from_environment(), None).sessions() as session:
        open_ = depending(session, table.load(), day_of(datetime.now(UTC)))
    for each in legal.data():
        click.echo(tell("aid", each, open_[each.pack, each.name]))


if __name__ == "__main__":
    sys.exit(main())
