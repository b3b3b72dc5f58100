"""What is offered of a referral is what would be done, and all of it: walked by random moves, every door tried."""

import random
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from referral_context import OFFICER, build_context, offered
from sqlalchemy import Engine, insert

from authorization.placements import Tags, placement
from contracts.registry import REGISTRY
from contracts.vocabulary import Kind, ObjectionReason, Result, Role
from courier.envelope import Envelope
from courier.inbox import Message
from referral.domain import states
from referral.domain.states import Side
from referral.service import ReferralService
from referral.tables import Agency, Referral
from referral.use_cases import actions, guard, inbound, steps
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
ROUTES = {name: next(each for each in EVERY if each.action == f"referral.{name}") for name in actions.ROWS}
READ = next(each for each in EVERY if each.path == "/referrals/<number>")


def test_every_route_that_acts_on_a_referral_has_a_row() -> None:
    """What a client cannot see offered it cannot draw."""
    posts = {each.path for each in EVERY if each.method == "POST" and each.path.startswith("/referrals/")}
    assert posts == {each.path for each in ROUTES.values()}


class Walk:
    """One referral on its way."""

    def __init__(self, desk: Desk, dice: random.Random, seen: Counter[str], serial: int):
        self.desk, self.dice, self.context = desk, dice, desk.trial.context
        self.petition = f"信2026-619926-{serial:06d}"
        self.doors = Doors(desk, ROUTES, lambda _: [{"number": self.number}], self.body, seen)
        with self.context.begin(OFFICER) as work:
            facts = {"kind": "claim", "line": "other", "reach": "none", "sealed_post": False, "place": None}
            facts |= {"respondent_units": [], "submitted_by": None}
            if dice.random() < 0.3:
                # the ban hits them later on, as it may: by a directory that changed
                facts |= {"kind": "accusation", "respondent_units": ["A09"], "respondents_known": True}
            guard.remember(work, self.petition, facts)
            work.session.execute(
                insert(placement).values(
                    petition=self.petition, version=1, department="D05", service_point="12309", kind="claim",
                    line="other", colour="none", secrecy=False, unnamed=False, walled_officers=[],
                    walled_departments=[], unmatched=[],
                )
            )  # fmt: skip
            steps.begin_custody(work, self.petition, "A00", work.now)
            if dice.random() < 0.3:
                self._received(work, dice.choice(["A09", "A14"]))
                self.number = work.session.query(Referral.number).filter_by(petition=self.petition).scalar()
            else:
                referral = offered(work, self.petition, dice.choice(["A06", "A08", "A09", "A14"]))
                referral.purpose = dice.choice(["handling", "handling", "assist"])
                self.number = referral.number

    def _received(self, work: Any, agency: str) -> None:
        data = {
            "petition": self.petition, "agency": agency, "submission": self.petition[-6:], "kind": "transfer",
            "petition_kind": Kind.CLAIM, "received_on": date(2026, 11, 2), "answer_by": date(2026, 12, 2),
        }  # fmt: skip
        envelope = Envelope("/619926/intake", "submission.received.v1", "信", datetime.now(UTC), data)
        inbound.received(work, Message(envelope, data, {}, "intake", work.now))

    def body(self, _: str, drawn: list[dict[str, Any]], offered: bool) -> dict[str, Any]:
        optional = {each["name"]: "x" for each in drawn if self.dice.random() < 0.5}
        return filled(drawn, optional, self.dice)

    def look(self, officer: Officer) -> list[dict[str, Any]]:
        answer = self.desk.ask(officer, READ, {"number": self.number})
        return answer.body["allowed_actions"] if answer.done else []

    def go(self) -> None:
        """An officer does what is offered, the agency moves, or what it belongs to is held or released."""
        dice = self.dice
        if dice.random() < 0.4:
            officer = dice.choice(OFFICERS)
            found = [
                each for each in self.look(officer) if each["action"] not in ("void", "recall") or dice.random() < 0.2
            ]
            if found:
                assert self.doors.do(officer, dice.choice(found)).done
            return
        with self.context.begin(OFFICER) as work:
            referral = work.session.get_one(Referral, self.number)
            if dice.random() < 0.1:
                guard.hold(work, self.petition)
            elif dice.random() < 0.1:
                guard.release(work, self.petition, referral.agency)
            else:
                side = Side.SENDER if referral.inbound and dice.random() < 0.3 else Side.RECEIVER
                # of what was sent to us only some moves are made, and told
                whose = "submission." if referral.inbound else "referral."
                moves = [
                    each.name
                    for each in states.allowed(referral.snapshot, side)
                    if each.name not in APART and ("event", each.event.replace("referral.", whose)) in REGISTRY
                ]
                if moves:
                    self._move(work, referral, dice.choice(moves))

    def _move(self, work: Any, referral: Referral, name: str) -> None:
        said = {"reason": "not_competent", "result": "supported", "text": "说明", "officer": None}
        if name in ("sign", "object", "answer") and not referral.inbound:
            steps.receive(work, referral, name, said)
        else:
            facts = {"object": {"reason": ObjectionReason.NOT_COMPETENT}, "answer": {"result": Result.SUPPORTED}}
            steps.make(work, referral, name, **facts.get(name, {}))


# what needs more than the table of moves, and is tried elsewhere
ENDS = {"void", "recall"}
APART = {"pass_on", "void", "recall", "add_material", "stop", "urge", "send", "undeliver", "close"}


@pytest.mark.parametrize("stops", [10, pytest.param(300, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_what_is_offered_is_what_would_be_done(engine: Engine, tmp_path: Path, stops: int) -> None:
    """Sent and received, by queue and by hand, held and released: offered, and then done; done, so offered."""
    (context, _), dice, seen = build_context(engine, tmp_path), random.Random(20261127), Counter[str]()
    with context.begin(OFFICER) as work:
        work.session.get_one(Agency, "A14").transport = "sealed_post"
        work.session.get_one(Agency, "A09").transport = "file"
    desk = Desk(ReferralService, context, tags=Tags.from_file(tmp_path / "placement.key"))
    walk = Walk(desk, dice, seen, 1)
    for stop in range(stops):
        if stop % 5 == 4:
            walk = Walk(desk, dice, seen, stop)
        for _ in range(dice.randint(0, 2)):
            walk.go()
        for officer in OFFICERS:
            walk.doors.check(officer, walk.look(officer))
    assert stops < 100 or set(actions.ROWS) <= set(seen), seen
