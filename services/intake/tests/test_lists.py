"""Lists and worklists against the rule: whoever asks, a page and a count have what `covers` and the filters say."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import pytest
from intake_context import OFFICER, build_context
from sqlalchemy import Engine, select
from werkzeug.datastructures import Headers

from authorization.sight import Whose
from clock.tables import Clock
from contracts.vocabulary import (
    DocumentKind,
    Kind,
    Line,
    Means,
    PetitionState,
    ReplyKind,
    RiskColour,
    WallReason,
    WorkBox,
)
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.api.petitions import PETITIONS
from intake.domain.states import OPEN
from intake.service import IntakeService
from intake.tables import Petition, Reply, Risk, Step
from intake.use_cases import lists, walls
from intake.use_cases.worklist import BOXES, TO_TELL
from service_kit import worklist
from service_kit.worklist import Asking
from statute import SHANGHAI, day_of
from web.call import Call
from web.route import routes_of
from web.tokens import Officer

DICE = random.Random(20261127)
ROUTES = {route.path: route for route in routes_of(IntakeService) if route.method == "GET"}
ROLES = ("window", "handler", "department_head", "leader", "chief", "station", "all", "deputy", "operations")
SEATS, POINTS = ("D05", "D03", None), ("P01", "P02", None)
NOW = datetime.now(UTC)
TODAY = day_of(NOW)
S = PetitionState


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made = build_context(engine, tmp_path / "keys")
    with made.begin(OFFICER) as work:
        for serial in range(1, 121):
            work.session.add_all(_petition(work, serial))
    return made


def _petition(work: UnitOfWork, serial: int) -> Iterator[Any]:
    number, received = f"信2026-619926-{serial:06d}", TODAY - timedelta(days=DICE.randrange(60))
    state = DICE.choice([S.REGISTERED, S.ACCEPTED, S.SUBMITTED, S.CONCLUDED, S.NOT_ACCEPTED, S.REPLIED, S.CLOSED])
    settled = state not in (S.REGISTERED, S.SUBMITTED)
    found = Petition(
        number=number,
        year=2026,
        serial=serial,
        state=state,
        kind=DICE.choice(list(Kind)),
        line=DICE.choice(list(Line)),
        service_point=DICE.choice(["P01", "P02"]),
        concerns_us=DICE.random() < 0.2,
        statement=b"x",
        anonymous=True,
        secrecy=False,
        reach="none",
        group_size=1,
        registered_at=NOW,
        received_on=received,
        counts_from=received,
        awaits_answer=False,
        department=DICE.choice(["D05", "D03", None]),
        handler=DICE.choice(["900105", "900104", None]) if settled else None,
        accepted=settled,
        submitted_by="A09" if state is S.SUBMITTED else None,
        submission=str(serial) if state is S.SUBMITTED else None,
    )
    # who spoke is nobody's matter here: what is owed asks for somebody
    found.anonymous, found.secrecy = DICE.random() < 0.3, True
    found.reach = "sealed"
    for _ in range(DICE.choice([0, 0, 0, 1, 2])):
        officer, seat = DICE.choice([("900105", None), ("900001", None), (None, "D03"), (None, "D05")])
        walls.add(work, found, officer, seat, DICE.choice([WallReason.CONCERNED, WallReason.RECUSED]))
    yield found
    if DICE.random() < 0.8:
        colour = DICE.choice(list(RiskColour))
        yield Risk(petition=number, colour=colour, score=serial % 7, entered=[], seen=[], overdue=False, scored_at=NOW)
    if DICE.random() < 0.7:
        yield _clock(number, serial)
    if DICE.random() < 0.6:
        yield from _told(found)


def _told(petition: Petition) -> Iterator[Any]:
    """What was told of it: in the round before or in this one, proved or not, put right or not, printed or not."""
    number, petition.round = petition.number, DICE.choice([0, 0, 1])
    about = {"petition": number, "agency": "A00", "officer": "900100"}
    for seq in range(1, DICE.randrange(2, 6)):
        proof = DICE.choice([None, None, "signature"])
        issued_on = TODAY - timedelta(days=DICE.randrange(4))
        corrects = seq - 1 if seq > 1 and DICE.random() < 0.3 else None
        kind = DICE.choice(list(ReplyKind))
        yield Reply(
            petition=number,
            seq=seq,
            kind=kind,
            means=DICE.choice([Means.POST, Means.IN_PERSON, Means.CALL]),
            issued_on=issued_on,
            officer="900100",
            text=b"x",
            round=DICE.choice([0, petition.round]),
            corrects=corrects,
            proof=proof,
            proved_on=proof and issued_on,
            proved_by=proof and "900100",
            # older code closes it without saying so
            open=petition.state is not S.CLOSED or DICE.random() < 0.5,
        )
        if corrects is not None:
            yield Step(at=NOW, type="petition.reply_corrected.v1", data={"reply": kind}, **about)
        if DICE.random() < 0.5:
            paper = DICE.choice(["accepted", "accepted", "reply", "reply", "receipt", "not_accepted", "progress"])
            printed = DICE.choice(["petition.printed.v1", "petition.printed_nameless.v1"])
            at = NOW - timedelta(days=DICE.randrange(6))
            yield Step(at=at, type=printed, data={"document": paper}, **about)


def _clock(number: str, serial: int) -> Clock:
    target = TODAY + timedelta(days=DICE.randrange(-20, 20))
    made = Clock(
        id=f"{serial:032x}",
        petition=number,
        rule=DICE.choice(["procedural_reply", "outcome_promise", "objection_to_sender"]),
        pack="2022-05-01",
        length=5,
        unit="day",
        duty="department",
        holder="D05",
        start=target - timedelta(days=40),
        due=target,
        target=target,
        provisional=False,
        extension=0,
        suspensions=[],
        state="missed" if target < TODAY else "running",
        started_at=NOW,
        started_by="petition.accepted.v1",
    )
    if DICE.random() < 0.3:
        made.state, made.stopped_at = "stopped", NOW
        made.stopped_by = DICE.choice(["petition.replied.v1", "petition.withdrawn.v1"])
        made.missed_at = DICE.choice([None, None, NOW])
    elif made.state == "missed":
        made.missed_at = NOW
    return made


def officers() -> Iterator[Officer]:
    for role in ROLES:
        for number, seat, point in (("900105", "D05", None), ("900001", "D03", "P01"), ("987654", None, "P02")):
            yield Officer("A00", number, frozenset({role}), seat, point)
    yield Officer("A00", "900104", frozenset({"handler", "station"}), "D03", "P01")


def call(context: ServiceContext, officer: Officer, path: str, **query: str) -> Call:
    route = ROUTES[path]
    asked = route.query().load(query)
    return Call(officer, MappingProxyType({}), asked, Headers(), b"", None, route, path, "-", context.cipher)


def of(petition: Petition, scored: dict[str, Risk], late: set[str], filters: dict[str, Any]) -> bool:
    """What a filter says, in Python."""
    colour = scored[petition.number].colour if petition.number in scored else None
    says = {
        "state": lambda value: petition.state == value,
        "kind": lambda value: petition.kind == value,
        "line": lambda value: petition.line == value,
        "department": lambda value: petition.department == value,
        "service_point": lambda value: petition.service_point == value,
        "colour": lambda value: colour == value,
        "received_from": lambda value: petition.received_on >= date.fromisoformat(value),
        "received_until": lambda value: petition.received_on <= date.fromisoformat(value),
        "open": lambda value: (petition.state in OPEN) == (value == "true"),
        "overdue": lambda value: (petition.number in late) == (value == "true"),
    }
    return all(says[name](value) for name, value in filters.items() if name in says)


def filters() -> dict[str, str]:
    some = {
        "state": DICE.choice(list(PetitionState)).value, "kind": DICE.choice(list(Kind)).value,
        "line": DICE.choice(list(Line)).value, "department": "D05", "service_point": "P01",
        "colour": DICE.choice(list(RiskColour)).value, "received_from": str(TODAY - timedelta(days=30)),
        "received_until": str(TODAY - timedelta(days=20)), "open": DICE.choice(["true", "false"]),
        "overdue": DICE.choice(["true", "false"]), "scope": DICE.choice([str(each) for each in Whose]),
    }  # fmt: skip
    return {name: some[name] for name in DICE.sample(sorted(some), DICE.randrange(3))}


def _waiting(work: UnitOfWork, petition: Petition) -> tuple[list[Reply], list[Reply]]:
    """What of it is to be printed, and to be proved, by the rule: of all that was told, and every line there is."""
    steps = work.session.scalars(select(Step).where(Step.petition == petition.number).order_by(Step.id)).all()
    put_right = {each.data["reply"]: each.id for each in steps if each.type == "petition.reply_corrected.v1"}

    def is_printed(reply: Reply) -> bool:
        begins, paper = datetime.combine(reply.issued_on, time(), SHANGHAI), _paper(petition, reply)
        return any(
            each.type.startswith("petition.printed")
            and each.at >= begins
            and (reply.corrects is None or each.id > put_right.get(reply.kind, 0))
            and each.data["document"] == paper
            for each in steps
        )

    this_round = [each for each in petition.replies if each.round == petition.round]
    stands = [each for each in this_round if each.seq not in petition.corrected]
    outcome_told = any(each.kind == ReplyKind.OUTCOME_REPLY and each.proof for each in stands)
    unproved = [each for each in stands if each.proof is None and petition.state != S.CLOSED]
    wanted = {ReplyKind.OUTCOME_REPLY} if outcome_told else {ReplyKind.OUTCOME_REPLY, ReplyKind.PROCEDURAL_REPLY}
    on_paper = [each for each in unproved if each.means in (Means.POST, Means.IN_PERSON)]
    return [each for each in on_paper if not is_printed(each)], [each for each in unproved if each.kind in wanted]


def _paper(petition: Petition, reply: Reply) -> str:
    if reply.kind != ReplyKind.PROCEDURAL_REPLY:
        return "reply" if reply.kind == ReplyKind.OUTCOME_REPLY else "progress"
    if petition.state in (S.NOT_ACCEPTED, S.GUIDED):
        return "guidance" if petition.state == S.GUIDED else "not_accepted"
    return "accepted" if petition.accepted else "receipt"


def test_a_page_and_a_count_have_what_may_be_seen(context: ServiceContext) -> None:
    """Random officers, filters, sorts and page lengths, against `covers` over every petition there is."""
    with context.begin(OFFICER) as work:
        work.set_now(NOW)
        everything = list(work.session.scalars(select(Petition)))
        scored = {each.petition: each for each in work.session.scalars(select(Risk))}
        clocks = list(work.session.scalars(select(Clock)))
        late = {each.petition for each in clocks if each.state == "missed" and each.rule != "objection_to_sender"}
        for officer in officers():
            for _ in range(8):
                asked = filters()
                sees = walls.view(work, officer, "petition.list")
                reads = walls.view(work, officer, "petition.read-risk")
                whose = Whose(asked.get("scope", Whose.OFFICE))
                expected = {
                    each.number
                    for each in everything
                    if sees.covers(each.placement, whose)
                    and of(each, scored, late, asked)
                    and ("colour" not in asked or reads.covers(each.placement))
                }
                listed, totals = _all(context, work, officer, asked)
                assert sorted(expected) == sorted(each["number"] for each in listed), (officer, asked)
                assert {(len(expected), False)} == totals
                for row in listed:
                    its = next(each for each in everything if each.number == row["number"])
                    known = row["number"] in scored and reads.covers(its.placement)
                    assert row["colour"] == (scored[row["number"]].colour if known else None)


def _all(
    context: ServiceContext, work: UnitOfWork, officer: Officer, asked: dict[str, str]
) -> tuple[list[dict[str, Any]], set[tuple[int, bool]]]:
    query = asked | {"limit": str(DICE.choice([7, 50, 100])), "sort": DICE.choice(["number", "-number", "-received"])}
    found, totals = list[dict[str, Any]](), set()
    while True:
        page = lists.petitions(work, officer, PETITIONS.page(call(context, officer, "/petitions", **query)))
        found += lists.rows(work, officer, page.rows)
        totals.add((page.total, page.total_is_more))
        if page.next is None:
            return found, totals
        query["after"] = page.next


def test_a_box_has_what_waits_and_may_be_seen(context: ServiceContext) -> None:
    """Each box against the rule: every petition that waits there and is covered for the box's action, and no other."""
    service = IntakeService.__new__(IntakeService)
    with context.begin(OFFICER) as work:
        work.set_now(NOW)
        everything = {each.number: each for each in work.session.scalars(select(Petition))}
        scored = {each.petition: each.colour for each in work.session.scalars(select(Risk))}
        clocks = list(work.session.scalars(select(Clock)))
        waiting = {number: _waiting(work, each) for number, each in everything.items()}
        waits = {
            "red": [n for n, each in everything.items() if scored.get(n) == "red" and each.state != S.CLOSED],
            "due": [
                each.petition
                for each in clocks
                if each.target <= TODAY
                and (each.state == "running" or (each.state == "missed" and each.rule != "objection_to_sender"))
            ],
            "in_unsigned": [n for n, each in everything.items() if each.state == S.SUBMITTED],
            "owed": [n for n, each in everything.items() if _is_owed(each)],
            "to_print": [n for n, (to_print, _) in waiting.items() for _ in to_print],
            "to_prove": [n for n, (_, to_prove) in waiting.items() for _ in to_prove],
        }
        assert all(waits.values())
        for officer in officers():
            for box in (each for each in BOXES if each.word in waits):
                asked = {name: value for name, value in filters().items() if name in ("line", "colour", "scope")}
                asking = Asking(
                    service, work, call(context, officer, "/worklist", box=box.word, **asked), box.action, {}
                )
                view, reads = asking.view(), asking.view("petition.read-risk")
                expected = sorted(
                    n
                    for n in waits[box.word]
                    if view.covers(everything[n].placement, asking.whose)
                    and asked.get("line", everything[n].line) == everything[n].line
                    and (
                        "colour" not in asked
                        or (scored.get(n) == asked["colour"] and reads.covers(everything[n].placement))
                    )
                )
                page = worklist._page(box, asking, 100, None)
                assert expected == sorted(each["petition"] for each in page["items"]), (officer, box.word, asked)
                assert (len(expected), False) == (page["total"], page["total_is_more"])
                for each in page["items"]:
                    _is_honest(asking, each, everything[each["petition"]])


