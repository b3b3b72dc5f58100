"""Finding a petition by what is known of it: each way a query of its own, behind what the officer may see.

What is out of sight is in no hit, count or sentence, and how much of it there is decides nothing: older years are left
out only where enough that may be shown was found in newer ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    and_,
    exists,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from contracts.vocabulary import FoundBy, Kind
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, finding
from intake.domain.finding import Way
from intake.domain.states import OPEN
from intake.tables import NUMBERED, Contact, Person, Petition, Step, WordIndex
from intake.use_cases import cards, directory, index_keys, searches, walls
from intake.use_cases.tools import tools_of
from statute import day_of
from web.tokens import Officer

FIND = "petition.find"
READS = "petition.read-material"
MOST = 50
# what only who may read what was said may search by
OF_MATERIAL = frozenset({FoundBy.RESPONDENT, FoundBy.WORDS})
NOTHING = "没有找到。可按电话、身份证、对方编号查"
UNCLEAR = "看不出要查什么：请输入编号、电话、身份证号、姓名，或者不太常见的两个字以上"
MANY = f"找到的较多，只列 {MOST} 件：请加年份、条线，或者多输入几个字"

T = TypeVar("T")
# the numbers to which one way leads, whoever may see them
Source = Select[str]


@dataclass(frozen=True, slots=True)
class Found:
    """`why`: number → the ways by which it was found; of the surest way first, of each the newest; at most MOST."""

    why: Mapping[str, Sequence[FoundBy]]
    more: bool
    clear: bool  # whether what was typed can mean anything

    @property
    def sentence(self) -> str | None:
        """What to say beside what was found."""
        if self.more:
            return MANY
        if not self.clear:
            return UNCLEAR
        return None if self.why else NOTHING


def find(work: UnitOfWork, officer: Officer, typed: str, by: FoundBy | None, filters: Mapping[str, Any]) -> Found:
    """What is in the officer's sight and is as was typed, closed or not; `by`: what it is meant as, else anything.

    A search by what is somebody's is on the trail. Raises Invalid for a code that stands for nothing.
    """
    if "service_point" in filters:
        tools_of(work).service_points.check(filters["service_point"])
    if "agency" in filters:
        # also one that left: what was sent to it is still found
        known = directory.agency_names(work)
        if filters["agency"] not in known:
            raise errors.UnknownAgency("agency", list(known))
    meant = finding.ways(typed, day_of(work.now), tools_of(work).area_code)
    search = _Search(work, officer, filters)
    # of who reads no material it is not even asked
    ways = [way for way in meant if by in (None, way.by) and (search.may_read or way.by not in OF_MATERIAL)]
    why: dict[str, list[FoundBy]] = {}
    more = False
    for way in ways:
        found = search.by(way)
        more |= len(found) > MOST
        for number in found:
            why.setdefault(number, []).append(way.by)
    shown = dict(list(why.items())[:MOST])
    searches.record(work, ways, sum(not searches.OF_PERSONS.isdisjoint(each) for each in shown.values()))
    return Found(shown, more or len(why) > MOST, clear=bool(ways))


def shown(work: UnitOfWork, officer: Officer, found: Found) -> dict[str, Any]:
    """{hits, total, total_is_more, sentence}: a card of each, with why it was found."""
    hits = [
        card | {"reasons": [{"by": each, "by_zh": each.zh} for each in found.why[card["number"]]]}
        for card in cards.page(work, officer, list(found.why))
    ]
    return {"hits": hits, "total": len(hits), "total_is_more": found.more, "sentence": found.sentence}


class _Search:
    """One officer's, with what narrows it."""

    def __init__(self, work: UnitOfWork, officer: Officer, filters: Mapping[str, Any]):
        self.work = work
        self.years = [filters["year"]] if "year" in filters else index_keys.years(work)
        self.narrowed = [walls.visible(walls.view(work, officer, FIND)), *_filters(filters)]
        reading = walls.view(work, officer, READS)
        self.may_read, self.reads = bool(reading.scopes), walls.visible(reading)
        self.officer = officer

    def by(self, way: Way) -> list[str]:
        """The newest numbers, one more than are shown where there are more."""
        found: list[str] = []
        for source in self._sources(way):
            found += newest(self.work, source, [*self.narrowed, *self._shown(way)], MOST + 1)
            if len(found) > MOST:
                break
        return found

    def _shown(self, way: Way) -> Iterator[ColumnElement[bool]]:
        """What one who may see the petition must be shown of it besides, to find it so."""
        if way.by in OF_MATERIAL:
            yield self.reads
        elif way.by in searches.OF_PERSONS:
            yield from shown_by_person(self.officer, self.reads)

    def _sources(self, way: Way) -> Iterator[Source]:
        work, value = self.work, way.value
        match way.by:
            case FoundBy.NUMBER:
                yield select(Petition.number).where(Petition.number == value)
            case FoundBy.TAIL:
                yield select(Petition.number).where(Petition.serial == int(value), Petition.year.in_(self.years))
            case FoundBy.REFERRAL:
                yield select(Step.petition).where(Step.data["referral"].astext == value, Step.type.in_(NUMBERED))
            case FoundBy.PARTNER:
                yield select(Petition.number).where(Petition.submission == value)
            case FoundBy.RESIDENT_ID:
                yield select(Person.petition).where(Person.id_index == index_keys.resident_id(work, value))
            case FoundBy.PHONE:
                yield select(Person.petition).where(called(work, [value]))
            case FoundBy.NAME:
                names = [index_keys.named(work, year, value) for year in self.years]
                yield select(Person.petition).where(Person.name_index.in_(names))
            case FoundBy.UNIT:
                units = [index_keys.of_unit(work, year, value) for year in self.years]
                yield select(Person.petition).where(Person.unit_index.in_(units))
            case FoundBy.INITIALS:
                for years in _parts(self.years):
                    keys = [index_keys.of_initials(work, year, value) for year in years]
                    yield select(Person.petition).where(has_one(Person.initials, keys))
            case FoundBy.RESPONDENT:
                for labels in self._labels():
                    keys = [index_keys.of_respondent(work, label, value) for label in labels]
                    yield select(WordIndex.petition).where(has_one(WordIndex.words, keys))
            case FoundBy.WORDS:
                words = list(finding.words(value))
                for labels in self._labels():
                    each = (_has_all(WordIndex.words, index_keys.of_words(work, label, words)) for label in labels)
                    yield select(WordIndex.petition).where(or_(*each))

    def _labels(self) -> Iterator[Sequence[str]]:
        now = index_keys.label(self.work.now)
        return _parts([label for label in index_keys.labels(self.years) if label <= now])


