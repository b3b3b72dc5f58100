"""Aid's tables: the mapping alone. What makes and changes them is in the migrations."""

from aid.tables.base import Base
from aid.tables.cases import Case, Held, Lead, Serial
from aid.tables.directory import Agency

__all__ = [
    "Agency",
    "Base",
    "Case",
    "Held",
    "Lead",
    "Serial",
]