@pytest.mark.parametrize("hour", [0, 7, 12, 23])
def test_what_was_printed_is_off_the_list_at_any_hour(context: ServiceContext, hour: int) -> None:
    """A paper printed on the day it was issued is printed, before eight in the morning, too: yesterday in UTC."""
    service, window = (
        IntakeService.__new__(IntakeService),
        Officer("A00", "900100", frozenset({"window"}), "D05", "P01"),
    )
    box = next(each for each in BOXES if each.word == WorkBox.TO_PRINT)
    begins = datetime.combine(TODAY, time(hour, 30), SHANGHAI)
    with context.begin(OFFICER) as work:
        work.set_now(begins)
        asking = Asking(service, work, call(context, window, "/worklist", box=box.word), box.action, {})
        accepted = work.session.scalars(select(Petition).where(Petition.state == S.ACCEPTED)).all()
        its = next(each for each in accepted if not each.replies and asking.view().covers(each.placement))
        means, kind = Means.IN_PERSON, ReplyKind.PROCEDURAL_REPLY
        said = {
            "kind": kind,
            "means": means,
            "issued_on": TODAY,
            "officer": window.id,
            "text": b"x",
            "round": its.round,
        }
        work.session.add(Reply(petition=its.number, seq=1, **said))
        work.session.flush()

        def waits() -> set[str]:
            return {each["petition"] for each in worklist._page(box, asking, 100, None)["items"]}

        assert its.number in waits()
        printed = {"document": DocumentKind.ACCEPTED.value}
        before = begins - timedelta(days=1)
        about = {"petition": its.number, "type": "petition.printed.v1", "agency": "A00", "officer": window.id}
        work.session.add(Step(at=before, data=printed, **about))
        work.session.flush()
        assert its.number in waits()
        work.session.add(Step(at=begins, data=printed, **about))
        work.session.flush()
        assert its.number not in waits()


