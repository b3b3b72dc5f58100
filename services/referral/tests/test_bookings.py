"""Rooms and people are taken for a time: never twice at once, freed when nobody confirms, and said when they are."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referral_context import OFFICER, build_context
from sqlalchemy import Engine, text

from contracts.vocabulary import HoldState, RosterKind
from courier.unit_of_work import ServiceContext
from referral.domain import errors
from referral.domain.bookings import OFFERED, Slot, checked, free
from referral.tables import Booking
from referral.use_cases import bookings, roster
from statute import SHANGHAI, Law, day_of

MONDAY = datetime(2026, 11, 30, tzinfo=SHANGHAI)
HALF = timedelta(minutes=30)
IS_REST_DAY = Law.load().calendar.is_rest_day
slots = st.builds(
    lambda begins, length: Slot(MONDAY + begins * HALF, MONDAY + (begins + length) * HALF),
    st.integers(0, 20 * 48),
    st.integers(1, 10),
)


@given(st.lists(slots, max_size=40), slots)
def test_what_is_offered_instead_is_free(busy: list[Slot], wanted: Slot) -> None:
    """As long as what was wanted, later, on a working day and within it, with nothing else in it, each by itself."""
    found = free(busy, wanted, IS_REST_DAY)
    assert len(found) <= OFFERED
    assert found == sorted(found)
    for each in found:
        assert wanted.ends - wanted.begins == each.ends - each.begins
        assert wanted.begins < each.begins
        assert not any(each.meets(other) for other in busy)
        assert not any(each.meets(other) for other in found if other is not each)
        assert not IS_REST_DAY(day_of(each.begins))
        assert (8, 30) <= (each.begins.hour, each.begins.minute)
        assert (each.ends.hour, each.ends.minute) <= (17, 30)


def test_what_ends_when_another_begins_meets_nothing() -> None:
    """Half open: from nine to ten and from ten to eleven."""
    nine, ten, eleven = (MONDAY.replace(hour=each) for each in (9, 10, 11))
    assert not Slot(nine, ten).meets(Slot(ten, eleven))
    assert Slot(nine, eleven).meets(Slot(ten, eleven))


@pytest.mark.parametrize(("begins", "ends"), [(2, 1), (1, 1), (-1, 1), (1, 14), (24 * 367, 24 * 367 + 1)], ids=str)
def test_no_time_that_nobody_means(begins: int, ends: int) -> None:
    """The end before the beginning, the past, days on end, years ahead."""
    hours = [MONDAY + timedelta(hours=each) for each in (begins, ends)]
    with pytest.raises(errors.WrongTime):
        checked(*hours, MONDAY)


# -- on the real database


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made, _ = build_context(engine, tmp_path)
    with made.begin(OFFICER) as work:
        for code in ("R1", "R2", "R3"):
            bookings.add_room(work, code, f"{code}会议室")
    return made


def enter(context: ServiceContext, name: str, kind: RosterKind = RosterKind.HEARING_OFFICER, **more: object) -> str:
    with context.begin(OFFICER) as work:
        return roster.enter(work, name, [kind], **more).id  # type: ignore[arg-type]


def at(hour: float, day: int = 0) -> datetime:
    """In a week that lies ahead, on a Monday."""
    today = day_of(datetime.now(UTC))
    monday = today + timedelta(days=14 - today.weekday() + day)
    return datetime.combine(monday, datetime.min.time(), SHANGHAI) + timedelta(hours=hour)


def test_what_is_taken_is_said_with_until_when_and_what_is_free(context: ServiceContext) -> None:
    """The room's name and the moment, no word on what it is for; the next three in which all of it is free."""
    person = enter(context, "苏听证")
    with context.begin(OFFICER) as work:
        bookings.hold(work, at(9), at(10.5), rooms=["R1"])
        bookings.hold(work, at(10.5), at(12), attendees=[person])
    with pytest.raises(errors.Taken) as refused, context.begin(OFFICER) as work:
        bookings.hold(work, at(9), at(10), rooms=["R1"], attendees=[person])
    said = refused.value.body()
    assert 409 == said["status"]
    assert ("room/R1", at(10.5)) == (said["resource"], datetime.fromisoformat(said["until"]))
    assert said["detail"].startswith(f"R1会议室已被占用，至 {at(10.5):%m-%d} 周一 10:30；都空闲的最近时段：")
    hours = [at(14), at(15), at(16)]
    assert hours == [datetime.fromisoformat(each["begins"]) for each in said["free"]]


