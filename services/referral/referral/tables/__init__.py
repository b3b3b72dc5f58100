"""Referral's tables: the mapping alone. What makes and changes them is in the migrations."""

from referral.tables.base import Base
from referral.tables.custody import Custody, Guarded
from referral.tables.directory import Agency, AgencyRevision, ChangeRequest
from referral.tables.proceedings import Minute, Part, Proceeding, ProceedingSerial, Task
from referral.tables.referrals import Escalation, Referral, Serial
from referral.tables.remarks import Remark

__all__ = [
    "Agency",
    "AgencyRevision",
    "Base",
    "ChangeRequest",
    "Custody",
    "Escalation",
    "Guarded",
    "Minute",
    "Part",
    "Proceeding",
    "ProceedingSerial",
    "Referral",
    "Remark",
    "Serial",
    "Task",
]
