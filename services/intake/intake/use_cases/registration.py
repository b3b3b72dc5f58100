"""Registration: a petition gets its number, its people and its first clocks; by HTTP or from an agency's queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert

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
from courier.unit_of_work import Work
from intake.domain import errors, lines, states
from intake.tables import Petition, Respondent, Serial
from intake.use_cases import contacts, office, people, placing, respondents, risk, senders, timeline, walls
from intake.use_cases.directory import agency
from intake.use_cases.tools import SHANGHAI, tools_of


@dataclass(frozen=True, slots=True)
class RespondentInput:
    unit: str | None
    name: str | None
    officer: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class RegisterInput:
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
    contact: str | None = None
    sub_line: str | None = None
    party: Party = Party.INDIVIDUAL
    organisation: str | None = None
    others: tuple[people.PetitionerInput, ...] = ()
    parts_of: str | None = None  # the contact that is split into several: decided once, by who splits it


def of_contact(work: Work, command: RegisterInput) -> RegisterInput:
    """How and where it came is what was recorded of the contact it comes from."""
    if command.contact is None:
        return command
    contact = contacts.load(work, command.contact)
    return replace(command, channel=Channel(contact.channel), service_point=contact.service_point)


def register(work: Work, command: RegisterInput) -> Petition:
    """Gives a number, starts what is owed, tells the others. Raises Invalid naming the field."""
    tools = tools_of(work)
    today = work.now.astimezone(SHANGHAI).date()
    received = _received(work, command, today)
    if (command.statement is None) == (command.post_number is None):
        raise errors.StatementOrPost()
    _check_post(command)
    _check_directory(work, command)
    if command.submitted_by is not None:
        senders.check_sender(work, command.submitted_by, command.submission, command.answer_by, received)
    people.check_party(command.party, command.petitioner, command.others, command.organisation)
    known = people.check(command.petitioner, command.secrecy, today, tools.area_code)
    beside = [
        people.check(each, command.secrecy, today, tools.area_code, f"others.{index}")
        for index, each in enumerate(command.others)
    ]
    doubtful = respondents.doubtful(work, command.respondents)
    units = states.units([*(each.unit for each in command.respondents), *doubtful])
    number = _next_number(work, today.year)
    group_size = max(command.group_size, 1 + len(command.others))
    reach = states.reach(
        anonymous=command.petitioner is None,
        secrecy=command.secrecy,
        mobile=known.is_mobile,
        phone=known.phone is not None,
        sms_consent=command.petitioner is not None and command.petitioner.sms_consent,
    )
    petition = Petition(
        number=number,
        year=today.year,
        serial=int(number[-6:]),
        state=PetitionState.REGISTERED if command.submitted_by is None else PetitionState.SUBMITTED,
        kind=command.kind,
        line=command.line,
        service_point=command.service_point,
        concerns_us=tools.our_agency in units,
        unidentified=tools.our_agency in doubtful
        or any(each.unit == tools.our_agency and not (each.officer or each.department) for each in command.respondents),
        title=people.seal(work, number, "petition|title", command.title),
        statement=people.seal(work, number, "petition|statement", command.statement),
        post_number=command.post_number,
        post_sealed=people.seal(work, number, "petition|post_sealed", command.post_digest),
        anonymous=command.petitioner is None,
        secrecy=command.secrecy,
        reach=reach,
        group_size=group_size,
        place=command.place,
        registered_at=work.now,
        received_on=received,
        counts_from=received,
        awaits_answer=False,
        submitted_by=command.submitted_by,
        submission=command.submission,
        answer_by=command.answer_by,
        sub_line=command.sub_line,
        party=command.party,
        walls=[],
        respondents=[
            Respondent(seq=seq, unit=each.unit, name=people.seal(work, number, f"respondent|name|{seq}", each.name))
            for seq, each in enumerate(command.respondents, 1)
        ],
    )
    for respondent in command.respondents:
        if respondent.officer or respondent.department:
            walls.add(work, petition, respondent.officer, respondent.department, WallReason.CONCERNED)
    petition.placed = placing.first(work, petition)
    persons = [
        people.given(each, its)
        for each, its in zip((command.petitioner, *command.others), (known, *beside), strict=True)
        if each is not None
    ]
    people.keep(work, petition, persons, command.organisation)
    work.session.add(petition)
    petition.contact = command.parts_of or _contact(work, petition, command, [each["name"] or "" for each in persons])
    timeline.record(
        work,
        petition,
        "petition.registered.v1",
        kind=command.kind,
        line=command.line,
        channel=command.channel,
        service_point=command.service_point,
        due_as="reply_by",
        received_on=received,
        reach=reach,
        anonymous=petition.anonymous,
        person=petition.person,
        group_size=group_size,
        respondent_units=units,
        respondents_known=all(each.unit for each in command.respondents) and not doubtful,
        sealed_post=command.post_number is not None,
        place=command.place,
        submitted_by=command.submitted_by,
        **({"from_contact": True} if command.contact or command.parts_of else {}),
        **({"sub_line": command.sub_line} if command.sub_line else {}),
    )
    if command.submitted_by is not None:
        senders.record_sender(work, petition, command.handover)
    if petition.concerns_us or group_size >= risk.GROUP:
        # of the others nothing is known yet that weighs
        work.session.flush()
        risk.score(work, petition)
    if reach in (Reach.SMS, Reach.CALL):
        # sealed reporters' numbers stay here: what notify does not hold it cannot leak
        work.letter(
            "notify",
            "contact.given.v1",
            number,
            data={"petition": number, "person": petition.person, "reach": reach},
            personal={"phone": known.phone},
        )
    return petition


def submitted(work: Work, message: Message, data: Mapping[str, Any]) -> None:
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


def _check_post(command: RegisterInput) -> None:
    """What goes in an envelope is not typed in, and who sent it is kept as secret as the envelope."""
    if command.post_number is None:
        return
    if command.title is not None:
        raise errors.PostHoldsAll("title")
    for index, respondent in enumerate(command.respondents):
        if respondent.name is not None:
            raise errors.PostHoldsAll(f"respondents.{index}.name")
    if command.petitioner is not None and not command.secrecy:
        raise errors.PostHoldsAll("secrecy")


def _check_directory(work: Work, command: RegisterInput) -> None:
    if command.sub_line is not None and command.sub_line not in lines.shipped().subs[command.line]:
        raise errors.UnknownSubLine(list(lines.shipped().subs[command.line]))
    if command.contact is None and command.parts_of is None:
        # of a recorded one it was checked then: a point may be gone since
        tools_of(work).service_points.check(command.service_point)
    for index, respondent in enumerate(command.respondents):
        if (respondent.officer or respondent.department) and respondent.unit != tools_of(work).our_agency:
            raise errors.NotOurColleague(f"respondents.{index}.unit")
        if respondent.officer is not None:
            office.check_officer(work, respondent.officer, f"respondents.{index}.officer")
        if respondent.department is not None:
            office.check_department(work, respondent.department, f"respondents.{index}.department", closed=True)
        if respondent.unit is not None:
            agency(work, respondent.unit, f"respondents.{index}.unit")
    if command.place is not None and not tools_of(work).places.knows(command.place):
        raise errors.WrongField("place", "行政区划代码不存在", "no such division code")


def _received(work: Work, command: RegisterInput, today: date) -> date:
    recorded = command.contact or command.parts_of
    if recorded:
        # checked when it was recorded, which may be days ago
        return contacts.load(work, recorded).received_on
    return states.received_on(command.received_on, today, command.received_reason)


def _contact(work: Work, petition: Petition, command: RegisterInput, known: Sequence[str]) -> str:
    """The contact it comes from, decided by this; one is made where none was recorded."""
    if command.contact:
        contact = contacts.undecided(work, command.contact)
        contacts.decide(work, contact, ContactOutcome.REGISTERED, petition, known=known)
        return command.contact
    return contacts.of_registration(
        work,
        petition.number,
        command.channel,
        command.service_point,
        petition.received_on,
        command.received_reason,
    )


def _next_number(work: Work, year: int) -> str:
    statement = upsert(Serial).values(year=year, last=1)
    serial: int = work.session.scalar(
        statement.on_conflict_do_update(index_elements=["year"], set_={"last": Serial.last + 1}).returning(Serial.last)
    )  # type: ignore[assignment]
    return states.number(year, tools_of(work).jurisdiction, serial)
