"""First or repeat: who came before, the same matter, the same text; and apart from that the same issue raised by many.

Nothing merges by itself. What an officer may not see is left out before anything is counted, ranked or cut short, so an
answer is the same whether it is there or not. Anonymous reports match anonymous ones alone; what asked for secrecy, or
lies in an envelope, matches nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    and_,
    any_,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import aliased, selectinload

from contracts.masked import BETWEEN
from contracts.vocabulary import FoundBy, Kind, MatchDecision, MatchedBy, PetitionState
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, finding, identity, matching, states, texts
from intake.domain.finding import Way
from intake.tables import Link, MatchedPair, Person, Petition, Respondent, Step, TextIndex, WordIndex
from intake.use_cases import (
    cards,
    drafts,
    index_keys,
    people,
    respondents,
    searches,
    text_index,
    timeline,
    walls,
    word_counts,
)
from intake.use_cases.drafts import DraftInput, DraftPerson
from intake.use_cases.finding import READS, called, has_one, newest, shown_by_person
from intake.use_cases.links import DECIDED
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from statute import day_of
from vault import Sealed
from web.tokens import Officer

MATCH = "petition.match"
MOST, MOST_ISSUES = 20, 5
_OF_A_KIND = 30  # candidates of one reason, the newest: of each the text may have to be opened
_QUARTER = timedelta(days=91)
_ENDS = ("petition.closed.v1", "petition.withdrawn.v1", "petition.terminated.v1", "petition.sent_back.v1")


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what it is asked what is like it. Of who may not read what it says, only the persons are there."""

    number: str | None
    at: datetime
    anonymous: bool
    persons: Sequence[Mapping[str, str | None]] = ()
    organisation: str | None = None
    title: str | None = None
    statement: str | None = None
    place: str | None = None
    respondents: Sequence[tuple[str | None, str | None]] = ()  # unit, name


@dataclass(slots=True)
class Matches:
    """`why`: number → reasons, the surest first; `issues`: the likest first, each with those of its group in sight."""

    why: dict[str, list[MatchedBy]] = field(default_factory=dict)
    likeness: dict[str, float] = field(default_factory=dict)
    issues: dict[str, list[str]] = field(default_factory=dict)
    more: bool = False


def of_draft(work: UnitOfWork, officer: Officer, draft: DraftInput) -> Matches:
    """What is like a registration so far. As a search for whoever is named in it, it is on the trail.

    Raises Invalid for a code that stands for nothing.
    """
    drafts.check(work, draft)
    if draft.secrecy or draft.sealed_post:
        return Matches()
    asked = Asked(
        number=None,
        at=work.now,
        anonymous=draft.anonymous,
        persons=[_typed(work, each) for each in (draft.petitioner, *draft.others) if each],
        organisation=draft.organisation,
        title=draft.title,
        statement=draft.statement,
        place=draft.place,
        respondents=[(each.unit, each.name) for each in draft.respondents],
    )
    found = _Search(work, officer, asked).all()
    hits = sum(not matching.PERSON.isdisjoint(by) for by in found.why.values())
    searches.record(work, list(_ways(asked)), hits)
    return found


def of_petition(work: UnitOfWork, officer: Officer, petition: Petition) -> Matches:
    """What is like a registered one, which is in sight; as much of it is asked about as the officer is shown."""
    if not may_be_compared(petition):
        return Matches()
    asked = Asked(petition.number, petition.registered_at, petition.anonymous)
    return _Search(work, officer, _as_shown(work, officer, petition, asked)).all()


