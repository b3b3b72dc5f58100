"""Who takes part in a proceeding: named, invited through the ban, asked for consent, told, and what they answered."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from authorization import colleagues, placements
from contracts.vocabulary import (
    Consent,
    InvitationAnswer,
    PartRole,
    ProceedingSubject,
    Proof,
)
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, fitness, proceedings
from referral.tables import Agency, Part, Proceeding, Task
from referral.use_cases import guard, minutes
from referral.use_cases import roster as roster_entries
from referral.use_cases.tools import tools_of
from statute import day_of

RETAIN_DAYS = 365
SUBJECTS = "议"  # what is handed under such a subject is an invitation or a task


def join(
    work: UnitOfWork,
    proceeding: Proceeding,
    role: PartRole,
    agency: str | None = None,
    officer: str | None = None,
    roster: str | None = None,
    name: str | None = None,
    phone: str | None = None,
) -> None:
    """An officer names somebody more. Raises WrongPart once the date is told, and as `add`."""
    if proceeding.now_in not in proceedings.JOINING:
        raise errors.WrongPart(role, f"当前为“{proceeding.now_in.zh}”，不能再增加或者减少参加人")
    add(work, proceeding, role, agency=agency, officer=officer, roster=roster, name=name, phone=phone)


def add(
    work: UnitOfWork,
    proceeding: Proceeding,
    role: PartRole,
    *,
    agency: str | None = None,
    officer: str | None = None,
    roster: str | None = None,
    name: str | None = None,
    phone: str | None = None,
) -> Part:
    """Somebody more takes part; an agency only where the ban lets it have something of the petition.

    Raises NotFit for a role that there may not be in it, WrongPart, NoSuchAgency, BarredReceiver, HeldBack.
    """
    of = guard.fitness(work, proceeding.petition)
    if not fitness.takes_part(of, proceeding.of_kind, role):
        raise errors.WrongPart(role, "此程序不能有此类参加人")
    given = {"agency": agency, "officer": officer, "roster": roster, "name": name}
    named = {each for each, value in given.items() if value is not None}
    if len(named) > 1 or not (named <= fitness.NAMED[role]) or bool(named) != bool(fitness.NAMED[role]):
        raise errors.WrongPart(role, "应填且只填其单位、工号、专业人员或者姓名之一")
    there = parts(work, proceeding.number)
    if any(each.agency == agency if agency else role is PartRole.PETITIONER and each.role == role for each in there):
        raise errors.WrongPart(role, "已经登记")
    if agency is not None:
        _lawful(work, proceeding, agency)
    if officer is not None:
        _works_here(work, proceeding, role, officer)
    if roster is not None:
        _called_in(work, proceeding, role, roster)
    id_, words = uuid.uuid4().hex, None
    if name is not None:
        words = minutes.seal(work, proceeding.petition, f"part|words|{id_}", {"name": name, "phone": phone})
    part = Part(
        id=id_,
        proceeding=proceeding.number,
        petition=proceeding.petition,
        role=role,
        agency=agency,
        officer=officer,
        roster=roster,
        words=words,
        added_at=work.now,
    )
    work.session.add(part)
    work.session.flush()
    return part


def remove(work: UnitOfWork, proceeding: Proceeding, part: Part) -> None:
    """Somebody is not to come any more; an agency that was invited is told so. Raises WrongPart."""
    if proceeding.now_in not in proceedings.JOINING:
        raise errors.WrongPart(part.of_role, f"当前为“{proceeding.now_in.zh}”，不能再增加或者减少参加人")
    if part.agency is not None:
        say(work, proceeding, part, "proceeding.cancelled.v1", {})
        partner_outbox.finished(work, subject(part))
    work.session.delete(part)


def invite(work: UnitOfWork, proceeding: Proceeding, part: Part, text: str, place: str | None) -> None:
    """What it is, as what and when: on the agency's queue until it answers; to others on paper. Through the ban.

    The day on which it lies in the queue is the day on which it was told.
    """
    assert part.agency is not None, "people are told by paper or call"
    guard.check(work, proceeding.petition, part.agency)
    agency = work.session.get_one(Agency, part.agency)
    if agency.has_queue:
        said = {
            "proceeding": proceeding.number,
            "kind": proceeding.of_kind,
            "form": proceeding.of_form,
            "subject": ProceedingSubject(proceeding.subject),
            "role": part.of_role,
            "text": text,
            "starts_at": proceeding.starts_at,
            "ends_at": proceeding.ends_at,
            "place": place,
            "open": proceeding.open,
            "retain_days": RETAIN_DAYS,
        }
        partner_outbox.finished(work, subject(part))
        partner_outbox.send_until_acknowledged(
            work, part.agency, "proceeding.invited.v1", subject(part), said, tools_of(work).offer_again_after
        )
        part.told_on = day_of(work.now)
    part.answer = None
    tell(work, proceeding, "proceeding.invited.v1", agency=part.agency, role=part.of_role)


def say(work: UnitOfWork, proceeding: Proceeding, part: Part, type_: str, facts: Mapping[str, Any]) -> None:
    """To an agency that was invited, where it has a queue and may still hear of it."""
    if part.agency is None or not _has(work, part):
        return
    of = guard.matter(work, proceeding.petition)
    if work.session.get_one(Agency, part.agency).has_queue and guard.refusal(work, of, part.agency) is None:
        work.to_agency(part.agency, type_, subject(part), {"proceeding": proceeding.number, **facts})


def consent(part: Part, given: Consent) -> None:
    """What a side says; a refusal is a move of its own. Raises WrongPart for who is no side."""
    if part.of_role not in fitness.SIDES:
        raise errors.WrongPart(part.of_role, "只登记双方当事人的意见")
    part.consent = given


def told(work: UnitOfWork, proceeding: Proceeding, part: Part, on: date, proof: Proof) -> None:
    """They had the notice of the date, by which proof. Raises WrongPart, WrongDate for a day that cannot be."""
    since = proceeding.notified_on
    if part.of_role not in fitness.TOLD or proceeding.now_in is not proceedings.S.NOTIFIED or since is None:
        raise errors.WrongPart(part.of_role, "现在没有应当告知的日期")
    if not since <= on <= day_of(work.now):
        raise errors.WrongDate(f"不能早于告知之日（{since:%Y-%m-%d}），也不能晚于今天", "on")
    part.told_on, part.proof = on, proof
    tell(work, proceeding, "proceeding.told.v1", role=part.of_role, told_on=on, proof=proof)


def answer(
    work: UnitOfWork, proceeding: Proceeding, part: Part, said: InvitationAnswer, text: str | None, theirs: str | None
) -> None:
    """What an agency says to its invitation; `theirs`: its officer, where its own system says so."""
    part.answer = said
    partner_outbox.acknowledge(work, subject(part))
    minutes.keep(work, proceeding, "answer", text, agency=part.agency, theirs=theirs)
    tell(work, proceeding, "proceeding.answered.v1", agency=part.agency, answer=said)


def parts(work: UnitOfWork, number: str) -> Sequence[Part]:
    """Those who take part, the first named first."""
    return work.session.scalars(select(Part).where(Part.proceeding == number).order_by(Part.added_at, Part.id)).all()


def of_agency(work: UnitOfWork, number: str, agency: str) -> Part | None:
    """As what an agency takes part; None: it was not invited."""
    return work.session.scalar(select(Part).where(Part.proceeding == number, Part.agency == agency))


def subject(part: Part) -> str:
    """Whose receipt is asked for: each agency's of what it was invited to."""
    return f"{part.proceeding}/{part.agency}"


