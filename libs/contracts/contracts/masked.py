"""Numbers that say who somebody is, as they are shown before anybody asks for the whole. Plain Python."""

import re

_COUNTRY = "86"
_STARS = "****"


def phone(told: str) -> str:
    """199****1208: as many stars whatever is behind them; of a number too short for that, the last four at most."""
    number = "".join(re.findall(r"[0-9]+", told.partition("转")[0]))
    number = number.removeprefix(_COUNTRY) if len(number) > 11 else number
    if len(number) < 7:
        return _STARS
    return f"{number[:3] if len(number) > 10 else ''}{_STARS}{number[-4:]}"


def resident_id(number: str) -> str:
    """**************0014: neither where nor when somebody was born."""
    return f"{'*' * 14}{number[-4:]}"
