"""What the deployment's files say of the rest of the code stays true when the rest changes."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import requests
import yaml

from desk.agency.app import FIGURES
from tools.dev import machine
from tools.dev.stack import DATABASES, ROOT, SERVICES, Stack
from vault import Keyring, Safe, safe
from vault.keyring import generate

MONITORING = ROOT / "deploy" / "monitoring"
ALARMS = {  # rule → the heading of docs/operations.md that says what to do
    "ServiceAway": "Service away",
    "OutboxAge": "Outbox age",
    "LaneHeld": "Lane held",
    "LaneAge": "Lane held",
    "Parked": "Parked",
    "OutOfSight": "Out of sight",
    "CommandsPending": "Commands pending",
    "ClassifierBroken": "Classifier broken",
    "OnlineWaits": "Online entries wait",
    "OnlineFull": "Online entries wait",
    "RetriesRising": "Retries rising",
    "NoSweep": "No sweep",
    "ClocksHalted": "Clocks halted",
    "ClocksStill": "Clocks not looked at",
    "SlowConfirms": "Slow confirms",
    "DeadLettered": "Dead-lettered",
    "Untold": "Untold",
    "OverQuota": "Over quota",
    "SetAside": "Set aside",
    "OutOfChain": "Out of chain",
    "NoticeWaits": "Notice waits",
    "NoticeUnknown": "Notice unknown",
    "ProviderFails": "SMS provider fails",
    "NoticesRefused": "Notices refused",
    "NumberFull": "Number full",
    "RefusedAtTheDoor": "Refused at the door",
    "AgencyLine": "Agency line",
    "AgencyWaits": "Agency waits",
    "AgencyRejected": "Agency rejected",
    "BrokerAlarm": "Broker alarm",
    "BrokerNodeAway": "Broker alarm",
}


def test_images_get_the_versions_that_were_tested() -> None:
    """All that the packages declare, each with the pin and the hashes of the checkout's own lock file."""
    tested, shipped = _pins(ROOT / "requirements.lock"), _pins(ROOT / "deploy" / "requirements.lock")
    declared = {name.lower().replace("_", "-") for name in machine.runtime_packages(ROOT)}
    assert declared <= shipped.keys()
    assert shipped.items() <= tested.items()
    assert not shipped.keys() & {"pytest", "mypy", "ruff", "hypothesis", "pip"}


def test_a_database_owner_is_known_to_migrate_alone() -> None:
    """Who serves is never given the secret of who could alter the trail; who migrates is given nothing else."""
    files = [ROOT / "docker-compose.yml", *sorted((ROOT / "deploy").glob("compose.*.yml"))]
    given: dict[str, set[str]] = {}
    for file in files:
        for name, service in yaml.safe_load(file.read_text(encoding="utf-8"))["services"].items():
            secrets = (each if isinstance(each, str) else each["source"] for each in service.get("secrets", ()))
            given.setdefault(name, set()).update(secrets)
    owned = (*SERVICES, *DATABASES.values())
    assert {f"migrate-{each}": {f"{each}_owner_url"} for each in owned} | {
        "databases": {"postgres", *(f"{each}_{which}" for each in owned for which in ("database", "owner"))}
    } == {name: secrets for name, secrets in given.items() if name == "databases" or "owner" in str(secrets)}
    serves = dict(zip(SERVICES, SERVICES, strict=True)) | {each: f"desk-{door}" for door, each in DATABASES.items()}
    assert not [name for name, container in serves.items() if f"{name}_database_url" not in given[container]]


def test_every_rule_is_an_alarm_somebody_can_look_up() -> None:
    """No alarm without a section that says what to do."""
    rules = [
        rule for group in yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"] for rule in group["rules"]
    ]
    assert set(ALARMS) == {rule["alert"] for rule in rules}
    headings = [line[4:] for line in (ROOT / "docs" / "operations.md").read_text().splitlines() if line[:4] == "### "]
    for rule in rules:
        assert [each for each in headings if each.startswith(ALARMS[rule["alert"]])], rule["alert"]


def test_rules_and_dashboard_ask_for_figures_that_exist(system: Stack) -> None:
    """A name nobody exports makes a rule that never fires and a panel that is always empty."""
    shown = "".join(requests.get(f"{system.url(service)}/metrics", timeout=10).text for service in SERVICES)
    exported = {line.split()[2] for line in shown.splitlines() if line.startswith("# TYPE ")} | {*FIGURES}
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    asked += (MONITORING / "rules.yml").read_text()
    names = {name.removesuffix("_bucket") for name in re.findall(r"fengqiao_[a-z_]+", asked)}
    assert len(names) >= 9
    assert set() == names - exported


