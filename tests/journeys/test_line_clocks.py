"""Each line and sub-line from registration to closing: which periods run, whose duty they are, by which article.

`pytest -s` prints the sentence of each clock as it began. What a line's life can start stands in docs/clocks.md.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from county import BOXES, PETITIONER, Window, done, sentences, today, until
from sqlalchemy import create_engine, text

from contracts.vocabulary import ActKind, Line
from intake.domain import lines
from statute import Law
from tools.dev.stack import Stack

LAW = Law.load()
REPLY, PROGRESS = "procedural_reply.other_channels", "progress_or_outcome.other_channels"
COMMON = {REPLY, PROGRESS, "outcome_promise"}
MEDIATED = ("mediation_agreed", "confirmation_asked")
AIDED = ("legal_aid_asked", "legal_aid_passed_on")
RECOMMENDED = ("recommendation_served", "recommendation_reported", "recommendation_answered")
RECUSED = ("recusal_asked", "recusal_decided", "recusal_review_asked", "recusal_review_decided")
SUPERVISED = ("acceptance_served", "copy_served", "file_handed_over", "other_opinion_received", "management_noticed",
              "management_answered", *RECUSED)  # fmt: skip
SUPERVISION = {"supervision_notice", "supervision_handover", "supervision_reply_other", "management_notice", "recusal",
               "recusal_reconsidered", "not_supported_sent"}  # fmt: skip


@dataclass(frozen=True)
class Life:
    """A petition of a line: what is done in it before and after it is concluded, and which rows' clocks it starts."""

    line: str
    sub: str | None = None
    kind: str = "claim"
    acts: Sequence[str] = ()
    after: Sequence[str] = ()
    starts: set[str] = field(default_factory=set)
    without: set[str] = field(default_factory=set)
    duties: dict[str, str] = field(default_factory=dict)
    result: str = "supported"
    changes: dict[str, Any] = field(default_factory=dict)


