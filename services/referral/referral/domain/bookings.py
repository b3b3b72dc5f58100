"""When a room or a person is taken, and when all of several are free next. Plain Python."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from contracts.vocabulary import HoldState
from referral.domain.errors import WrongTime
from statute import SHANGHAI, day_of

# what takes the time; the database's own constraint says the same
TAKES = frozenset({HoldState.HELD, HoldState.CONFIRMED})
LONGEST, FURTHEST, MOST_TRAVEL = timedelta(hours=12), timedelta(days=366), timedelta(hours=4)
# what is offered instead: on a half hour, within office hours, of so many days
STEP, LOOKED_AT, OFFERED = timedelta(hours=1) / 2, 30, 3
_MORNING, _AFTERNOON = (time(8, 30), time(12)), (time(14), time(17, 30))


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """From `begins` until just before `ends`: what ends at ten and what begins at ten do not meet."""

    begins: datetime
    ends: datetime

    def around(self, travel: timedelta) -> "Slot":
        """The same with the way there and back."""
        return Slot(self.begins - travel, self.ends + travel)

    def meets(self, other: "Slot") -> bool:
        """Whether they have a moment in common."""
        return self.begins < other.ends and other.begins < self.ends


def checked(begins: datetime, ends: datetime, now: datetime) -> Slot:
    """The slot, if it can be booked. Raises WrongTime."""
    if ends <= begins:
        raise WrongTime("ends", "结束时间应晚于开始时间", "it ends before it begins")
    if begins < now:
        raise WrongTime("begins", "开始时间已过", "it begins in the past")
    if ends - begins > LONGEST:
        raise WrongTime("ends", "一次最长 12 小时", "no more than twelve hours at once")
    if begins - now > FURTHEST:
        raise WrongTime("begins", "最远可订一年以内", "no more than a year ahead")
    return Slot(begins, ends)


def free(busy: Iterable[Slot], wanted: Slot, is_rest_day: Callable[[date], bool]) -> list[Slot]:
    """The next slots as long as the wanted one in which nothing of `busy` lies, none within another; a few at most."""
    taken, found = sorted(busy), list[Slot]()
    for each in _candidates(wanted, is_rest_day):
        if len(found) == OFFERED:
            break
        if not any(each.meets(other) for other in (*taken, *found)):
            found.append(each)
    return found


def _candidates(wanted: Slot, is_rest_day: Callable[[date], bool]) -> Iterator[Slot]:
    length, first = wanted.ends - wanted.begins, day_of(wanted.begins)
    for day in (first + timedelta(days=each) for each in range(LOOKED_AT)):
        for opens, closes in _hours(day, length) if not is_rest_day(day) else ():
            begins = opens
            while begins + length <= closes:
                if begins > wanted.begins:
                    yield Slot(begins, begins + length)
                begins += STEP


def _hours(day: date, length: timedelta) -> Sequence[tuple[datetime, datetime]]:
    """Half a day each; what is longer than that goes on through noon."""
    halves = [
        (datetime.combine(day, opens, SHANGHAI), datetime.combine(day, closes, SHANGHAI))
        for opens, closes in (_MORNING, _AFTERNOON)
    ]
    return halves if any(closes - opens >= length for opens, closes in halves) else [(halves[0][0], halves[1][1])]