def decide(work: UnitOfWork, number: str, to: str, decision: MatchDecision, reason: str) -> Petition:
    """A person says that two are two matters, and they are not shown to each other again; or that they are one issue.

    A group is joined by naming one of it. Raises MatchedToItself, NeverMatched, MatchDecided.
    """
    petition = load(work, number)
    states.check("decide-match", petition.snapshot)
    other = load(work, to, lock=False)
    if to == number:
        raise errors.MatchedToItself()
    if not (may_be_compared(petition) and may_be_compared(other) and petition.anonymous == other.anonymous):
        raise errors.NeverMatched()
    # by whichever of the two it was said
    either = and_(MatchedPair.petition.in_([number, to]), MatchedPair.other.in_([number, to]))
    before = work.session.scalars(select(MatchedPair).where(either)).all()
    issue = _issue_of(work, to) or to if decision is MatchDecision.SAME_ISSUE else None
    if any((each.decision, each.issue) == (decision, issue) for each in before):
        raise errors.MatchDecided()
    for each in before:
        work.session.delete(each)
    if issue is not None:
        its = select(MatchedPair).where(MatchedPair.petition == number, MatchedPair.issue.is_not(None))
        for joined in work.session.scalars(its):
            work.session.delete(joined)
        # those who joined it go where it goes
        work.session.execute(update(MatchedPair).where(MatchedPair.issue == number).values(issue=issue))
    work.session.flush()
    work.session.add(
        MatchedPair(
            petition=number,
            other=to,
            decision=decision,
            issue=issue,
            reason=people.seal(work, number, f"match_decision|reason|{to}", reason),
            recorded_at=work.now,
            officer=work.actor.officer,
        )
    )
    timeline.record(work, petition, DECIDED, decision=decision)
    return petition


def forget(work: UnitOfWork, number: str) -> None:
    """It asked for secrecy: nothing says any more to what it was like; a group that began with it goes on without."""
    session = work.session
    session.execute(delete(MatchedPair).where(or_(MatchedPair.petition == number, MatchedPair.other == number)))
    began = aliased(MatchedPair)
    another = select(func.min(began.other)).where(began.issue == number).scalar_subquery()
    session.execute(update(MatchedPair).where(MatchedPair.issue == number).values(issue=another))


def ended_on(work: UnitOfWork, numbers: Sequence[str]) -> dict[str, date]:
    """Number → the day on which it ended, of those that have."""
    query = select(Step.petition, func.max(Step.at)).where(Step.petition.in_(numbers), Step.type.in_(_ENDS))
    return {number: day_of(at) for number, at in work.session.execute(query.group_by(Step.petition))}


def present(work: UnitOfWork, officer: Officer, found: Matches) -> dict[str, Any]:
    """{matches, issues, total, total_is_more}: cards, each with why, and apart from that what follows in law."""
    shown = {each["number"]: each for each in cards.page(work, officer, [*found.why, *found.issues])}
    query = select(Petition).where(Petition.number.in_([number for number in found.why if number in shown]))
    rows = {each.number: each for each in work.session.scalars(query)}
    ends = ended_on(work, list(rows))
    matches = [
        shown[number] | _meaning(work, rows[number], by, found.likeness.get(number), ends.get(number))
        for number, by in found.why.items()
        if number in rows
    ]
    issues = [shown[number] | {"group": group} for number, group in found.issues.items() if number in shown]
    return {"matches": matches, "issues": issues, "total": len(matches), "total_is_more": found.more}


def _meaning(
    work: UnitOfWork, petition: Petition, by: Sequence[MatchedBy], likeness: float | None, ended: date | None
) -> dict[str, Any]:
    state = PetitionState(petition.state)
    over = ended if state not in states.OPEN else None
    effect = matching.effect(state, petition.referred_to is not None)
    within = tools_of(work).repeat_within
    return {
        "reasons": [{"by": each, "by_zh": each.zh} for each in by],
        "likeness": likeness,
        "ended_on": over and over.isoformat(),
        "repeat": matching.is_repeat(by, over, day_of(work.now), within),
        "effect": effect,
        "effect_zh": effect.zh,
    }


