"""What intake tells of a petition's place, kept by another service: in any order, shut while somebody is unknown."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

import vault
from authorization import colleagues, placements
from authorization.placements import Beside, Tags, follows, placement
from contracts import registry
from courier import tables
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from statute import day_of
from vault import Keyring, Vault
from vault.keyring import generate
from web.tokens import Officer

SYSTEM = Actor("-", "referral", "system")
NUMBER = "信2026-619926-000001"
PLACE: dict[str, Any] = {
    "petition": NUMBER,
    "department": "D05",
    "service_point": "12309",
    "handler": None,
    "kind": "accusation",
    "line": "other",
    "colour": "none",
    "secrecy": False,
    "unnamed": False,
    "walled_officers": [],
    "walled_departments": [],
}


class Base(DeclarativeBase):
    """Of a service's own tables."""


class Listed(Base, Beside):
    """What a list is of."""

    __tablename__ = "listed"
    number: Mapped[str] = mapped_column(primary_key=True)


follows(Listed.__table__)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    with engine.begin() as connection:
        for each in (tables, vault, placements, colleagues):
            each.metadata.create_all(connection)
        Base.metadata.create_all(connection)
    generate(tmp_path, ["intake", "referral"])
    keys = Vault(Keyring.from_file(tmp_path / "referral.keys.json"))
    return ServiceContext("referral", "619926", sessionmaker(engine), registry, keys)


@pytest.fixture
def tags(context: ServiceContext, tmp_path: Path) -> Tags:
    return Tags.from_file(tmp_path / "placement.key")


def told(context: ServiceContext, tags: Tags, version: int, **changes: Any) -> None:
    with context.begin(SYSTEM) as work:
        placements.keep(work, tags, version, PLACE | changes)


def joins(context: ServiceContext, tags: Tags, officer: str, revision: int = 1, **changes: Any) -> None:
    entry = {"officer": officer, "revision": revision, "department": "D05", "service_point": None, "roles": ["handler"],
             "leads": [], "active": True}  # fmt: skip
    with context.begin(SYSTEM) as work:
        colleagues.keep(work, entry | changes)
        placements.match_again(work, tags)


def away(deputy: str | None, first: int, last: int) -> dict[str, Any]:
    """A leave as a letter tells it, by days from today."""
    today = day_of(datetime.now(UTC))
    return {"since": today + timedelta(days=first), "until": today + timedelta(days=last), "deputy": deputy}


def sees(context: ServiceContext, officer: str, **claims: Any) -> bool:
    """By the rule and by the query, which are one."""
    who = Officer("A00", officer, frozenset(["handler"]), **{"department": "D05"} | claims)
    with context.begin(SYSTEM) as work:
        view = colleagues.view(work, who, "referral.read")
        rows = placement.alias("rows")
        listed = work.session.scalar(select(rows.c.petition).where(placements.visible(view, rows.c.petition)))
        assert (listed is not None) == placements.covers(work, view, NUMBER)
        return listed is not None


def test_the_named_officer_is_kept_out_and_nobody_else(context: ServiceContext, tags: Tags) -> None:
    """The event holds a tag and no number; the row holds this service's own fingerprint."""
    joins(context, tags, "900103")
    joins(context, tags, "900104")
    told(context, tags, 2, walled_officers=[tags.of(NUMBER, "900103").hex()])
    assert not sees(context, "900103")
    assert sees(context, "900104")
    with context.sessions() as session:
        assert 0 == session.scalar(text("SELECT count(*) FROM placement AS row WHERE row::text LIKE '%900103%'"))


def test_a_wall_around_nobody_we_know_shuts_it_until_their_letter_comes(context: ServiceContext, tags: Tags) -> None:
    """No order is promised between an event and a letter: unknown means out of sight, and it is counted."""
    joins(context, tags, "900104")
    told(context, tags, 2, walled_officers=[tags.of(NUMBER, "900103").hex()], handler=tags.of(NUMBER, "900105").hex())
    assert not sees(context, "900104")
    with context.sessions() as session:
        assert 1 == placements.shut(session)
    joins(context, tags, "900103")
    joins(context, tags, "900105")
    assert sees(context, "900104")
    assert not sees(context, "900103")
    with context.begin(SYSTEM) as work:
        assert 0 == placements.shut(work.session)
        assert colleagues.fingerprint(work, "900105") == work.session.scalar(select(placement.c.handler))


