"""`python -m vault`: keys for a new deployment, and a newer key beside an older one.

A key is changed in steps, each a restart: `add` it, so that every copy can open by it; `use` it; `rewrap` and `retire`
by the service's own `keys`; `remove` it here. Works on a service's file and on the sealed key's.
"""

from pathlib import Path
from typing import Any

import click

import vault.safe
from vault.keyring import WrongKeys, change, generate, random_key

_FILE = click.option(
    "--file", "file", required=True, type=click.Path(path_type=Path), help="<服务>.keys.json 或 sealed.key.json。"
)
_KEY = click.option("--key", "id_", required=True, help="密钥编号，如 w2。")


@click.group(help="密钥的生成。")
def main() -> None:
    pass


@main.command("generate", help="为各服务生成密钥文件，已有的不覆盖。")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="存放目录（权限 0700）。")
@click.option("--services", required=True, help="服务名，以逗号分隔。")
def generate_keys(out: Path, services: str) -> None:
    try:
        for path in generate(out, services.split(",")):
            click.echo(f"已生成 {path.name}")
    except FileExistsError as fault:
        raise click.ClickException(str(fault)) from fault


@main.command("safe", help="生成封存密钥（要求保密的人用），已有的不覆盖；另存一处。")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="密钥文件。")
def generate_safe(out: Path) -> None:
    if vault.safe.generate(out):
        click.echo(f"已生成 {out.name}")


@main.command("add", help="在密钥文件里加一把新的，还不用它写；重启服务的所有副本后再 use。")
@_FILE
def add_key(file: Path) -> None:
    made: list[str] = []

    def add(raw: dict[str, Any]) -> None:
        first = raw["current"][:1]
        number = max((int(each[1:]) for each in raw["keys"] if each[1:].isdecimal()), default=0) + 1
        made.append(f"{first}{number}")
        raw["keys"][made[0]] = random_key()

    _change(file, add)
    click.echo(f"已加入 {made[0]}，尚未使用；请先重新备份密钥")


@main.command("use", help="改用一把密钥写新的；旧的保留，供打开旧的。之后再重启服务的所有副本。")
@_FILE
@_KEY
def use_key(file: Path, id_: str) -> None:
    _change(file, lambda raw: raw.update(current=id_))
    click.echo(f"当前密钥 {id_}")


@main.command("remove", help="删去一把旧密钥；先在该服务执行 keys retire。")
@_FILE
@_KEY
def remove_key(file: Path, id_: str) -> None:
    def remove(raw: dict[str, Any]) -> None:
        if raw["keys"].pop(id_, None) is None:
            raise click.ClickException(f"文件里没有 {id_}")

    _change(file, remove)
    click.echo(f"已删去 {id_}；密钥备份里的那一份，保留到最后一份用过它的数据备份销毁")


def _change(file: Path, how: Any) -> None:
    try:
        change(file, how)
    except WrongKeys as fault:
        raise click.ClickException(fault.zh) from fault


if __name__ == "__main__":
    main()