class _Search:
    """One officer's question, with what they may see."""

    def __init__(self, work: UnitOfWork, officer: Officer, asked: Asked):
        self.work, self.asked = work, asked
        self.seen = walls.visible(walls.view(work, officer, MATCH))
        reads = walls.view(work, officer, READS)
        # of who reads nothing it is not even asked
        self.reader, self.reads = bool(reads.scopes), walls.visible(reads)
        self.named = tuple(shown_by_person(officer, self.reads))
        self.years = index_keys.years(work)
        self.cases = text_index.cases(work, asked.title, asked.statement)

    def all(self) -> Matches:
        """What is like it, of each kind."""
        why: dict[str, list[MatchedBy]] = {}
        likeness = self._texts()
        for by, source, more in self._sources(list(likeness)):
            for number in self._newest(source, more):
                why.setdefault(number, []).append(by)
        for number in likeness:
            why.setdefault(number, []).append(MatchedBy.TEXT)
        self._matter(why)
        order = list(MatchedBy)
        kept = {number: sorted(by, key=order.index) for number, by in why.items() if matching.is_match(by)}
        # the newest first, of the surest reason first
        ranked = sorted(sorted(kept, reverse=True), key=lambda number: order.index(kept[number][0]))
        return Matches(
            why={number: kept[number] for number in ranked[:MOST]},
            likeness=likeness,
            # raised by many: not by the same person again
            issues=self._issues([each for each in kept if not matching.PERSON.isdisjoint(kept[each])]),
            more=len(ranked) > MOST,
        )

    def _sources(
        self, texts_like: Sequence[str]
    ) -> Iterator[tuple[MatchedBy, Select[str], Sequence[ColumnElement[bool]]]]:
        """The reason, the numbers to which it leads, and what the officer must be shown of those besides."""
        work, asked, person = self.work, self.asked, self.named
        known: list[Any] = [each["resident_id"] for each in asked.persons if each["resident_id"]]
        if known:
            ids = [index_keys.resident_id(work, each) for each in known]
            yield MatchedBy.RESIDENT_ID, select(Person.petition).where(Person.id_index.in_(ids)), person
        if known := [number for each in asked.persons for number in identity.numbers(each)]:
            yield MatchedBy.PHONE, select(Person.petition).where(called(work, known)), person
        if asked.organisation:
            units = [index_keys.of_unit(work, year, asked.organisation) for year in self.years]
            yield MatchedBy.ORGANISATION, select(Person.petition).where(Person.unit_index.in_(units)), person
        if known := [each["name"] for each in asked.persons if each["name"]]:
            names = [index_keys.named(work, year, each) for each in known for year in self.years]
            bears = select(Person.petition).where(Person.name_index.in_(names))
            # many bear one name: only with something of the matter
            yield MatchedBy.NAME, bears, (*person, self.reads, or_(*self._beside_name(texts_like)))
        if self.cases:
            yield MatchedBy.CASE, select(TextIndex.petition).where(has_one(TextIndex.keys, self.cases)), (self.reads,)

    def _beside_name(self, texts_like: Sequence[str]) -> Iterator[ColumnElement[bool]]:
        yield Petition.number.in_(texts_like)
        if self.asked.place:
            yield Petition.place == self.asked.place
        units = [unit for unit, _ in self.asked.respondents if unit]
        about = select(Respondent).where(Respondent.petition == Petition.number)
        if units:
            yield about.where(Respondent.unit.in_(units)).exists()
        if self.cases:
            its = select(TextIndex).where(TextIndex.petition == Petition.number)
            yield its.where(has_one(TextIndex.keys, self.cases)).exists()

    def _texts(self) -> dict[str, float]:
        """Number → how much of the same it says, of those that say half of it and may be read."""
        keys = text_index.bands(self.work, self.asked.statement)
        if not (keys and self.reader):
            return {}
        key = func.unnest(TextIndex.keys).table_valued("key").render_derived()
        common = select(func.count()).select_from(key).where(key.c.key == any_(_keys(keys))).scalar_subquery()
        near = select(TextIndex.petition, common).where(has_one(TextIndex.keys, keys))
        own = texts.pairs(self.asked.statement or "")
        likest = self._likest(near, self.reads)[:_OF_A_KIND]
        found = self.work.session.scalars(select(Petition).where(Petition.number.in_(likest))).all()
        vault_of(self.work.context).fetch_keys(self.work.session, [each.number for each in found])
        like = {}
        for each in found:
            # what does not open any more is like nothing, and keeps no other from being found
            with suppress(Sealed):
                its = texts.likeness(own, texts.pairs(people.disclose(self.work, each, "statement") or ""))
                if its >= texts.ALIKE:
                    like[each.number] = round(its, 2)
        return like

    def _matter(self, why: Mapping[str, list[MatchedBy]]) -> None:
        """What else of the matter is the same, of those found so far that may be read."""
        units = {unit for unit, _ in self.asked.respondents if unit}
        names = {finding.name(name) for _, name in self.asked.respondents if name}
        if not (units or names or self.asked.place):
            return
        query = select(Petition).where(Petition.number.in_(why), self.reads).options(selectinload(Petition.respondents))
        found = self.work.session.scalars(query).all()
        vault_of(self.work.context).fetch_keys(self.work.session, [each.number for each in found])
        for each in found:
            if self.asked.place and each.place == self.asked.place:
                why[each.number].append(MatchedBy.PLACE)
            with suppress(Sealed):
                its = respondents.opened(self.work, each)
                if not units.isdisjoint(other.unit for other in its if other.unit):
                    why[each.number].append(MatchedBy.UNIT)
                if not names.isdisjoint(finding.name(other.name) for other in its if other.name):
                    why[each.number].append(MatchedBy.RESPONDENT)

    def _issues(self, of_person: Sequence[str]) -> dict[str, list[str]]:
        """The likest of others that speak of the same, a group once, with those of it in sight; not accusations."""
        words = list(finding.words(f"{self.asked.title or ''}\n{self.asked.statement or ''}"))
        words = words[: 2 * finding.MOST_WORDS]
        labels = self._labels()
        keys = [key for label in labels for key in index_keys.of_words(self.work, label, words)]
        tells = matching.telling(keys, *word_counts.of(self.work, keys, labels))
        if not (tells and self.reader):
            return {}
        weighs = func.unnest(_keys(list(tells)), literal(list(tells.values()), ARRAY(Double)))
        telling = weighs.table_valued("word", "weight").render_derived("telling")
        said = func.unnest(WordIndex.words).table_valued("word").render_derived("said")
        near = select(WordIndex.petition, func.sum(telling.c.weight)).select_from(WordIndex)
        # by all words at once: each lookup of its own would read what is not merged into the index yet
        near = near.join(said, literal(True)).join(telling, telling.c.word == said.c.word)
        near = near.where(has_one(WordIndex.words, list(tells))).group_by(WordIndex.petition)
        near = near.having(func.count() >= matching.FEWEST)
        numbers = self._likest(near, Petition.kind != Kind.ACCUSATION, Petition.number.not_in(of_person), self.reads)
        found: dict[str, list[str]] = {}
        for number in numbers[:_OF_A_KIND]:
            if any(number in group for group in found.values()):
                continue
            found[number] = self._group(number)
            if len(found) == MOST_ISSUES:
                break
        return found

    def _group(self, number: str) -> list[str]:
        issue = _issue_of(self.work, number)
        members = select(MatchedPair.petition).where(MatchedPair.issue == issue)
        its = or_(Petition.number == issue, Petition.number.in_(members))
        query = select(Petition.number).where(its, self.seen, self.reads, *_comparable(self.asked.anonymous))
        return list(self.work.session.scalars(query.order_by(Petition.number))) if issue else []

    def _labels(self) -> list[str]:
        """The quarters of about a year before, and after as far as there are any; the newest first."""
        last = index_keys.label(self.work.now)
        near = {index_keys.label(self.asked.at + _QUARTER * quarters) for quarters in range(-4, 5)}
        return sorted((label for label in near if label <= last), reverse=True)

    def _newest(self, source: Select[str], more: Sequence[ColumnElement[bool]]) -> list[str]:
        return newest(self.work, source, [*self._alike(), *more], _OF_A_KIND)

    def _likest(self, near: Select[str, Any], *more: ColumnElement[bool]) -> list[str]:
        """Of numbers with how like each is: those in sight, the likest first, of the same likeness the newest."""
        # what it costs to compare arrays the planner does not know: a few thousand it would read one by one
        self._plan("off")
        like: dict[str, float] = {row[0]: row[1] for row in self.work.session.execute(near)}
        self._plan("on")
        # as an array each is looked up by its number, however many the planner thinks there are
        its = Petition.number == any_(literal(list(like), ARRAY(Text)))
        here = select(Petition.number).where(its, *self._alike(), *more).order_by(Petition.number.desc())
        return sorted(self.work.session.scalars(here), key=lambda each: -like[each])

    def _plan(self, without_bitmaps: str) -> None:
        set_ = (func.set_config(each, without_bitmaps, True) for each in ("enable_seqscan", "enable_indexscan"))
        self.work.session.execute(select(*set_))

    def _alike(self) -> Iterator[ColumnElement[bool]]:
        """In sight, of the same sort, and not spoken of already by a person."""
        yield self.seen
        yield from _comparable(self.asked.anonymous)
        number = self.asked.number
        if number is None:
            return
        yield Petition.number != number
        for table, there, stands in (
            (Link, Link.to, Link.undone_at.is_(None)),
            (MatchedPair, MatchedPair.other, true()),
        ):
            here: Any = table
            yield ~select(here).where(here.petition == number, there == Petition.number, stands).exists()
            yield ~select(here).where(here.petition == Petition.number, there == number, stands).exists()
        own, its = _issue_of(self.work, number), aliased(MatchedPair)
        if own is not None:
            yield Petition.number != own
            yield ~select(its).where(its.petition == Petition.number, its.issue == own).exists()