LIVES = [
    Life("complaint_appeal", kind="accusation", acts=AIDED, starts={"legal_aid_transfer"}),
    Life(
        "complaint_appeal",
        "filing_supervision",
        acts=(
            "overdue_reasons_asked",
            "reasons_received",
            "reasons_asked",
            "reasons_received",
            "reasons_found_valid",
            "reasons_result_told",
            "filing_ordered",
            "police_filed",
            "filing_urged",
            "investigation_ended",
        ),
        starts={"police_overdue_reasons", "police_reasons", "reasons_hold", "ordered_filing", "filing_progress"},
        duties={"police_reasons": "police", "ordered_filing": "police", "reasons_hold": "department"},
    ),
    Life(
        "complaint_appeal",
        "procedure_complaint",
        kind="accusation",
        acts=("organ_reasons_asked", "organ_reasons_received", "opinion_given", *RECOMMENDED),
        starts={
            "procedure_violation",
            "procedure_violation.after_reasons",
            "recommendation_reply.general",
            "recommendation_reported",
        },
        duties={"procedure_violation": "department", "recommendation_reply.general": "organ_addressed"},
    ),
    Life(
        "complaint_appeal",
        "lawyer_obstructed",
        kind="accusation",
        starts={"lawyer_complaint"},
        without={PROGRESS},
        duties={"lawyer_complaint": "petitions_division"},
    ),
    Life("complaint_appeal", "report", kind="accusation", acts=("report_acknowledged",)),
    Life("complaint_appeal", "colleague", kind="accusation", acts=("report_acknowledged",)),
    Life(
        "complaint_appeal",
        "state_compensation",
        acts=("legal_aid_told",),
        after=(
            "decision_served_without_remedy",
            "decision_served",
            "compensation_review_asked",
            "payment_asked",
            "payment_requested",
        ),
        starts={
            "compensation_material",
            "compensation_decision",
            "compensation_service",
            "compensation_review",
            "compensation_review.untold",
            "compensation_payment",
            "legal_aid_told",
        },
        duties={"compensation_decision": "office", "compensation_review": "parties"},
    ),
    Life(
        "complaint_appeal",
        "minors_protection",
        acts=(*MEDIATED, *RECOMMENDED),
        starts={"mediation_confirmation", "recommendation_reply.minors", "recommendation_reported"},
        duties={"recommendation_reply.minors": "organ_addressed"},
    ),
    Life(
        "criminal_appeal",
        acts=("detained", "review_filed", "released", "review_decided", "court_review_ended"),
        after=("decision_served",),
        starts={"non_prosecution_review", "appeal_review_told"},
    ),
    *(
        Life(
            "civil_supervision",
            sub,
            acts=SUPERVISED,
            starts={"civil_supervision", *SUPERVISION},
            result="not_supported",
            duties={"civil_supervision": "department", "supervision_notice": "petitions_division"},
        )
        for sub in (None, "judgment", "judges", "enforcement")
    ),
    Life(
        "administrative_supervision",
        acts=SUPERVISED,
        starts={"administrative_supervision", "procedural_reply.administrative", *SUPERVISION},
        without={REPLY},
        result="not_supported",
        duties={"administrative_supervision": "department", "procedural_reply.administrative": "petitions_division"},
    ),
    Life(
        "judicial_aid",
        acts=("legal_aid_told", "aid_funds_arrived", "aid_funds_told"),
        starts={"judicial_aid", "aid_funds_told", "legal_aid_told"},
    ),
    Life(
        "public_interest",
        acts=(
            "public_filed",
            "filing_served",
            "recommendation_decided",
            *RECOMMENDED,
            "urgent_recommendation_served",
            "recommendation_answered",
            "correction_ended",
            "suit_decided",
            "notice_published",
            "notice_ended",
            "suit_decided",
            *RECUSED,
        ),
        starts={
            "public_filing_served",
            "public_recommendation_served",
            "recommendation_reply",
            "recommendation_urgent",
            "recommendation_reported",
            "public_suit_review",
            "public_suit_review.civil",
            "civil_public_notice",
            "recusal",
            "recusal_reconsidered",
        },
    ),
    Life("support_prosecution"),
    Life("other"),
    # 规则 161, 163 speak of letters
    Life(
        "other",
        starts={"procedural_reply", "progress_or_outcome"},
        without={REPLY, PROGRESS},
        changes={"channel": "letter"},
    ),
]
# started by what is no line's life: row → the journey, or the test on a real database, that starts it
ELSEWHERE = {
    "anonymous_diversion": "tests/journeys/test_clocks.py",
    "referral_sign": "tests/journeys/test_clocks.py",
    "answer_to_sender": "tests/journeys/test_inbound.py",
    "objection_to_sender": "tests/journeys/test_inbound.py",
    "objection_to_sender.agreed": "tests/journeys/test_inbound.py",
    "receiver_tells": "services/referral/tests/test_replayed.py",
    "receiver_objects": "services/referral/tests/test_replayed.py",
    "signature_after_urge": "services/referral/tests/test_overdue.py",
    "duty_crime_lead": "tests/journeys/test_line_clocks.py",
    "procedure_violation.of_ours": "tests/journeys/test_line_clocks.py",
    "supervision_material": "tests/journeys/test_line_clocks.py",
}


def lived(window: Window, life: Life) -> Iterator[dict[str, Any]]:
    """Its clocks, as they are after each step; the last is of the closed petition."""
    number = window.number(line=life.line, sub_line=life.sub, kind=life.kind, **life.changes)

    def clocks() -> dict[str, Any]:
        path = f"/petitions/{number}/clocks"
        return {each["clock"]: each for each in done(window.request("GET", path))["clocks"]}

    def act(kind: str) -> None:
        body: dict[str, Any] = {"kind": kind, "done_on": today().isoformat(), "people": ["900105"], "record": "记录"}
        if ActKind(kind).of_hour:
            body["done_at"] = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
        done(window.act(number, "acts", **body))

    yield clocks()
    accepted = done(window.act(number, "accept", department="D05"))
    assert accepted["state"] == "accepted"
    yield clocks()
    reply = {"kind": "procedural_reply", "means": "post", "text": "告知书"}
    done(window.act(number, "replies", **reply))
    for kind in life.acts:
        act(kind)
        yield clocks()
    done(window.act(number, "liability", **BOXES))
    done(window.act(number, "conclude", result=life.result))
    for kind in life.after:
        act(kind)
        yield clocks()
    yield clocks()
    done(window.act(number, "replies", kind="outcome_reply", means="post", text="答复书"))
    shown = window.look(number)
    for seq in range(1, len(shown["replies"]) + 1):
        done(window.act(number, f"replies/{seq}/proof", proof="post_receipt"))
    done(window.act(number, "close"))
    until(lambda: window.look(number)["state"] == "closed", "closed")
    yield clocks()


