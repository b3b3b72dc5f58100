"""`clocks recompute` and `clocks resume`: what a service with clocks adds to its `__main__`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courier.work import Office
    from statute import Law


def add_to(
    group: click.Group, seated: "Callable[[], tuple[Office, Law]]", works_here: "Callable[[Session, str], None]"
) -> None:
    """`seated` makes the service's seat and reads the law as it is on disk now.

    `works_here` raises for a number that is no officer's.
    """

    @group.group(help="办理时限。")
    def clocks() -> None:
        pass

    @clocks.command(help="放假安排公布后，重算计时中的时限；服务须重启后才按新数据开始新的时限。")
    @click.option("--what-if", is_flag=True, help="只列出会变化的，不改动。")
    def recompute(what_if: bool) -> None:
        from clock.recompute import changes
        from courier.envelope import Actor

        office, law = seated()
        found = list(changes(office, law, Actor("-", "recompute", "operations"), what_if=what_if))
        for each in found:
            marks = "（暂定）" if each.was_provisional else "", "（暂定）" if each.now.provisional else ""
            about = each.referral or each.petition
            click.echo(f"{about}  {each.rule}  {each.was}{marks[0]} → {each.now.due}{marks[1]}  {each.why}")
        click.echo(f"{'将变化' if what_if else '已变化'} {len(found)} 个")

    @clocks.command(help="数据库时间跳变后时限停止触发：查明时间无误后，恢复。")
    @click.option("--officer", required=True, help="谁确认的，工号。")
    def resume(officer: str) -> None:
        from clock import watch
        from courier.envelope import Actor

        office, _ = seated()
        with office.begin(Actor("-", officer, "operations")) as work:
            works_here(work.session, officer)
            done = watch.resume(work, officer)
        click.echo("已恢复，到期的时限将依次触发" if done else "未停止，无需恢复")

    @clocks.command(help="时限是否因时间跳变而停止；停止时退出码为 1。")
    def status() -> None:
        from clock import watch
        from courier.envelope import Actor

        office, _ = seated()
        with office.begin(Actor("-", "status", "operations")) as work:
            row = watch.halted(work)
            if row is not None:
                raise click.ClickException(
                    f"{row.halted_at} 起停止：时间应为 {row.halted_from}；查明后用 clocks resume 恢复"
                )
        click.echo("正常")
