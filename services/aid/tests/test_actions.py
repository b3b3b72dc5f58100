"""What is offered of a case is what would be done, and all of it: walked by random steps, every door tried."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from aid.domain import rules
from aid.domain.states import OPEN_LEADS, Caps
from aid.service import AidService
from aid.tables import Agency, Case, Held, Lead
from aid.use_cases import actions, cases
from aid.use_cases.tools import Tools
from authorization.placements import Tags, placement
from contracts.vocabulary import LeadState, Role, Situation
from courier.envelope import Actor, Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from statute import Law
from tests.trial import Desk, Doors, filled
from vault import Keyring, Vault
from vault.keyring import generate
from web.route import routes_of
from web.tokens import Officer

OFFICER = Actor("A00", "900001", "all")
OFFICERS = [
    Officer("A00", "900100", frozenset({Role.WINDOW})),
    Officer("A00", "900040", frozenset({Role.AID})),
    Officer("A00", "900000", frozenset({Role.CHIEF})),
    Officer("A00", "900009", frozenset({Role.ALL})),
]
EVERY = routes_of(AidService)
ROUTES = {name: next(each for each in EVERY if each.action == f"aid.{name}") for name in actions.ROWS}
READ = next(each for each in EVERY if each.path == "/aid-cases/<number>")
COUNTY = {"A08": ("civil_affairs", "queue"), "A09": ("labour", "file"), "A16": ("education", "queue")}


def test_every_route_that_acts_on_a_case_has_a_row() -> None:
    """What a client cannot see offered it cannot draw; a look at a number is offered beside the number."""
    posts = {each.path for each in EVERY if each.method == "POST" and not each.path.startswith("/operations/")}
    acts = posts - {"/aid-cases/<number>/reveals"}
    assert acts == {each.path for each in ROUTES.values()}


class Walk:
    """One case on its way; now and then of somebody who has another."""

    def __init__(self, desk: Desk, dice: random.Random, seen: Counter[str], serial: int):
        self.desk, self.dice, self.context = desk, dice, desk.trial.context
        self.petition = f"信2026-619926-{serial:06d}"
        self.doors = Doors(desk, ROUTES, lambda _: [{"number": self.number}], self.body, seen, often=3)
        who = {"name": "石大川", "phone": "19900001208", "address": "石桥镇", "case_number": "刑1",
               "resident_id": dice.choice(["619926198503120014", None])}  # fmt: skip
        found = dice.sample(list(Situation), 12)
        data = {"petition": self.petition, "person": None, "situations": found, "held": dice.random() < 0.2}
        with self.context.begin(OFFICER) as work:
            work.session.execute(
                insert(placement).values(
                    petition=self.petition, version=1, department="D05", service_point="12309", kind="claim",
                    line="other", colour="none", secrecy=False, unnamed=False, walled_officers=[],
                    walled_departments=[], unmatched=[],
                )
            )  # fmt: skip
            envelope = Envelope("/619926/intake", "aid.requested.v1", self.petition, datetime.now(UTC), data, OFFICER)
            cases.requested(work, Message(envelope, data, who, "intake", work.now))
            self.number = work.session.query(Case.number).filter_by(petition=self.petition).scalar()

    def body(self, _: str, drawn: list[dict[str, Any]], offered: bool) -> dict[str, Any]:
        known = {"to": list(COUNTY), "ground": ["J1", "J3"]} | ({"wish": True} if self.dice.random() < 0.5 else {})
        return filled(drawn, known, self.dice)

    def look(self, officer: Officer) -> list[dict[str, Any]]:
        answer = self.desk.ask(officer, READ, {"number": self.number})
        return answer.body["allowed_actions"] if answer.done else []

    def go(self) -> None:
        """An officer does what is offered, an agency answers, or something is heard of the petition."""
        dice = self.dice
        if dice.random() < 0.5:
            officer = dice.choice(OFFICERS)
            if found := self.look(officer):
                assert self.doors.do(officer, dice.choice(found)).done
            return
        with self.context.begin(OFFICER) as work:
            match dice.randrange(3):
                case 0:
                    open_ = Lead.state.in_([str(each) for each in OPEN_LEADS])
                    work.session.execute(update(Lead).where(open_).values(state=LeadState.ANSWERED))
                case 1:
                    work.session.get_one(Case, self.number).sealed = True
                case _ if held := work.session.get(Held, self.petition):
                    held.released = [dice.choice(list(COUNTY))]


@pytest.mark.parametrize("stops", [8, pytest.param(300, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_what_is_offered_is_what_would_be_done(engine: Engine, tmp_path: Path, stops: int) -> None:
    """Open and decided, sealed and held, of who was given aid before: offered, and then done; done, so offered."""
    generate(tmp_path, ["aid", "intake"])
    tools = Tools("619926", Law.load(), rules.load(), Caps(10**7, 10**7), timedelta(minutes=10), timedelta(days=1))
    keys = Vault(Keyring.from_file(tmp_path / "aid.keys.json"))
    context = ServiceContext("aid", "619926", sessionmaker(engine), language, keys, tools)
    with context.begin(OFFICER) as work:
        for code, (kind, transport) in COUNTY.items():
            work.session.add(Agency(code=code, revision=1, name=code, kind=kind, transport=transport, active=True))
    desk, dice = Desk(AidService, context, tags=Tags.from_file(tmp_path / "placement.key")), random.Random(7)
    seen = Counter[str]()
    walk = Walk(desk, dice, seen, 1)
    for stop in range(stops):
        if stop % 4 == 3:
            walk = Walk(desk, dice, seen, stop)
        for _ in range(dice.randint(0, 2)):
            walk.go()
        for officer in OFFICERS:
            walk.doors.check(officer, walk.look(officer))
    assert set() == {*actions.ROWS, "no grant", "no offer-lead"} - set(seen), seen
