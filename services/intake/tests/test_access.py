"""Who may do what with which petition: every cell of both tables, and the wall that no role sees over."""

from itertools import product
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

import house.access
from contracts.vocabulary import ContactOutcome, Role
from courier.work import Work
from gate.access import may
from gate.edge import routes_of
from gate.tokens import Officer
from intake import contacts, tables
from intake.access import ACTIONS, SCOPES, Held, Scope, View, scopes
from intake.service import IntakeService
from intake.tables import Contact, Petition
from intake.walls import visible

# action → W window, H handler, D department head, L leader, C chief, S service point, V deputy;
# the rest may nothing here
CELLS = {
    "clock.read": "WHDLCS",
    "clock.suspend": "C",
    "clock.resume": "HC",
    "clock.extend": "C",
    "petition.register": "WHS",
    "petition.list": "WHDLCS",
    "petition.read": "WHDLCS",
    "petition.read-material": "HDC",
    "petition.sign": "WH",
    "petition.object": "HD",
    "petition.tell-sender": "WH",
    "petition.answer-sender": "H",
    "petition.accept": "HD",
    "petition.not-accept": "HD",
    "petition.guide": "WH",
    "petition.ask-material": "WH",
    "petition.complete": "WH",
    "petition.add-file": "WHS",
    "petition.read-file": "HDC",
    "petition.refer": "H",
    "petition.involve": "H",
    "petition.assign": "DC",
    "petition.wall": "WHDC",
    "petition.mark-hardship": "WH",
    "petition.conclude": "H",
    "petition.reply": "WH",
    "petition.close": "H",
    "petition.review-liability": "H",
    "petition.resolve": "HD",
    "petition.suspend": "C",
    "petition.resume": "HC",
    "petition.withdraw": "WH",
    "petition.terminate": "C",
    "petition.reopen": "DC",
    "petition.backlog": "HDLC",
    "contact.record": "WS",
    "contact.list": "WCS",
    "contact.read": "WCS",
    "contact.consult": "WS",
    "contact.join": "WS",
    "contact.split": "W",
    "petition.link": "WH",
    "petition.advise-admission": "WH",
    "petition.record-act": "HD",
    "petition.print": "WHD",
    "petition.read-risk": "WHDLC",
    "petition.enter-risk": "WH",
    "petition.lower-risk": "LC",
    "petition.lead": "LC",
    "petition.tick-item": "HLC",
    "reception.plan": "WC",
    "reception.list": "WHDLC",
    "reception.book": "WH",
    "petition.renew-code": "WHS",
    "petition.owed": "WHDLCS",
    "petition.prove": "WH",
    "petition.record-untellable": "HD",
    "petition.ask-secrecy": "WHS",
    "sealed.ask": "H",
    "sealed.list": "CV",
    "sealed.decide": "CV",
    "sealed.look": "H",
}
LETTER = {
    Role.WINDOW: "W",
    Role.HANDLER: "H",
    Role.DEPARTMENT_HEAD: "D",
    Role.LEADER: "L",
    Role.CHIEF: "C",
    Role.STATION: "S",
    Role.DEPUTY: "V",
}
ME, ANOTHER = b"me", b"another"
DDL = range(1, 14)
# whose department × whose service point × concerns us and nobody is named → who sees it: O office, D, S
SIGHT = {
    (None, "P01", False): "ODS",
    ("D05", "P01", False): "ODS",
    ("D03", "P01", False): "OS",
    (None, "P02", False): "OD",
    ("D05", "P02", False): "OD",
    ("D03", "P02", False): "O",
    (None, "P01", True): "OS",
    ("D05", "P01", True): "OS",
    ("D03", "P01", True): "OS",
    (None, "P02", True): "O",
    ("D05", "P02", True): "O",
    ("D03", "P02", True): "O",
}


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("role", list(Role))
def test_every_cell(role: Role, action: str) -> None:
    """Deny by default; `all` may everything; another agency's officer nothing; who may, sees as far as the role."""
    expected = role is Role.ALL or LETTER.get(role, "-") in CELLS[action]
    officer = Officer("A00", "1", frozenset({role}))
    assert expected == (may(ACTIONS, officer, action, "A00") is None)
    assert may(ACTIONS, Officer("A09", "1", frozenset({role})), action, "A00")
    assert (frozenset({SCOPES[role]}) if expected else frozenset()) == scopes(officer, action)


def test_a_role_lends_its_sight_only_to_what_it_may_do() -> None:
    """Who is window officer and handler at once refers no petition of another department: the window may not refer."""
    both = Officer("A00", "1", frozenset({Role.WINDOW, Role.HANDLER}))
    assert {Scope.DEPARTMENT} == scopes(both, "petition.refer")
    assert {Scope.DEPARTMENT, Scope.OFFICE} == scopes(both, "petition.read")


@pytest.mark.parametrize(("held", "seen"), SIGHT.items())
def test_how_far_each_role_sees(held: tuple[str | None, str, bool], seen: str) -> None:
    """The office's see all, a department its own and what nobody has yet, a service point what it registered."""
    department, point, unnamed = held
    for scope, letter in ((Scope.OFFICE, "O"), (Scope.DEPARTMENT, "D"), (Scope.SERVICE_POINT, "S")):
        view = View(ME, "D05", "P01", frozenset({scope}))
        assert (letter in seen) == view.covers(Held(department, point, unnamed=unnamed))


