"""`python -m intake`: serve, migrate, parked, keys, clocks, law, sealed, office, index, pending, train, token …"""

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
    from intake.domain.learning import Figures
    from statute import Law


@click.group(cls=Plain, help="枫桥协同 · 登记受理（intake）。设置由环境变量给出。")
def main() -> None:
    pass


add_to(main, "intake", "IntakeService", Path(__file__).parent.parent / "migrations")


def _context_and_law() -> "tuple[ServiceContext, Law]":
    from intake.service import context_of
    from intake.settings import Settings

    context = context_of(Settings.from_environment())
    return context, context.tools.law


def _differing(
    context: "ServiceContext", actor: "Actor", rules: "Sequence[str]", *, apply: bool
) -> "Iterator[Correction]":
    from intake.use_cases.rule_changes import differing

    return differing(context, actor, rules, apply=apply)


_clocks = clock.commands.add_to(main, _context_and_law, works_here, _differing)


@_clocks.command("signed", help="法规核验留痕：法制人员签核并写入 signed.yaml 的各条，逐条记入操作记录，各一次。")
@click.option("--officer", required=True, help="谁办理的，工号。")
def signed(officer: str) -> None:
    from intake.use_cases.rule_changes import tell_signed

    context, actor = _as_operations(officer)
    with context.begin(actor) as work:
        told = list(tell_signed(work, context.tools.law))
    for each in told:
        click.echo(f"{each.name}  {each.by}，{each.on}")
    click.echo(f"留痕 {len(told)} 条")


@main.command(help="本服务所依据的法规数据，每条影响多少未结件（JSON，每行一条）：供 statute review --running。")
def law() -> None:
    from intake.domain import legal
    from intake.use_cases.rule_changes import depending
    from statute.review import tell

    context, _ = _context_and_law()
    with context.sessions() as session:
        for each, open_ in depending(session, legal.data()):
            click.echo(tell("intake", each, open_))


def _as_system() -> "tuple[ServiceContext, Actor]":
    from courier.envelope import Actor

    context, _ = _context_and_law()
    return context, Actor(context.tools.our_agency, "-", "system")


def _as_operations(officer: str) -> "tuple[ServiceContext, Actor]":
    """Raises click.ClickException for a number that is no officer's."""
    from courier.envelope import Actor

    context, _ = _context_and_law()
    with context.sessions() as session:
        works_here(session, officer)
    return context, Actor(context.tools.our_agency, officer, "operations")


@main.group(help="要求保密的信访人的封存。")
def sealed() -> None:
    pass


@sealed.command("move", help="把升级前登记的要求保密的信访人（含并入来件、同一来信其他件的）移入封存；可重复执行。")
def move_sealed() -> None:
    from intake.use_cases.secrecy import move

    click.echo(f"已移入封存 {move(*_as_system())} 件")


@main.group(help="各信访件所在部门、承办人、回避：告知其他服务。")
def placements() -> None:
    pass


@placements.command("tell", help="逐件核对，凡与上次所告知的不同即重新告知；升级后所有副本都换成新版时执行一次。")
def tell_placements() -> None:
    from intake.use_cases.placing import tell_all

    seen, told = tell_all(*_as_system())
    click.echo(f"核对 {seen} 件，重新告知 {told} 件")


@main.group(help="本院部门和人员。")
def office() -> None:
    pass


