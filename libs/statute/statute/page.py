"""A YAML file whose every value knows its line, so that a mistake in law as data is named where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

# from each of these days every period can be counted, forwards and back: a page or a command names none beyond
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
BETWEEN_ZH = f"应在 {EARLIEST} 至 {LATEST} 之间"
LONGEST = 10_000  # of any unit


class PageError(ValueError):
    """A file that cannot be used. Attributes: `file` its name, `line` from 1 up, `reason` a Chinese sentence."""

    def __init__(self, file: str, line: int, reason: str):
        super().__init__(f"{file} 第 {line} 行：{reason}")
        self.file, self.line, self.reason = file, line, reason


class _Mapping(dict[str, Any]):
    """What the loader makes of a YAML mapping: its own line, and each key's."""

    line: int
    lines: dict[str, int]


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        found = _Mapping()
        found.line, found.lines = node.start_mark.line + 1, {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if key in found:
                # YAML's own rule is that the last one wins, silently
                raise PageError(Path(self.name).name, line, f"“{key}”写了两次")
            found[key], found.lines[key] = self.construct_object(value_node, deep=True), line
        return found


# the inherited one fills a plain dict behind our back
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_mapping)


@dataclass(slots=True)
class Section:
    """One mapping of a page. Each reader takes a key; `done` refuses the keys that nobody took."""

    file: str
    content: _Mapping
    taken: set[str] = field(default_factory=set)

    def wrong(self, key: str, reason: str) -> PageError:
        """The fault to raise, with the line of the key, or of the section where the key is missing."""
        return PageError(self.file, self.content.lines.get(key, self.content.line), f"{key} {reason}")

    def has(self, key: str) -> bool:
        """Whether the key is there and says something."""
        return self.content.get(key) is not None

    def text(self, key: str, otherwise: str | None = None) -> str:
        """Never empty, but where there is another to take instead. Raises PageError, like every reader here."""
        value = self._value(key, otherwise)
        if not isinstance(value, str) or (not value.strip() and otherwise is None):
            raise self.wrong(key, "应为文字")
        return value

    def number(self, key: str) -> int:
        """A whole number from 1 on."""
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST:
            raise self.wrong(key, f"应为正整数，至多 {LONGEST}")
        return value

    def flag(self, key: str) -> bool:
        """true or false, and no other word for it."""
        value = self._value(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "应为 true 或 false")
        return value

    def day(self, key: str) -> date:
        """A day of the calendar that this library reckons with."""
        value = self._value(key)
        if type(value) is not date:
            raise self.wrong(key, "应为日期，如 2026-09-28")
        if not EARLIEST <= value <= LATEST:
            raise self.wrong(key, BETWEEN_ZH)
        return value

    def days(self, key: str) -> list[date]:
        """Days; there may be none."""
        found = self._value(key)
        if not isinstance(found, list) or any(type(each) is not date for each in found):
            raise self.wrong(key, "应为日期的列表")
        if not all(EARLIEST <= each <= LATEST for each in found):
            raise self.wrong(key, BETWEEN_ZH)
        return found

    def word(self, key: str, words: type[StrEnum], otherwise: str | None = None) -> Any:
        """One of the words."""
        value = self._value(key, otherwise)
        if value not in set(words):
            raise self.wrong(key, f"应为 {'、'.join(words)} 之一")
        return words(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts; the key may be missing."""
        found = self._value(key, [])
        if not isinstance(found, list) or any(not isinstance(each, str) for each in found):
            raise self.wrong(key, "应为文字的列表")
        return tuple(found)

    def values(self, key: str) -> Mapping[str, Any]:
        """A mapping whose keys are the author's own."""
        found = self._value(key, {})
        if not isinstance(found, dict):
            raise self.wrong(key, "应为键和值")
        return found

    def section(self, key: str) -> "Section":
        """A section inside this one, to be read and `done` like it."""
        found = self._value(key)
        if not isinstance(found, _Mapping):
            raise self.wrong(key, "应为键和值")
        return Section(self.file, found)

    def sections(self, key: str, least: int = 0) -> list["Section"]:
        """Sections inside this one, at least so many."""
        found = self._value(key, [])
        if not isinstance(found, list) or any(not isinstance(each, _Mapping) for each in found):
            raise self.wrong(key, "应为列表，每项为键和值")
        if len(found) < least:
            raise self.wrong(key, "不能为空")
        return [Section(self.file, each) for each in found]

    def done(self) -> None:
        """Refuses a key nobody asked for: a misspelt one would be law that is silently not in force."""
        for key in self.content:
            if key not in self.taken:
                raise self.wrong(key, "不是可用的字段")

    def _value(self, key: str, otherwise: Any = None) -> Any:
        self.taken.add(key)
        value = self.content.get(key)
        if value is None and otherwise is None:
            raise self.wrong(key, "必填")
        return otherwise if value is None else value


def read(file: Path) -> Section:
    """The page's outermost mapping. Raises PageError."""
    try:
        with file.open(encoding="utf-8") as text:
            content = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader that keeps lines
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        raise PageError(file.name, mark.line + 1 if mark else 1, "不是有效的 YAML") from None
    except UnicodeDecodeError:
        raise PageError(file.name, 1, "不是 UTF-8 文字") from None
    except ValueError as fault:
        if isinstance(fault, PageError):
            raise
        # 2026-02-30 has the form of a date and is none
        raise PageError(file.name, 1, f"含有不存在的日期（{fault}）") from None
    if not isinstance(content, _Mapping):
        raise PageError(file.name, 1, "应为键和值")
    return Section(file.name, content)


def pages(*folders: Path | None) -> Iterable[Path]:
    """The YAML files of some folders; a later folder's file stands for an earlier one's of the same name."""
    return {file.name: file for each in folders if each for file in sorted(each.glob("*.yaml"))}.values()
