"""docs/clocks.md is drawn from the packs and the lines, and no line names a clock that it cannot start."""

from pathlib import Path

import pytest

from contracts.vocabulary import Line
from intake.domain import line_clocks, lines
from statute import Law

PAGE = Path(__file__).parent.parent.parent / "docs" / "clocks.md"
LAW = Law.load()
SHEETS = [(line, sub) for line in Line for sub in (None, *lines.shipped().subs[line])]


def test_the_page_is_what_the_packs_say() -> None:
    """Drawn anew by `python -m intake.domain.line_clocks docs`."""
    assert line_clocks.markdown(LAW) == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("line", "sub"), SHEETS)
def test_what_a_line_tells_runs_in_it(line: Line, sub: str | None) -> None:
    """A visitor's guide and an officer's page name no period that would never begin."""
    runs = {row.id for row in line_clocks.of(LAW.packs.packs[-1], line, sub)}
    assert set(lines.shipped().sheet(line, sub).clocks) <= runs
