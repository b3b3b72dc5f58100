"""The commands of every service's `__main__`: serve, migrate, parked, reconcile, trail, keys.

Nothing of ours is imported until a command runs: `serve` must patch the sockets and locks of all the rest first.
"""

import gc
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

ROW = click.IntRange(1, 2**63 - 1)  # the number of a row: a longer one is in no column
PURPOSES = ["wrap", "sealed"]
DIFFERENT = 3  # exit code of reconcile and trail: we could look, and what we saw is not as it must be


class Plain(click.Group):
    """A service's group of commands: wrong keys and settings are said in a sentence, not by a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Whatever the command returns. Raises ClickException in place of WrongKeys and EnvError."""
        try:
            return super().invoke(ctx)
        except ValueError as fault:
            from environs import EnvError

            from vault import WrongKeys

            if isinstance(fault, WrongKeys):
                raise click.ClickException(fault.zh) from fault
            if isinstance(fault, EnvError):
                raise click.ClickException(f"设置缺少或有误：{fault}") from fault
            raise


def add_to(group: click.Group, service: str, class_name: str, migrations: Path) -> None:
    """`<service>.service` must have the class, and `config(settings)`; `<service>.settings` its Settings."""

    @group.command(help="启动服务。")
    def serve() -> None:
        # a seventh of the start was spent looking for garbage in what is imported and stays
        gc.disable()
        # before anything that keeps a socket or a lock of its own is imported
        import eventlet

        eventlet.monkey_patch()
        from service_kit import database, keys, logs, runner

        logs.log_to_stdout()
        database.make_green()
        module = import_module(f"{service}.service")
        given = module.config(import_module(f"{service}.settings").Settings.from_environment())
        database.wait_until_up(given["engine"])
        # before a request or message is taken: whoever lacks a key would answer each that needs it with a fault
        keys.check(given["context"], given["stores"], begins=True)
        runner.serve(getattr(module, class_name), given)

    @group.command(help="把数据库升级到当前版本。")
    def migrate() -> None:
        from service_kit import database, logs
        from service_kit.settings import environment

        logs.log_to_stdout()
        database.migrate(environment().str("DATABASE_URL"), migrations)

    _add_parked(group, service)
    _add_reconcile(group, service)
    _add_trail(group, service)
    _add_keys(group, service)
    if service != "intake":
        _add_placements(group, service)


def works_here(session: "Session", officer: str) -> None:
    """Whether who says that they run a command is one of ours. Raises ClickException, which shows who is."""
    from authorization import colleagues

    try:
        colleagues.check(session, officer)
    except colleagues.UnknownColleague as fault:
        raise click.ClickException(fault.zh) from fault


def _add_parked(group: click.Group, service: str) -> None:
    @group.group(help="未能处理而滞留的消息：查看、重放、作废。")
    def parked() -> None:
        pass

    @parked.command("list", help="列出滞留消息：只列信封，不显示内容。")
    @click.option(
        "--state", "states", multiple=True, default=["parked"], show_default=True,
        type=click.Choice(["parked", "retry", "waiting"]), help="待人工处理、待重试、等前一版；可多次给出。",
    )  # fmt: skip
    @click.option("--type", "type_", help="只列这一消息类型。")
    @click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
    def list_(states: tuple[str, ...], type_: str | None, as_json: bool) -> None:
        from service_kit import operate

        operate.list_stored(service, states, type_, as_json)

    @parked.command(help="显示一条滞留或已作废的消息：信封、原因、次数、时间。")
    @click.argument("id_", metavar="ID", type=ROW)
    @click.option("--body", is_flag=True, help="解密并显示内容或作废理由（可能有个人信息）；须给出工号，打开即被记录。")
    @click.option("--officer", help="操作人工号。")
    def show(id_: int, body: bool, officer: str | None) -> None:
        from service_kit import operate

        operate.show(service, id_, body, officer)

    @parked.command(help="重放一条，或全部待人工处理的消息；重放几次也只处理一次。退出码：0 全部处理，1 仍有未处理。")
    @click.argument("id_", metavar="[ID]", type=ROW, required=False)
    @click.option("--all", "everything", is_flag=True, help="全部。")
    @click.option("--type", "type_", help="与 --all 合用：只重放这一消息类型。")
    def replay(id_: int | None, everything: bool, type_: str | None) -> None:
        from service_kit import operate

        sys.exit(0 if operate.replay(service, id_, everything, type_) else 1)

    @parked.command(
        help="作废滞留消息：不再处理，其后的消息继续。理由加密保存，操作人记入本服务的事件。"
        "给出编号，或用 --sender 成批作废一个外部单位待人工处理的消息：先报条数，确认后才作废。"
    )
    @click.argument("ids", metavar="ID...", type=ROW, nargs=-1)
    @click.option("--sender", help="成批：哪个单位或电话、短信运营方，如 A09、phone。")
    @click.option("--type", "type_", help="成批：只作废这一消息类型。")
    @click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="成批：只作废这一天以前收到的（北京时间）。")
    @click.option("--yes", is_flag=True, help="成批：不再询问。")
    @click.option("--reason", required=True, help="为什么作废。")
    @click.option("--officer", required=True, help="操作人工号。")
    def discard(
        ids: tuple[int, ...],
        sender: str | None,
        type_: str | None,
        before: "datetime | None",
        yes: bool,
        reason: str,
        officer: str,
    ) -> None:
        from service_kit import operate

        if bool(ids) == bool(sender) or ((type_ or before or yes) and not sender):
            raise click.UsageError("请给出编号，或者 --sender（可加 --type、--before、--yes）")
        if sender:
            operate.discard_all(service, sender, type_, before, yes, reason, officer)
        else:
            operate.discard(service, ids, reason, officer)


