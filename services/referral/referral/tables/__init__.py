"""Referral's tables: the mapping alone. What makes and changes them is in the migrations."""

from referral.tables.base import Base
from referral.tables.bookings import Booking, Room
from referral.tables.custody import Custody, Guarded
from referral.tables.directory import Agency, AgencyRevision, ChangeRequest
from referral.tables.proceedings import Minute, Part, Proceeding, ProceedingSerial, Task
from referral.tables.referrals import Escalation, Referral, Serial
from referral.tables.remarks import Remark
from referral.tables.roster import Parties, Recusal, RosterEntry
from referral.tables.teams import Member, Note, Team

__all__ = [
    "Agency",
    "AgencyRevision",
    "Base",
    "Booking",
    "ChangeRequest",
    "Custody",
    "Escalation",
    "Guarded",
    "Member",
    "Minute",
    "Note",
    "Part",
    "Parties",
    "Proceeding",
    "ProceedingSerial",
    "Recusal",
    "Referral",
    "Remark",
    "Room",
    "RosterEntry",
    "Serial",
    "Task",
    "Team",
]
