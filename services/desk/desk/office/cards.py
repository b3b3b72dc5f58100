"""What a number stands for on a list: title, petitioner, who has it, as intake shows it to this officer."""

from collections.abc import Iterable, Mapping
from typing import Any

from desk.client import Away, Refused
from desk.office.door import client

_MOST = 200  # numbers of one request


def of(numbers: Iterable[str | None]) -> Mapping[str, Any]:
    """Number → its card; one that is not in sight, and all where they cannot be read, are shown by number alone."""
    found, wanted = dict[str, Any](), sorted({each for each in numbers if each})
    for first in range(0, len(wanted), _MOST):
        try:
            said = client().post("intake", "/cards", {"numbers": wanted[first : first + _MOST]})
        except (Refused, Away):
            break
        found |= {each["number"]: each for each in said["cards"]}
    return found
