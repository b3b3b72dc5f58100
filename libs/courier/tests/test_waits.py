"""Delays have one home; those that hang on one another stand in their order."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from courier import waits

ROOT = Path(__file__).resolve().parents[3]
# what is no delay of ours: how long a client of HTTP may take, a county's settings, when time is not to be trusted, and
# within which a caller may look something up so often; and how long somebody stays logged in, which is the desk's
ELSEWHERE = {"connections.py", "http_server.py", "settings.py", "watch.py", "lookup.py"}
CALLS = {"every", "sleep", "wait", "Timeout", "settimeout", "spawn_after"}


def _written(tree: ast.AST) -> Iterator[int]:
    """Lines in which a number of seconds or minutes is written where one is waited for."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        named = {each.arg: each.value for each in call.keywords}
        places = [*call.args[:1]] if name in CALLS else []
        places += [each for arg, each in named.items() if arg and "timeout" in arg]
        if name == "timedelta":
            places += [named[unit] for unit in ("seconds", "minutes") if unit in named]
        for each in places:
            if isinstance(each, ast.Constant) and isinstance(each.value, int | float) and each.value:
                yield call.lineno


def test_a_delay_is_written_in_one_file() -> None:
    """Whoever asks why something came late reads `waits.py` and nothing else."""
    code = [
        path
        for top in ("libs", "services")
        for path in (ROOT / top).rglob("*.py")
        if not {"tests", "migrations", "desk"} & {*path.parts} and path.name not in ELSEWHERE | {"waits.py"}
    ]
    assert len(code) > 100
    trees = {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in code}
    assert [] == [f"{path}:{line}" for path, tree in trees.items() for line in _written(tree)]


@pytest.mark.parametrize("line", ["every(5.0)", "time.sleep(0.2)", "timedelta(minutes=1)", "get(url, timeout=30)"])
def test_a_delay_elsewhere_is_found(line: str) -> None:
    assert [1] == list(_written(ast.parse(line)))


def test_what_bounds_another_is_longer() -> None:
    """A statement ends before its connection is given up, what is in hand before the process, a version that is
    missing is on its way for longer than a sweep, and no transaction outlives what two of them may be apart."""
    assert waits.LOCK_MS < waits.STATEMENT_MS < 1000 * waits.DATABASE_SILENT < 1000 * waits.STOP_GRACE
    assert waits.STOP_GRACE < waits.STOP_TIMEOUT
    assert waits.CONFIRM_TIMEOUT < waits.BROKER_AWAY
    assert timedelta(seconds=waits.SWEEP_DELIVERY) < waits.MISSING < waits.MISSING_ASKED
    assert timedelta(milliseconds=waits.STATEMENT_MS + waits.IDLE_IN_TRANSACTION_MS) < waits.LONGEST_TRANSACTION


def test_the_last_wait_stays() -> None:
    """The first failure waits for the first, and what failed more often than there are waits for the last."""
    table = waits.RETRY_REFUSED
    assert [table[0], table[0], table[1], table[-1], table[-1]] == [
        waits.after(failures, table) for failures in (0, 1, 2, len(table), 99)
    ]
