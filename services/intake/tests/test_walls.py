"""What a list of petitions or contacts shows is what may be read one by one."""

from itertools import product
from types import SimpleNamespace
from typing import cast

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from authorization.sight import View, Whose
from authorization.table import Scope
from contracts.vocabulary import ContactOutcome
from courier.unit_of_work import UnitOfWork
from intake import tables
from intake.tables import Contact, Petition
from intake.use_cases import contacts
from intake.use_cases.walls import visible

ME, ANOTHER = b"me", b"another"
ASIDE = b"aside"  # whom nobody complains of
HANDLERS = (None, "900105", "900106")
HANDS = ((frozenset({ME, "900105"}), frozenset[str]()), (frozenset({ME, "900105", "900106"}), frozenset({"D03"})))
TRIAGE = "900101"
TRIAGES = (frozenset[str | bytes](), frozenset[str | bytes]({TRIAGE}))
SEATS = (None, frozenset[str](), frozenset({"D05"}), frozenset({"D03", "D05"}))


def test_a_list_shows_exactly_what_may_be_read(engine: Engine) -> None:
    """The query and the rule are one: every officer against every petition."""
    walls: list[list[tuple[bytes | None, str | None]]] = [
        [],
        [(ME, None)],
        [(ANOTHER, "D05")],
        [(None, "D03")],
        [(ASIDE, None)],
        [(ASIDE, None), (ANOTHER, None)],
    ]
    with Session(engine) as session:
        cells = product([None, "D05", "D03"], ["P01", "P02"], [False, True], [False, True], walls, HANDLERS)
        for serial, (department, point, concerns_us, unidentified, kept_away, handler) in enumerate(cells, 1):
            found = _petition(serial, department, point, concerns_us, kept_away)
            found.unidentified, found.handler = unidentified, handler
            session.add(found)
        session.flush()
        session.expire_all()
        petitions = list(session.query(Petition))
        assert 432 == len(petitions)
        some = [frozenset({scope}) for scope in Scope] + [frozenset(), frozenset(Scope)]
        for department, point, seen, seats, hands in product([None, "D05"], [None, "P01"], some, SEATS, HANDS):
            view = View(ME, department, point, seen, seats, *hands)
            for whose in Whose:
                listed = set(session.scalars(select(Petition.number).where(visible(view, whose))))
                by_rule = {each.number for each in petitions if view.covers(each.placement, whose)}
                assert by_rule == listed, view
                # in other words for the planner's sake
                looked_at = visible(view, whose, searched=False)
                assert by_rule == set(session.scalars(select(Petition.number).where(looked_at))), view
                only = select(Petition.number).where(Petition.department == "D05", visible(view, whose, "D05"))
                of_it = {each.number for each in petitions if each.department == "D05"}
                assert by_rule & of_it == set(session.scalars(only)), view


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
                reason="recused" if officer == ASIDE else "concerned",
                recorded_at="2026-11-25T09:00:00+08:00",
            )
            for seq, (officer, walled) in enumerate(walls, 1)
        ],
    )


def test_a_list_of_contacts_shows_exactly_what_may_be_read(engine: Engine) -> None:
    """Undecided, joined, registered and split ones against every view: the query and the rule are one.

    What came by the petitioners' door, and is no petition yet, is for one officer, however far others see.
    """
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
            for outcome in (None, ContactOutcome.CONSULTATION):
                session.add(_contact(f"by door{point}{outcome}", point, outcome, None, f"{point}{outcome}".encode()))
        session.add(_contact("by door, split", "P02", ContactOutcome.SPLIT, None, b"split"))
        session.add(_contact("by door, joined", "P02", ContactOutcome.JOINED, "信2026-619926-000001", b"joined"))
        session.flush()
        session.expire_all()
        tools = SimpleNamespace(card=SimpleNamespace(triage=TRIAGE))
        work = cast(UnitOfWork, SimpleNamespace(session=session, context=SimpleNamespace(tools=tools)))
        everything = list(session.query(Contact))
        some = [frozenset({scope}) for scope in Scope] + [frozenset(), frozenset(Scope)]
        for department, at, seen, seats, hands in product([None, "D05"], [None, "P01"], some, SEATS, TRIAGES):
            view = View(ME, department, at, seen, seats, hands)
            listed = {each.id for each in session.query(Contact).where(contacts.visible(work, view))}
            assert {each.id for each in everything if contacts.covers(work, view, each)} == listed, view
            by_door = {each.id for each in everything if each.id.startswith("by doorP")}
            assert (by_door if hands and seen else set()) == listed & by_door, view


def _contact(
    id_: str, point: str, outcome: ContactOutcome | None, petition: str | None, code: bytes | None = None
) -> Contact:
    return Contact(
        id=id_,
        petition=petition,
        code=code,
        channel="letter",
        service_point=point,
        received_on="2026-11-25",
        recorded_at="2026-11-25T09:00:00+08:00",
        officer="900100",
        outcome=outcome,
        joining="chase" if outcome is ContactOutcome.JOINED else None,
    )