def _add_reconcile(group: click.Group, service: str) -> None:
    @group.command(
        help="数据库恢复后对账：逐个编号比较本服务处理到第几版、来源说到第几版，以及这一版是不是同一件事。"
        "退出码：0 一致，3 有差异，1 未能对账。"
    )
    @click.option("--ask", is_flag=True, help="本服务落后的、内容不同的，请来源重发。")
    @click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
    @click.option(
        "--source", "urls", multiple=True, envvar="SOURCE_URLS", metavar="名称=地址",
        help="来源服务的地址，可多次给出；环境变量中以空格分隔。",
    )  # fmt: skip
    @click.option(
        "--token-file", "token", envvar="OPERATIONS_TOKEN_FILE", type=click.File(), help="运维人员凭证；- 为标准输入。"
    )
    @click.option("--patience", default=5.0, show_default=True, help="落后的可能仍在途中：等这么多秒再看一次。")
    def reconcile(ask: bool, as_json: bool, urls: tuple[str, ...], token: Any, patience: float) -> None:
        from service_kit import operate

        same = operate.reconcile_with(
            service, urls, token.read().strip() if token else "", ask=ask, as_json=as_json, patience=patience
        )
        sys.exit(0 if same else DIFFERENT)


def _add_placements(group: click.Group, service: str) -> None:
    @group.group(help="各信访件所在部门、承办人、回避：由登记服务告知，据此决定谁可以看。")
    def placements() -> None:
        pass

    @placements.command(help="向登记服务逐件取最近一次的通知，不论消息处理到哪里；可重复执行。")
    @click.option(
        "--source", "url", envvar="INTAKE_URL", metavar="地址", help="登记服务的地址；不给则取自 SOURCE_URLS。"
    )
    @click.option(
        "--token-file", "token", envvar="OPERATIONS_TOKEN_FILE", type=click.File(), help="运维人员凭证；- 为标准输入。"
    )
    def rebuild(url: str | None, token: Any) -> None:
        from service_kit import operate

        operate.rebuild_placements(service, url, token.read().strip() if token else "")


def _add_trail(group: click.Group, service: str) -> None:
    @group.group(help="本服务的事件链。")
    def trail() -> None:
        pass

    @trail.command(
        help="逐个编号核验：版本不缺，内容与摘要相符，每一版接在前一版之后。退出码：0 完整，3 有问题，1 未能核验。"
    )
    @click.option(
        "--known",
        metavar="文件",
        help="上次核验时用 --heads 写下的文件：末尾被截去的，只有与它比较才看得出；- 为标准输入。",
    )
    @click.option("--heads", metavar="文件", help="写下各编号现在的最后一版，另处保存，下次作 --known；- 为标准输出。")
    def verify(known: str | None, heads: str | None) -> None:
        from service_kit import operate

        sys.exit(0 if operate.verify_trail(service, known, heads) else DIFFERENT)


def _add_keys(group: click.Group, service: str) -> None:
    @group.group(help="字段加密的密钥：哪些在用，改用新的，停用旧的。新密钥用 python -m vault 加入密钥文件。")
    def keys() -> None:
        pass

    @keys.command("list", help="各密钥：封装了多少行，是否当前，密钥文件里有没有。")
    def list_() -> None:
        from service_kit import keys

        keys.list_keys(service)

    @keys.command(help="把旧密钥封装的改用当前密钥封装；服务照常运行，中断后再执行即继续。")
    def rewrap() -> None:
        from service_kit import keys

        keys.rewrap(service)

    @keys.command(help="停用一把旧密钥；还有用它封装的，即拒绝。停用后才可从密钥文件里删去。")
    @click.argument("id_", metavar="密钥")
    @click.option("--purpose", default=PURPOSES[0], show_default=True, type=click.Choice(PURPOSES))
    @click.option("--officer", required=True, help="操作人工号。")
    def retire(id_: str, purpose: str, officer: str) -> None:
        from service_kit import keys

        keys.retire(service, id_, purpose, officer)
