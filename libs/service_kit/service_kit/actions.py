"""One of `allowed_actions`: what can be done of a thing now, and how it is drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.vocabulary import Word
from web.forms import narrowed
from web.route import Route, offer

Words = Mapping[str, str]  # value → label


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be done. `parts`: of the address, beside the number. `words`: field → what it takes now.

    `without`: fields that have no place in it; `needs`: such as must be there although the body can do without.
    `about`: which of several it is about, in Chinese.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Words] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    about: str = ""


def words_of(words: Iterable[Word]) -> Words:
    """Words as a field takes them."""
    return {word.value: word.zh for word in words}


def drawn(route: Route, name: str, zh: str, number: str, target: Target, **more: Any) -> dict[str, Any]:
    """The offer. `number`: of the thing it is done to; `more`: what else is to be known before it is done."""
    fields = [
        each | {"required": each["required"] or each["name"] in target.needs}
        for each in narrowed(route.fields, target.words)
        if each["name"] not in target.without
    ]
    title = f"{zh}（{target.about}）" if target.about else zh
    return offer(route, name, title, {"number": number, **target.parts}, fields=fields, **more)
