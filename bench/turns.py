"""Interleaved rounds: each runner takes its turn in every round, so that a busy minute is not one runner's alone."""

import json
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


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


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def write(path: Path | None, bench: str, result: Mapping[str, Any]) -> None:
    """The result with the machine it was measured on."""
    about = {"bench": bench, "python": platform.python_version(), "machine": platform.machine()}
    if path:
        path.write_text(json.dumps(about | dict(result), ensure_ascii=False, indent=2) + "\n")