def test_an_older_word_changes_nothing(context: ServiceContext, tags: Tags) -> None:
    """Fetched anew or sent again: what is newer stays, whichever came first, also within one transaction."""
    told(context, tags, 5, department="D03")
    told(context, tags, 2)
    assert not sees(context, "900104")
    with context.begin(SYSTEM) as work:
        placements.keep(work, tags, 6, PLACE | {"department": "D03"})
        placements.keep(work, tags, 7, PLACE)
    assert sees(context, "900104")


def test_what_nobody_told_of_and_what_a_held_lane_hides_is_out_of_sight(context: ServiceContext, tags: Tags) -> None:
    """Intake's next word about it could not be applied, and it may be a wall."""
    assert not sees(context, "900104")
    told(context, tags, 2)
    assert sees(context, "900104")
    with context.begin(SYSTEM) as work:
        work.session.execute(
            text("INSERT INTO lane (source, subject, applied, held_at) VALUES ('intake', :s, 2, now())"), {"s": NUMBER}
        )
    assert not sees(context, "900104")
    with context.sessions() as session:
        assert 1 == placements.shut(session)


@pytest.mark.parametrize(
    ("listed", "claims", "seen"),
    [
        ({"department": "D05"}, {"department": None}, True),
        ({"department": "D03"}, {"department": "D05"}, False),  # moved since the token was issued
        ({"department": None}, {"department": "D05"}, True),  # a leader sits in no department
        ({"active": False}, {"department": "D05"}, False),
        (None, {"department": "D05"}, True),
        (None, {"department": None}, False),
    ],
)
def test_where_an_officer_sits_is_what_the_offices_list_says(
    context: ServiceContext, tags: Tags, listed: dict[str, Any] | None, claims: dict[str, Any], seen: bool
) -> None:
    """And what the token says where the list says nothing; who left sees nothing whatever the token says."""
    if listed is not None:
        joins(context, tags, "900104", **listed)
    told(context, tags, 2)
    assert seen == sees(context, "900104", **claims)


def test_a_deputy_has_in_hand_what_the_one_on_leave_handles(context: ServiceContext, tags: Tags) -> None:
    """From the first day of the leave to its last; not one day longer, not where a wall keeps the deputy away."""
    joins(context, tags, "900104", department="D03")
    joins(context, tags, "900106", department="D03")
    for revision, (leaves, stands_in) in enumerate(
        [
            ([], False),
            ([away("900104", 0, 0)], True),
            ([away("900104", -3, -1), away("900104", 1, 3)], False),
            ([away("900104", -3, 3)], True),
            ([away("900106", -3, 3), away("900104", 5, 6)], False),
            ([away(None, -3, 3)], False),
        ],
        1,
    ):
        joins(context, tags, "900105", revision, leaves=leaves)
        told(context, tags, revision + 1, handler=tags.of(NUMBER, "900105").hex())
        assert stands_in == sees(context, "900104"), leaves
        assert sees(context, "900105")
        with context.begin(SYSTEM) as work:
            assert (["900105"] if stands_in else []) == colleagues.stands_in_for(work, "900104")
            stored = work.session.scalar(
                select(colleagues.colleague.c.leaves).where(colleagues.colleague.c.officer == "900105")
            )
            assert (colleagues.leave_on(stored, day_of(work.now)) or {}).get("deputy") == next(
                (each["deputy"] for each in leaves if each["since"] <= day_of(work.now) <= each["until"]), None
            )
    joins(context, tags, "900105", 8, leaves=[away("900104", 0, 0)])
    assert sees(context, "900104")
    told(context, tags, 9, handler=tags.of(NUMBER, "900105").hex(), walled_officers=[tags.of(NUMBER, "900104").hex()])
    assert not sees(context, "900104")
    # who left is on leave no more
    told(context, tags, 10, handler=tags.of(NUMBER, "900105").hex())
    joins(context, tags, "900105", 9, leaves=[away("900104", 0, 0)], active=False)
    assert not sees(context, "900104")


