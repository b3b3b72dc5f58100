"""What every bench does alike: read what is asked, take turns (a busy minute is not one runner's alone), write."""

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.dev import stack
from tools.dev.stack import Stack

# a petition as a window registers it
CLAIM = {
    "channel": "visit",
    "kind": "claim",
    "line": "support_prosecution",
    "title": "请求支持起诉讨薪",
    "statement": "石桥安置房工地欠我们7人工资11.6万。",
    "anonymous": True,
    "respondents": [],
}


def arguments() -> argparse.Namespace:
    """`folder`: where the servers and services of a measurement live; `json`: where its result goes, or None."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def take(runners: Mapping[str, Callable[[], float]], rounds: int, unit: str) -> dict[str, list[float]]:
    """What each runner measured, round by round; the first round warms up and is not kept."""
    found: dict[str, list[float]] = {name: [] for name in runners}
    for turn in range(rounds + 1):
        for name, run in runners.items():
            value = run()
            if turn:
                found[name].append(value)
            sys.stdout.write(f"{'预热' if not turn else f'第 {turn} 轮'}  {name:<8} {value:>10,.1f} {unit}\n")
            sys.stdout.flush()
    return found


def progress(what: str, done: int, whole: int) -> None:
    """One line that is written over; at the whole it stays."""
    sys.stdout.write(f"\r{what} {done:>7,} / {whole:,}" + ("\n" if done >= whole else ""))
    sys.stdout.flush()


def halt(place: Stack, service: str) -> None:
    """Ends a service and returns when it has ended."""
    stack.leave(place, service)
    running = place.folder / "running" / service
    stack.until(lambda: not running.exists(), 30, f"{service} 没有停止", place.folder / "log" / f"{service}.log")


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratio(ours: Sequence[float], others: Sequence[float]) -> dict[str, float]:
    """Of each round, then spread."""
    each = [mine / other for mine, other in zip(ours, others, strict=True)]
    return {name: round(value, 2) for name, value in spread(each).items()}


def write(path: Path | None, bench: str, result: Mapping[str, Any]) -> None:
    """The result with the machine it was measured on."""
    about = {"bench": bench, "python": platform.python_version(), "machine": platform.machine()}
    if path:
        path.write_text(json.dumps(about | dict(result), ensure_ascii=False, indent=2) + "\n")
