"""One petition, one officer: the rule that every door asks, and the same rule in SQL."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from authorization import placements
from authorization.placements import Beside, placement
from authorization.sight import Placement, View, Whose
from authorization.table import Scope
from courier import tables
from courier.unit_of_work import UnitOfWork

CASES, SEED = 100_000, 20261126
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
ME, ANOTHER = b"me", b"another"


class Base(DeclarativeBase):
    """Of a service's own tables."""


class Listed(Base, Beside):
    """What a list is of."""

    __tablename__ = "listed"
    petition: Mapped[str] = mapped_column(primary_key=True)


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

DEPARTMENTS, POINTS = ["D03", "D05"], ["P01", "P02"]
some = st.sampled_from([ME, ANOTHER, b"third"])
views = st.builds(
    View,
    st.just(ME),
    st.sampled_from([None, *DEPARTMENTS]),
    st.sampled_from([None, *POINTS]),
    st.frozensets(st.sampled_from(Scope)),
    st.none() | st.frozensets(st.sampled_from(DEPARTMENTS)),
    st.frozensets(some),
    st.frozensets(st.sampled_from(DEPARTMENTS)),
)
placed = st.builds(
    Placement,
    st.sampled_from([None, *DEPARTMENTS]),
    st.sampled_from(POINTS),
    st.frozensets(some, max_size=2),
    st.frozensets(st.sampled_from(DEPARTMENTS), max_size=2),
    st.booleans(),
    st.booleans(),
    st.none() | some,
)


@pytest.mark.parametrize(("held", "seen"), SIGHT.items())
def test_how_far_each_role_sees(held: tuple[str | None, str, bool], seen: str) -> None:
    """The office's see all, a department its own and what nobody has yet, a service point what it registered."""
    department, point, unnamed = held
    for scope, letter in ((Scope.OFFICE, "O"), (Scope.DEPARTMENT, "D"), (Scope.SERVICE_POINT, "S")):
        view = View(ME, "D05", "P01", frozenset({scope}), frozenset({"D05"}))
        assert (letter in seen) == view.covers(Placement(department, point, unnamed=unnamed))


@settings(max_examples=2000)
@given(views, placed)
def test_no_role_sees_over_a_wall(view: View, petition: Placement) -> None:
    """Neither the colleague who is named, wherever they sit, nor anybody of the department, nor who may be of it."""
    if view.covers(petition):
        assert ME not in petition.walled_officers
        assert not petition.walled_departments if view.seats is None else not petition.walled_departments & view.seats
        assert not petition.shut
        assert view.scopes


@settings(max_examples=2000)
@given(views, placed)
def test_what_is_mine_is_in_my_hands_and_in_sight(view: View, petition: Placement) -> None:
    """Never over a wall, nor where nobody has said whom it concerns; a list of less never shows more."""
    mine = view.covers(petition, Whose.MINE)
    if mine:
        assert petition.handler in view.hands
        assert view.covers(petition)
    if view.covers(petition, Whose.DEPARTMENT):
        assert view.covers(petition)
        assert petition.department == view.department is not None
    if view.covers(petition):
        assert mine == (petition.handler in view.hands)


def test_who_stands_in_sees_it_in_another_department() -> None:
    """For what their own roles let them do; behind their own wall, or while it is not known whom it concerns, not."""
    hands, lent = frozenset({ME, ANOTHER}), frozenset({"D05"})
    deputy = View(ME, "D03", None, frozenset({Scope.DEPARTMENT}), frozenset({"D03"}), hands, lent)
    theirs = Placement("D05", "P01", handler=ANOTHER)
    assert deputy.covers(theirs)
    assert not replace(deputy, hands=frozenset({ME})).covers(theirs)
    assert not replace(deputy, scopes=frozenset()).covers(theirs)
    assert not deputy.covers(replace(theirs, walled_officers=frozenset({ME})))
    assert not deputy.covers(replace(theirs, walled_departments=frozenset({"D03"})))
    assert not deputy.covers(replace(theirs, unnamed=True))
    # what the one on leave handled before they moved, they see no more themselves
    assert not replace(deputy, lent=frozenset({"D03"})).covers(theirs)


def test_nobody_sees_by_having_no_place() -> None:
    """A token without department or service point matches no department's and no point's petition."""
    nowhere = View(ME, None, None, frozenset({Scope.DEPARTMENT, Scope.SERVICE_POINT}))
    assert nowhere.covers(Placement(None, "P01"))
    assert not nowhere.covers(Placement("D05", "P01"))
    assert nowhere.covers(Placement(None, "P01", walled_officers=frozenset({ANOTHER})))


