"""`python -m referral`: serve, migrate, directory, provision."""

import json
import sys
from pathlib import Path

import click

from house.commands import add_to


@click.group(help="枫桥协同 · 移交（referral）。设置由环境变量给出。")
def main() -> None:
    pass


add_to(main, "referral", "ReferralService", Path(__file__).parent.parent / "migrations")


@main.group(help="单位名录。")
def directory() -> None:
    pass


@directory.command("load", help="载入名录文件；有变化的单位会告知其他服务。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_directory(file: Path) -> None:
    from courier.envelope import Actor
    from referral import directory as entries
    from referral.errors import WrongDirectory
    from referral.service import office_of
    from referral.settings import Settings

    settings = Settings.from_environment()
    try:
        agencies = entries.read(file)
    except WrongDirectory as fault:
        raise click.ClickException(fault.zh) from fault
    with office_of(settings).begin(Actor(settings.our_agency, "directory", "operations")) as work:
        changed = entries.load(work, agencies)
    click.echo(f"名录 {len(agencies)} 个单位，{changed} 个有变化")


@main.command(help="在消息服务器上建立交换机、队列、用户和权限（唯一需要管理权限的一步，可重复执行）。")
@click.option("--management-url", envvar="BROKER_MANAGEMENT_URL", required=True, help="管理接口地址，含管理员口令。")
@click.option("--vhost", envvar="BROKER_VHOST", default="/", show_default=True)
@click.option(
    "--passwords", envvar="BROKER_PASSWORDS_FILE", required=True, type=click.Path(exists=True, path_type=Path),
    help="各用户口令（JSON）。",
)  # fmt: skip
def provision(management_url: str, vhost: str, passwords: Path) -> None:
    from contracts.routes import ROUTES
    from courier.envelope import Actor
    from courier.topology import Broker, ProvisionError
    from referral import handlers
    from referral import provision as topology
    from referral.service import office_of
    from referral.settings import Settings

    settings = Settings.from_environment()
    with office_of(settings).begin(Actor(settings.our_agency, "provision", "operations")) as work:
        agencies = [agency.code for agency in handlers.agencies(work) if agency.own_system and agency.active]
    plan = topology.plan(ROUTES, agencies)
    known = json.loads(passwords.read_text())
    missing = [user.name for user in plan.users if user.name not in known]
    if missing:
        raise click.ClickException(f"口令文件缺少：{'、'.join(missing)}")
    try:
        Broker(management_url, vhost).apply(plan, known)
    except ProvisionError as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"已建立 {len(plan.exchanges)} 个交换机、{len(plan.queues)} 个队列、{len(plan.users)} 个用户")


if __name__ == "__main__":
    sys.exit(main())
