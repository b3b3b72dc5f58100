"""Intake's interface under schemathesis: thousands of made-up calls with an officer's token."""

import os
import subprocess
from pathlib import Path

import pytest
import requests

from tools.dev import peers, stack
from tools.dev.stack import ROOT, Stack

HERE = Path(__file__).parent / "schemathesis"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def test_every_operation_keeps_its_word(system: Stack, tmp_path: Path) -> None:
    """No 5xx, nothing undocumented, and each operation was seen to succeed."""
    url, token, seen = system.url("intake"), stack.token(system), tmp_path / "seen"
    program = peers.python(ROOT / ".run", HERE / "requirements.txt").parent / "st"
    command = [str(program), "run", f"{url}/openapi.json", "--header", f"Authorization: Bearer {token}"]
    command += ["--checks", ",".join(CHECKS), "--max-examples", "40", "--phases", "examples,coverage,fuzzing"]
    command += ["--continue-on-failure", "--seed", "20261125", "--request-timeout", "30", "--no-color"]
    given = {"INTAKE_URL": url, "INTAKE_TOKEN": token, "SEEN_FILE": str(seen), "SCHEMATHESIS_HOOKS": "hooks"}
    given["INTAKE_OTHER_TOKEN"] = stack.token(system, officer="900002")
    for level, officer in (("department_head", "900108"), ("leader", "900002"), ("chief", "900000")):
        given[f"INTAKE_{level.upper()}_TOKEN"] = stack.token(system, level, officer)
    result = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **given, "PYTHONPATH": str(HERE)}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    description = requests.get(f"{url}/openapi.json", timeout=10)
    assert description.status_code == 200  # it is what schemathesis reads, and does not try
    paths = description.json()["paths"]
    operations = {f"{method.upper()} {path}" for path, found in paths.items() for method in found}
    succeeded = {line.rsplit(" ", 1)[0] for line in seen.read_text().splitlines() if line.rsplit(" ", 1)[1][0] == "2"}
    # a file is fetched and handed in by an agency's one-time token: tests/journeys/test_files.py
    # what came online is its one reader's: tests/journeys/test_online.py
    # what is on paper is so where nobody may decide: tests/journeys/test_approvals.py
    # and nothing is parked here: tests/journeys/test_operate.py
    elsewhere = {"GET /openapi.json", "GET /files/{sha256}", "PUT /files/{sha256}", "POST /approvals/{approval}/paper"}
    elsewhere |= {"GET /contacts/{contact}/files/{sha256}"}
    elsewhere |= {f"POST /operations/parked/{{message}}/{each}" for each in ("replay", "discard")}
    assert operations - elsewhere <= succeeded, operations - succeeded