def test_a_departments_wall_holds_by_the_token_and_by_the_list(context: ServiceContext, tags: Tags) -> None:
    """A wall around either department holds, and around any for who sits nowhere we know."""
    joins(context, tags, "900104", department="D03")
    joins(context, tags, "900000", department=None)
    cases = {("900104", "D05"): {"D03", "D05"}, ("900000", None): set(), ("999999", None): {"D03", "D05", "D06"}}
    for version, walled in enumerate(("D03", "D05", "D06"), 2):
        told(context, tags, version, department=None, walled_departments=[walled])
        for (officer, claimed), kept_out in cases.items():
            with context.begin(SYSTEM) as work:
                who = Officer("A00", officer, frozenset(["all"]), claimed)
                view = colleagues.view(work, who, "referral.read")
                assert (walled not in kept_out) == placements.covers(work, view, NUMBER), (officer, walled)


def test_an_officers_letter_that_was_not_seen_is_made_up_for(context: ServiceContext, tags: Tags) -> None:
    """A placement written while the letter's transaction was open saw no officer, nor the letter the placement."""
    told(context, tags, 2, walled_officers=[tags.of(NUMBER, "900103").hex()])
    with context.begin(SYSTEM) as work:
        colleagues.keep(
            work,
            {"officer": "900103", "revision": 1, "department": None, "service_point": None, "roles": [], "leads": [],
             "active": True},
        )  # fmt: skip
    with context.begin(SYSTEM) as work:
        assert 1 == placements.match_again(work, tags)
    assert not sees(context, "900103")
    assert sees(context, "900104")


def test_what_was_told_a_message_before_is_known(context: ServiceContext, tags: Tags) -> None:
    """Of messages that are applied together the later would be told of nobody's petition, and tell the office of it."""
    with context.begin(SYSTEM) as work:
        placements.keep(work, tags, 2, PLACE)
        found = placements.load(work, NUMBER)
        assert found is not None
        assert PLACE["department"] == found.department


# -- beside the rows of a list ---------------------------------------------------------------------------------------


def listed(context: ServiceContext, number: str) -> None:
    with context.begin(SYSTEM) as work:
        work.session.add(Listed(number=number, petition=NUMBER))


def beside(context: ServiceContext) -> dict[str, tuple[str | None, str | None]]:
    with context.sessions() as session:
        return {each.number: (each.department, each.service_point) for each in session.scalars(select(Listed))}


def write(context: ServiceContext) -> int:
    with context.begin(SYSTEM) as work:
        return placements.write_beside(work, Listed)


def test_what_is_beside_a_row_moves_with_its_petition(context: ServiceContext, tags: Tags) -> None:
    """By whatever code it is moved; what has no place beside it yet gets the last one, once it is known."""
    listed(context, "1")
    assert 0 == write(context)
    told(context, tags, 2)
    assert {"1": (None, None)} == beside(context)
    assert (1, 0) == (write(context), write(context))
    listed(context, "2")
    told(context, tags, 3, department=None, service_point="SP-1")
    assert {"1": (None, "SP-1"), "2": (None, None)} == beside(context)
    told(context, tags, 2, department="D06")  # an older word
    with context.begin(SYSTEM) as work:
        work.session.execute(text("UPDATE placement SET department = 'D03'"))  # older code knows nothing of it
    assert 1 == write(context)
    assert dict.fromkeys("12", ("D03", "SP-1")) == beside(context)


def test_what_is_being_moved_is_written_by_nobody_else(context: ServiceContext, tags: Tags) -> None:
    """Read before the move and written after it, what is beside would be the old place for ever."""
    told(context, tags, 2)
    listed(context, "1")
    with context.begin(SYSTEM) as work:
        placements.keep(work, tags, 3, PLACE | {"department": "D03"})
        work.write()
        work.late.send()
        assert 0 == write(context)
    assert 1 == write(context)
    assert {"1": ("D03", "12309")} == beside(context)
    # the other way round who moves it waits for who writes, and moves what was written
    listed(context, "2")
    with context.sessions() as session, session.begin(), context.begin(SYSTEM) as writing:
        assert 1 == placements.write_beside(writing, Listed)
        session.execute(text("SET lock_timeout = 200"))
        with pytest.raises(OperationalError):
            session.execute(text("UPDATE placement SET department = 'D06'"))
        session.rollback()
    told(context, tags, 4, department="D06")
    assert dict.fromkeys("12", ("D06", "12309")) == beside(context)
