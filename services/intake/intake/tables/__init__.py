"""Intake's tables, by their nouns: the mapping alone. What makes and changes them is in the migrations."""

from intake.tables.acts import Act
from intake.tables.admission import Advised
from intake.tables.approvals import Approval
from intake.tables.base import Base, table_of
from intake.tables.classifiers import Classifier
from intake.tables.contacts import Contact
from intake.tables.corrections import Correction
from intake.tables.directory import Agency
from intake.tables.files import AnswerFile, EndedReferral, File, FileGrant, FilePiece
from intake.tables.indexes import TextIndex, ToIndex, WordCount, WordIndex, WordsCounted
from intake.tables.leading import ChiefLed, LeaderChange
from intake.tables.links import Link
from intake.tables.lookup import LookupTry, QueryCode, Rating
from intake.tables.matches import MatchedPair
from intake.tables.office import Department, DepartmentRevision, OfficerRevision, OfficerRow, RoleRequest
from intake.tables.people import Person, SealedPerson
from intake.tables.petitions import Answer, Petition, Serial
from intake.tables.receptions import Booking, Reception, VisitorLook
from intake.tables.releases import Release, ReleaseState
from intake.tables.replies import Reply, ReplyWaiver
from intake.tables.respondents import Respondent
from intake.tables.risk import Risk
from intake.tables.sealed import Opening
from intake.tables.tasks import Task, TaskRecord
from intake.tables.timeline import NUMBERED, PRINTED, STEP_IN_CLEAR, Step
from intake.tables.walls import Wall

__all__ = [
    "NUMBERED",
    "PRINTED",
    "STEP_IN_CLEAR",
    "Act",
    "Advised",
    "Agency",
    "Answer",
    "AnswerFile",
    "Approval",
    "Base",
    "Booking",
    "ChiefLed",
    "Classifier",
    "Contact",
    "Correction",
    "Department",
    "DepartmentRevision",
    "EndedReferral",
    "File",
    "FileGrant",
    "FilePiece",
    "LeaderChange",
    "Link",
    "LookupTry",
    "MatchedPair",
    "OfficerRevision",
    "OfficerRow",
    "Opening",
    "Person",
    "Petition",
    "QueryCode",
    "Rating",
    "Reception",
    "Release",
    "ReleaseState",
    "Reply",
    "ReplyWaiver",
    "Respondent",
    "Risk",
    "RoleRequest",
    "SealedPerson",
    "Serial",
    "Step",
    "Task",
    "TaskRecord",
    "TextIndex",
    "ToIndex",
    "VisitorLook",
    "Wall",
    "WordCount",
    "WordIndex",
    "WordsCounted",
    "table_of",
]