def test_the_way_there_and_back_is_taken_too(context: ServiceContext) -> None:
    """Of people, not of the room; and what is offered instead leaves them the time for it."""
    person = enter(context, "苏听证")
    with context.begin(OFFICER) as work:
        bookings.hold(work, at(10), at(11), rooms=["R1"], attendees=[person], travel=timedelta(hours=1))
        bookings.hold(work, at(9), at(10), rooms=["R1"])
    for hour in (9, 11):
        with pytest.raises(errors.Taken) as refused, context.begin(OFFICER) as work:
            bookings.hold(work, at(hour), at(hour + 1), rooms=["R2"], attendees=[person], travel=HALF)
        # until twelve with the way back from there, and half an hour to here
        assert at(14) == datetime.fromisoformat(refused.value.more["free"][0]["begins"])


def test_all_or_nothing(context: ServiceContext) -> None:
    """A room that is free stays free where a person is not."""
    person = enter(context, "苏听证")
    with context.begin(OFFICER) as work:
        bookings.hold(work, at(9), at(10), attendees=[person])
    with pytest.raises(errors.Taken), context.begin(OFFICER) as work:
        bookings.hold(work, at(9), at(10), rooms=["R2"], attendees=[person])
    with context.begin(OFFICER) as work:
        assert bookings.hold(work, at(9), at(10), rooms=["R2"])


def test_what_nobody_confirms_is_free_after_half_an_hour(context: ServiceContext) -> None:
    """What is confirmed stays; what lapsed cannot be confirmed any more, whether or not it was swept."""
    with context.begin(OFFICER) as work:
        lapsed, kept = (bookings.hold(work, at(9), at(10), rooms=[each]) for each in ("R1", "R2"))
        bookings.confirm(work, kept)
    with context.begin(OFFICER) as work:
        work.session.execute(text("UPDATE booking SET held_until = now() - interval '1 second'"))
    with pytest.raises(errors.BookingOver), context.begin(OFFICER) as work:
        bookings.confirm(work, lapsed)
    with context.begin(OFFICER) as work:
        assert 1 == bookings.expire(work)
        assert 0 == bookings.expire(work)
    with context.begin(OFFICER) as work:
        assert [HoldState.EXPIRED, HoldState.CONFIRMED] == [
            bookings.find(work, each)[0].state for each in (lapsed, kept)
        ]
        assert bookings.hold(work, at(9), at(10), rooms=["R1"])
        with pytest.raises(errors.Taken):
            bookings.hold(work, at(9), at(10), rooms=["R2"])


def test_what_is_given_back_is_free(context: ServiceContext) -> None:
    """By itself, and with the proceeding it was for; once is enough."""
    with context.begin(OFFICER) as work:
        alone = bookings.hold(work, at(9), at(10), rooms=["R1"])
        bookings.hold(work, at(9), at(10), rooms=["R2", "R3"], proceeding="议2026-619926-000001")
    with context.begin(OFFICER) as work:
        bookings.cancel(work, alone)
        assert 2 == bookings.give_back(work, "议2026-619926-000001")
    with pytest.raises(errors.BookingOver), context.begin(OFFICER) as work:
        bookings.cancel(work, alone)
    with context.begin(OFFICER) as work:
        bookings.hold(work, at(9), at(10), rooms=["R1", "R2", "R3"])


def test_who_is_of_another_agency_is_not_booked(context: ServiceContext) -> None:
    """Their calendar is theirs; nor is a closed room, one that is none, or nothing at all."""
    theirs = enter(context, "苏律师", RosterKind.LAWYER, agency="A08")
    with context.begin(OFFICER) as work:
        bookings.close_room(work, "R3")
    for asked, fault in (
        ({"attendees": [theirs]}, errors.NotBooked),
        ({"rooms": ["R3"]}, errors.NoSuchRoom),
        ({"rooms": ["R9"]}, errors.NoSuchRoom),
        ({"attendees": ["0" * 32]}, errors.NoSuchEntry),
        ({}, errors.NothingBooked),
    ):
        with pytest.raises(fault), context.begin(OFFICER) as work:
            bookings.hold(work, at(9), at(10), **asked)


def test_nobody_is_booked_whose_certificate_has_run_out_by_then(context: ServiceContext) -> None:
    """The day before it may still be valid."""
    last = at(9).date()
    person = enter(context, "苏听证", valid_until=last)
    with context.begin(OFFICER) as work:
        bookings.hold(work, at(9), at(10), attendees=[person])
    with pytest.raises(errors.CannotTakePart), context.begin(OFFICER) as work:
        bookings.hold(work, at(9, day=1), at(10, day=1), attendees=[person])


