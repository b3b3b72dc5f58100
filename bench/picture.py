"""Draws docs/speed.svg from bench/results: `./dev bench picture`. A bar is a median, the line from min to max."""

import json
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
WIDTH, LEFT, BAR, GAP, RIGHT = 760, 210, 18, 8, 120
OURS, OTHER, LIMIT = "#b3362b", "#8a94a0", "#d5d9de"


def groups(results: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, dict[str, float], str]]]]:
    """Title, and (label, spread, colour) each; every group has a scale of its own."""
    if chain := results.get("chain"):
        bars = [("ours", chain["ours"], OURS)]
        bars += [(f"{name}, one at a time", each, OTHER) for name, each in chain["peers"].items()]
        yield (
            "Chain: handed on → agency's queue, petitions a second",
            [*bars, ("batches by hand", chain["limit"], LIMIT)],
        )
    if relay := results.get("relay"):
        bars = [("ours", relay["ours"], OURS), ("faststream-outbox", relay["peer"], OTHER)]
        yield "Relay: outbox rows confirmed a second", [*bars, ("raw publishing", relay["limit"], LIMIT)]
    if http := results.get("http"):
        bars = [("ours, over HTTP", http["ours"], OURS), ("the same SQL in pgbench", http["limit"], LIMIT)]
        yield "Registrations a second, four clients", bars
    if growth := results.get("growth"):
        bars = [(f"{int(size):,} stored", each, OURS) for size, each in growth["stored"].items()]
        yield "Milliseconds for one petition, from registration to the offer and back", bars


def draw(results: dict[str, Any]) -> str:
    lines, y = list[str](), 10
    for title, bars in groups(results):
        y += 22
        lines.append(f'<text x="10" y="{y}" font-weight="bold">{escape(title)}</text>')
        y += 12
        most = max(spread["max"] for _, spread, _ in bars)
        for label, spread, colour in bars:
            lines += _bar(y, label, spread, colour, (WIDTH - LEFT - RIGHT) / most)
            y += BAR + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 12}" font-family="sans-serif"'
    back = f'<rect width="{WIDTH}" height="{y + 12}" fill="#fff"/>'
    return "\n".join([f'{head} font-size="13">', back, *lines, "</svg>", ""])


def _bar(y: int, label: str, spread: dict[str, float], colour: str, scale: float) -> list[str]:
    length, low, high = (scale * spread[name] for name in ("median", "min", "max"))
    middle, text = y + BAR / 2, y + BAR - 5
    return [
        f'<text x="{LEFT - 8}" y="{text}" text-anchor="end">{escape(label)}</text>',
        f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>',
        f'<path d="M{LEFT + low:.1f} {middle}H{LEFT + high:.1f}" stroke="#222"/>',
        f'<text x="{LEFT + max(length, high) + 8:.1f}" y="{text}">{_figure(spread["median"])}</text>',
    ]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def main() -> int:
    files = (ROOT / "bench" / "results").glob("*.json")
    results = {file.stem: json.loads(file.read_text()) for file in files}
    (ROOT / "docs" / "speed.svg").write_text(draw(results))
    sys.stdout.write("已画 docs/speed.svg\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
