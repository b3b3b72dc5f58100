"""Whom a petition is about, as it was typed: a unit's code beside a name that is another unit's.

The routing ban follows the code. One that was mistyped would bar the wrong house and hand the matter to the accused.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from courier.unit_of_work import UnitOfWork
from intake.tables import Petition
from intake.use_cases import directory, people


class Named(Protocol):
    """A respondent as it is typed or kept."""

    @property
    def unit(self) -> str | None:
        """The code that was given for the unit."""

    @property
    def name(self) -> str | None:
        """What was written beside it, in clear: of the unit, of somebody there, or of both."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One that is kept, with its name in clear."""

    unit: str | None
    name: str | None


def plain(name: str) -> str:
    """As people may write it: any width, blanks, 枫禾县 or 县 before it, what is in brackets after it."""
    text = re.sub(r"\(.*?\)", "", "".join(unicodedata.normalize("NFKC", name).split()).casefold())
    county, found, rest = text.partition("县")
    # 青岭市枫禾县公安局 is the county's; a 县 far behind belongs to something else
    return rest if found and len(county) <= 6 and len(rest) >= 2 else text


def named(text: str, names: Mapping[str, str]) -> set[str]:
    """The agencies whose name is in the text: code → name. Of one name within another the longer counts."""
    text = plain(text)
    found = {code: own for code, name in names.items() if (own := plain(name)) and own in text}
    return {code for code, own in found.items() if not any(own != other and own in other for other in found.values())}


def elsewhere(each: Named, names: Mapping[str, str]) -> set[str]:
    """The agencies a respondent's name names while its code names none of them."""
    found = named(each.name, names) if each.name else set()
    own = {code for code in found if each.unit and (code == each.unit or plain(names[code]) == plain(names[each.unit]))}
    return set() if own else found


def doubtful(work: UnitOfWork, respondents: Sequence[Named]) -> set[str]:
    """The units that were named beside another code or none: barred as well, and whom it hits counts as unknown."""
    return set[str]().union(*_elsewhere(work, respondents))


def warnings(work: UnitOfWork, petition: Petition) -> list[str]:
    """What who registers should look at again; it holds nothing up."""
    number = petition.number
    typed = [
        Typed(
            each.unit,
            None if each.name is None else people.unseal(work, number, f"respondent|name|{each.seq}", bytes(each.name)),
        )
        for each in petition.respondents
    ]
    found = _elsewhere(work, typed)
    names = directory.agency_names(work) if any(found) else {}
    return [
        f"被反映人 {seq}：名称中的单位（{'、'.join(names[code] for code in sorted(codes))}）与所填单位代码"
        f"（{each.unit or '未填'}）不一致，暂按单位不明办理，请核对"
        for seq, (each, codes) in enumerate(zip(typed, found, strict=True), 1)
        if codes
    ]


def _elsewhere(work: UnitOfWork, respondents: Sequence[Named]) -> list[set[str]]:
    if not any(each.name for each in respondents):
        return [set() for _ in respondents]
    names = directory.agency_names(work)
    return [elsewhere(each, names) for each in respondents]
