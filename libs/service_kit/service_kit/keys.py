"""What `keys` does: which keys the database needs, closing anew by the current one, and the end of an older one."""

from collections.abc import Sequence

import click

from courier.unit_of_work import ServiceContext
from service_kit.operate import answers, given_to, operator
from vault import used

REPORTED = 10_000  # rows after each of which a long run says how far it is


def list_keys(service: str) -> None:
    """Prints every key of each kind: its state and how many rows are closed by it."""
    with answers():
        context, stores = _of(service)
        for store in stores:
            with context.sessions() as session:
                keys = used.listed(session, store)
            click.echo(f"{store.zh}（--purpose {store.purpose}）")
            for key in keys:
                state = "当前" if key.current else "已停用" if key.retired_at else "保留，供打开旧的"
                if not key.here:
                    state += "；文件里没有" if key.retired_at else "；文件里没有，无法打开！"
                if key.current and not key.proved:
                    state += "；服务尚未用它启动过"
                click.echo(f"  {key.id}  {key.rows} 行  {state}")
    click.echo("检索用的 index 不封装任何内容，不能重新加密，也不能更换：换掉即查不出重复信访")


def rewrap(service: str) -> None:
    """Closes anew, in batches, all that an older key closed; refused until the service has run with the current one."""
    with answers():
        context, stores = _of(service)
        for store in stores:
            with context.sessions() as session:
                current = next(key for key in used.listed(session, store) if key.current)
            if not current.proved:
                # a copy that does not have it yet could not open what is closed by it
                raise click.ClickException(f"服务还没有用 {store.current} 启动过：先带新的密钥文件重启它的所有副本")
            _rewrap_one(context, store)


def _rewrap_one(context: ServiceContext, store: used.Store) -> None:
    after, done, batch = None, 0, 1
    while batch:
        with context.sessions() as session, session.begin():
            after, batch = used.rewrap(session, store, after)
        if (done + batch) // REPORTED > done // REPORTED:
            click.echo(f"{store.zh}：已处理 {done + batch} 行……", err=True)
        done += batch
    click.echo(f"{store.zh}：{done} 行已改用 {store.current} 封装")


def retire(service: str, id_: str, purpose: str, officer: str) -> None:
    """Ends an older key and tells it as `key.retired.v1`. Raises ClickException for whoever does not work here.

    Raises WrongKeys while anything is closed by it; the command then ends with that sentence.
    """
    with answers():
        context, stores = _of(service)
        store = next((each for each in stores if each.purpose == purpose), None)
        if store is None:
            raise click.UsageError(f"本服务没有这种密钥：{purpose}")
        with context.begin(operator(context, officer)) as work:
            used.retire(work.session, store, id_, officer)
            work.alone("keys")
            work.event("key.retired.v1", "keys", purpose=purpose, key=id_, by=officer)
    click.echo(f"{id_} 已停用，数据库不再接受用它封装的；现在可以从密钥文件里删去")
    click.echo("旧的数据备份仍要用它打开：与密钥备份一起保留，直到最后一份用过它的数据备份销毁")


def check(context: ServiceContext, stores: Sequence[used.Store], *, begins: bool = False) -> None:
    """Raises WrongKeys."""
    from service_kit.vaults import vault_of

    with context.sessions() as session, session.begin():
        used.check(session, stores, vault_of(context).keyring.index, begins=begins)


def _of(service: str) -> tuple[ServiceContext, Sequence[used.Store]]:
    given = given_to(service)
    return given["context"], given["stores"]
