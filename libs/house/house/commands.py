"""`serve` and `migrate`: the two commands of every service's `__main__`."""

from importlib import import_module
from pathlib import Path

import click


def add_to(group: click.Group, service: str, class_name: str, migrations: Path) -> None:
    """`<service>.service` must have the class, and `config(settings)`; `<service>.settings` its Settings."""

    @group.command(help="启动服务。")
    def serve() -> None:
        # before anything that keeps a socket or a lock of its own is imported
        import eventlet

        eventlet.monkey_patch()
        from courier import database, runner

        runner.log_to_stdout()
        database.make_green()
        module = import_module(f"{service}.service")
        given = module.config(import_module(f"{service}.settings").Settings.from_environment())
        database.wait_until_up(given["engine"])
        runner.serve(getattr(module, class_name), given)

    @group.command(help="把数据库升级到当前版本。")
    def migrate() -> None:
        from courier import database, runner
        from house.settings import environment

        runner.log_to_stdout()
        database.migrate(environment().str("DATABASE_URL"), migrations)