def newest(work: UnitOfWork, source: Source, where: Sequence[ColumnElement[bool]], most: int) -> list[str]:
    """The newest numbers of a source of which the petition is so."""
    # each is looked up by its number, the newest first, until there are enough: of a common word thousands are near.
    # Without OFFSET 0 they might be joined with all petitions instead
    near = select(source.subquery().c[0].label("number")).distinct().order_by(literal_column("1").desc()).subquery()
    its = select(Petition.number).where(Petition.number == near.c.number, *where).offset(0).lateral()
    found = select(near.c.number).join(its, true()).order_by(near.c.number.desc()).limit(most)
    return list(work.session.scalars(found))


def shown_by_person(officer: Officer, reads: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
    """As `domain.showing` has it: whoever is not shown who accuses does not find the accusation by them."""
    yield ~Petition.secrecy
    its = exists().where(Contact.id == Petition.contact, Contact.decided_by == officer.id)
    yield or_(Petition.kind != Kind.ACCUSATION, reads, and_(Petition.submitted_by.is_(None), its))


def called(work: UnitOfWork, numbers: Sequence[str]) -> ColumnElement[bool]:
    """Whether somebody is called by one of these numbers, be it their first or another."""
    keys = [index_keys.phone_number(work, each) for each in numbers]
    others = Person.other_phones_index.bool_op("&&")(literal(keys, ARRAY(LargeBinary)))
    return or_(Person.phone_index.in_(keys), others)


def has_one(column: InstrumentedAttribute[Any], keys: Sequence[int]) -> ColumnElement[bool]:
    """Whether one of the keys is in what a petition is indexed by."""
    return column.bool_op("&&")(literal(keys, ARRAY(Integer)))


def _parts(newest_first: Sequence[T]) -> Iterator[Sequence[T]]:
    """What is common is found in the newest; what is rare is looked for in all the rest at once."""
    for begin, end in ((0, 2), (2, 8), (8, None)):
        if part := newest_first[begin:end]:
            yield part


def _has_all(column: InstrumentedAttribute[Any], keys: Sequence[int]) -> ColumnElement[bool]:
    return column.bool_op("@>")(literal(keys, ARRAY(Integer)))


def _filters(filters: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    for name in ("state", "kind", "line", "service_point", "year"):
        if name in filters:
            yield getattr(Petition, name) == filters[name]
    if "agency" in filters:
        yield or_(Petition.submitted_by == filters["agency"], Petition.referred_to == filters["agency"])
    if "open" in filters:
        is_open = Petition.state.in_(sorted(OPEN))
        yield is_open if filters["open"] else ~is_open
