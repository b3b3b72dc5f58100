"""Registration: a petition gets its number, its people and its first clocks; by HTTP or from an agency's queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.vocabulary import (
    Channel,
    ContactOutcome,
    Kind,
    Line,
    Party,
    PetitionState,
    Reach,
    ReferralKind,
    WallReason,
)
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, lines, states
from intake.tables import Contact, Petition, Serial
from intake.use_cases import contacts, office, people, placing, respondents, risk, senders, timeline, walls
from intake.use_cases.directory import agency
from intake.use_cases.tools import tools_of
from service_kit import numbers
from statute import day_of


@dataclass(frozen=True, slots=True)
class RespondentInput:
    """Whom it is about: the unit's code, the name as written; of ours also a number or department."""

    unit: str | None
    name: str | None
    officer: str | None = None
    department: str | None = None
    position: str | None = None

    @property
    def is_named(self) -> bool:
        """Whether it is said which colleague of ours, or which department."""
        return bool(self.officer or self.department)


@dataclass(frozen=True, slots=True)
class RegisterInput:
    """What is registered, however it came: from a window, a recorded contact, or an agency's own system."""

    channel: Channel
    service_point: str
    received_on: date | None
    received_reason: str | None
    kind: Kind
    line: Line
    title: str | None
    statement: str | None
    post_number: str | None
    post_digest: str | None
    place: str | None
    group_size: int
    secrecy: bool
    petitioner: people.PetitionerInput | None
    respondents: tuple[RespondentInput, ...]
    submitted_by: str | None = None
    submission: str | None = None
    handover: ReferralKind = ReferralKind.TRANSFER
    answer_by: date | None = None
    sub_line: str | None = None
    party: Party = Party.INDIVIDUAL
    organisation: str | None = None
    others: tuple[people.PetitionerInput, ...] = ()
    pieces: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks found: no later step asks again."""

    contact: Contact | None  # the recorded one it comes from
    is_part: bool
    channel: Channel
    service_point: str
    received_on: date
    petitioners: tuple[people.CheckedPetitioner, ...]  # the first first; none of an anonymous one
    group_size: int
    reach: Reach
    units: tuple[str, ...]  # the respondents', with those that a name names beside another code
    units_known: bool
    concerns_us: bool
    unidentified: bool  # whom of us it concerns


def register(
    work: UnitOfWork, command: RegisterInput, contact: Contact | None = None, *, is_part: bool = False
) -> Petition:
    """Gives a number, starts what is owed, tells the others; returns the petition.

    `contact`: the recorded one it comes from, under its lock; how, where and when it came is what was recorded.
    `is_part`: one of several from it, which whoever splits it decides. Raises Invalid naming the field, Conflict.
    """
    checked = _check(work, command, contact, is_part)
    number = _next_number(work)
    petition = _write(work, number, command, checked)
    _publish(work, petition, command, checked)
    return petition


def submitted(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> None:
    """`petition.submitted`: an agency's system hands a petition in, to be signed; what is wrong goes back to it."""
    given = dict(data)
    petitioner, respondents = given.pop("petitioner"), given.pop("respondents")
    command = RegisterInput(
        channel=Channel.FORWARDED,
        service_point="12309",
        received_reason="单位转入",
        post_number=None,
        post_digest=None,
        petitioner=people.PetitionerInput(
            petitioner["name"],
            petitioner.get("resident_id"),
            petitioner.get("phone"),
            petitioner.get("address"),
            petitioner["sms_consent"],
        )
        if petitioner
        else None,
        respondents=tuple(RespondentInput(**each) for each in respondents),
        submitted_by=message.sender,
        **given,
    )
    register(work, command)


def _check(work: UnitOfWork, command: RegisterInput, contact: Contact | None, is_part: bool) -> Checked:
    """Every refusal, before anything is written."""
    tools, today = tools_of(work), day_of(work.now)
    # of a recorded contact the day and the point were checked then, which may be days ago: a point may be gone since
    received_on = (
        contact.received_on if contact else states.received_on(command.received_on, today, command.received_reason)
    )
    if (command.statement is None) == (command.post_number is None):
        raise errors.StatementOrPost()
    _check_post(command)
    _check_directory(work, command, None if contact else command.service_point)
    if command.submitted_by is not None:
        senders.check_sender(work, command.submitted_by, command.submission, command.answer_by, received_on)
    people.check_party(command.party, command.petitioner, command.others, command.organisation)
    petitioners = people.check(command.petitioner, command.others, command.secrecy, today, tools.area_code)
    if contact is not None and not is_part:
        contacts.check_undecided(contact)
    doubtful = respondents.doubtful(work, command.respondents)
    units = states.units([*(each.unit for each in command.respondents), *doubtful])
    return Checked(
        contact=contact,
        is_part=is_part,
        channel=Channel(contact.channel) if contact else command.channel,
        service_point=(contact or command).service_point,
        received_on=received_on,
        petitioners=petitioners,
        group_size=max(command.group_size, 1 + len(command.others)),
        reach=_reach(command, petitioners),
        units=tuple(units),
        units_known=all(each.unit for each in command.respondents) and not doubtful,
        concerns_us=tools.our_agency in units,
        unidentified=tools.our_agency in doubtful
        or any(each.unit == tools.our_agency and not each.is_named for each in command.respondents),
    )


def _check_post(command: RegisterInput) -> None:
    """What goes in an envelope is not typed in, and who sent it is kept as secret as the envelope."""
    if command.post_number is None:
        return
    if command.title is not None:
        raise errors.PostHoldsAll("title")
    for index, respondent in enumerate(command.respondents):
        for field in ("name", "position"):
            if getattr(respondent, field) is not None:
                raise errors.PostHoldsAll(f"respondents.{index}.{field}")
    if command.petitioner is not None and not command.secrecy:
        raise errors.PostHoldsAll("secrecy")


