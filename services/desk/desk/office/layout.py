"""Where the fields of 登记 stand on the page, and where one begins to type."""

from collections.abc import Sequence

from desk.office.forms import Control
from desk.office.words import BEGINS, REGISTER

Block = tuple[str, Sequence[Control], str, Sequence[Control]]  # title, what is shown; title of the fold, what is in it


def blocks(controls: Sequence[Control]) -> list[Block]:
    """As REGISTER has them; what stands in none of its blocks is one at the end."""
    by_path = {each.path: each for each in controls}
    apart = {path for *_, folded in REGISTER for path in folded}
    for each in controls:  # a part that is seldom needed stands apart from its group, under the same name
        by_path |= {part.path: part for part in each.parts if part.path in apart}
        each.parts = [part for part in each.parts if part.path not in apart]
    made: list[Block] = []
    for zh, shown, more, folded in REGISTER:
        shown_here = [by_path.pop(path) for path in shown if path in by_path]
        made.append((zh, shown_here, more, [by_path.pop(path) for path in folded if path in by_path]))
    return [*made, ("其他", [*by_path.values()], "", [])]


def begin(controls: Sequence[Control]) -> None:
    """Marks the first of BEGINS that nothing is in."""
    empty = [part for each in controls for part in (each, *each.parts) if part.path in BEGINS and not part.value]
    for each in empty[:1]:
        each.begins = True
