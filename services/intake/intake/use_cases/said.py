"""What a petition says, as every index of words is given it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Said:
    """In clear, for as long as it is indexed. Of one that asked for secrecy, or lies in an envelope: nothing."""

    number: str
    registered_at: datetime
    title: str | None = None
    statement: str | None = None
    respondents: tuple[str, ...] = ()  # their names
