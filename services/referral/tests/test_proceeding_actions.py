"""What is offered of a proceeding is what would be done, and all of it: walked by random moves, every door tried."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from referral_context import OFFICER, build_context
from sqlalchemy import Engine, insert, text

from authorization.placements import Tags, placement
from contracts.vocabulary import Kind, Line, Reach, Role
from referral.api.proceedings import Propose
from referral.service import ReferralService
from referral.tables import Agency
from referral.use_cases import guard, invitations, meeting_tasks, proceeding_actions, proceedings
from referral.use_cases.steps import begin_custody
from statute import SHANGHAI
from tests.trial import Desk, Doors, filled
from web.route import routes_of
from web.tokens import Officer

OFFICERS = [
    Officer("A00", "900100", frozenset({Role.WINDOW})),
    Officer("A00", "900105", frozenset({Role.HANDLER}), "D05"),
    Officer("A00", "900106", frozenset({Role.HANDLER}), "D03"),
    Officer("A00", "900000", frozenset({Role.CHIEF})),
    Officer("A00", "900009", frozenset({Role.ALL})),
]
EVERY = routes_of(ReferralService)
ROUTES = {name: next(each for each in EVERY if each.action == f"proceeding.{name}") for name in proceeding_actions.ROWS}
READ = next(each for each in EVERY if each.path == "/proceedings/<number>")
OF = next(each for each in EVERY if (each.method, each.path) == ("GET", "/petitions/<number>/proceedings"))


def test_every_route_that_acts_on_a_proceeding_has_a_row() -> None:
    """What a client cannot see offered it cannot draw."""
    posts = {each.path for each in EVERY if each.method == "POST" and each.path.startswith("/proceedings/")}
    assert posts == {each.path for each in ROUTES.values()}


class Walk:
    """One proceeding on its way."""

    def __init__(self, desk: Desk, dice: random.Random, seen: Counter[str], serial: int):
        self.desk, self.dice, self.context = desk, dice, desk.trial.context
        self.petition, self.number = f"信2026-619926-{serial:06d}", ""
        self.doors = Doors(desk, ROUTES, self.targets, self.body, seen)
        line = dice.choice([Line.SUPPORT_PROSECUTION, Line.CIVIL_SUPERVISION, Line.CRIMINAL_APPEAL, Line.OTHER])
        with self.context.begin(OFFICER) as work:
            facts = {"kind": Kind.CLAIM, "line": line, "reach": Reach.NONE, "sealed_post": False, "place": None,
                     "respondent_units": [], "submitted_by": None, "anonymous": dice.random() < 0.1}  # fmt: skip
            if dice.random() < 0.1:
                facts |= {"kind": Kind.ACCUSATION, "respondent_units": ["A09"], "respondents_known": True}
            guard.remember(work, self.petition, facts)
            work.session.execute(
                insert(placement).values(
                    petition=self.petition, version=1, department="D05", service_point="12309", kind="claim",
                    line=line, colour="none", secrecy=False, unnamed=False, walled_officers=[],
                    walled_departments=[], unmatched=[],
                )
            )  # fmt: skip
            begin_custody(work, self.petition, "A00", work.now)
        offers = desk.ask(OFFICERS[-1], OF, {"number": self.petition}).body["allowed_actions"]
        kinds = sorted({each["fields"][0]["enum"][0]["value"] for each in offers})
        kind = dice.choice(kinds)
        chosen = next(each for each in offers if each["fields"][0]["enum"][0]["value"] == kind)
        body = self.body("propose", chosen["fields"], True)
        if any(each["value"] == body.get("form") == "settlement" for each in _enum(chosen, "form")):
            body["ground"] = _enum(chosen, "ground")[0]["value"]
        with self.context.begin(OFFICER) as work:
            self.number = proceedings.propose(work, self.petition, **Propose().load(body)).number

    def targets(self, route: Any) -> list[dict[str, Any]]:
        with self.context.begin(OFFICER) as work:
            if "<part>" in route.path:
                ids = [each.id for each in invitations.parts(work, self.number)] or ["0" * 32]
                return [{"number": self.number, "part": each} for each in ids]
            if "<item>" in route.path:
                items = [str(each.item) for each in meeting_tasks.of_proceeding(work, self.number)] or ["1"]
                return [{"number": self.number, "item": each} for each in items]
        return [{"number": self.number}]

    def body(self, name: str, drawn: list[dict[str, Any]], offered: bool) -> dict[str, Any]:
        """As somebody fills it in who knows which agencies there are and what was planned."""
        dice = self.dice
        known: dict[str, Any] = {"agency": ["A06", "A08", "A09", "A14"], "colleague": "900105", "roster": "a" * 32}
        optional = {each["name"]: "x" for each in drawn if dice.random() < 0.5 and each["type"] == "choice"}
        body = filled(drawn, known | {name: value for name, value in optional.items() if name not in known}, dice)
        if name == "join":
            # one of the ways in which a role is named, as the offer leaves them
            ways = [each for each in ("agency", "colleague", "roster", "name") if any(f["name"] == each for f in drawn)]
            body = {key: value for key, value in body.items() if key not in ways}
            if ways:
                way = dice.choice(ways)
                field = next(each for each in drawn if each["name"] == way)
                named = [each["value"] for each in field.get("enum", ())] or known.get(way, "钱某")
                body[way] = dice.choice(named) if isinstance(named, list) else named
        if name == "plan":
            starts = datetime.now(UTC).astimezone(SHANGHAI).replace(hour=9, minute=0) + timedelta(dice.randint(8, 20))
            body |= {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
        if name == "hold":
            steps = self.look(OFFICERS[-1], "steps")
            body |= {"steps": list(range(1, len(steps) + 1)), "recorded": True} if steps else {}
            day = self.look(OFFICERS[-1], "starts_at")
            body["on"] = day[:10] if day else body["on"]
            body = {key: value for key, value in body.items() if any(f["name"] == key for f in drawn)}
            body["came"] = []
        if name == "resolve":
            body["tasks"] = [{"agency": "A00", "due": body["tasks"][0]["due"], "text": "回访"}]
        return body

    def look(self, officer: Officer, what: str = "allowed_actions") -> Any:
        answer = self.desk.ask(officer, READ, {"number": self.number})
        return answer.body[what] if answer.done else []

    def go(self) -> None:
        """An officer does what is offered, or days pass."""
        dice = self.dice
        if dice.random() < 0.2:
            return self._pass(dice.choice([1, 9, 20]))
        officer = dice.choice([OFFICERS[-1], *OFFICERS])
        found = [each for each in self.look(officer) if each["action"] not in ENDS or dice.random() < 0.1]
        if found:
            answer = self.doors.do(officer, dice.choice(found))
            assert answer.done, answer.body
        return None

    def _pass(self, days: int) -> None:
        """All that is written of a day lies further back: as far as the day of it, where one is planned."""
        with self.context.begin(OFFICER) as work:
            found = proceedings.find(work, self.number)
            if found.starts_at is not None:
                left = (found.starts_at.astimezone(SHANGHAI).date() - datetime.now(SHANGHAI).date()).days
                days = max(0, left)
            for statement in (
                "UPDATE proceeding SET starts_at = starts_at - make_interval(days => :d), ends_at = ends_at - "
                "make_interval(days => :d), told_by = told_by - :d WHERE number = :n",
                "UPDATE part SET told_on = told_on - :d WHERE proceeding = :n",
                "UPDATE task SET due = due - :d WHERE proceeding = :n",
            ):
                work.session.execute(text(statement), {"d": days, "n": self.number})


ENDS = {"cancel", "refuse", "withdraw", "adjourn", "leave"}


def _enum(offer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return next((each["enum"] for each in offer["fields"] if each["name"] == name), [])


@pytest.mark.parametrize("stops", [12, pytest.param(400, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_what_is_offered_is_what_would_be_done(engine: Engine, tmp_path: Path, stops: int) -> None:
    """Of every kind, by agencies with and without a queue: offered, and then done; done, so offered."""
    (context, _), dice, seen = build_context(engine, tmp_path), random.Random(20261127), Counter[str]()
    with context.begin(OFFICER) as work:
        work.session.get_one(Agency, "A14").transport = "file"
        work.session.get_one(Agency, "A09").transport = "file"
    desk = Desk(ReferralService, context, tags=Tags.from_file(tmp_path / "placement.key"))
    walk = Walk(desk, dice, seen, 1)
    for stop in range(stops):
        if stop % 6 == 5:
            walk = Walk(desk, dice, seen, stop)
        for _ in range(dice.randint(0, 4)):
            walk.go()
        for officer in OFFICERS:
            walk.doors.check(officer, walk.look(officer))
    assert stops < 100 or set(proceeding_actions.ROWS) <= set(seen), set(proceeding_actions.ROWS) - set(seen)
