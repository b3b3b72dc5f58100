"""A county of which everything began by the law's rows as they were before they were corrected, months long."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clock import levels
from clock.tables import Clock, State
from contracts.vocabulary import AgencyKind, Channel, Kind, Line, ReferralKind, ReferralState
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from intake.use_cases import petitions, registration
from referral.domain import states
from referral.tables import Agency, Referral
from referral.use_cases.steps import begin_custody, draft, make, next_numbers, receive, send, tell
from statute import Law, Packs, day_of

LAW = Law.load()
OLD = Law(Packs(LAW.packs.packs[:1]), LAW.calendar)
NOW = datetime.now(UTC)
RECEIVED = day_of(NOW) - timedelta(days=2)
OFFICER = Actor("A00", "900001", "all")
Sessions = Callable[[], Any]
# what came by the old rows, and what each should get by the new ones beside what it has, and what should end
COMING: list[tuple[Line, str | None, Channel, set[str], set[str]]] = [
    (Line.OTHER, None, Channel.LETTER, set(), set()),
    (Line.OTHER, None, Channel.VISIT, set(), set()),
    (Line.SUPPORT_PROSECUTION, None, Channel.CALL, set(), set()),
    (Line.CRIMINAL_APPEAL, None, Channel.LETTER, set(), set()),
    (Line.COMPLAINT_APPEAL, "lawyer_obstructed", Channel.VISIT, {"lawyer_complaint"}, {"progress_or_outcome"}),
    (Line.COMPLAINT_APPEAL, "procedure_complaint", Channel.LETTER, {"procedure_violation"}, set()),
    (Line.COMPLAINT_APPEAL, "state_compensation", Channel.VISIT, {"compensation_decision", "legal_aid_told"}, set()),
    (Line.CIVIL_SUPERVISION, "judgment", Channel.VISIT,
     {"civil_supervision", "supervision_notice", "supervision_handover"}, set()),
    (Line.ADMINISTRATIVE_SUPERVISION, None, Channel.ONLINE,
     {"administrative_supervision", "supervision_notice", "supervision_handover"}, set()),
    (Line.JUDICIAL_AID, None, Channel.VISIT, {"judicial_aid", "legal_aid_told"}, set()),
]  # fmt: skip
_PETITIONS_ALIKE = """
INSERT INTO petition SELECT (jsonb_populate_record(NULL::petition, to_jsonb(p) || jsonb_build_object(
    'number', '信2026-619926-' || (100000 + p.serial * 1000 + n), 'serial', 100000 + p.serial * 1000 + n))).*
FROM petition p, generate_series(1, :more) n WHERE p.serial < 100000;
INSERT INTO step (petition, at, type, agency, officer, data)
SELECT '信2026-619926-' || (100000 + p.serial * 1000 + n), s.at, s.type, s.agency, s.officer, s.data
FROM step s JOIN petition p ON p.number = s.petition AND p.serial < 100000, generate_series(1, :more) n ORDER BY s.id;
INSERT INTO clock SELECT (jsonb_populate_record(NULL::clock, to_jsonb(c) || jsonb_build_object(
    'id', md5(c.id || n), 'petition', '信2026-619926-' || (100000 + p.serial * 1000 + n)))).*
FROM clock c JOIN petition p ON p.number = c.petition AND p.serial < 100000, generate_series(1, :more) n;
INSERT INTO clock_level (clock, level, seq, at)
SELECT md5(c.id || n), l.level, l.seq, l.at
FROM clock_level l JOIN clock c ON c.id = l.clock JOIN petition p ON p.number = c.petition AND p.serial < 100000,
     generate_series(1, :more) n;
"""
# each on another day of five months
_AGED = """
UPDATE step s SET at = at - (serial * 7 % 150) * interval '1 day' FROM petition p WHERE p.number = s.petition;
UPDATE clock c SET start = start - CAST(serial * 7 % 150 AS int),
    started_at = started_at - (serial * 7 % 150) * interval '1 day' FROM petition p WHERE p.number = c.petition;
UPDATE petition SET received_on = received_on - CAST(serial * 7 % 150 AS int),
    counts_from = counts_from - CAST(serial * 7 % 150 AS int),
    registered_at = registered_at - (serial * 7 % 150) * interval '1 day';
"""
_HANDOVERS_ALIKE = """
INSERT INTO events (subject, version, id, type, recorded_at, body, digest)
SELECT '移2026-619926-' || (100000 + CAST(right(subject, 6) AS int) * 1000 + n), version, md5(id || n), type,
       recorded_at, body, digest
FROM events, generate_series(1, :more) n WHERE subject LIKE '移%';
INSERT INTO clock SELECT (jsonb_populate_record(NULL::clock, to_jsonb(c) || jsonb_build_object(
    'id', md5(c.id || n), 'referral', '移2026-619926-' || (100000 + CAST(right(referral, 6) AS int) * 1000 + n)))).*
