"""`python -m notify`: serve, migrate, parked, reconcile, keys."""

import sys
from pathlib import Path

import click

from service_kit.commands import Plain, add_to


@click.group(cls=Plain, help="枫桥协同 · 告知（notify）。设置由环境变量给出。")
def main() -> None:
    pass


add_to(main, "notify", "NotifyService", Path(__file__).parent.parent / "migrations")


if __name__ == "__main__":
    sys.exit(main())
