"""`python -m aid`: serve, migrate, parked, reconcile, keys, rules."""

import sys
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
        click.echo(f"{loaded.version}，{loaded.since} {until}（{'已核验' if loaded.verified else '未核验'}）")
        for rule in loaded.rules:
            parts = ["且".join(each.zh for each in sorted(rule.all_of))]
            parts += ["或".join(each.zh for each in sorted(some)) for some in (rule.any_of, rule.among)]
            click.echo(f"  {rule.id:<3} {rule.kind.zh}  {'；'.join(filter(None, parts))}（{rule.source}）")


if __name__ == "__main__":
    sys.exit(main())