FROM clock c, generate_series(1, :more) n;
INSERT INTO referral SELECT (jsonb_populate_record(NULL::referral, to_jsonb(r) || jsonb_build_object(
    'number', '移2026-619926-' || (100000 + CAST(right(number, 6) AS int) * 1000 + n),
    'requested_by', requested_by || n, 'submission', submission || n))).*
FROM referral r, generate_series(1, :more) n;
"""
# offered, signed for, taken on, objected to
_GONE = ((), ("sign",), ("sign", "accept"), ("sign", "object"))
_TO = ("A06", "A08", "A09", "A14")
KINDS_OF_HANDOVER = (len(_GONE) + 1) * len(_TO)


def came(context: ServiceContext, asked: registration.RegisterInput, size: int, sessions: Sessions) -> None:
    """`size` petitions like `asked`, of each of COMING as many, accepted; `sessions`: of who may change any row."""
    before = replace(context, tools=replace(context.tools, law=OLD))
    for line, sub, channel, _, _ in COMING:
        one = replace(asked, line=line, sub_line=sub, channel=channel, received_on=RECEIVED, received_reason="补登")
        with before.begin(OFFICER) as work:
            number = registration.register(work, one).number
        with before.begin(OFFICER) as work:
            petitions.accept(work, number, "D05")
    with sessions() as session, session.begin():
        session.execute(text(_PETITIONS_ALIKE), {"more": size // len(COMING) - 1})
        session.execute(text(_AGED))
        _run_out(session)


def _run_out(session: Session) -> None:
    """What began on an earlier day ends on its own by the old rows; what has run out by now is missed."""
    moments: list[dict[str, Any]] = []
    for clock in session.scalars(select(Clock).order_by(Clock.id)):
        rule = OLD.packs.rule(clock.rule, clock.start)
        due = OLD.due(rule, clock.start)
        ats = dict(levels.moments(rule, due, OLD.calendar))
        missed = ats[levels.MISSED] if ats[levels.MISSED] <= NOW else None
        clock.due, clock.target, clock.provisional = due.due, due.target, due.provisional
        clock.state, clock.missed_at = (State.MISSED if missed else State.RUNNING), missed
        clock.next_at = None if missed else min(at for at in ats.values() if at > NOW)
        moments += [
            {"clock": clock.id, "level": level, "at": at, "fired": at if at <= NOW else None}
            for level, at in ats.items()
        ]
    session.flush()
    fired = "UPDATE clock_level SET at = :at, fired_at = :fired WHERE clock = :clock AND level = :level"
    session.execute(text(fired), moments)


def handed_over(context: ServiceContext, size: int, sessions: Sessions) -> None:
    """`size` handovers: to four agencies as far as each of _GONE, and from each of them to us, not signed for yet."""
    before = replace(context, tools=replace(context.tools, law=OLD))
    for serial, code in enumerate(_TO, 1):
        for index, moves in enumerate(_GONE):
            _goes(before, f"信2026-619926-{serial:03d}{index:03d}", code, moves)
        _comes(before, f"信2026-619926-{serial:03d}900", code)
    with sessions() as session, session.begin():
        session.execute(text(_HANDOVERS_ALIKE), {"more": size // KINDS_OF_HANDOVER - 1})


def _goes(context: ServiceContext, petition: str, code: str, moves: tuple[str, ...]) -> None:
    offer = {
        "petition": petition, "kind": ReferralKind.TRANSFER, "purpose": "handling", "petition_kind": Kind.CLAIM,
        "basis": "《信访工作条例》第三十一条", "line": Line.OTHER, "received_on": RECEIVED, "group_size": 1,
        "retain_days": 365, "material": {"title": "标题", "statement": "内容"},
    }  # fmt: skip
    with context.begin(OFFICER) as work:
        begin_custody(work, petition, "A00", work.now)
        agency = work.session.get_one(Agency, code)
        referral = draft(work, next_numbers(work, 1)[0], agency, offer, str(uuid.uuid4()), None)
        send(work, referral, agency, offer, [])
        for move in moves:
            receive(work, referral, move, {"reason": "not_competent"} if move == "object" else {})


def _comes(context: ServiceContext, petition: str, code: str) -> None:
    with context.begin(OFFICER) as work:
        begin_custody(work, petition, code, work.now)
        referral = Referral(
            number=next_numbers(work, 1)[0], petition=petition, kind=ReferralKind.TRANSFER, agency=code,
            state=ReferralState.DRAFTED, purpose=states.HANDLING, requested_by=str(uuid.uuid4()), created_at=work.now,
            statutory=states.is_statutory(ReferralKind.TRANSFER, Kind.CLAIM, AgencyKind.PROCURATORATE), urged=0,
            inbound=True, submission=f"来-{petition}",
        )  # fmt: skip
        work.session.add(referral)
        tell(work, referral, "submission.drafted.v1", statutory=referral.statutory)
        make(work, referral, "send", statutory=referral.statutory, received_on=day_of(work.now), answer_by=None)
