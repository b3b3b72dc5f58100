"""`clocks recompute`, `corrections`, `status` and `resume`: what a service with clocks adds to its `__main__`."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from clock.replay import Correction
    from clock.watch import Due, Halt
    from courier.unit_of_work import ServiceContext
    from statute import Law


def add_to(
    group: click.Group,
    context_and_law: "Callable[[], tuple[ServiceContext, Law]]",
    works_here: "Callable[[Session, str], None]",
    differing: "Callable[..., Iterator[Correction]]",
) -> click.Group:
    """`context_and_law` builds the service's context and reads the law as it is on disk now.

    `works_here` raises for a number that is no officer's; `differing` goes through the service's matters once more by
    the law as it is now. Returns the group, for what a service has beside.
    """

    @group.group(help="办理时限。")
    def clocks() -> None:
        pass

    @clocks.command(help="放假安排公布后，重算计时中的时限；服务须重启后才按新数据开始新的时限。")
    @click.option("--what-if", is_flag=True, help="只列出会变化的，不改动。")
    def recompute(what_if: bool) -> None:
        from clock.recompute import changes
        from courier.envelope import Actor

        context, law = context_and_law()
        found = list(changes(context, law, Actor("-", "recompute", "operations"), what_if=what_if))
        for each in found:
            marks = "（暂定）" if each.was_provisional else "", "（暂定）" if each.now.provisional else ""
            about = each.referral or each.petition
            click.echo(f"{about}  {each.rule}  {each.was}{marks[0]} → {each.now.due}{marks[1]}  {each.why}")
        click.echo(f"{'将变化' if what_if else '已变化'} {len(found)} 个")

    @clocks.command(help="规则更正后，计时中的时限会怎样变化：逐件按更正后的规则重走各步，列出不同之处。")
    @click.option("--apply", is_flag=True, help="照此更正，逐个留痕；不写则只列出，不改动。")
    @click.option("--rule", "rules", multiple=True, help="只限这些规则，可多次。")
    @click.option("--officer", help="谁决定更正的，工号；与 --apply 一起给出。")
    def corrections(apply: bool, rules: tuple[str, ...], officer: str | None) -> None:
        from clock.replay import summary
        from courier.envelope import Actor
        from statute import day_of

        if apply and officer is None:
            raise click.UsageError("更正须写明由谁决定：--officer")
        context, law = context_and_law()
        if officer is not None:
            with context.sessions() as session:
                works_here(session, officer)
        agency, found = context.tools.our_agency, []
        actor = Actor(agency, officer, "operations") if officer else Actor(agency, "-", "system")
        for each in differing(context, actor, rules, apply=apply):
            was, now = each.was or "未计时", each.now or "停止"
            whose = f"  责任改为{each.duty}" if each.duty and each.was else ""
            click.echo(f"{each.about}  {each.rule}  {was} → {now}{whose}  {each.article}")
            found.append(each)
        for line in summary(found, law, day_of(datetime.now(UTC))):
            click.echo(line)
        matters = {each.about for each in found}
        click.echo(f"{'已更正' if apply else '将更正'} {len(found)} 个时限，涉及 {len(matters)} 件")

    @clocks.command(
        help="时限因时间跳变停止后：列出停止的原因和恢复后将触发的，确认时间无误，即恢复。各有时限的服务分别执行。"
    )
    @click.option("--officer", required=True, help="谁确认的，工号。")
    @click.option(
        "--why", required=True, type=click.Choice(["downtime", "corrected", "set_right"]),
        help="查明的情况：downtime 停机或暂停所致，时间一直无误；corrected 时间确曾有误，已校正；"
        "set_right 此前时间有误，跳变即为校正。",
    )  # fmt: skip
    @click.option("--yes", is_flag=True, help="不再询问。")
    def resume(officer: str, why: str, yes: bool) -> None:
        from clock import watch
        from contracts.vocabulary import ClockTrusted
        from courier.envelope import Actor

        context, _ = context_and_law()
        with context.sessions() as session:
            works_here(session, officer)
            halt = watch.halted(session)
            if halt is None:
                return click.echo("未停止，无需恢复")
            _tell(halt, watch.waiting(session), context.sessions.kw["bind"])
        if not yes:
            # the wrong answer cannot be taken back: what rang has rung
            click.confirm("以上时间无误，恢复触发？", abort=True)
        with context.begin(Actor("-", officer, "operations")) as work:
            done = watch.resume(work, officer, ClockTrusted(why))
        return click.echo("已恢复，到期的时限将依次触发，各一次" if done else "已由他人恢复")

    @clocks.command(help="每条规则有多少时限计时中、多少已逾期：规则 计时中 已逾期。供 statute review --running。")
    def running() -> None:
        from sqlalchemy import func, select

        from clock.tables import Clock, State

        context, _ = context_and_law()
        late = func.count().filter(Clock.state == State.MISSED)
        query = select(Clock.rule, func.count() - late, late).where(Clock.stopped_by.is_(None)).group_by(Clock.rule)
        with context.sessions() as session:
            for rule, runs, missed in session.execute(query.order_by(Clock.rule)):
                click.echo(f"{rule} {runs} {missed}")

    @clocks.command(help="时限是否因时间跳变而停止，恢复后将触发多少；停止时退出码为 1。")
    def status() -> None:
        from clock import watch

        context, _ = context_and_law()
        with context.sessions() as session:
            halt = watch.halted(session)
            if halt is not None:
                _tell(halt, watch.waiting(session), context.sessions.kw["bind"])
                raise click.ClickException("时限已停止；查明后用 clocks resume 恢复")
            click.echo(f"正常，最近一次检查在 {watch.silence(session)} 秒前")

    return clocks


def _tell(halt: "Halt", due: "Due", engine: "Engine") -> None:
    """All that a person needs to decide whether time can be trusted, and what follows when they say so."""
    from sqlalchemy import func, select

    from clock.watch import is_kept

    with engine.connect() as connection:
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    click.echo(f"停止于        {_local(halt.since)}（数据库时间）")
    click.echo(f"当时应为      {_local(halt.expected)}（相差 {_span((halt.since - halt.expected).total_seconds())}）")
    click.echo(f"数据库现在    {_local(now)}")
    kept = "由 NTP 校准，与数据库一致" if is_kept(now) else "未经 NTP 校准，或与数据库不一致：请与可靠的时钟核对"
    click.echo(f"本机现在      {_local(datetime.now(UTC))}（{kept}）")
    if due.first is None or due.last is None:
        return click.echo("恢复后将触发  0 个")
    click.echo(
        f"恢复后将触发  预警 {due.warned} 个，逾期 {due.missed} 个；"
        f"应触发的时间自 {_local(due.first)} 至 {_local(due.last)}"
    )
    return click.echo("届满日不变：逾期按原届满日记；同一时限已被后一级超过的预警只留痕，不再提醒。")


def _local(moment: datetime) -> str:
    from statute import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _span(seconds: float) -> str:
    """快 2 小时 5 分 · 慢 8 天 3 小时"""
    minutes = int(abs(seconds)) // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    size = f"{days} 天 {hours} 小时" if days else f"{hours} 小时 {minutes % 60} 分"
    return f"{'快' if seconds > 0 else '慢'} {size}"
