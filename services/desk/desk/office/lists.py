"""A list of a service, page by page: narrowed and sorted by its address, with the words its description has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from desk.office import description
from desk.office.door import asked, client

Words = tuple[str, Sequence[tuple[str, str]]]  # what it is called, and each word with its own
_OURS = ("sort", "limit", "after")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """By what a list can be narrowed, and by what it is now. `others`: what beside that the address has."""

    filters: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    given: Mapping[str, str]
    others: Mapping[str, str]

    @property
    def query(self) -> Mapping[str, str]:
        """All that the address has, without the page."""
        return {**self.others, **self.given}

    def sorted_by(self, word: str) -> Mapping[str, str]:
        """The address by which the list is sorted so, or the other way round where it is so already."""
        turned = word[1:] if word.startswith("-") else f"-{word}"
        return {**self.query, "sort": turned if self.given.get("sort") == word else word}

    def way(self, word: str) -> str:
        """How it is sorted by this now, as `aria-sort` has it."""
        now = self.given.get("sort", "")
        if now.removeprefix("-") != word.removeprefix("-"):
            return "none"
        return "descending" if now.startswith("-") else "ascending"


def after() -> dict[str, str]:
    """Which page of a list is asked for; nothing for the first."""
    return {"after": request.args["after"]} if request.args.get("after") else {}


def narrowing(
    service: str,
    path: str,
    *but: str,
    more: Sequence[str] = (),
    codes: Mapping[str, Words] | None = None,
    **others: str,
) -> Narrowing:
    """Of a list, by all that its description has words for, and by `codes`. `but`: what the page asks for by itself.

    `others`: what the address always has, and what of it where it does not.
    """
    words = description.words(client(), service, path) | dict(codes or {})
    filters = [(name, zh, choices) for name, (zh, choices) in words.items() if name not in (*_OURS, *but)]
    given = dict(asked(*(name for name, _, _ in filters), *more, *others, "sort"))
    always = {name: given.pop(name, usual) for name, usual in others.items()}
    return Narrowing(filters, given, always)
