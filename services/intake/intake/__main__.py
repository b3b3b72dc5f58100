"""`python -m intake`: serve, migrate, parked, reconcile, clocks, token."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import clock.commands
from house.commands import add_to

if TYPE_CHECKING:
    from courier.work import Office
    from statute import Law


@click.group(help="枫桥协同 · 登记受理（intake）。设置由环境变量给出。")
def main() -> None:
    pass


add_to(main, "intake", "IntakeService", Path(__file__).parent.parent / "migrations")


def _seated() -> "tuple[Office, Law]":
    from intake.service import office_of
    from intake.settings import Settings

    office = office_of(Settings.from_environment())
    return office, office.tools.law


clock.commands.add_to(main, _seated)


@main.group(help="要求保密的信访人的封存。")
def sealed() -> None:
    pass


@sealed.command("move", help="把升级前登记的要求保密的信访人（含并入来件、同一来信其他件的）移入封存；可重复执行。")
def move_sealed() -> None:
    from courier.envelope import Actor
    from intake.secrecy import move

    office, _ = _seated()
    click.echo(f"已移入封存 {move(office, Actor(office.tools.our_agency, '-', 'system'))} 件")


@main.group(help="工作人员凭证。")
def token() -> None:
    pass


@token.command("issue", help="签发凭证（至多 12 小时），输出到标准输出。")
@click.option("--officer", required=True, help="工号。")
@click.option("--role", "roles", required=True, multiple=True, help="角色，可多次给出；all 为全部权限。")
@click.option("--department", help="所在部门代码，如 D05；限定承办人看到的范围。")
@click.option("--service-point", help="所在服务点代码；服务点人员必填。")
@click.option("--hours", default=8.0, show_default=True, help="有效小时数。")
@click.option("--agency", envvar="OUR_AGENCY", required=True, help="单位代码。")
@click.option("--key", envvar="OFFICER_KEY_FILE", required=True, type=click.Path(path_type=Path), help="签名私钥。")
@click.option("--jurisdiction", envvar="JURISDICTION", required=True, help="行政区划代码。")
def issue_token(
    officer: str,
    roles: tuple[str, ...],
    department: str | None,
    service_point: str | None,
    hours: float,
    agency: str,
    key: Path,
    jurisdiction: str,
) -> None:
    from contracts.vocabulary import Role
    from gate.tokens import Officer, issue

    unknown = set(roles) - set(Role)
    if unknown:
        raise click.BadParameter(
            f"没有这种角色：{'、'.join(sorted(unknown))}；可用：{'、'.join(Role)}", param_hint="--role"
        )
    if Role.STATION in roles and service_point is None:
        raise click.UsageError("服务点人员须给出 --service-point，否则什么也看不到")
    try:
        asked = Officer(agency, officer, frozenset(roles), department, service_point)
        click.echo(issue(key, jurisdiction, asked, hours))
    except ValueError as fault:
        raise click.ClickException(
            "有效期须大于 0 且不超过 12 小时，工号、部门和服务点只能用字母、数字和 _ . -"
        ) from fault


if __name__ == "__main__":
    sys.exit(main())