@pytest.mark.parametrize("life", LIVES, ids=lambda life: ".".join(filter(None, (life.line, life.sub, *life.changes))))
def test_a_line_starts_its_own_clocks_and_ends_with_none(system: Stack, life: Life) -> None:
    """Registered, accepted, handled, concluded, told and closed: exactly these clocks ran, and none runs on."""
    window, seen = Window(system), dict[str, dict[str, Any]]()
    for clocks in lived(window, life):
        for id_, clock in clocks.items():
            if id_ not in seen:
                sys.stdout.write(f"\n  {clock['rule_zh']}（{clock['duty_zh']}）：{clock['sentence']}")
            seen[id_] = clock
    assert (COMMON | life.starts) - life.without == {each["row"] for each in seen.values()}
    assert {"stopped"} == {each["state"] for each in seen.values()}
    duties = {each["row"]: each["duty"] for each in seen.values()}
    assert life.duties == {rule: duties[rule] for rule in life.duties}


def test_each_line_and_sub_line_has_a_life_here() -> None:
    """A new one without its journey would have periods that nobody has seen run."""
    shipped = lines.shipped()
    known = {(str(line), sub) for line in Line for sub in (None, *shipped.subs[line])}
    assert known == {(life.line, life.sub) for life in LIVES}


def test_a_report_goes_on_within_seven_days_and_complaints_about_us_are_the_petition_divisions(system: Stack) -> None:
    """规则 166: a sealed report's lead, until it is handed over; 556(1): who examines a complaint about our office."""
    window = Window(system)
    envelope = {"sealed_post": {"number": "机20261127001", "digest": "0" * 64}, "secrecy": True}
    envelope |= {"statement": None, "title": None}
    number = window.number(line="complaint_appeal", sub_line="report", kind="accusation", **envelope)
    found = {each["rule"]: each for each in done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]}
    assert ("running", "职务犯罪线索移送侦查部门") == (
        found["duty_crime_lead"]["state"],
        found["duty_crime_lead"]["rule_zh"],
    )
    body = {"kind": "lead_handed_over", "done_on": today().isoformat(), "people": ["900105"], "record": "移送单"}
    done(window.act(number, "acts", **body))
    found = {each["rule"]: each for each in done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]}
    assert "stopped" == found["duty_crime_lead"]["state"]
    about_us = {"line": "complaint_appeal", "sub_line": "procedure_complaint", "kind": "accusation"}
    colleague = {"unit": "A00", "name": "吴某", "officer": "900103", "department": "D03"}
    number = window.number(**about_us, respondents=[colleague])
    done(Window(system, "handler", "900105", department="D05").act(number, "accept", department="D05"))
    found = {each["rule"]: each for each in done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]}
    ours = found["procedure_violation"]
    assert ("procedure_violation.of_ours", "petitions_division", "A00") == (ours["row"], ours["duty"], ours["holder"])


def test_a_report_is_in_a_real_name_once_its_reporter_says_it_is_theirs(system: Stack) -> None:
    """Name, a way to reach them, and their word; what nobody put a name to nobody acknowledges."""
    window = Window(system)
    report = {"line": "complaint_appeal", "sub_line": "report", "kind": "accusation"}
    number, nobody = window.number(**report), window.number(**report, anonymous=True, petitioner=None)
    assert ["named", "anonymous", None] == [window.look(each)["naming"] for each in (number, nobody, window.number())]
    body = {"kind": "report_acknowledged", "done_on": today().isoformat(), "people": ["900105"], "record": "电话核实"}
    assert "实名" == done(window.act(number, "acts", **body))["naming_zh"]
    assert (422, "kind") == ((said := window.act(nobody, "acts", **body)).status_code, said.json()["field"])


