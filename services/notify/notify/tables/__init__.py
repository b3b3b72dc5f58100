"""Notify's tables: the mapping alone. What makes and changes them is in the migrations."""

from notify.tables.base import Base
from notify.tables.contacts import Contact, EndedNumber, Petitioner
from notify.tables.directory import Agency
from notify.tables.notices import NoticeRow
from notify.tables.officers import OfficerItem, OfficerNotice

__all__ = [
    "Agency",
    "Base",
    "Contact",
    "EndedNumber",
    "NoticeRow",
    "OfficerItem",
    "OfficerNotice",
    "Petitioner",
]
