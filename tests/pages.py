"""What docs/pages.md promises who writes the pages: every row of its tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "pages.md"
_ROW = re.compile(
    r"\| (?P<title>.*?) ?\| (?P<service>[a-z]+) `(?P<call>(?:GET|POST) /\S*)` \| (?P<who>[A-Z]+) \| (?P<shown>.*) \|"
)
_HEAD = re.compile(r"\|[-|]+\||\| (panel|the row has) \| .*")


@dataclass(frozen=True)
class Panel:
    """`call`: as it is asked for, `{…}` for a number; `who`: letters as in the table of rights; `shown`: members."""

    page: str
    title: str
    service: str
    call: str
    who: frozenset[str]
    shown: tuple[str, ...]

    @property
    def method(self) -> str:
        return self.call.partition(" ")[0]

    @property
    def path(self) -> str:
        """Without its query."""
        return self.call.partition(" ")[2].partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        asked = self.call.partition("?")[2]
        return dict(each.split("=") for each in asked.split("&")) if asked else {}

    def __str__(self) -> str:
        return f"{self.service} {self.call}"


def panels(page: str | None = None) -> list[Panel]:
    """Of one page, or of all, in their order. Fails by name for a row that says no call."""
    return [each for each in _all() if page in (None, each.page)]


def _all() -> Iterator[Panel]:
    page = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        page = line[3:] if line.startswith("## ") else page
        if not line.startswith("|") or _HEAD.fullmatch(line):
            continue
        found = _ROW.fullmatch(line)
        assert found, line
        title, shown = found["title"].strip("`"), tuple(re.findall(r"`(\w+)`", found["shown"]))
        yield Panel(page, title, found["service"], found["call"], frozenset(found["who"]), shown)