def test_the_first_of_three_classes_is_led_by_a_leader(system: Stack) -> None:
    """刑事申诉, 国家赔偿, 立案监督; no other line's: each of somebody who comes for the first time."""
    window = Window(system)
    led = {
        ("criminal_appeal", None),
        ("complaint_appeal", "state_compensation"),
        ("complaint_appeal", "filing_supervision"),
    }
    for index, (line, sub) in enumerate([*sorted(led, key=str), ("civil_supervision", "judgment"), ("other", None)]):
        person = PETITIONER | {"name": f"首次{index}", "phone": f"1990000{index:04d}", "resident_id": None}
        number = window.number(line=line, sub_line=sub, petitioner=person)
        done(window.act(number, "accept", department="D05"))
        assert ((line, sub) in led) is ("petition.chief_led.v1" in window.steps(number)), (line, sub)


def test_who_was_put_on_another_line_has_its_clocks(system: Stack) -> None:
    """Accepted as something else: the lawyer's ten days begin, the three months for progress end; an event each."""
    window = Window(system)
    number = window.number(line="other")
    done(window.act(number, "accept", department="D05"))
    right = {"kind": "claim", "line": "complaint_appeal", "sub_line": "lawyer_obstructed", "reason": "条线登记有误"}
    done(window.act(number, "classification", **right))
    found = {each["rule"]: each for each in done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]}
    assert ("running", "stopped") == (found["lawyer_complaint"]["state"], found["progress_or_outcome"]["state"])
    assert "petition.reclassified.v1" == found["progress_or_outcome"]["stopped_by"]
    assert "running" == found["outcome_promise"]["state"]


def test_what_does_not_come_in_time_is_deemed_withdrawn_and_nothing_else_is(system: Stack) -> None:
    """监督规则 21: an end of its own, lawful when the day that was named is past, and of supervision alone."""
    window = Window(system)
    number = window.number(line="administrative_supervision")
    day = (today() + timedelta(days=5)).isoformat()
    asked = {"lacking": ["一审判决书"], "means": "post", "complete_by": day}
    done(window.act(number, "material-asked", **asked))
    found = {each["rule"]: each for each in done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]}
    assert (day, "parties") == (found["supervision_material"]["due"], found["supervision_material"]["duty"])
    for reason in ("deemed_withdrawn", "no_material"):
        refused = window.act(number, "terminate", reason=reason)
        assert (422, "reason") == (refused.status_code, refused.json()["field"])
    other = window.number()
    assert 422 == window.act(other, "terminate", reason="deemed_withdrawn").status_code


def test_what_is_deemed_withdrawn_ends_as_that_and_is_told_in_writing(system: Stack) -> None:
    """监督规则 21, to its end: the day is past, the chief approves, no period runs on, and it is closed when told."""
    window = Window(system)
    number = window.number(line="civil_supervision", sub_line="judgment")
    day = (today() + timedelta(days=1)).isoformat()
    done(window.act(number, "material-asked", lacking=["再审裁定书"], means="post", complete_by=day))
    paper = window.request("GET", f"/petitions/{number}/documents/material").text
    assert "逾期未补齐的，视为撤回监督申请。" in paper
    engine = create_engine(system.owned("intake"))
    with engine.begin() as connection:
        # the named day passes; nothing else of the petition is touched
        gone = "UPDATE clock SET start = start - 3, due = due - 3 WHERE petition = :number AND rule = :rule"
        assert 1 == connection.execute(text(gone), {"number": number, "rule": "supervision_material"}).rowcount
    engine.dispose()
    offered = next(each for each in window.look(number)["allowed_actions"] if each["action"] == "terminate")
    reasons = next(each for each in offered["fields"] if each["name"] == "reason")
    assert "deemed_withdrawn" in {each["value"] for each in reasons["enum"]}
    ended = done(window.act(number, "terminate", reason="deemed_withdrawn"))
    assert ("terminated", "withdrawn") == (ended["state"], ended["result"])
    assert "终结：逾期未补正，视为撤回监督申请" in sentences(window, number)
    running = [
        each
        for each in done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]
        if each["state"] != "stopped"
    ]
    assert [] == running
    done(window.act(number, "replies", kind="outcome_reply", means="post", text="视为撤回监督申请，可以重新提出"))
    done(window.act(number, f"replies/{len(window.look(number)['replies'])}/proof", proof="post_receipt"))
    done(window.act(number, "close"))
    until(lambda: window.look(number)["state"] == "closed", "closed")


