"""What a petition's line asks before acceptance, and the hint that its answers give. The officer decides."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from contracts.vocabulary import Admission, ApproverLevel, Line
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, lines, states
from intake.domain.hearings import NOTICE, Hearing
from intake.domain.lines import Advice, Check, Meaning, Sheet
from intake.tables import Advised, Petition
from intake.use_cases import timeline
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of


def sheet_of(petition: Petition) -> Sheet:
    """What its sub-line asks where it has one, else its line."""
    return lines.shipped().sheet(Line(petition.line), petition.sub_line)


def advise(
    work: UnitOfWork, number: str, answers: Mapping[str, bool], days: Mapping[str, date] | None = None
) -> dict[str, Any]:
    """Records what the answers come to, and returns it; asked again, the last one counts.

    `days`: of a question that a period of the law answers the day it counts from; whether the petition came in time is
    reckoned, whatever was ticked. Raises UnknownCheck, WrongField.
    """
    petition, days = load(work, number), days or {}
    states.check("advise-admission", petition.snapshot)
    sheet = sheet_of(petition)
    known = [check.id for check in sheet.checks]
    for id_ in answers:
        if id_ not in known:
            raise errors.UnknownCheck(id_, known)
    bars = {check.id: check for check in sheet.checks if check.bar}
    for id_ in days:
        if id_ not in bars:
            raise errors.UnknownCheck(id_, list(bars), "days")
    answers = {**answers, **{id_: _in_time(work, petition, bars[id_], day) for id_, day in days.items()}}
    advice = lines.advise(sheet.checks, answers)
    earlier = select(func.count()).select_from(Advised).where(Advised.petition == number)
    work.session.add(
        Advised(
            petition=number,
            seq=(work.session.scalar(earlier) or 0) + 1,
            sheet=sheet.id,
            answers=answers,
            result=advice.result,
            reasons=_reasons(advice),
            recorded_at=work.now,
            officer=work.actor.officer,
        )
    )
    timeline.record(work, petition, "petition.admission_advised.v1", sheet=sheet.id, result=advice.result)
    work.session.flush()
    return present(work, petition)


def present(work: UnitOfWork, petition: Petition) -> dict[str, Any]:
    """The questions, and the last hint that was given."""
    query = select(Advised).where(Advised.petition == petition.number).order_by(Advised.seq.desc()).limit(1)
    last = work.session.scalar(query)
    return {"petition": petition.number, **described(sheet_of(petition)), "advised": last and _hint(last)}


def described(sheet: Sheet) -> dict[str, Any]:
    """A sheet for who reads it: the questions with their law, the clocks that run, whom it goes to, what to bring."""
    return {
        "sheet": sheet.id,
        "sheet_zh": sheet.zh,
        "department": sheet.department,
        "clocks": list(sheet.clocks),
        "documents": list(sheet.documents),
        "liability": list(sheet.liability),
        "hearing": sheet.hearing and _held(sheet.hearing),
        "checks": [_asked(check) for check in sheet.checks],
    }


def _in_time(work: UnitOfWork, petition: Petition, check: Check, day: date) -> bool:
    """Whether it came by the last day of the period that a day begins; of `past`, after it. Raises WrongField."""
    law = tools_of(work).law
    if day > petition.received_on:
        raise errors.WrongField(f"days.{check.id}", "不能晚于收到之日", "it lies after the petition's receipt")
    try:
        due = law.due(law.packs.rule(check.bar or "", day), day).due
    except LookupError as fault:
        raise errors.WrongField(f"days.{check.id}", str(fault.args[0]), "no rule was in force then") from fault
    return (petition.received_on <= due) is not check.past


def _asked(check: Check) -> dict[str, Any]:
    return {
        "check": check.id,
        "ask": check.ask,
        "yes": _said(check.yes),
        "no": _said(check.no),
        "law": check.law,
        "by_day": check.bar is not None,
        "verified": check.verified,
        "verified_zh": None if check.verified else "未核验",
    }


def _held(hearing: Hearing) -> dict[str, Any]:
    return {
        "open": hearing.open,
        "open_zh": "公开" if hearing.open else "不公开",
        "closed": list(hearing.closed),
        "approval": hearing.approval,
        "approval_zh": ApproverLevel(hearing.approval).zh,
        "host": hearing.host,
        "invites": list(hearing.invites),
        "recorded": hearing.recorded,
        "steps": list(hearing.steps),
        "notice": f"{NOTICE}.{hearing.notice}" if hearing.notice else NOTICE,
        "law": hearing.law.zh,
        "verified": hearing.law.verified,
        "verified_zh": hearing.law.unverified_zh,
    }


def _said(meaning: Meaning) -> dict[str, Any]:
    return {"result": meaning.result, "result_zh": meaning.result.zh, "text": meaning.text or None}


def _reasons(advice: Advice) -> list[dict[str, Any]]:
    told = [_asked(check) | _said(meaning) for check, meaning in advice.reasons]
    unasked = [_asked(check) | _said(Meaning(Admission.OPEN)) for check in advice.open]
    kept = ("check", "ask", "result", "result_zh", "text", "law", "verified")
    return [{name: each[name] for name in kept} for each in (*told, *unasked)]


def _hint(last: Advised) -> dict[str, Any]:
    return {
        "result": last.result,
        "result_zh": Admission(last.result).zh,
        "reasons": last.reasons,
        "answers": last.answers,
        "at": last.recorded_at.isoformat(),
        "officer": last.officer,
    }