@office.command(
    "load", help="从县里的文件（office.yaml）补齐本院部门和人员；已有的不改动，只说明不同之处；可重复执行。"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_office(file: Path) -> None:
    from contracts.office_file import OfficeFileError, read
    from courier.envelope import Actor
    from intake.domain.service_points import ServicePoints
    from intake.use_cases import office_file
    from service_kit.service import build_context
    from service_kit.settings import Settings, environment

    # every service's settings and no more: what runs once at each start is not given the sealed key
    settings, points = Settings.from_environment(), environment().path("SERVICE_POINTS_FILE", None)
    try:
        written = read(file)
        with build_context("intake", settings, None).begin(Actor(settings.our_agency, "office", "operations")) as work:
            said = office_file.load(work, written, ServicePoints.load(points))
    except OfficeFileError as fault:
        raise click.ClickException(str(fault)) from fault
    for sentence in said:
        click.echo(sentence)
    click.echo(f"名册 {len(written.departments)} 个部门、{len(written.officers)} 人")


@sealed.command("officials", help="把已登记的涉公职人员职务违法犯罪的检举控告的信访人移入封存；可重复执行。")
def seal_officials() -> None:
    from intake.use_cases.secrecy import seal_officials as seal

    click.echo(f"已封存 {seal(*_as_system())} 件")


@main.group(help="互相关联的信访件。")
def links() -> None:
    pass


@links.command("hold", help="向其他服务重新告知须经核对后发出的信访件；升级后执行一次，可重复执行。")
def hold_links() -> None:
    from intake.use_cases.links import hold_again, hold_unseen

    context, actor = _as_system()
    while hold_unseen(context, actor):
        pass
    click.echo(f"已告知 {hold_again(context, actor)} 件")


@main.group(help="查找用的索引。")
def index() -> None:
    pass


@index.command("fill", help="为升级前登记的信访件补建索引，先建最近的；升级后执行一次，中断了再执行会接着做。")
def fill_index() -> None:
    from intake.use_cases.indexes import fill

    done = 0
    for looked, done in fill(*_as_system()):
        click.echo(f"已核对 {looked:,} 件，补建 {done:,} 件")
    click.echo(f"已补建 {done} 件")


@main.group(help="等待其他服务确认的事项。")
def pending() -> None:
    pass


@pending.command("list", help="等待超过十分钟的：信访件、事项、自何时起。")
def list_pending() -> None:
    from intake.use_cases import commands

    context, actor = _as_system()
    with context.begin(actor) as work:
        for petition in commands.late(work):
            for each in commands.present(petition):
                click.echo(f"{petition.number} {each['command_zh']}（自 {each['since']}）")


@pending.command("drop", help="核对已办成或不会再办后，不再等待；不改变信访件的状态。")
@click.argument("number")
def drop_pending(number: str) -> None:
    from intake.domain.errors import NoSuchPetition
    from intake.use_cases import commands, petitions

    context, actor = _as_system()
    try:
        with context.begin(actor) as work:
            dropped = commands.drop(petitions.load(work, number))
    except NoSuchPetition as fault:
        raise click.ClickException(fault.zh) from fault
    click.echo(f"不再等待 {len(dropped)} 项")


@main.group(help="已结束的信访件。")
def ended() -> None:
    pass


@ended.command("tell", help="重新告知已撤回、终结等的信访件；升级后所有副本都换成新版时执行一次，可重复执行。")
def tell_ended() -> None:
    from intake.use_cases.petitions import tell_ended as tell

    click.echo(f"已告知 {tell(*_as_system())} 件")


@main.group(help="条线提示：由本院已登记的信访件训练。")
def train() -> None:
    pass


@train.command("office", help="用本院最近的信访件训练条线提示并启用，无需重启；内容只在本服务内解密，不输出、不另存。")
@click.option("--officer", required=True, help="操作人工号。")
def train_office(officer: str) -> None:
    from intake.use_cases import training

    try:
        version, figures = training.train(*_as_operations(officer))
    except training.TooFew as fault:
        raise click.ClickException(
            f"可用的信访件不足：至少 {training.LEAST} 件、两个条线，每个条线 {training.LEAST_OF_LINE} 件"
        ) from fault
    click.echo(f"已启用第 {version} 版")
    _say_figures(figures)


@train.command(
    "measure",
    help="用 CSV（列 text、label；也认 subject、category、author）核算训练方法的准确率，不写入任何内容："
    "十份交叉核算，或者用 --against 另一文件核算。",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="未参加训练的 CSV。")
def train_measure(file: Path, against: Path | None) -> None:
    from intake.domain import learning
    from intake.use_cases import training

    try:
        examples, labels = training.enough(learning.read(file))
    except training.TooFew as fault:
        raise click.ClickException(f"文本不足：至少 {training.LEAST} 条、两个类别") from fault
    if against is None:
        _say_figures(learning.measure(examples, labels))
    else:
        _say_figures(learning.compare(learning.fit(examples, labels), learning.read(against)))


def _say_figures(figures: "Figures") -> None:
    click.echo(f"未见过的 {figures.texts} 条：首选正确 {figures.first:.1%}，前两项正确 {figures.of_two:.1%}")
    for share, right in figures.curve:
        click.echo(f"最有把握的 {share:.0%}：首选正确 {right:.1%}")
    click.echo(f"“很可能”自 {figures.sure:.2f} 起，低于 {figures.floor:.2f} 不提示")


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
@click.option("--office", "office_file", envvar="OFFICE_FILE", type=click.Path(path_type=Path), help="本院名册。")
@click.option("--points", envvar="SERVICE_POINTS_FILE", type=click.Path(path_type=Path), help="服务点名单。")
def issue_token(
    officer: str,
    roles: tuple[str, ...],
    department: str | None,
    service_point: str | None,
    hours: float,
    agency: str,
    key: Path,
    jurisdiction: str,
    office_file: Path | None,
    points: Path | None,
) -> None:
    from contracts.vocabulary import Role
    from intake.domain.office_card import OfficeCard
    from intake.domain.service_points import ServicePoints
    from web.tokens import Officer, issue

    unknown = set(roles) - set(Role)
    if unknown:
        raise click.BadParameter(
            f"没有这种角色：{'、'.join(sorted(unknown))}；可用：{'、'.join(Role)}", param_hint="--role"
        )
    if Role.STATION in roles and service_point is None:
        raise click.UsageError("服务点人员须给出 --service-point，否则什么也看不到")
    # the database is not asked: a token is issued beside the services too, with the county's files alone
    for option, code, known in (
        ("--department", department, OfficeCard.load(office_file).departments),
        ("--service-point", service_point, ServicePoints.load(points).known),
    ):
        if known and code is not None and code not in known:
            raise click.BadParameter(f"没有 {code}；可用：{'、'.join(known)}", param_hint=option)
    try:
        asked = Officer(agency, officer, frozenset(roles), department, service_point)
        click.echo(issue(key, jurisdiction, asked, hours))
    except ValueError as fault:
        raise click.ClickException(
            "有效期须大于 0 且不超过 12 小时，工号、部门和服务点只能用字母、数字和 _ . -"
        ) from fault


if __name__ == "__main__":
    sys.exit(main())
