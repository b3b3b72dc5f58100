"""What is offered is what would be done, and all of it: petitions are walked, and at each stop every door is tried.

A door is a route with all that its address may name and every word its body may have. What is tried is undone; what
is walked stays. A new route that acts on a petition fails here until its row is in `actions.ROWS`, and is tried then.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, petition
from marshmallow import fields
from sqlalchemy import Engine, select, text

from authorization import colleagues
from clock.tables import Clock
from contracts.fields import PetitionNumber
from contracts.vocabulary import ApprovalState, Kind, Line, Role
from courier.envelope import Actor, Envelope
from courier.inbox import Message
from intake.api.base import _routes
from intake.service import IntakeService
from intake.tables import Act, Agency, Opening, Petition, Reception, Reply, Respondent, Wall
from intake.use_cases import actions, approvals, handlers, petitions, registration
from intake.use_cases.registration import RespondentInput
from statute import day_of
from tests.trial import Desk, Doors, filled
from web.route import Route, routes_of
from web.tokens import Officer

OFFICERS = [
    Officer("A00", "900100", frozenset({Role.WINDOW})),
    Officer("A00", "900103", frozenset({Role.HANDLER}), "D03"),
    Officer("A00", "900105", frozenset({Role.HANDLER}), "D05"),
    Officer("A00", "900108", frozenset({Role.DEPARTMENT_HEAD}), "D05"),
    Officer("A00", "900000", frozenset({Role.CHIEF})),
    Officer("A00", "900001", frozenset({Role.LEADER})),
    Officer("A00", "900002", frozenset({Role.DEPUTY, Role.HANDLER}), "D05"),
    Officer("A00", "900030", frozenset({Role.STATION}), None, "12309"),
]
ALL = Officer("A00", "900009", frozenset({Role.ALL}))
# decided for the contact or the office, not for the petition they name; a look at a number is offered beside it, and a
# receipt to who has its code
APART = {"/contacts/<contact>/join", "/cards", "/petitions/<number>/reveals", "/petitions/<number>/receipt",
         "/receptions/<reception>/bookings/<booking>/outcome"}  # fmt: skip
ROUTES = _routes(IntakeService)
READ = next(each for each in routes_of(IntakeService) if each.path == "/petitions/<number>")
# what referral tells of it
TOLD = ("referral.sent.v1", "referral.accepted.v1", "referral.answered.v1", "referral.returned.v1",
        "routing.refused.v1", "custody.ended.v1", "custody.kept.v1", "submission.overruled.v1",
        "submission.returned.v1")  # fmt: skip
# they end it, or hold it for good: taken seldom, or one would see nothing else
RARE = {"void", "merge", "withdraw", "terminate", "not-accept", "guide", "ask-secrecy", "wall", "link", "decide-match"}
AGENCIES = [
    ("A02", "discipline", "sealed_post"), ("A06", "police", "queue"), ("A08", "labour", "queue"),
    ("A09", "labour", "queue"), ("A10", "town", "file"), ("A13", "court", "sealed_post"),
]  # fmt: skip


def test_every_route_that_acts_on_a_petition_has_a_row() -> None:
    """By its address, or by a petition that its body names; what a client cannot see offered it cannot draw."""

    def acts(route: Route) -> bool:
        names = any(isinstance(each, PetitionNumber) for each in _leaves(route))
        return route.method == "POST" and (names or "/petitions/<number>" in route.path or "<opening>" in route.path)

    known = {route.path for route in ROUTES.values()}
    assert set() == {each.path for each in routes_of(IntakeService) if acts(each)} - known - APART
    assert len(ROUTES) == len(actions.ROWS), "two rows of one name"


def _leaves(route: Route) -> list[fields.Field[Any]]:
    return list(route.body().fields.values()) if route.body else []


class Walk:
    """One petition on its way, and what an officer could ask of it."""

    def __init__(self, desk: Desk, dice: random.Random, seen: Counter[str]):
        self.desk, self.dice, self.context = desk, dice, desk.trial.context
        self.doors = Doors(desk, ROUTES, self.targets, self.body, seen)
        self.number, self.other = self._register(), self._register()

    def _register(self) -> str:
        dice = self.dice
        anonymous = dice.random() < 0.15
        asked = petition(
            dice.choice(list(Kind)),
            line=dice.choice([Line.OTHER, Line.CRIMINAL_APPEAL]),
            secrecy=not anonymous and dice.random() < 0.25,
            anonymous=anonymous,
        )
        if dice.random() < 0.5:
            asked = replace(asked, respondents=(RespondentInput("A09", None),))
        if dice.random() < 0.4:
            asked = replace(asked, submitted_by="A10", submission=f"综转{dice.random()}")
            if dice.random() < 0.3:
                long_ago = day_of(datetime.now(UTC)) - timedelta(days=30)
                asked = replace(asked, received_on=long_ago, received_reason="邮路耽搁")
        with self.context.begin(OFFICER) as work:
            return registration.register(work, asked).number

    def known(self) -> dict[str, Any]:
        """What a client finds for its codes."""
        with self.context.begin(OFFICER) as work:
            has_it = work.session.scalar(select(Petition.handler).filter_by(number=self.number))
        return {
            "department": ["D03", "D05"],
            "leader": "900001",
            "people": "900105",
            # who sits in no department, so that no wall around one keeps them away
            "handler": "900030" if has_it != "900030" else "900001",
            "officer": ["900103", "900099"],
            # of whom the directory says that a claim can go there
            "to": [code for code, _, transport in AGENCIES if transport == "queue"],
            "basis": ["regulation_31", "regulation_30", "cooperation"],
            "petition": self.number,
            "into": self.other,
            "item": "heard",
            "facts": "injury",
        }

    def body(self, action: str, drawn: list[dict[str, Any]], offered: bool) -> dict[str, Any]:
        """As somebody fills it in who reads it."""
        known = self.known()
        if not offered:
            known["to"] = [code for code, *_ in AGENCIES]
        optional = {"officer", "department"} if action != "wall" else {"department"}
        for each in drawn:
            if not each["required"] and each["name"] in optional:
                known.pop(each["name"])
        body = filled(drawn, known | ({"reason": "appraisal"} if action == "suspend-clock" else {}), self.dice)
        if action == "link":
            body["to"] = self.other
        if action == "merge":
            with self.context.begin(OFFICER) as work:
                its = petitions.load(work, self.number, lock=False)
                twin = replace(petition(Kind(its.kind), secrecy=its.secrecy), party=its.party)
                body["into"] = registration.register(work, twin).number
        if action == "decide-match":
            with self.context.begin(OFFICER) as work:
                anonymous = work.session.scalar(select(Petition.anonymous).filter_by(number=self.number))
                body["to"] = registration.register(work, petition(Kind.CLAIM, anonymous=bool(anonymous))).number
        if action == "wall":
            body["reason"] = "recused"
        return body | self.corrected(action, body)

    def corrected(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """What stands there already cannot be put right."""
        with self.context.begin(OFFICER) as work:
            its = petitions.load(work, self.number, lock=False)
            day = its.received_on + timedelta(days=-1 if body.get("shift") == "earlier" else 1)
            match action:
                case "correct":
                    return {"group_size": its.group_size + 1}
                case "correct-person":
                    return {"address": f"石桥镇{self.dice.random()}号"}
                case "reclassify":
                    return {"line": "other" if its.line != Line.OTHER else "criminal_appeal"}
                case "add-respondent":
                    return {"respondent": {"unit": self.dice.choice(["A09", "A10"])}}
                case "correct-receipt":
                    return {"received_on": day.isoformat(), "postmark": day.isoformat()}
        return {}

    def targets(self, route: Route) -> list[dict[str, str]]:
        """All that the address may name."""
        number = self.number
        with self.context.begin(OFFICER) as work:
            if "<clock>" in route.path:
                parts = [("clock", each) for each in work.session.scalars(select(Clock.id).filter_by(petition=number))]
            elif ":seq>" in route.path:
                parts = [("seq", each) for each in work.session.scalars(select(Reply.seq).filter_by(petition=number))]
            elif "<other>" in route.path:
                parts = [("other", self.other)]
            elif "<act>" in route.path:
                parts = [("act", each) for each in work.session.scalars(select(Act.id).filter_by(petition=number))]
            elif "<int:person>" in route.path:
                parts = [("person", each) for each in (1, 2)]
            elif "<int:respondent>" in route.path:
                its = select(Respondent.seq).filter_by(petition=number)
                parts = [("respondent", each) for each in work.session.scalars(its)]
            elif ":wall>" in route.path:
                parts = [("wall", each) for each in work.session.scalars(select(Wall.seq).filter_by(petition=number))]
            elif "<opening>" in route.path:
                found = work.session.scalars(select(Opening.id).filter_by(petition=number))
                return [{"opening": each} for each in found]
            elif "<reception>" in route.path:
                return [{"reception": each} for each in work.session.scalars(select(Reception.id))]
            else:
                return [{"number": number}]
        return [{"number": number, name: each} for name, each in parts]

    def look(self, officer: Officer) -> list[dict[str, Any]]:
        """What is offered; nothing where it is out of sight."""
        answer = self.desk.ask(officer, READ, {"number": self.number})
        return answer.body["allowed_actions"] if answer.done else []

    def go(self) -> None:
        """One step that stays: somebody does what is offered, referral tells something, or time passes."""
        dice = self.dice
        if dice.random() < 0.25:
            return self.hear(dice.choice(TOLD))
        if dice.random() < 0.08:
            return self.age()
        if dice.random() < 0.5 and self.approved():
            return None
        officer = dice.choice([*OFFICERS, ALL])
        offered = self.look(officer)
        names = sorted({each["action"] for each in offered if each["action"] not in RARE or dice.random() < 0.1})
        if names:
            name = dice.choice(names)
            chosen = dice.choice([each for each in offered if each["action"] == name])
            answer = self.doors.do(officer, chosen)
            assert answer.done, (name, answer.body)
        return None

    def hear(self, type_: str) -> None:
        data = {
            "petition": self.number, "referral": "移2026-619926-000001", "to": "A09", "agency": "A09",
            "rule": "referral_sign", "reason": "not_competent", "result": "supported", "lawful": [], "kind": "transfer",
            "purpose": "handling", "carries": [], "digest": "0" * 64, "sign_by": "2026-12-01",
        }  # fmt: skip
        with self.context.begin(Actor("-", "referral", "system")) as work:
            envelope = Envelope("/619926/referral", type_, "移", datetime.now(UTC), data)
            handlers.EVENTS[type_](work, Message(envelope, data, {}, "referral", work.now))

    def approved(self) -> bool:
        """Whether something waited, and somebody whose own it is not approved it."""
        with self.context.begin(Actor("A00", ALL.id, "all")) as work:
            its = petitions.load(work, self.number)
            waiting = [each for each in its.asked if each.now_in is ApprovalState.WAITING and ALL.id not in each.own]
            if waiting:
                approvals.approve(work, ALL, its, waiting[0])
            return bool(waiting)

    def age(self) -> None:
        """What was approved is over, and a period has run out that nobody has noticed yet."""
        opened = (
            "UPDATE opening SET expires_at = now() - interval '1 s' WHERE petition = :number AND state = 'approved'"
        )
        ran_out = (
            "UPDATE clock_level SET at = now() - interval '1 s' FROM clock"
            " WHERE clock.id = clock AND petition = :number AND level = 'missed' AND fired_at IS NULL"
        )
        due = "UPDATE clock SET next_at = now() - interval '1 s' WHERE petition = :number AND next_at IS NOT NULL"
        with self.context.sessions.begin() as session:
            for each in (opened, ran_out, due):
                session.execute(text(each), {"number": self.number})


@pytest.mark.parametrize("stops", [5, pytest.param(300, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_what_is_offered_is_what_would_be_done(engine: Engine, tmp_path: Path, stops: int) -> None:
    """Random petitions, officers of every role, referral's word, time: offered, and then done; done, so offered."""
    context, dice, seen = build_context(engine, tmp_path), random.Random(20261127), Counter[str]()
    desk = Desk(IntakeService, context)
    with context.begin(OFFICER) as work:
        for code, kind, transport in AGENCIES:
            work.session.merge(
                Agency(code=code, revision=2, name=code, kind=kind, transport=transport, active=True, edges=[])
            )
        for officer in (*OFFICERS, ALL):
            colleagues.keep(
                work,
                {"officer": officer.id, "revision": 1, "department": officer.department, "active": True,
                 "service_point": officer.service_point, "roles": sorted(officer.roles), "leads": []},
            )  # fmt: skip
        for days, places in ((3, 20), (0, 1)):
            day = day_of(work.now) + timedelta(days=days)
            work.session.add(Reception(id=f"{days:032x}", day=day, leader="900001", places=places))
    walk = Walk(desk, dice, seen)
    for stop in range(stops):
        if stop % 6 == 5:
            walk = Walk(desk, dice, seen)
        for _ in range(dice.randint(0, 3)):
            walk.go()
        for officer in dice.sample([*OFFICERS, ALL, ALL], 2):
            walk.doors.check(officer, walk.look(officer))
    if stops > 100:
        assert set() == {row.name for row in actions.ROWS} - set(seen), seen