def subjects(work: UnitOfWork, petition: str) -> list[str]:
    """Under what its invitations and tasks were handed to agencies."""
    invited = work.session.scalars(select(Part).where(Part.petition == petition, Part.agency.is_not(None)))
    tasks = work.session.scalars(select(Task).where(Task.petition == petition))
    return [*map(subject, invited), *(f"{each.proceeding}/{each.item}" for each in tasks)]


def renewed(work: UnitOfWork, about: str, body: bytes) -> bytes | None:
    """What goes out once more of an invitation or a task: nothing to whom the ban has hit meanwhile."""
    number, _, whose = about.partition("/")
    proceeding = work.session.get_one(Proceeding, number)
    code = work.session.get_one(Task, (number, int(whose))).agency if whose.isdecimal() else whose
    return None if guard.refusal(work, guard.matter(work, proceeding.petition), code) is not None else body


def mediator(work: UnitOfWork, proceeding: Proceeding) -> Part | None:
    """The organ that mediates, or is asked to."""
    found = [each for each in parts(work, proceeding.number) if each.of_role is PartRole.MEDIATOR]
    return found[-1] if found else None


def names(work: UnitOfWork, part: Part) -> dict[str, Any]:
    """{name, phone} of somebody who is named so, the name of one of the roster; none of the others."""
    if part.roster is not None:
        return {"name": roster_entries.names(work, [part.roster]).get(part.roster), "phone": None}
    if part.words is None:
        return {"name": None, "phone": None}
    return minutes.opened(work, part.petition, f"part|words|{part.id}", part.words)


def _has(work: UnitOfWork, part: Part) -> bool:
    its = partner_outbox.handed.c
    return work.session.execute(select(its.message_id).where(its.subject == subject(part))).first() is not None


def _works_here(work: UnitOfWork, proceeding: Proceeding, role: PartRole, officer: str) -> None:
    colleagues.check(work.session, officer)
    placement = placements.load(work, proceeding.petition)
    # whom a talk is about may well be kept away from the petition
    if role is not PartRole.TALKED_TO and placement and colleagues.kept_away(work, placement, officer):
        raise errors.WrongPart(role, "该人员应当回避")


def _called_in(work: UnitOfWork, proceeding: Proceeding, role: PartRole, id_: str) -> None:
    entry = roster_entries.require(work, id_)
    if fitness.ENTERED[role] not in entry.kinds:
        raise errors.WrongPart(role, f"此人在专业人员库中没有列为{fitness.ENTERED[role].zh}")
    roster_entries.check(work, proceeding.petition, [entry], day(work, proceeding), "roster")


def day(work: UnitOfWork, proceeding: Proceeding) -> date:
    """For when people are called in: its own day, as far as there is one."""
    return day_of(proceeding.starts_at or work.now)


def _lawful(work: UnitOfWork, proceeding: Proceeding, code: str) -> None:
    agency = work.session.get(Agency, code, with_for_update={"read": True})
    if agency is None or not agency.active or code == tools_of(work).our_agency:
        raise errors.NoSuchAgency()
    guard.check(work, proceeding.petition, code)


def tell(work: UnitOfWork, proceeding: Proceeding, type_: str, **facts: Any) -> None:
    """Says the event on the proceeding's lane; `facts`: its fields beside the three that each has."""
    of = {"proceeding": proceeding.number, "petition": proceeding.petition, "kind": proceeding.of_kind}
    work.event(type_, proceeding.number, **of, **facts)
