"""What officers do with a petition: load, guard, act, record. Each is one transaction of its caller."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from contracts.vocabulary import Kind, Line, Means, ReferralKind, RefusalReason, ReplyKind, Result, Situation
from courier.work import Work
from intake import domain, errors, people, timeline
from intake.directory import agency
from intake.tables import Petition, Reply, Step
from intake.tools import SHANGHAI, tools_of


def accept(work: Work, number: str, department: str) -> Petition:
    petition = _move(work, number, "accept")
    _check_department(petition, department)
    petition.department, petition.handler = department, work.actor.officer
    timeline.record(work, petition, "petition.accepted.v1", due_as="reply_by", department=department)
    return petition


def assign(work: Work, number: str, department: str) -> Petition:
    """Gives it to a department of ours; who handles it there is for the department to say."""
    petition = load(work, number)
    domain.check("assign", petition.standing)
    _check_department(petition, department)
    petition.department, petition.handler = department, None
    timeline.record(work, petition, "petition.assigned.v1", department=department)
    return petition


def not_accept(work: Work, number: str, reason: RefusalReason) -> Petition:
    petition = _move(work, number, "not-accept")
    timeline.record(work, petition, "petition.not_accepted.v1", reason=reason)
    return petition


def guide(work: Work, number: str, to: str) -> Petition:
    petition = _move(work, number, "guide")
    agency(work, to)
    timeline.record(work, petition, "petition.guided.v1", to=to)
    return petition


def refer(work: Work, number: str, to: str, purpose: str, basis: str, petitioner_wish: bool) -> Petition:
    """Hands the petition on: exactly the fields the purpose needs go, in a letter referral alone can read."""
    petition = _move(work, number, "refer")
    if to == tools_of(work).our_agency:
        raise errors.OwnAgency()
    receiver = agency(work, to)
    domain.check_receiver(petitioner_wish, receiver.transport, receiver.name)
    material = {name: people.disclose(work, petition, name) for name in domain.PURPOSES[purpose]}
    petition.referred_to, petition.awaits_answer = to, True
    timeline.record(
        work,
        petition,
        "petition.referred.v1",
        to=to,
        kind=ReferralKind.TRANSFER,
        purpose=purpose,
        carries=sorted(material),
        digest=people.vault_of(work).fingerprint(f"letter|{number}", repr(sorted(material.items()))).hex(),
    )
    work.letter(
        "referral",
        "petition.handed_over.v1",
        number,
        data={
            "petition": number,
            "to": to,
            "kind": ReferralKind.TRANSFER,
            "purpose": purpose,
            "basis": basis,
            "petition_kind": Kind(petition.kind),
            "line": Line(petition.line),
            "received_on": petition.received_on,
            "group_size": petition.group_size,
        },
        personal=material,
    )
    return petition


def mark_hardship(
    work: Work, number: str, situations: Sequence[Situation], wish: bool, case_number: str | None
) -> Petition:
    """An officer found hardship; with the petitioner's wish aid is asked to open a case. Words of the text never do."""
    petition = load(work, number)
    domain.check("mark-hardship", petition.standing)
    situations = sorted(set(situations))
    timeline.record(work, petition, "petition.hardship_marked.v1", situations=situations, wish=wish)
    petition.hardship, petition.aid_wish = list(situations), wish
    if wish:
        who = {name: people.disclose(work, petition, name) for name in ("name", "resident_id", "phone", "address")}
        work.letter(
            "aid",
            "aid.requested.v1",
            number,
            data={
                "petition": number,
                "person": petition.person,
                "situations": situations,
                "received_on": petition.received_on,
            },
            personal={**who, "case_number": case_number},
        )
    return petition


def conclude(work: Work, number: str, result: Result) -> Petition:
    petition = _move(work, number, "conclude")
    petition.result = result
    timeline.record(work, petition, "petition.concluded.v1", result=result)
    return petition


def reply(work: Work, number: str, kind: ReplyKind, means: Means, text: str) -> Petition:
    petition = load(work, number)
    petition.state = domain.check_reply(kind, petition.standing)
    seq = len(petition.replies) + 1
    today = work.now.astimezone(SHANGHAI).date()
    petition.replies.append(
        Reply(
            seq=seq,
            kind=kind,
            means=means,
            issued_on=today,
            officer=work.actor.officer,
            text=people.seal(work, number, f"reply|text|{seq}", text),
        )
    )
    timeline.record(work, petition, "petition.replied.v1", reply=kind, means=means, issued_on=today)
    return petition


def close(work: Work, number: str) -> Petition:
    """Asks referral whether custody may end; the petition is closed when it says yes."""
    petition = _move(work, number, "close")
    timeline.record(work, petition, "petition.closing.v1")
    return petition


def withdraw(work: Work, number: str) -> Petition:
    petition = _move(work, number, "withdraw")
    timeline.record(work, petition, "petition.withdrawn.v1")
    return petition


def steps(work: Work, number: str) -> list[Step]:
    return list(work.session.scalars(select(Step).where(Step.petition == number).order_by(Step.at, Step.id)))


def listing(
    work: Work, visible: ColumnElement[bool], state: str | None, after: str | None, limit: int
) -> list[Petition]:
    query = select(Petition).where(visible).options(selectinload(Petition.walls))
    query = query.order_by(Petition.number.desc()).limit(limit)
    if state:
        query = query.where(Petition.state == state)
    if after:
        query = query.where(Petition.number < after)
    return list(work.session.scalars(query))


def load(work: Work, number: str, *, lock: bool = True) -> Petition:
    petition = work.session.get(Petition, number, with_for_update=lock)
    if petition is None:
        raise errors.NoSuchPetition()
    return petition


def _move(work: Work, number: str, action: str) -> Petition:
    petition = load(work, number)
    petition.state = domain.check(action, petition.standing)
    return petition


def _check_department(petition: Petition, department: str) -> None:
    if department in petition.held.walled_departments:
        raise errors.WalledDepartment()
