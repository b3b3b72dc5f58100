"""Registration: a petition gets its number, its people and its first clocks; by HTTP or from an agency's queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Integer, cast, func

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
from intake.domain import cues, errors, lines, states
from intake.tables import Contact, Petition, Serial
from intake.use_cases import (
    contacts,
    indexes,
    office,
    people,
    petitions,
    placing,
    respondents,
    risk,
    senders,
    timeline,
    walls,
)
from intake.use_cases.directory import agency
from intake.use_cases.tools import tools_of
from service_kit import numbers
from service_kit.partners import Taken
from statute import day_of

_NONE_YET = ("risk", "walls", "answers", "replies", "approvals", "releases", "waivers", "sealed", "persons", "acts")


@dataclass(frozen=True, slots=True)
class RespondentInput:
    """Whom it is about: the unit's code, the name as written; of ours also a number or department."""

    unit: str | None
    name: str | None
    officer: str | None = None
    department: str | None = None
    position: str | None = None
    official: bool = False

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
    typed_anyway: bool = False
    old_matter: bool = False  # 积案: it came years ago, and was never here


@dataclass(frozen=True, slots=True)
class Hit:
    """Whom it is about, as far as the ban and the walls ask; see `Checked`."""

    units: tuple[str, ...]
    units_known: bool
    concerns_us: bool
    unidentified: bool


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

    @property
    def told(self) -> people.CheckedPetitioner | None:
        """Which of them."""
        return people.told(self.petitioners)


def register(
    work: UnitOfWork, command: RegisterInput, contact: Contact | None = None, *, is_part: bool = False
) -> Petition:
    """Gives a number, starts what is owed, tells the others; returns the petition.

    `contact`: the recorded one it comes from, under its lock; how, where and when it came is what was recorded.
    `is_part`: one of several from it, which whoever splits it decides. Who asked for secrecy in it comes out of the
    safe, and nobody types them in. Raises Invalid naming the field, Conflict.
    """
    if contact is not None and contact.secrecy:
        sender = people.concealed_sender(work, contact.id)
        command = replace(command, secrecy=True, petitioner=sender or command.petitioner)
    checked = _check(work, command, contact, is_part)
    with work.late.numbers():
        petition = _write(work, _next_number(work), command, checked)
        _publish(work, petition, command, checked)
    return petition


