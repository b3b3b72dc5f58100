"""Whom a petition is about, as it was typed: a unit's code beside a name that is another unit's.

The routing ban follows the code. One that was mistyped would bar the wrong house and hand the matter to the accused.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from courier.unit_of_work import UnitOfWork
from intake.tables import Petition, Respondent
from intake.use_cases import directory, people


class Named(Protocol):
    """A respondent as it is typed or kept."""

    @property
    def unit(self) -> str | None:
        """The code that was given for the unit."""

    @property
    def name(self) -> str | None:
        """What was written beside it, in clear: of the unit, of somebody there, or of both."""


class Described(Named, Protocol):
    """One with what they are there: a unit may be named in that as well."""

    @property
    def position(self) -> str | None:
        """民警, 局长: in clear."""

    @property
    def official(self) -> bool:
        """Whether whoever wrote it down says that it is a public official (公职人员)."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was written of one: of the name and the position the whole."""

    unit: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """One that is kept, in clear."""

    seq: int
    unit: str | None
    name: str | None
    position: str | None
    official: bool = False


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


def kept(work: UnitOfWork, number: str, seq: int, person: Described) -> Respondent:
    """The row: who it is and what they are only encrypted."""
    name, position = (
        people.seal(work, number, _label(what, seq), value)
        for what, value in (("name", person.name), ("position", person.position))
    )
    return Respondent(seq=seq, unit=person.unit, name=name, position=position, official=person.official)


def opened(work: UnitOfWork, petition: Petition) -> list[Opened]:
    """Whom it is about, for who may read what was said."""

    def clear(seq: int, what: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else people.unseal(work, petition.number, _label(what, seq), bytes(sealed))

    return [
        Opened(
            each.seq,
            each.unit,
            clear(each.seq, "name", each.name),
            clear(each.seq, "position", each.position),
            each.official,
        )
        for each in petition.respondents
    ]


def doubtful(work: UnitOfWork, respondents: Sequence[Described]) -> set[str]:
    """The units that were named beside another code or none: barred as well, and whom it hits counts as unknown."""
    return set[str]().union(*_elsewhere(work, respondents))


def warnings(work: UnitOfWork, petition: Petition) -> list[str]:
    """What who registers should look at again; it holds nothing up."""
    typed = opened(work, petition)
    found = _elsewhere(work, typed)
    names = directory.agency_names(work) if any(found) else {}
    return [
        f"被反映人 {seq}：名称中的单位（{'、'.join(names[code] for code in sorted(codes))}）与所填单位代码"
        f"（{each.unit or '未填'}）不一致，暂按单位不明办理，请核对"
        for seq, (each, codes) in enumerate(zip(typed, found, strict=True), 1)
        if codes
    ]


def _elsewhere(work: UnitOfWork, respondents: Sequence[Described]) -> list[set[str]]:
    typed = [Typed(each.unit, "，".join(filter(None, (each.name, each.position)))) for each in respondents]
    if not any(each.name for each in typed):
        return [set() for _ in typed]
    names = directory.agency_names(work)
    return [elsewhere(each, names) for each in typed]


def _label(what: str, seq: int) -> str:
    return f"respondent|{what}|{seq}"
