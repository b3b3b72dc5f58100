"""Registration: a petition gets its number, its people and its first clocks; by HTTP or from an agency's queue."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from contracts.vocabulary import Channel, Kind, Line, PetitionState, Reach, WallReason
from courier.inbox import Message
from courier.work import Work
from intake import domain, errors, people, sealed, timeline, walls
from intake.deadlines import ends
from intake.directory import agency
from intake.tables import Contact, Petition, Respondent, Serial
from intake.tools import SHANGHAI, tools_of


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


def register(work: Work, command: RegisterInput) -> Petition:
    """Gives a number, starts what is owed, tells the others. Raises Invalid naming the field."""
    tools = tools_of(work)
    today = work.now.astimezone(SHANGHAI).date()
    received = domain.received_on(command.received_on, today, command.received_reason)
    if (command.statement is None) == (command.post_number is None):
        raise errors.StatementOrPost()
    _check_post(command)
    _check_directory(work, command)
    known = people.check(command.petitioner, command.secrecy, today, tools.area_code)
    number = _next_number(work, today.year)
    person = None if command.secrecy else people.keep(work, number, command.petitioner, known)
    reach = domain.reach(
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
        state=PetitionState.REGISTERED,
        kind=command.kind,
        line=command.line,
        service_point=command.service_point,
        concerns_us=any(each.unit == tools.our_agency for each in command.respondents),
        title=people.seal(work, number, "petition|title", command.title),
        statement=people.seal(work, number, "petition|statement", command.statement),
        post_number=command.post_number,
        post_digest=command.post_digest,
        person=person,
        anonymous=command.petitioner is None,
        secrecy=command.secrecy,
        reach=reach,
        group_size=command.group_size,
        place=command.place,
        registered_at=work.now,
        received_on=received,
        counts_from=received,
        awaits_answer=False,
        submitted_by=command.submitted_by,
        submission=command.submission,
        respondents=[
            Respondent(seq=seq, unit=each.unit, name=people.seal(work, number, f"respondent|name|{seq}", each.name))
            for seq, each in enumerate(command.respondents, 1)
        ],
    )
    for each in command.respondents:
        if each.officer or each.department:
            walls.add(work, petition, each.officer, each.department, WallReason.CONCERNED)
    work.session.add(petition)
    if command.secrecy and command.petitioner is not None:
        sealed.keep(work, number, command.petitioner, known)
    work.session.add(
        Contact(
            id=uuid.uuid4().hex,
            petition=number,
            channel=command.channel,
            service_point=command.service_point,
            received_on=received,
            received_reason=people.seal(work, number, "contact|reason", command.received_reason),
            recorded_at=work.now,
            officer=work.actor.officer,
        )
    )
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
        person=person,
        group_size=command.group_size,
        respondent_units=domain.units(each.unit for each in command.respondents),
        respondents_known=all(each.unit for each in command.respondents),
        sealed_post=command.post_number is not None,
        submitted_by=command.submitted_by,
    )
    if reach in (Reach.SMS, Reach.CALL):
        # sealed reporters' numbers stay here: what notify does not hold it cannot leak
        work.letter(
            "notify",
            "contact.given.v1",
            number,
            data={"petition": number, "person": person, "reach": reach},
            personal={"phone": known.phone},
        )
    return petition


def submitted(work: Work, message: Message, data: Mapping[str, Any]) -> None:
    """`petition.submitted`: an agency's system hands a petition in; its errors go back to it by name."""
    given = dict(data)
    petitioner, respondents = given.pop("petitioner"), given.pop("respondents")
    command = RegisterInput(
        channel=Channel.FORWARDED,
        service_point="12309",
        received_reason="单位转入",
        post_number=None,
        post_digest=None,
        secrecy=False,
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
    earlier = work.session.scalar(
        select(Petition.number).where(
            Petition.submitted_by == message.sender, Petition.submission == command.submission
        )
    )
    if earlier is not None:
        raise errors.WrongField("submission", f"此编号已登记为 {earlier}", f"already registered as {earlier}")
    petition = register(work, command)
    number = petition.number
    work.to_agency(
        message.sender,
        "submission.signed.v1",
        number,
        {"submission": command.submission, "petition": petition.number, "reply_by": ends(work, [petition])[number][0]},
    )


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
    for index, respondent in enumerate(command.respondents):
        if (respondent.officer or respondent.department) and respondent.unit != tools_of(work).our_agency:
            raise errors.NotOurColleague(f"respondents.{index}.unit")
        if respondent.unit is not None:
            agency(work, respondent.unit, f"respondents.{index}.unit")
    if command.place is not None and not tools_of(work).places.knows(command.place):
        raise errors.WrongField("place", "行政区划代码不存在", "no such division code")


def _next_number(work: Work, year: int) -> str:
    statement = upsert(Serial).values(year=year, last=1)
    serial: int = work.session.scalar(
        statement.on_conflict_do_update(index_elements=["year"], set_={"last": Serial.last + 1}).returning(Serial.last)
    )  # type: ignore[assignment]
    return domain.number(year, tools_of(work).jurisdiction, serial)