def submitted(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> Taken:
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
    petition = register(work, command)
    return Taken(petition.number, petition.state)


def _check(work: UnitOfWork, command: RegisterInput, contact: Contact | None, is_part: bool) -> Checked:
    """Every refusal, before anything is written."""
    tools, today = tools_of(work), day_of(work.now)
    # of a recorded contact the day and the point were checked then, which may be days ago: a point may be gone since
    received_on = (
        contact.received_on
        if contact
        else states.received_on(command.received_on, today, command.received_reason, command.old_matter)
    )
    if (command.statement is None) == (command.post_number is None):
        raise errors.StatementOrPost()
    _check_post(command)
    if command.submitted_by is None and not command.typed_anyway:
        check_typed(command)
    point = None if contact else command.service_point
    check_codes(work, command.line, command.sub_line, command.respondents, command.place, point)
    if command.submitted_by is not None and command.old_matter:
        raise errors.WrongField("old_matter", "转来事项按本院收到之日登记", "what is sent to us came when it came")
    if command.submitted_by is not None:
        asked = command.submission, command.answer_by, received_on, command.handover
        senders.check_sender(work, command.submitted_by, *asked)
    people.check_party(command.party, command.petitioner, command.others, command.organisation)
    petitioners = people.check(command.petitioner, command.others, command.secrecy, today, tools.area_code)
    if contact is not None and not is_part:
        contacts.check_undecided(contact)
    hit = hits(work, command.respondents)
    return Checked(
        contact=contact,
        is_part=is_part,
        channel=Channel(contact.channel) if contact else command.channel,
        service_point=(contact or command).service_point,
        received_on=received_on,
        petitioners=petitioners,
        group_size=max(command.group_size, 1 + len(command.others)),
        reach=people.reach(people.told(petitioners), secrecy=command.secrecy),
        units=hit.units,
        units_known=hit.units_known,
        concerns_us=hit.concerns_us,
        unidentified=hit.unidentified,
    )


def hits(work: UnitOfWork, persons: Sequence[RespondentInput]) -> Hit:
    """Whom a petition about these hits, as the ban and the walls will have it."""
    ours, doubtful = tools_of(work).our_agency, respondents.doubtful(work, persons)
    units = states.units([*(each.unit for each in persons), *doubtful])
    return Hit(
        units=tuple(units),
        units_known=all(each.unit for each in persons) and not doubtful,
        concerns_us=ours in units,
        unidentified=ours in doubtful or any(each.unit == ours and not each.is_named for each in persons),
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


def check_typed(command: RegisterInput) -> None:
    """Interrupts whoever types in what belongs into an envelope. Raises NotTypedIn."""
    if command.post_number is None and belongs_in_envelope(
        command.kind, command.respondents, command.title, command.statement
    ):
        raise errors.NotTypedIn()


def belongs_in_envelope(
    kind: Kind | None, about: Sequence[respondents.Described], title: str | None, statement: str | None
) -> bool:
    """Whether it accuses somebody who is marked as an official, or speaks in the words of a duty crime."""
    if kind is not Kind.ACCUSATION:
        return False
    found = cues.shipped().accusation("\n".join(filter(None, (title, statement))))
    return any(each.official for each in about) or (found is not None and found.duty_crime)


def check_codes(
    work: UnitOfWork,
    line: Line | None,
    sub_line: str | None,
    named: Sequence[RespondentInput],
    place: str | None,
    service_point: str | None,
) -> None:
    """Raises Invalid naming the field of a code that stands for nothing, with what there is."""
    if line is not None and sub_line is not None and sub_line not in (known := lines.shipped().subs[line]):
        raise errors.UnknownSubLine(list(known))
    if service_point is not None:
        tools_of(work).service_points.check(service_point)
    for index, respondent in enumerate(named):
        check_respondent(work, respondent, f"respondents.{index}")
    if place is not None and not tools_of(work).places.knows(place):
        raise errors.WrongField("place", "行政区划代码不存在", "no such division code")


def check_respondent(work: UnitOfWork, respondent: RespondentInput, at: str) -> None:
    """As `check_codes`, of one whom it is about; `at`: the field that holds them."""
    if respondent.is_named and respondent.unit != tools_of(work).our_agency:
        raise errors.NotOurColleague(f"{at}.unit")
    if respondent.officer is not None:
        office.check_officer(work, respondent.officer, f"{at}.officer")
    if respondent.department is not None:
        office.check_department(work, respondent.department, f"{at}.department", closed=True)
    if respondent.unit is not None:
        agency(work, respondent.unit, f"{at}.unit")


def _next_number(work: UnitOfWork) -> str:
    year = day_of(work.now).year
    number = numbers.last(work, Serial, year, lambda serial: states.number(year, tools_of(work).jurisdiction, serial))
    work.begins(number)
    return number


def _write(work: UnitOfWork, number: str, command: RegisterInput, checked: Checked) -> Petition:
    petition = _row(work, number, command, checked)
    petitions.has_none(petition, _NONE_YET)
    for respondent in command.respondents:
        if respondent.is_named:
            walls.add(work, petition, respondent.officer, respondent.department, WallReason.CONCERNED)
    petition.placed = placing.first(work, petition)
    people.keep(work, petition, [each.personal for each in checked.petitioners], command.organisation)
    work.session.add(petition)
    petition.contact = _contact(work, petition, command, checked)
    indexes.registered(work, number)
    return petition


def _row(work: UnitOfWork, number: str, command: RegisterInput, checked: Checked) -> Petition:
    return Petition(
        number=number,
        year=day_of(work.now).year,
        serial=cast(func.right(number, 6), Integer),  # not known before it is written
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
        told=None if command.secrecy else people.place(checked.petitioners, checked.told),
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
        risk.score(work, petition, new=True)
    if checked.told is not None:
        # sealed reporters' numbers stay here
        people.give_contact(work, petition, checked.told)