def test_an_act_of_another_line_and_hours_without_a_moment_are_refused(system: Stack) -> None:
    """A word of another line would move a period that does not run here."""
    window = Window(system)
    number = window.number(line="other")
    body = {"done_on": today().isoformat(), "people": ["900105"], "record": "记录"}
    for kind, name in (("filing_ordered", "kind"), ("legal_aid_asked", "done_at")):
        refused = window.act(number, "acts", kind=kind, **body)
        assert (422, name) == (refused.status_code, refused.json()["field"])


def test_the_peremptory_bars_are_reckoned_from_the_day_they_begin(system: Stack) -> None:
    """行诉监督规则 20: six months and a day ago is too late, whatever was ticked; five months ago is in time."""
    window = Window(system)
    number = window.number(line="administrative_supervision")
    answers = {"retrial_asked": True, "pending": False, "objected": True, "already_reviewed": False, "in_time": True}
    for ago, said in ((190, "out_of_time"), (100, "accept")):
        day = (today() - timedelta(days=ago)).isoformat()
        hint = done(window.act(number, "admission", answers=answers, days={"in_time": day}))["advised"]
        assert said == hint["result"]
    old = done(window.act(number, "admission", answers=answers, days={"in_time": "2019-03-01"}))["advised"]
    assert ("out_of_time", False) == (old["result"], old["answers"]["in_time"]), "a day before every pack"
    refused = window.act(number, "admission", answers=answers, days={"retrial_asked": today().isoformat()})
    assert (422, "days.retrial_asked") == (refused.status_code, refused.json()["field"])
    tomorrow = (today() + timedelta(days=1)).isoformat()
    assert 422 == window.act(number, "admission", answers=answers, days={"in_time": tomorrow}).status_code


def test_who_was_held_for_years_is_not_told_that_they_come_too_late(system: Stack) -> None:
    """国家赔偿法 39: what was spent in custody is not counted; the day alone cannot say no, an officer does."""
    window = Window(system)
    number = window.number(line="complaint_appeal", sub_line="state_compensation")
    days = {"in_time": (today() - timedelta(days=3 * 366)).isoformat()}
    answers = {"obliged": True, "ended": True}
    for ticked, said in (({}, "open"), ({"in_time": True}, "accept"), ({"in_time": False}, "out_of_time")):
        hint = done(window.act(number, "admission", answers=answers | ticked, days=days))["advised"]
        assert said == hint["result"]
    days = {"in_time": (today() - timedelta(days=300)).isoformat()}
    assert "accept" == done(window.act(number, "admission", answers=answers, days=days))["advised"]["result"]


def test_every_row_is_started_here_or_elsewhere_or_says_why_not() -> None:
    """A new row that no journey starts fails here, unless it says that it is only computed on request, and why."""
    rows = [row for row in LAW.packs.in_force(today()).rows if row.covers(today())]
    assert {row.name for row in rows if not row.starts} == {row.name for row in rows if row.on_request}
    walked = {name for life in LIVES for name in (COMMON | life.starts) - life.without}
    assert {row.name for row in rows if row.starts} == walked | set(ELSEWHERE)
    assert not walked & set(ELSEWHERE)
    for name, file in ELSEWHERE.items():
        said = (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
        # named by a test there, not only in the list above
        assert said.count(f'"{name}"') > (file == "tests/journeys/test_line_clocks.py"), (name, file)
