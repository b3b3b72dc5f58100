"""`python -m notify`: serve, migrate."""

import os
import sys
from pathlib import Path

import click


@click.group(help="枫桥协同 · 告知（notify）。设置由环境变量给出。")
def main() -> None:
    pass


@main.command(help="启动服务。")
def serve() -> None:
    # before anything that keeps a socket or a lock of its own
    import eventlet

    eventlet.monkey_patch()
    from courier import database, runner
    from notify.service import NotifyService, config
    from notify.settings import Settings

    runner.log_to_stdout()
    database.make_green()
    given = config(Settings.from_environment())
    database.wait_until_up(given["engine"])
    runner.serve(NotifyService, given)


@main.command(help="把数据库升级到当前版本。")
def migrate() -> None:
    from courier import database, runner

    runner.log_to_stdout()
    database.migrate(os.environ["DATABASE_URL"], Path(__file__).parent.parent / "migrations")


if __name__ == "__main__":
    sys.exit(main())