def _check_directory(work: UnitOfWork, command: RegisterInput, service_point: str | None) -> None:
    if command.sub_line is not None and command.sub_line not in lines.shipped().subs[command.line]:
        raise errors.UnknownSubLine(list(lines.shipped().subs[command.line]))
    if service_point is not None:
        tools_of(work).service_points.check(service_point)
    for index, respondent in enumerate(command.respondents):
        if respondent.is_named and respondent.unit != tools_of(work).our_agency:
            raise errors.NotOurColleague(f"respondents.{index}.unit")
        if respondent.officer is not None:
            office.check_officer(work, respondent.officer, f"respondents.{index}.officer")
        if respondent.department is not None:
            office.check_department(work, respondent.department, f"respondents.{index}.department", closed=True)
        if respondent.unit is not None:
            agency(work, respondent.unit, f"respondents.{index}.unit")
    if command.place is not None and not tools_of(work).places.knows(command.place):
        raise errors.WrongField("place", "行政区划代码不存在", "no such division code")


def _reach(command: RegisterInput, petitioners: Sequence[people.CheckedPetitioner]) -> Reach:
    first = petitioners[0] if petitioners else None
    return states.reach(
        anonymous=first is None,
        secrecy=command.secrecy,
        mobile=first is not None and first.is_mobile,
        phone=first is not None and first.phone is not None,
        sms_consent=first is not None and first.sms_consent,
    )


def _next_number(work: UnitOfWork) -> str:
    year = day_of(work.now).year
    (serial,) = numbers.take(work, Serial, year)
    return states.number(year, tools_of(work).jurisdiction, serial)


def _write(work: UnitOfWork, number: str, command: RegisterInput, checked: Checked) -> Petition:
    petition = _row(work, number, command, checked)
    for respondent in command.respondents:
        if respondent.is_named:
            walls.add(work, petition, respondent.officer, respondent.department, WallReason.CONCERNED)
    petition.placed = placing.first(work, petition)
    people.keep(work, petition, [each.personal for each in checked.petitioners], command.organisation)
    work.session.add(petition)
    petition.contact = _contact(work, petition, command, checked)
    return petition


def _row(work: UnitOfWork, number: str, command: RegisterInput, checked: Checked) -> Petition:
    return Petition(
        number=number,
        year=day_of(work.now).year,
        serial=int(number[-6:]),
        state=PetitionState.REGISTERED if command.submitted_by is None else PetitionState.SUBMITTED,
        kind=command.kind,
        line=command.line,
        sub_line=command.sub_line,
        service_point=checked.service_point,
        concerns_us=checked.concerns_us,
        unidentified=checked.unidentified,
        title=people.seal(work, number, "petition|title", command.title),
        statement=people.seal(work, number, "petition|statement", command.statement),
        post_number=command.post_number,
        post_sealed=people.seal(work, number, "petition|post_sealed", command.post_digest),
        party=command.party,
        anonymous=not checked.petitioners,
        secrecy=command.secrecy,
        reach=checked.reach,
        group_size=checked.group_size,
        place=command.place,
        registered_at=work.now,
        received_on=checked.received_on,
        counts_from=checked.received_on,
        awaits_answer=False,
        submitted_by=command.submitted_by,
        submission=command.submission,
        answer_by=command.answer_by,
        pieces=command.pieces,
        pages=command.pages,
        walls=[],
        respondents=[respondents.kept(work, number, seq, each) for seq, each in enumerate(command.respondents, 1)],
    )


def _contact(work: UnitOfWork, petition: Petition, command: RegisterInput, checked: Checked) -> str:
    """The contact it comes from, decided by this; one is made where none was recorded."""
    if checked.contact is None:
        return contacts.of_registration(work, petition, checked.channel, command.received_reason)
    if not checked.is_part:
        known = [each.name for each in checked.petitioners]
        contacts.decide(work, checked.contact, ContactOutcome.REGISTERED, petition, known=known)
    return checked.contact.id


def _publish(work: UnitOfWork, petition: Petition, command: RegisterInput, checked: Checked) -> None:
    timeline.record(
        work,
        petition,
        "petition.registered.v1",
        kind=command.kind,
        line=command.line,
        channel=checked.channel,
        service_point=checked.service_point,
        due_as="reply_by",
        received_on=checked.received_on,
        reach=checked.reach,
        anonymous=petition.anonymous,
        person=petition.person,
        group_size=checked.group_size,
        respondent_units=list(checked.units),
        respondents_known=checked.units_known,
        sealed_post=command.post_number is not None,
        place=command.place,
        submitted_by=command.submitted_by,
        **({"from_contact": True} if checked.contact else {}),
        **({"sub_line": command.sub_line} if command.sub_line else {}),
    )
    if command.submitted_by is not None:
        senders.record_sender(work, petition, command.handover)
    if checked.concerns_us or checked.group_size >= risk.GROUP:
        # of the others nothing is known yet that weighs
        work.session.flush()
        risk.score(work, petition)
    if checked.reach in (Reach.SMS, Reach.CALL):
        # sealed reporters' numbers stay here: what notify does not hold it cannot leak
        data = {"petition": petition.number, "person": petition.person, "reach": checked.reach}
        personal = {"phone": checked.petitioners[0].phone}
        work.letter("notify", "contact.given.v1", petition.number, data=data, personal=personal)