def _ways(asked: Asked) -> Iterator[Way]:
    """For whom it is a search."""
    yield from (Way(FoundBy.RESIDENT_ID, value) for each in asked.persons if (value := each["resident_id"]))
    yield from (Way(FoundBy.PHONE, value) for each in asked.persons for value in identity.numbers(each))
    names = [(FoundBy.NAME, each["name"]) for each in asked.persons] + [(FoundBy.UNIT, asked.organisation)]
    yield from (Way(by, finding.name(name)) for by, name in names if name)


def _typed(work: UnitOfWork, person: DraftPerson) -> dict[str, str | None]:
    """As it will be kept; a number that is none, or not all there yet, is not asked about."""
    found: dict[str, str | None] = dict.fromkeys(("resident_id", "phone", "other_phones")) | {"name": person.name}
    with suppress(identity.IdentityError):
        if person.resident_id:
            found["resident_id"] = identity.paper(person.paper, person.resident_id, today=day_of(work.now))
    phones = []
    for each in filter(None, (person.phone, *person.other_phones)):
        with suppress(identity.IdentityError):
            phones.append(identity.phone(each, area_code=tools_of(work).area_code).number)
    # which of them is the first decides nothing here
    found["other_phones"] = BETWEEN.join(phones) or None
    return found


def _as_shown(work: UnitOfWork, officer: Officer, petition: Petition, asked: Asked) -> Asked:
    showing = cards.showing_of(work, officer, petition)
    if showing.names:
        organisation = people.disclose(work, petition, "organisation")
        asked = replace(asked, persons=people.all_of(work, petition), organisation=organisation)
    if showing.reads:
        title, statement = (people.disclose(work, petition, name) for name in ("title", "statement"))
        about = [(each.unit, each.name) for each in respondents.opened(work, petition)]
        asked = replace(asked, title=title, statement=statement, place=petition.place, respondents=about)
    return asked


def may_be_compared(petition: Petition) -> bool:
    """Whether there can be anything like it: not for who asked for secrecy, nor for what lies in an envelope."""
    return not petition.secrecy and petition.post_number is None


def _comparable(anonymous: bool) -> tuple[ColumnElement[bool], ...]:
    return ~Petition.secrecy, Petition.post_number.is_(None), Petition.anonymous == anonymous


def _issue_of(work: UnitOfWork, number: str) -> str | None:
    """The group it is in: it joined one, or others joined it."""
    joined = select(MatchedPair.issue).where(MatchedPair.petition == number, MatchedPair.issue.is_not(None))
    began = select(MatchedPair.issue).where(MatchedPair.issue == number).limit(1)
    return work.session.scalar(joined) or work.session.scalar(began)


def _keys(keys: Sequence[int]) -> ColumnElement[Any]:
    return literal(keys, ARRAY(Integer))
