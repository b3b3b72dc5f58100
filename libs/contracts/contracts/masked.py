"""Numbers that say who somebody is, as they are shown before anybody asks for the whole. Plain Python."""

import re

_COUNTRY = "86"
_STARS = "****"
BETWEEN = "、"  # of several phones of one person


def phone(told: str) -> str:
    """199****1208: as many stars whatever is behind them; of a number too short for that, the last four at most."""
    number = "".join(re.findall(r"[0-9]+", told.partition("转")[0]))
    number = number.removeprefix(_COUNTRY) if len(number) > 11 else number
    if len(number) < 7:
        return _STARS
    return f"{number[:3] if len(number) > 10 else ''}{_STARS}{number[-4:]}"


def phones(told: str) -> str:
    """Several, each as one is."""
    return BETWEEN.join(map(phone, told.split(BETWEEN)))


def resident_id(number: str) -> str:
    """**************0014: neither where nor when somebody was born; of a shorter number less: 护照 ****78."""
    name, blank, rest = number.partition(" ")
    return f"{name} {_STARS}{rest[-2:]}" if blank else f"{'*' * 14}{number[-4:]}"