def test_the_database_itself_refuses_what_overlaps(context: ServiceContext) -> None:
    """Whichever code writes it; and a range that is not half open."""
    with context.begin(OFFICER) as work:
        bookings.hold(work, at(9), at(10), rooms=["R1"])
    again = "INSERT INTO booking SELECT 'x', resource, {}, begins, ends, 'held', held_until, petition, proceeding," \
        " booked_at, booked_by FROM booking"  # fmt: skip
    for during, constraint in (
        ("tstzrange(lower(during) - interval '1 hour', upper(during))", "booking_one_at_a_time"),
        ("tstzrange(lower(during), upper(during), '[]')", "booking_half_open"),
    ):
        with context.sessions() as session, pytest.raises(Exception, match=constraint):
            session.execute(text(again.format(during)))


@pytest.mark.parametrize("attempts", [400, pytest.param(10_000, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_eight_who_book_at_once_never_share_anything(context: ServiceContext, engine: Engine, attempts: int) -> None:
    """Four people and a room each time, in any order, some given back: no overlap, no deadlock, each answered."""
    people = [enter(context, f"听证{each}") for each in range(9)]
    days = 2 + attempts // 200

    def book(client: int) -> Iterator[str]:
        dice = random.Random(client)
        mine: list[str] = []
        for _ in range(attempts // 8):
            begins = at(8.5 + dice.randrange(16) / 2, day=dice.randrange(days))
            four, room = dice.sample(people, 4), dice.choice(["R1", "R2", "R3"])
            try:
                with context.begin(OFFICER) as work:
                    mine.append(
                        bookings.hold(
                            work, begins, begins + dice.randint(1, 4) * HALF, rooms=[room], attendees=four,
                            travel=dice.choice([timedelta(), HALF]),
                        )
                    )  # fmt: skip
                yield "held"
                if dice.random() < 0.2:
                    with context.begin(OFFICER) as work:
                        bookings.cancel(work, mine.pop(dice.randrange(len(mine))))
            except errors.Taken:
                yield "taken"

    with ThreadPoolExecutor(8) as pool:
        seen = Counter(each for done in pool.map(lambda client: list(book(client)), range(8)) for each in done)
    assert attempts // 8 * 8 == sum(seen.values())
    assert min(seen["held"], seen["taken"]) > 10, seen
    with engine.connect() as connection:
        assert 0 == connection.scalar(text(OVERLAPS))
        assert 0 == connection.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


OVERLAPS = """
SELECT count(*) FROM booking AS one JOIN booking AS other ON one.resource = other.resource AND one.id < other.id
WHERE one.during && other.during AND one.state IN ('held', 'confirmed') AND other.state IN ('held', 'confirmed')
"""


def test_rows_go_in_one_order(context: ServiceContext) -> None:
    """Two who want the same things wait for one another: by what they are, whatever was named first."""
    person = enter(context, "苏听证")
    with context.begin(OFFICER) as work:
        id_ = bookings.hold(work, at(9), at(10), rooms=["R2", "R1"], attendees=[person])
    with context.begin(OFFICER) as work:
        rows = work.session.scalars(text("SELECT resource FROM booking ORDER BY ctid")).all()
        assert sorted(rows) == rows == [each.resource for each in bookings.find(work, id_)]


def test_a_week_shows_what_lies_in_it(context: ServiceContext) -> None:
    """Also what began before it and ends in it, and nothing of what is free again."""
    with context.begin(OFFICER) as work:
        ids = [bookings.hold(work, at(hour), at(hour + 2), rooms=["R1"]) for hour in (-1, 9, 11)]
        bookings.cancel(work, ids[2])
        found = bookings.between(work, Slot(at(0), at(0, day=7)))
        assert ids[:2] == [each.id for each in found]
        assert all(isinstance(each, Booking) for each in found)


def test_no_rest_day_is_offered() -> None:
    """After 2026-09-30, 16:00 comes half past four, and then the eighth: the week between is a holiday."""
    wanted = Slot(*(datetime(2026, 9, 30, each, tzinfo=SHANGHAI) for each in (16, 17)))
    found = free([], wanted, IS_REST_DAY)
    assert [date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 8)] == [day_of(each.begins) for each in found]