@pytest.mark.parametrize("scope", list(Scope))
def test_no_role_sees_over_a_wall(scope: Scope) -> None:
    """Neither the colleague who is named, wherever they sit, nor anybody of the department."""
    view = View(ME, "D05", "P01", frozenset({scope}))
    held = {"department": "D05", "service_point": "P01"}
    assert view.covers(Held(**held, walled_officers=frozenset({ANOTHER}), walled_departments=frozenset({"D03"})))
    assert not view.covers(Held(**held, walled_officers=frozenset({ME})))
    assert not view.covers(Held(**held, walled_departments=frozenset({"D05"})))


def test_nobody_sees_by_having_no_place() -> None:
    """A token without department or service point matches no department's and no point's petition."""
    nowhere = View(ME, None, None, frozenset({Scope.DEPARTMENT, Scope.SERVICE_POINT}))
    assert nowhere.covers(Held(None, "P01"))
    assert not nowhere.covers(Held("D05", "P01"))
    walled = Held(None, "P01", walled_officers=frozenset({ANOTHER}))
    assert nowhere.covers(walled)


def test_a_list_shows_exactly_what_may_be_read(engine: Engine) -> None:
    """The query and the rule are one: every officer against every petition."""
    with engine.begin() as connection:
        for number in DDL:
            connection.execute(text(getattr(tables, f"DDL_{number}")))
    walls: list[list[tuple[bytes | None, str | None]]] = [[], [(ME, None)], [(ANOTHER, "D05")], [(None, "D03")]]
    with Session(engine) as session:
        cells = product([None, "D05", "D03"], ["P01", "P02"], [False, True], walls)
        for serial, (department, point, concerns_us, kept_away) in enumerate(cells, 1):
            session.add(_petition(serial, department, point, concerns_us, kept_away))
        session.flush()
        session.expire_all()
        petitions = list(session.query(Petition))
        assert 48 == len(petitions)
        some = [frozenset({scope}) for scope in Scope] + [frozenset(), frozenset(Scope)]
        for department, point, seen in product([None, "D05"], [None, "P01"], some):
            view = View(ME, department, point, seen)
            listed = {each.number for each in session.query(Petition).where(visible(view))}
            assert {each.number for each in petitions if view.covers(each.held)} == listed, view


def _petition(
    serial: int, department: str | None, point: str, concerns_us: bool, walls: list[tuple[bytes | None, str | None]]
) -> Petition:
    return Petition(
        number=f"信2026-619926-{serial:06d}",
        year=2026,
        serial=serial,
        state="registered",
        kind="claim",
        line="other",
        service_point=point,
        concerns_us=concerns_us,
        statement=b"x",
        anonymous=True,
        secrecy=False,
        reach="none",
        group_size=1,
        registered_at="2026-11-25T09:00:00+08:00",
        received_on="2026-11-25",
        counts_from="2026-11-25",
        department=department,
        awaits_answer=False,
        walls=[
            tables.Wall(
                seq=seq,
                officer=officer,
                department=walled,
                reason="concerned",
                recorded_at="2026-11-25T09:00:00+08:00",
            )
            for seq, (officer, walled) in enumerate(walls, 1)
        ],
    )


def test_a_list_of_contacts_shows_exactly_what_may_be_read(engine: Engine) -> None:
    """Undecided, joined, registered and split ones against every view: the query and the rule are one."""
    with engine.begin() as connection:
        for number in DDL:
            connection.execute(text(getattr(tables, f"DDL_{number}")))
    with Session(engine) as session:
        hidden: list[list[tuple[bytes | None, str | None]]] = [[], [(ME, None)]]
        cells = list(product([None, "D05", "D06"], ["P01", "P02"], hidden))
        for serial, (department, point, walls) in enumerate(cells, 1):
            petition = _petition(serial, department, point, False, walls)
            session.add(petition)
            session.flush()
            session.add(_contact(f"joined{serial}", "P01", ContactOutcome.JOINED, petition.number))
            # one letter for every three: each part hides it from who may not see that part
            petition.contact = f"split{serial // 3}"
        for serial in range(len(cells) // 3 + 1):
            session.add(_contact(f"split{serial}", "P02", ContactOutcome.SPLIT, None))
        for point in ("P01", "P02"):
            session.add(_contact(f"undecided{point}", point, None, None))
        session.flush()
        session.expire_all()
        work = cast(Work, SimpleNamespace(session=session))
        everything = list(session.query(Contact))
        some = [frozenset({scope}) for scope in Scope] + [frozenset(), frozenset(Scope)]
        for department, at, seen in product([None, "D05"], [None, "P01"], some):
            view = View(ME, department, at, seen)
            listed = {each.id for each in session.query(Contact).where(contacts.visible(view))}
            assert {each.id for each in everything if contacts.covers(work, view, each)} == listed, view


def _contact(id_: str, point: str, outcome: ContactOutcome | None, petition: str | None) -> Contact:
    return Contact(
        id=id_,
        petition=petition,
        channel="letter",
        service_point=point,
        received_on="2026-11-25",
        recorded_at="2026-11-25T09:00:00+08:00",
        officer="900100",
        outcome=outcome,
        joining="chase" if outcome is ContactOutcome.JOINED else None,
    )


def test_every_route_has_its_row() -> None:
    """A route whose action is not in the table would be open or closed by accident."""
    assert {route.action for route in routes_of(IntakeService) if route.action} <= {*ACTIONS, *house.access.ACTIONS}
    assert set(CELLS) == set(ACTIONS)
