"""`python -m desk`: serve office | agency | public | signer, migrate …, account create | administrator, code, ready."""

import sys
from pathlib import Path

import click

MIGRATIONS = Path(__file__).parent.parent / "migrations"
DOORS = click.Choice(["office", "agency", "public", "signer"])
KEPT = click.Choice(["office", "agency", "signer"])  # what has a database


@click.group(
    help="枫桥协同 · 页面（desk）：工作人员的门 office、没有系统的单位的门 agency、信访人的门 public、"
    "签发凭证的进程 signer。设置由环境变量给出。"
)
def main() -> None:
    pass


@main.command(help="启动一扇门，或签发凭证的进程。")
@click.argument("door", type=DOORS)
def serve(door: str) -> None:
    from desk import server
    from service_kit import logs

    logs.log_to_stdout()
    server.run(door)


@main.command(help="把一扇门的数据库升级到当前版本。")
@click.argument("door", type=KEPT)
def migrate(door: str) -> None:
    from desk.settings import environment
    from service_kit import database, logs

    logs.log_to_stdout()
    database.migrate(environment().str("DATABASE_URL"), MIGRATIONS / door)


@main.command(help="签发凭证的进程是否可用（容器健康检查）。")
def ready() -> None:
    from desk.office.signing import Signing
    from desk.settings import environment

    if not Signing(environment().path("SIGNER_SOCKET")).is_ready():
        raise click.ClickException("没有就绪")


@main.group(help="账户。")
def account() -> None:
    pass


@account.command("create", help="开立账户，输出一次性密码（首次登录即须更改）；第一个管理员用，其后由两人在页面办理。")
@click.option("--login", required=True, help="登录名。")
@click.option("--officer", required=True, help="工号。")
@click.option("--subject", help="统一身份认证的 sub，或证书的主体（RFC 2253）；不以密码登录的部署用。")
def create_account(login: str, officer: str, subject: str | None) -> None:
    from sqlalchemy.orm import Session

    from contracts.problems import Problem
    from desk.settings import environment
    from desk.signer import accounts
    from service_kit import database

    with Session(database.engine(environment().str("DATABASE_URL"), pool=1)) as session:
        try:
            once = accounts.create(session, login, officer, by="command", subject=subject)
        except Problem as fault:
            raise click.ClickException(fault.zh) from fault
        session.commit()
    click.echo(once if subject is None else login)


@account.command("administrator", help="单位的门：开立该单位书面指定的管理员，输出一次性密码；已是管理员的，换新密码。")
@click.option("--login", required=True, help="登录名。")
@click.option("--name", required=True, help="姓名。")
def create_administrator(login: str, name: str) -> None:
    from sqlalchemy.orm import Session

    from contracts.problems import Problem
    from desk.agency import accounts
    from desk.settings import environment
    from service_kit import database

    with Session(database.engine(environment().str("DATABASE_URL"), pool=1)) as session:
        try:
            once = accounts.first(session, login, name)
        except Problem as fault:
            raise click.ClickException(fault.zh) from fault
        session.commit()
    click.echo(once)


@main.command(help="由标准输入的动态口令密钥（base32）算出此刻的六位口令；演示和核对用。")
def code() -> None:
    from desk import codes

    click.echo(codes.now(sys.stdin.read()))


if __name__ == "__main__":
    sys.exit(main())