def test_the_sealed_key_is_given_to_one_container() -> None:
    """What runs once at each start, as the office's load, is not given the key to who asked for secrecy."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    given = {name: [each if isinstance(each, str) else each["source"] for each in service.get("secrets", [])]
             for name, service in services.items()}  # fmt: skip
    assert ["intake"] == [name for name, secrets in given.items() if "sealed_key" in secrets]
    assert {"intake_database_url", "intake_amqp_url", "intake_keys", "officer_public"} == {*given["office"]}


def test_the_ways_to_log_in_are_given_what_they_name() -> None:
    """Each file that a variable names is mounted, each setting that has no usual value is in the example's."""
    asked = (ROOT / "deploy" / "example.env").read_text()
    base = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for way in ("oidc", "certificate"):
        overlay = (ROOT / "deploy" / f"compose.{way}.yml").read_text()
        said = yaml.safe_load(overlay)
        assert not [each for each in re.findall(r"\$\{(\w+):?\?", overlay) if f"\n{each}=" not in asked]
        for name, service in said["services"].items():
            before = base["services"].get(name, {})
            given = {each["target"] for each in (*before.get("secrets", ()), *service.get("secrets", ()))}
            folders = {each.split(":")[1] for each in (*before.get("volumes", ()), *service.get("volumes", ()))}
            told = [str(value) for value in service.get("environment", {}).values() if str(value).startswith("/")]
            assert not [each for each in told if each.startswith("/run/secrets/") and Path(each).name not in given]
            assert not [each for each in told if "secrets" not in each and str(Path(each).parent) not in folders]
        assert ["desk-office", "desk-signer"] == sorted(
            name for name, service in said["services"].items() if service.get("environment", {}).get("LOGIN") == way
        )


def test_the_pages_reach_no_broker_and_the_key_one_container() -> None:
    """A hole in the pages mints no token and publishes no message."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    given = {name: {each if isinstance(each, str) else each["source"] for each in service.get("secrets", [])}
             for name, service in services.items()}  # fmt: skip
    assert ["desk-signer"] == [name for name, secrets in given.items() if "signer_key" in secrets]
    assert ["desk-signer"] == [name for name, secrets in given.items() if "signer_database_url" in secrets]
    assert {"desk_database_url", "desk_key"} == given["desk-office"]
    for name in ("desk-office", "desk-signer"):
        assert ["desk"] == services[name]["networks"]
    assert "desk" not in services["rabbitmq"]["networks"]
    # what petitioners reach has nothing, and reaches nobody but intake
    assert set() == given["desk-public"]
    assert ["public"] == services["desk-public"]["networks"]
    assert ["desk-public", "intake"] == sorted(
        name for name, service in services.items() if "public" in service.get("networks", ())
    )


def test_an_agencys_door_has_its_own_secrets_alone(tmp_path: Path) -> None:
    """What deploy/init makes of AGENCY_DOORS: every file that is mounted is there, and no door has another's."""
    command = [sys.executable, "deploy/credentials.py", "--folder", str(tmp_path), "--our-agency", "A00"]
    command += ["--directory", "examples/county/agencies.yaml", "--door", "deploy/agency.yml.in", "--doors"]
    assert 0 == subprocess.run([*command, "A12=127.0.0.1:8070 A07-1=127.0.0.1:8071"], cwd=ROOT).returncode
    for code, door in (("A12", "agency_a12"), ("A07-1", "agency_a07_1")):
        made = yaml.safe_load((tmp_path / "made" / f"{door}.yml").read_text(encoding="utf-8"))
        services, secrets = made["services"], made["secrets"]
        for each in secrets.values():
            assert (tmp_path / each["file"].removeprefix("${SECRETS:-./deploy/secrets}/")).exists()
        assert all(name.startswith(f"{door}_") for name in secrets)
        serves = {each["source"] for each in services[f"desk-{door}"]["secrets"]}
        assert {f"{door}_database_url", f"{door}_amqp_url", f"{door}_key"} == serves
        assert [{"source": f"{door}_owner_url", "target": "database_url"}] == services[f"migrate-{door}"]["secrets"]
        assert code == services[f"desk-{door}"]["environment"]["AGENCY_CODE"]
        assert f"//{code}:" in (tmp_path / "made" / f"{door}.amqp_url").read_text()
        Safe.from_file(tmp_path / "keys" / f"{door}.key.json")
        # where its figures are asked for, by the name that all doors answer to, and from a network that reaches them
        (alias,) = services[f"desk-{door}"]["networks"]["agencies"]["aliases"]
        scraped = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"][0]["dns_sd_configs"]
        assert alias in {name for each in scraped for name in each["names"]}
        monitoring = yaml.safe_load((ROOT / "deploy" / "compose.monitoring.yml").read_text())
        assert "agencies" in monitoring["services"]["prometheus"]["networks"]
    assert 2 == subprocess.run([*command, "A10=127.0.0.1:8072"], cwd=ROOT, capture_output=True).returncode


