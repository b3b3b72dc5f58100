"""What a petition's line asks before acceptance, and the hint that its answers give. The officer decides."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from contracts.vocabulary import Admission, ApproverLevel, Line
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, lines, states
from intake.domain.lines import Advice, Check, Meaning, Sheet
from intake.tables import Advised, Petition
from intake.use_cases import timeline
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of
from statute import Law
from statute.hearings import NOTICE, Hearing


def sheet_of(petition: Petition) -> Sheet:
    """What its sub-line asks where it has one, else its line."""
    return lines.shipped().sheet(Line(petition.line), petition.sub_line)


def advise(
    work: UnitOfWork, number: str, answers: Mapping[str, bool], days: Mapping[str, date] | None = None
) -> dict[str, Any]:
    """Records what the answers come to, and returns it; asked again, the last one counts.

    `days`: of a question that a period of the law answers the day it counts from; whether the petition came in time is
    reckoned, whatever was ticked, unless days that are not counted could still have kept it in time. Raises
    UnknownCheck, WrongField.
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
    reckoned = {id_: _in_time(work, petition, bars[id_], day) for id_, day in days.items()}
    answers = {**answers, **{id_: found for id_, found in reckoned.items() if found is not None}}
    advice = lines.advise(sheet.checks, answers)
    earlier = select(func.count()).select_from(Advised).where(Advised.petition == number)
    work.session.add(
        Advised(
            petition=number,
            seq=(work.session.scalar(earlier) or 0) + 1,
            sheet=sheet.id,
            answers=answers,
            result=advice.result,
            reasons=_reasons(advice, tools_of(work).law),
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
    shown = described(sheet_of(petition), tools_of(work).law)
    return {"petition": petition.number, **shown, "advised": last and _hint(last)}


def described(sheet: Sheet, law: Law) -> dict[str, Any]:
    """A sheet for who reads it: the questions with their law, the clocks that run, whom it goes to, what to bring.

    `law`: what the county has verified.
    """
    return {
        "sheet": sheet.id,
        "sheet_zh": sheet.zh,
        "department": sheet.department,
        "clocks": list(sheet.clocks),
        "documents": list(sheet.documents),
        "liability": list(sheet.liability),
        "hearing": sheet.hearing and _held(sheet.hearing, law),
        "checks": [_asked(check, law) for check in sheet.checks],
    }


def _in_time(work: UnitOfWork, petition: Petition, check: Check, day: date) -> bool | None:
    """Whether it came by the last day of the period that a day begins; of `past`, after it. Raises WrongField.

    None: it came later, and what the law does not count (国家赔偿法 39: 被羁押期间) is for the officer to see.
    """
    law = tools_of(work).law
    if day > petition.received_on:
        raise errors.WrongField(f"days.{check.id}", "不能晚于收到之日", "it lies after the petition's receipt")
    # what came late is late by today's text, also of a day before it: an older one is not in the packs
    newest, bar = law.packs.packs[-1], check.bar or ""
    rule = newest.row(bar, day) or newest.rules[bar]
    by_then = petition.received_on <= law.due(rule, day).due
    return None if rule.suspends and not by_then else by_then is not check.past


def _asked(check: Check, law: Law) -> dict[str, Any]:
    its = law.read(check.law)
    return {
        "check": check.id,
        "ask": check.ask,
        "yes": _said(check.yes),
        "no": _said(check.no),
        "law": its.zh,
        "by_day": check.bar is not None,
        "verified": its.verified,
        "verified_zh": its.unverified_zh,
    }


def _held(hearing: Hearing, law: Law) -> dict[str, Any]:
    its = law.read(hearing.law)
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
        "law": its.zh,
        "verified": its.verified,
        "verified_zh": its.unverified_zh,
    }


def _said(meaning: Meaning) -> dict[str, Any]:
    return {"result": meaning.result, "result_zh": meaning.result.zh, "text": meaning.text or None}


def _reasons(advice: Advice, law: Law) -> list[dict[str, Any]]:
    told = [_asked(check, law) | _said(meaning) for check, meaning in advice.reasons]
    unasked = [_asked(check, law) | _said(Meaning(Admission.OPEN)) for check in advice.open]
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
