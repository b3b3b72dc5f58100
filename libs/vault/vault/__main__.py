"""`python -m vault generate`: keys for a new deployment."""

from pathlib import Path

import click

import vault.safe
from vault.keyring import generate


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


if __name__ == "__main__":
    main()