def test_a_restore_stops_the_agencies_doors_too(tmp_path: Path) -> None:
    """What is written while a database is put back is given up with it: each door of the compose files stops."""
    (tmp_path / "docker").write_text(
        '#!/usr/bin/env bash\necho "$*" >> "$ASKED"\n'
        'case "$*" in *"ps --services"*) printf "intake\\ndesk-agency_a12\\ndesk-agency_a07_1\\n" ;; esac\n'
    )
    (tmp_path / "docker").chmod(0o755)
    backup = tmp_path / "20261127T120000.database.tar.gz"
    backup.write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    (tmp_path / "20261127T120000.sha256").write_text(f"{digest}  {backup.name}\n")
    settings = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "YES": "yes",
        "ASKED": str(tmp_path / "asked"),
    }
    said = subprocess.run([ROOT / "deploy" / "restore", backup], env=settings, capture_output=True, text=True)
    assert 0 == said.returncode, said.stderr
    (stop,) = (line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("compose stop "))
    assert {"desk-agency_a12", "desk-agency_a07_1", "intake", "postgres"} <= set(stop.split())


def test_a_county_runs_in_four_gigabytes() -> None:
    """All that stays up may have no more together: what is promised of a county's one machine."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    limits = {name: each["mem_limit"] for name, each in services.items() if each["restart"] != "no"}
    assert {"desk-office", "desk-public", "desk-signer", "postgres", "rabbitmq", *SERVICES} == set(limits)
    assert 4096 >= sum(int(each[:-1]) * {"m": 1, "g": 1024}[each[-1]] for each in limits.values())


def _pins(lock: Path) -> dict[str, str]:
    """Name → version and hashes."""
    entries = re.split(r"\n(?=[a-z])", lock.read_text())
    found = (re.match(r"([a-z0-9.-]+)==(\S+)(.*)", entry, re.DOTALL) for entry in entries)
    return {each[1]: each[2] + "".join(sorted(re.findall(r"sha256:\w+", each[3]))) for each in found if each}


def test_a_key_is_made_in_a_container_that_sees_its_folder_alone(tmp_path: Path) -> None:
    """`deploy/keys` by what it asks docker for, carried out here: no network, one folder, one key more.
    What it does not know it refuses before it asks for anything."""
    generate(tmp_path / "secrets" / "keys", ["aid", "intake", "notify", "referral"])
    safe.generate(tmp_path / "secrets" / "sealed" / "sealed.key.json")
    (tmp_path / "docker").write_text(DOCKER.format(python=sys.executable))
    (tmp_path / "docker").chmod(0o755)
    settings = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SECRETS": str(tmp_path / "secrets")}

    def keys(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([ROOT / "deploy" / "keys", *arguments], env=settings, capture_output=True, text=True)

    assert "已加入 w2" in keys("add", "aid").stdout
    assert "已加入 s2" in keys("add", "sealed").stdout
    assert 0 == keys("use", "sealed", "s2").returncode
    assert "current" in keys("remove", "sealed", "s2").stderr, "what is in use stays"
    assert 0 == keys("remove", "sealed", "s1").returncode
    assert {"w1", "w2"} == set(Keyring.from_file(tmp_path / "secrets" / "keys" / "aid.keys.json").wrap)
    assert {"s2"} == set(Safe.from_file(tmp_path / "secrets" / "sealed" / "sealed.key.json").keys)
    for wrong in ((), ("add",), ("use", "aid"), ("add", "../aid"), ("drop", "aid", "w1")):
        assert 2 == keys(*wrong).returncode


DOCKER = """#!/usr/bin/env bash
set -eu
case "$*" in "run --rm --network none --read-only --user "*) ;; *) exit 9 ;; esac
while [ "$1" != -v ]; do shift; done
folder=${{2%%:/keys}}
while [ "$1" != -m ]; do shift; done
exec {python} "${{@//\\/keys\\//$folder/}}"
"""
