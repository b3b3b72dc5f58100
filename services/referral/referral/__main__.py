"""`python -m referral`: serve, migrate, parked, reconcile, keys, clocks, custody, directory, agencies, provision."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import clock.commands
from service_kit.commands import Plain, add_to, works_here

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clock.replay import Correction
    from courier.envelope import Actor
    from courier.unit_of_work import ServiceContext
    from statute import Law


@click.group(cls=Plain, help="枫桥协同 · 移交（referral）。设置由环境变量给出。")
def main() -> None:
    pass


add_to(main, "referral", "ReferralService", Path(__file__).parent.parent / "migrations")


def _context_and_law() -> "tuple[ServiceContext, Law]":
    from referral.service import context_of
    from referral.settings import Settings

    context = context_of(Settings.from_environment())
    return context, context.tools.law


def _differing(
    context: "ServiceContext", actor: "Actor", rules: "Sequence[str]", *, apply: bool
) -> "Iterator[Correction]":
    from referral.use_cases.rule_changes import differing

    return differing(context, actor, rules, apply=apply)


clock.commands.add_to(main, _context_and_law, works_here, _differing)


@main.group(help="承办单位。")
def custody() -> None:
    pass


@custody.command("check", help="核对全部承办记录：任一时刻有且只有一个承办单位，与移送情况相符。退出码：0 是，1 否。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def check_custody(as_json: bool) -> None:
    from referral.service import context_of
    from referral.settings import Settings
    from referral.use_cases import conservation

    settings = Settings.from_environment()
    seen, wrong = 0, list[dict[str, object]]()
    with context_of(settings).sessions() as session:
        for seen, each in enumerate(conservation.check(session, settings.our_agency), 1):
            if each.faults:
                wrong.append({"petition": each.petition, "faults": each.faults})
                if not as_json:
                    click.echo(f"{each.petition}  {'；'.join(each.faults)}")
            if seen % 100_000 == 0:
                click.echo(f"已核对 {seen} 件……", err=True)
    if as_json:
        click.echo(json.dumps({"petitions": seen, "wrong": wrong}, ensure_ascii=False))
    elif wrong:
        click.echo(f"核对 {seen} 件，{len(wrong)} 件承办记录不符")
    else:
        click.echo(f"核对 {seen} 件，承办记录完整：任一时刻有且只有一个承办单位")
    sys.exit(1 if wrong else 0)


@main.group(help="单位名录。")
def directory() -> None:
    pass


@directory.command("load", help="载入名录文件；有变化的单位会告知其他服务。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_directory(file: Path) -> None:
    from courier.envelope import Actor
    from referral.domain.errors import WrongDirectory
    from referral.service import context_of
    from referral.settings import Settings
    from referral.use_cases import directory as entries

    settings = Settings.from_environment()
    try:
        agencies = entries.read(file)
    except WrongDirectory as fault:
        raise click.ClickException(fault.zh) from fault
    with context_of(settings).begin(Actor(settings.our_agency, "directory", "operations")) as work:
        changed = entries.load(work, agencies)
    click.echo(f"名录 {len(agencies)} 个单位，{changed} 个有变化")


@directory.command("tell", help="把全部单位重新告知其他服务；升级后所有副本都换成新版时执行一次，可重复执行。")
def tell_directory() -> None:
    from courier.envelope import Actor
    from referral.use_cases import directory as entries

    context, _ = _context_and_law()
    with context.begin(Actor(context.tools.our_agency, "directory", "operations")) as work:
        told = entries.tell(work)
    click.echo(f"已告知 {told} 个单位")


@directory.command("changes", help="名录变更申请：哪些待执行，哪些已执行、结果如何。")
def changes() -> None:
    from sqlalchemy import select

    from courier.envelope import Actor
    from referral.service import context_of
    from referral.settings import Settings
    from referral.tables import ChangeRequest

    settings = Settings.from_environment()
    with context_of(settings).begin(Actor(settings.our_agency, "directory", "operations")) as work:
        for row in work.session.scalars(select(ChangeRequest).order_by(ChangeRequest.id)):
            state = f"{row.done_at:%Y-%m-%d %H:%M} {row.outcome}" if row.done_at else "待执行（referral provision）"
            what = "接入" if row.change == "add" else "移除"
            click.echo(f"{row.requested_at:%Y-%m-%d %H:%M}  {row.agency}  {what}  {row.requested_by}  {state}")


@main.group(help="接入单位和渠道。")
def agencies() -> None:
    pass


@agencies.command(
    help="消息服务器无法交给本系统、已搁置的消息：哪个单位（或渠道）、多少条；--drop 全部删除，操作人记入日志。"
    "管理接口地址（含管理员口令）由 BROKER_MANAGEMENT_URL 或 BROKER_MANAGEMENT_URL_FILE 给出。"
)
@click.argument("code", metavar="[单位]", required=False)
@click.option("--drop", is_flag=True, help="删除该单位已搁置的消息；请先通知该单位改正后重发。")
@click.option("--officer", help="操作人工号，与 --drop 合用。")
@click.option("--vhost", envvar="BROKER_VHOST", default="/", show_default=True)
def unreadable(code: str | None, drop: bool, officer: str | None, vhost: str) -> None:
    from courier.partners.topology import Broker, ProvisionError
    from referral.service import context_of
    from referral.settings import Settings
    from referral.use_cases import unreadable as set_aside
    from service_kit import logs
    from service_kit.settings import environment

    if drop and not (code and officer):
        raise click.UsageError("--drop 须写明单位和 --officer")
    broker = Broker(environment().str("BROKER_MANAGEMENT_URL"), vhost)
    try:
        found = set_aside.listed(broker, code)
        for each in found:
            click.echo(f"{each.partner}  {each.count} 条")
            for line in set_aside.seen(broker, each.queue):
                click.echo(f"  {line}")
            if drop and officer:
                with context_of(Settings.from_environment()).sessions() as session:
                    works_here(session, officer)
                broker.empty(each.queue)
                logs.log_to_stdout()
                set_aside.log.warning("%s dropped %d messages of %s", officer, each.count, each.queue)
                click.echo(f"{each.partner} 的 {each.count} 条已删除")
    except ProvisionError as fault:
        raise click.ClickException(str(fault)) from fault
    if not found:
        click.echo("没有搁置的消息")


@main.command(
    help="在消息服务器上建立交换机、队列、用户和权限（唯一需要管理权限的一步，可重复执行）；"
    "管理接口地址（含管理员口令）由 BROKER_MANAGEMENT_URL 或 BROKER_MANAGEMENT_URL_FILE 给出。"
)
@click.option("--vhost", envvar="BROKER_VHOST", default="/", show_default=True)
@click.option(
    "--passwords", envvar="BROKER_PASSWORDS_FILE", required=True, type=click.Path(exists=True, path_type=Path),
    help="各用户口令（JSON）。",
)  # fmt: skip
@click.option("--shared", is_flag=True, help="换回不分队列的旧版本之前：接入单位重新共用各服务的队列。")
def provision(vhost: str, passwords: Path, shared: bool) -> None:
    from contracts.routes import ROUTES
    from courier.envelope import Actor
    from courier.partners.topology import Broker, ProvisionError, checks_passive
    from referral.domain.errors import MissingPasswords
    from referral.service import context_of
    from referral.settings import Settings
    from referral.use_cases.changes import carry_out
    from service_kit.settings import environment

    settings = Settings.from_environment()
    actor = Actor(settings.our_agency, "provision", "operations")
    try:
        broker, known = Broker(environment().str("BROKER_MANAGEMENT_URL"), vhost), json.loads(passwords.read_text())
        plan, changes = carry_out(context_of(settings), actor, broker, ROUTES, known, shared=shared)
        version = broker.version()
    except ProvisionError as fault:
        raise click.ClickException(str(fault)) from fault
    except MissingPasswords as fault:
        raise click.ClickException(fault.zh) from fault
    for sentence in changes:
        click.echo(sentence)
    if not checks_passive(version):
        click.echo(
            f"注意：消息服务器是 RabbitMQ {version}，对被动声明（passive declare）不核对权限，"
            "接入单位可以看到任何一个队列有多少条消息（看不到内容）；请升级到 4.3（或 4.2.6 以上的 4.2）"
        )
    click.echo(f"已建立 {len(plan.exchanges)} 个交换机、{len(plan.queues)} 个队列、{len(plan.users)} 个用户")


if __name__ == "__main__":
    sys.exit(main())
