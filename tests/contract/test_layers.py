"""The linter's contracts hold by package: a file that breaks one is found by being there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.dev.stack import ROOT

# where a new file stands, its one line, the contract it breaks
BREAKS = [
    ("services/intake/intake/use_cases", "import nameko", "nameko and eventlet are service_kit's affair"),
    ("services/notify/notify/api", "import eventlet", "nameko and eventlet are service_kit's affair"),
    ("libs/courier/courier", "import nameko", "nameko and eventlet are service_kit's affair"),
    ("services/notify/notify/use_cases", "import requests", "Drivers are courier's and service_kit's affair"),
    ("libs/vault/vault", "import psycopg2", "Drivers are courier's and service_kit's affair"),
    ("libs/courier/courier", "import requests", "Delivery knows no framework"),
    ("libs/courier/courier/ops", "import click", "Delivery knows no framework"),
    ("libs/clock/clock", "import werkzeug", "Requests end at the routes"),
    ("services/intake/intake/api", "import sqlalchemy", "Routes ask use cases"),
    ("services/referral/referral/api", "import courier.partners.topology", "Routes ask use cases"),
    ("services/aid/aid/domain", "import requests", "Rules are plain Python"),
    ("services/intake/intake/domain", "import sqlalchemy", "Rules are plain Python"),
    ("libs/contracts/contracts", "import nameko", "Rules are plain Python"),
    ("services/referral/referral/tables", "import werkzeug", "Tables are mapping"),
    ("services/referral/referral/use_cases", "import werkzeug", "Use cases know neither HTTP nor the broker"),
    ("services/intake/intake/use_cases", "import intake.api.petitions", "The floors of the services"),
    ("services/intake/intake/tables", "import intake.use_cases.petitions", "The floors of the services"),
    ("services/referral/referral/domain", "import referral.tables", "The floors of the services"),
    ("services/aid/aid/domain", "import notify.domain.states", "Services know each other from events only"),
    ("libs/web/web", "import service_kit.settings", "The floors of the libraries; none imports a service"),
    ("libs/contracts/contracts", "import courier.inbox", "The floors of the libraries; none imports a service"),
    ("libs/vault/vault", "import intake.tables", "The floors of the libraries; none imports a service"),
    ("services/desk/desk/office", "import nameko", "nameko and eventlet are service_kit's affair"),
    ("services/desk/desk/office", "import intake.domain.states", "Services know each other from events only"),
    ("services/desk/desk/office", "import authorization.table", "The pages have no rule"),
    ("services/desk/desk/office", "import contracts.vocabulary", "The pages have no rule"),
    ("services/desk/desk/office", "import desk.signer.accounts", "The pages have no rule"),
    ("services/desk/desk/signer", "import desk.office.door", "Who signs knows no page"),
    ("services/desk/desk/signer", "import courier.inbox", "The desk asks the services over HTTP"),
    ("services/desk/desk/agency", "import courier.inbox", "An agency's door knows the published contract alone"),
    ("services/desk/desk/agency", "import desk.office.door", "An agency's door knows the published contract alone"),
    ("services/desk/desk/public", "import desk.office.door", "The petitioners' door has nothing that could be taken"),
    ("libs/courier/courier", "import courier.ops.parked", "Delivery knows neither operators nor partners"),
    ("libs/courier/courier/partners", "import courier.ops.parked", "Delivery knows neither operators nor partners"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("libs", "services"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("tests", "migrations", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> str:
    """What the linter says of a checkout, with no memory of another."""
    paths = [str(each) for kind in ("libs", "services") for each in sorted((folder / kind).iterdir())]
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True).stdout


def test_the_floors_hold(copy: Path) -> None:
    """What is broken below is whole before."""
    said = lint(copy)
    assert "0 broken" in said, said
    assert all(f"{contract} KEPT" in said for _, _, contract in BREAKS)


@pytest.fixture(scope="module")
def said(copy: Path) -> str:
    """What the linter says when every contract is broken at once, each by a file of its own."""
    for n, (folder, line, _) in enumerate(BREAKS):
        (copy / folder / f"new_{n}.py").write_text(line)
    return lint(copy)


@pytest.mark.parametrize("n", range(len(BREAKS)), ids=lambda n: f"{BREAKS[n][1]} in {BREAKS[n][0]}")
def test_a_break_is_found(said: str, n: int) -> None:
    """Each contract fails on a line that breaks it, in a file that nobody listed."""
    folder, line, contract = BREAKS[n]
    assert f"{contract} BROKEN" in said
    _, _, details = said.partition(f"\n{contract}\n---")
    section = re.split(r"\n\n[^\n]+\n-{5,}\n", details)[0]
    package = ".".join(Path(folder).parts[2:])
    assert f"{package}.new_{n} -> {line.split()[-1]}" in section