def test_a_rate_counts_what_may_be_seen(context: ServiceContext) -> None:
    """Due is what was kept and what was late, of periods in sight that end in those days; nothing else moves it."""
    with context.begin(OFFICER) as work:
        work.set_now(NOW)
        everything = {each.number: each for each in work.session.scalars(select(Petition))}
        clocks = list(work.session.scalars(select(Clock)))
        for officer in officers():
            view = walls.view(work, officer, "petition.backlog")
            for _ in range(3):
                asked = {name: value for name, value in filters().items() if name in ("line", "department", "scope")}
                since = TODAY - timedelta(days=DICE.randrange(20))
                until = since + timedelta(days=DICE.randrange(20))
                expected: dict[str, list[int]] = {}
                for each in clocks:
                    its = everything[each.petition]
                    seen = view.covers(its.placement, Whose(asked.get("scope", Whose.OFFICE)))
                    if not (seen and of(its, {}, set(), asked) and since <= each.due <= until):
                        continue
                    if each.rule == "objection_to_sender":
                        continue  # a right that ended by silence
                    late = each.missed_at is not None
                    kept = each.state == "stopped" and not late and each.stopped_by != "petition.withdrawn.v1"
                    row = expected.setdefault(each.rule, [0, 0, 0])
                    row[0] += late or kept
                    row[1] += late
                    row[2] += not late and each.state != "stopped"
                found = lists.rates(work, officer, since, until, **asked)
                assert expected == {each["rule"]: [each["due"], each["late"], each["open"]] for each in found}


def _is_owed(petition: Petition) -> bool:
    """Decided, and neither it nor the outcome was told in this round."""
    if petition.anonymous or petition.state not in TO_TELL:
        return False
    settles = {TO_TELL[S(petition.state)], ReplyKind.OUTCOME_REPLY}
    return not any(each.kind in settles for each in petition.replies if each.round == petition.round)


def _is_honest(asking: Asking, row: dict[str, Any], petition: Petition) -> None:
    """What a row offers its officer may do with it."""
    if row["action"] is not None:
        assert asking.view(f"petition.{row['action']['action']}").covers(petition.placement), row
        assert petition.number in unquote(row["action"]["href"])