def test_a_departments_wall_holds_for_who_sits_nowhere_we_know() -> None:
    """A token that names no department used to walk through every department's wall."""
    walled = Placement(None, "P01", walled_departments=frozenset({"D03"}))
    assert not View(ME, None, None, frozenset({Scope.OFFICE})).covers(walled)
    assert View(ME, None, None, frozenset({Scope.OFFICE}), seats=frozenset()).covers(walled)


def test_what_belongs_to_a_department() -> None:
    """And to no petition: the office's eyes see it, a department its own, a service point nothing."""
    for scope, seen in ((Scope.OFFICE, {"D03", "D05"}), (Scope.DEPARTMENT, {"D05"}), (Scope.SERVICE_POINT, set())):
        view = View(ME, "D05", "P01", frozenset({scope}))
        assert seen == {each for each in DEPARTMENTS if view.covers_department(each)}


def test_a_list_shows_exactly_what_may_be_read(engine: Engine) -> None:
    """The query and the rule are one, 100,000 times; what nobody told of, and what a held lane hides, is in no list."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        placements.metadata.create_all(connection)
        Base.metadata.create_all(connection)
    dice, cases = random.Random(SEED), 0
    asked = placement.alias("asked")  # whatever table a list is of
    with Session(engine) as session:
        work = cast(UnitOfWork, SimpleNamespace(session=session, write_rows=lambda: None))
        while cases < CASES:
            petitions = {f"p{serial:02}": _any_place(dice) for serial in range(100)}
            session.execute(insert(placement), [_row(number, each) for number, each in petitions.items()])
            held = [number for number in petitions if dice.random() < 0.1]
            lanes = [{"source": "intake", "subject": number, "applied": 1, "held_at": NOW} for number in held]
            session.execute(insert(tables.lane), lanes)
            rows = [_listed(number, its, dice.random() < 0.3) for number, its in petitions.items()]
            session.execute(insert(Listed), rows)
            found = {number: placements.load(work, number) for number in petitions}
            assert {number for number, each in found.items() if each and each.shut} >= set(held)
            for _ in range(50):
                view = _any_view(dice)
                whose = dice.choice(list(Whose))
                visible = placements.visible(view, asked.c.petition, whose)
                seen = set(session.scalars(select(asked.c.petition).where(visible)))
                assert set(petitions) - seen == set(session.scalars(select(asked.c.petition).where(~visible)))
                by_rule = {each for each, its in petitions.items() if each not in held and view.covers(its, whose)}
                assert by_rule == seen, (SEED, view, whose)
                beside = placements.visible(view, Listed.petition, whose, beside=Listed)
                assert by_rule == set(session.scalars(select(Listed.petition).where(beside))), (SEED, view, whose)
                assert by_rule == {number for number, each in found.items() if each and view.covers(each, whose)}
                cases += len(petitions)
            assert not placements.covers(work, view, "unknown")
            session.rollback()


def _listed(number: str, its: Placement, is_new: bool) -> dict[str, Any]:
    """A row of a list; one that is new has no place beside it yet."""
    place = {"department": its.department, "service_point": its.service_point}
    return {"petition": number, **(dict.fromkeys(place) if is_new else place)}


def _any_view(dice: random.Random) -> View:
    department, seats = dice.choice([None, *DEPARTMENTS]), {each for each in DEPARTMENTS if dice.random() < 0.4}
    return View(
        ME,
        department,
        dice.choice([None, *POINTS]),
        frozenset(scope for scope in Scope if dice.random() < 0.5),
        None if dice.random() < 0.2 else frozenset(seats | ({department} if department else set())),
        frozenset({ME, *([ANOTHER] if dice.random() < 0.3 else [])}),
        frozenset(each for each in DEPARTMENTS if dice.random() < 0.3),
    )


def _any_place(dice: random.Random) -> Placement:
    return Placement(
        dice.choice([None, *DEPARTMENTS]),
        dice.choice(POINTS),
        frozenset(each for each in (ME, ANOTHER) if dice.random() < 0.2),
        frozenset(each for each in DEPARTMENTS if dice.random() < 0.2),
        unnamed=dice.random() < 0.2,
        shut=dice.random() < 0.1,
        handler=dice.choice([None, None, ME, ANOTHER]),
    )


def _row(number: str, its: Placement) -> dict[str, Any]:
    return {
        "petition": number,
        "version": 1,
        "department": its.department,
        "service_point": its.service_point,
        "handler": its.handler,
        "kind": "claim",
        "line": "other",
        "colour": "none",
        "secrecy": False,
        "unnamed": its.unnamed,
        "walled_officers": sorted(its.walled_officers),
        "walled_departments": sorted(its.walled_departments),
        "unmatched": [b"nobody we know"] if its.shut else [],
    }
