"""A registration so far: what a window has typed of one that has no number yet. Nothing of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.vocabulary import Channel, IdPaper, Kind, Line
from courier.unit_of_work import UnitOfWork
from intake.use_cases import registration
from intake.use_cases.registration import RespondentInput


@dataclass(frozen=True, slots=True)
class DraftPerson:
    """One of who petitions, as typed so far; whoever compares a number reads it as registering would."""

    name: str | None
    resident_id: str | None
    phone: str | None
    address: str | None
    paper: IdPaper = IdPaper.RESIDENT_ID
    other_phones: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DraftInput:
    """What `RegisterInput` will have, as far as it is known; None: not yet, or not at all.

    `contact`: the id of the recorded one it comes from. `sealed_post`: what is said lies in an envelope.
    """

    anonymous: bool = False
    petitioner: DraftPerson | None = None
    organisation: str | None = None
    others: tuple[DraftPerson, ...] = ()
    kind: Kind | None = None
    line: Line | None = None
    sub_line: str | None = None
    title: str | None = None
    statement: str | None = None
    sealed_post: bool = False
    place: str | None = None
    secrecy: bool = False
    respondents: tuple[RespondentInput, ...] = ()
    channel: Channel | None = None
    service_point: str | None = None
    received_on: date | None = None
    received_reason: str | None = None
    old_matter: bool = False
    group_size: int = 1
    contact: str | None = None
    submitted_by: str | None = None


def check(work: UnitOfWork, draft: DraftInput) -> None:
    """Every code in it as registering checks it. Raises Invalid."""
    point = None if draft.contact else draft.service_point
    registration.check_codes(work, draft.line, draft.sub_line, draft.respondents, draft.place, point)
