"""`./dev` says what it can, in Chinese and in English, and does nothing when it is only asked."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, timeout=60)


COMMANDS = re.findall(r"^  ([a-z]+) ", dev("help").stdout, re.MULTILINE)


def test_each_command_is_said_in_both_languages() -> None:
    """Chinese first, the same said in English below it."""
    lines = dev("help").stdout.splitlines()
    assert len(COMMANDS) >= 10
    for command in COMMANDS:
        at = next(n for n, line in enumerate(lines) if line.startswith(f"  {command} "))
        assert re.search(r"[一-鿿]{2}", lines[at])
        assert re.fullmatch(r" {10}[ -~]+", lines[at + 1])
    assert dev("help").stdout == dev("--help").stdout == dev("-h").stdout == dev().stdout
    assert (0, 2, 2) == (dev("help").returncode, dev().returncode, dev("helpp").returncode)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_of_its_own(command: str) -> None:
    """It is shown, and nothing is started, locked or measured."""
    before = (ROOT / "requirements.lock").stat().st_mtime_ns
    done = dev(command, "--help")
    assert 0 == done.returncode
    assert re.search(r"[一-鿿]{2}", done.stdout)
    assert before == (ROOT / "requirements.lock").stat().st_mtime_ns
