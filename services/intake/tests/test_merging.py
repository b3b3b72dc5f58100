"""Two registrations of one matter go on as one, and nothing guarded is ever joined to what is guarded less."""

import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select

from authorization import colleagues
from authorization.sight import View
from clock import clocks
from clock.tables import Clock, State
from contracts.problems import Problem
from contracts.vocabulary import (
    ApproverLevel,
    Kind,
    LinkReason,
    Means,
    PetitionState,
    ReplyKind,
    Role,
    TaskStanding,
    WallReason,
)
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors, merging
from intake.domain.merging import Side, Somebody
from intake.domain.states import EARLY
from intake.tables import Agency, Petition
from intake.use_cases import (
    actions,
    approvals,
    corrections,
    links,
    petitions,
    registration,
    secrecy,
    task_acts,
    tasks,
    undoing,
    walls,
)
from intake.use_cases import merging as use_case
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RespondentInput
from statute import day_of
from web.tokens import Officer

WHY, BY = "同一封信登记了两次", "900100"
TODAY = day_of(datetime.now(UTC))


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    context = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        work.session.add(
            Agency(code="A00", revision=1, name="本院", kind="procuratorate", transport="none", active=True)
        )
    return context


def registered(context: ServiceContext, kind: Kind = Kind.CLAIM, days_ago: int = 0, **given: Any) -> str:
    day = {"received_on": TODAY - timedelta(days=days_ago), "received_reason": "补录"}
    with context.begin(OFFICER) as work:
        return registration.register(work, replace(petition(kind), **day, **given)).number


def merge(context: ServiceContext, number: str, into: str) -> None:
    with context.begin(OFFICER) as work:
        use_case.merge(work, number, into, WHY, BY)


def part(context: ServiceContext, number: str) -> None:
    with context.begin(OFFICER) as work:
        use_case.part(work, number, WHY, BY)


def look(context: ServiceContext, number: str) -> dict[str, Any]:
    """What merging may change of a petition."""
    with context.begin(OFFICER) as work:
        its = petitions.load(work, number, lock=False)
        running = select(Clock.rule, Clock.start).where(Clock.petition == number, Clock.state == State.RUNNING)
        return {
            "state": its.state,
            "received_on": its.received_on,
            "counts_from": its.counts_from,
            "walls": sorted((str(each.officer), str(each.department)) for each in its.standing),
            "units": sorted(str(each.unit) for each in its.respondents),
            "clocks": sorted(map(tuple, work.session.execute(running))),
        }


def test_the_earlier_day_rules_and_all_are_kept_away_and_barred(context: ServiceContext) -> None:
    """Who is kept from either is kept from both; the other owes nothing; parted, each is as it was."""
    first = registered(context, days_ago=5, respondents=(RespondentInput("A10", None),))
    second = registered(context, days_ago=1, respondents=(RespondentInput("A09", None),))
    with context.begin(OFFICER) as work:
        petitions.accept(work, second, "D05")
        walls.put_up(work, first, "900103", None, WallReason.RECUSED)
        walls.put_up(work, second, None, "D03", WallReason.RECUSED)
    before = {each: look(context, each) for each in (first, second)}
    merge(context, first, second)
    one, other = look(context, first), look(context, second)
    assert (PetitionState.MERGED, []) == (one["state"], one["clocks"])
    assert TODAY - timedelta(days=5) == other["received_on"] == other["counts_from"]
    assert {TODAY - timedelta(days=5)} == {start for _, start in other["clocks"]}
    assert 2 == len(one["walls"]) == len(other["walls"])
    assert ["A09", "A10"] == other["units"]
    with context.begin(OFFICER) as work, pytest.raises(errors.GoneOut):
        use_case.merge(work, second, first, WHY, BY)
    part(context, first)
    assert before == {each: look(context, each) for each in (first, second)}
    merge(context, first, second)
    part(context, first)
    assert before == {each: look(context, each) for each in (first, second)}, "as often as they like"


def test_only_one_person_and_kind_of_which_nothing_has_left(context: ServiceContext) -> None:
    """And one sentence says so, whatever the reason: the other's would be told."""
    first, somebody = registered(context), PetitionerInput("温某", None, "19900001299", None, sms_consent=False)
    others = [
        first,
        registered(context, petitioner=somebody),
        registered(context, Kind.PROPOSAL),
        _anonymous(context),
        registered(context, secrecy=True),
        registered(context, submitted_by="A10", submission="1"),
    ]
    gone = registered(context)
    with context.begin(OFFICER) as work:
        petitions.refer(work, gone, "A09", "regulation_31", petitioner_wish=True)
    for into in (*others, gone):
        with pytest.raises(errors.NotMerged) as refused:
            merge(context, first, into)
        assert {} == refused.value.more
    with context.begin(OFFICER) as work, pytest.raises(errors.NotNow):
        use_case.merge(work, gone, first, WHY, BY)


def _anonymous(context: ServiceContext) -> str:
    with context.begin(OFFICER) as work:
        return registration.register(work, petition(Kind.CLAIM, anonymous=True)).number


def test_two_of_one_safe_are_merged_and_nobody_is_shown(context: ServiceContext) -> None:
    """Compared where they lie: another's there is refused as anybody's."""
    first, second = registered(context, secrecy=True), registered(context, secrecy=True)
    somebody = PetitionerInput("温某", None, "19900001299", None, sms_consent=False)
    third = registered(context, secrecy=True, petitioner=somebody)
    with pytest.raises(errors.NotMerged):
        merge(context, first, third)
    misheard = PetitionerInput("石大川", None, "19900001298", None, sms_consent=False)
    fourth = registered(context, secrecy=True, petitioner=misheard)
    with pytest.raises(errors.NotMerged):
        merge(context, fourth, second)
    with context.begin(OFFICER) as work:
        corrections.correct_person(work, fourth, 1, "听错", phone="19900001208")
    merge(context, fourth, second)
    merge(context, first, second)
    with context.begin(OFFICER) as work:
        its = petitions.load(work, second)
        assert (True, None, 1) == (its.secrecy, its.person, len(its.sealed))
        assert not its.on_hold, "it says what it said"


def test_who_is_kept_away_later_is_kept_from_all_of_it(context: ServiceContext) -> None:
    """By a wall, a respondent or a third that goes on in it; what is one wall is taken down as one."""
    first, second, third = (registered(context) for _ in range(3))

    def walled() -> list[int]:
        return [len(look(context, each)["walls"]) for each in (first, second, third)]

    merge(context, first, second)
    for number, officer in ((first, "900103"), (second, "900104")):
        with context.begin(OFFICER) as work:
            walls.put_up(work, number, officer, None, WallReason.RECUSED)
    with context.begin(OFFICER) as work:
        corrections.add_respondent(work, second, RespondentInput("A00", "某", officer="900106"), WHY)
        walls.put_up(work, third, None, "D03", WallReason.RECUSED)
    assert [3, 3, 1] == walled()
    merge(context, third, second)
    assert [4, 4, 4] == walled()
    with context.begin(OFFICER) as work:
        walls.take_down(work, first, 2)
    assert [3, 3, 4] == walled(), "the third had that one by itself"
    part(context, third)
    assert [2, 2, 1] == walled()
    part(context, first)
    assert [2, 2, 1] == walled(), "who decided it did so of the matter"
    for left, number in (([1, 2, 1], first), ([1, 1, 1], second)):
        with context.begin(OFFICER) as work:
            known, standing = colleagues.fingerprint(work, "900103"), petitions.load(work, number).standing
            (seq,) = (each.seq for each in standing if each.officer is not None and bytes(each.officer) == known)
            walls.take_down(work, number, seq)
        assert left == walled(), "from here on each by a decision of its own"


def test_secrecy_that_is_asked_for_is_of_all_of_it(context: ServiceContext) -> None:
    """Also of what went on in it and who petitions there: in whichever of them it was asked for, with its letter."""
    for asked in range(3):
        numbers = [registered(context) for _ in range(3)]
        merge(context, numbers[0], numbers[2])
        merge(context, numbers[1], numbers[2])
        with context.begin(OFFICER) as work:
            secrecy.ask(work, numbers[asked])
        with context.begin(OFFICER) as work:
            its = [petitions.load(work, each, lock=False) for each in numbers]
            assert [(True, None)] * 3 == [(each.secrecy, each.person) for each in its]


def test_what_others_go_on_in_stays(context: ServiceContext) -> None:
    """It is neither void nor goes on elsewhere: what they were registered for would be nowhere."""
    first, second, third = (registered(context) for _ in range(3))
    merge(context, first, second)
    with context.begin(OFFICER) as work:
        for leave in (
            lambda: undoing.void(work, second, WHY, BY),
            lambda: use_case.merge(work, second, third, WHY, BY),
        ):
            with pytest.raises(errors.GoneOut):
                leave()
        its = petitions.load(work, second)
        owed = clocks.of_petition(work, second)
        offered = {row.name for row, _ in actions.of_petition(work, its, owed, all_sight(work))}
        assert {"void", "merge"}.isdisjoint(offered)
    part(context, first)
    merge(context, second, third)


def test_what_was_linked_is_linked_again(context: ServiceContext) -> None:
    """The link stands as it stood; who may not see the other reads no line of it, from before or since."""
    first, second = registered(context), registered(context)
    with context.begin(OFFICER) as work:
        links.link(work, first, second, LinkReason.RELATED)
    merge(context, first, second)
    part(context, first)
    with context.begin(OFFICER) as work:
        walls.put_up(work, second, "900103", None, WallReason.RECUSED)
    with context.begin(OFFICER) as work:
        for number, reasons, lines in (("900103", [], 0), ("900104", [LinkReason.RELATED], 2)):
            view = walls.view(work, Officer("A00", number, frozenset({Role.HANDLER}), "D03"), "petition.read")
            its = petitions.load(work, first, lock=False)
            assert reasons == [each["reason"] for each in links.of_petition(work, view, its)]
            seen = links.without_hidden(work, view, first, petitions.steps(work, first))
            assert lines == [each.type for each in seen].count(links.LINKED)


def all_sight(work: UnitOfWork) -> Callable[[str], View]:
    return lambda action: walls.view(work, Officer("A00", "900001", frozenset({Role.ALL})), action)


def test_what_belongs_to_one_belongs_to_both(context: ServiceContext) -> None:
    """Held for a link of the one that is merged, the one that goes on is held too."""
    first, second, accusation = registered(context), registered(context), registered(context, Kind.ACCUSATION)
    with context.begin(OFFICER) as work:
        links.link(work, first, accusation, LinkReason.RELATED)
    merge(context, first, second)
    with context.begin(OFFICER) as work:
        assert petitions.load(work, second).on_hold


def test_what_is_to_be_done_goes_on_with_it(context: ServiceContext) -> None:
    """Each open task is open where the matter goes on, once; parted, here again, unless it was done meanwhile."""
    first, second = registered(context), registered(context)

    def open_of(number: str) -> list[str]:
        with context.begin(OFFICER) as work:
            every = task_acts.of_petition(work, number)
            words = [task_acts.present(work, each, True)["text"] for each in every if each.state == TaskStanding.OPEN]
            return sorted(map(str, words))

    with context.begin(OFFICER) as work:
        its = {each: petitions.load(work, each) for each in (first, second)}
        for words in ("核实", "回访"):
            task_acts.add(work, its[first], words, TODAY, officer="900105")
        for each in its.values():
            tasks.open(work, each, "report_chief", origin="risk/report_chief")
    merge(context, first, second)
    assert ([], sorted(["核实", "回访", "None"])) == (open_of(first), open_of(second))
    part(context, first)
    assert (sorted(["核实", "回访", "None"]), ["None"]) == (open_of(first), open_of(second))
    merge(context, first, second)
    with context.begin(OFFICER) as work:
        its_second = petitions.load(work, second)
        there = [each for each in task_acts.of_petition(work, second) if each.state == TaskStanding.OPEN]
        (done,) = [each for each in there if task_acts.present(work, each, True)["text"] == "核实"]
        task_acts.end(work, its_second, done, TaskStanding.DONE, "已核实")
    part(context, first)
    assert (sorted(["回访", "None"]), ["None"]) == (open_of(first), open_of(second))


def test_answered_as_one_they_stay_one(context: ServiceContext) -> None:
    first, second = registered(context), registered(context)
    merge(context, first, second)
    with context.begin(OFFICER) as work:
        petitions.reply(work, second, ReplyKind.PROCEDURAL_REPLY, Means.CALL, "已收到")
    with pytest.raises(errors.Answered):
        part(context, first)


def test_who_is_kept_from_the_other_does_not_decide_it(context: ServiceContext) -> None:
    first, second = registered(context), registered(context)
    with context.begin(OFFICER) as work:
        walls.put_up(work, second, "900108", None, WallReason.RECUSED)
    with pytest.raises(errors.NotMerged), context.begin(Actor("A00", "900108", "department_head")) as work:
        use_case.merge(work, first, second, WHY, BY)


@pytest.mark.parametrize("merges", [2_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_nothing_guarded_is_joined_to_what_is_guarded_less(merges: int) -> None:
    """Of any two: neither a secret one to an open one, nor a sealed or anonymous one to any, nor what has left."""
    dice, joined = random.Random(20261127), 0
    somebody = [
        Somebody(name, id_, frozenset(phones))
        for name, id_, phones in (("甲", "1", "2"), ("甲", None, "24"), ("甲", "3", "42"), ("乙", None, ""))
    ]
    for seq in range(merges):
        one, other = (
            Side(
                str(seq * 2 + place if dice.random() < 0.95 else seq),
                dice.choice([*EARLY, *EARLY, *PetitionState]),
                dice.choice([Kind.CLAIM, Kind.CLAIM, *Kind]),
                anonymous=dice.random() < 0.1,
                secrecy=dice.random() < 0.3,
                sealed_post=dice.random() < 0.1,
                stays=dice.random() < 0.9,
            )
            for place in (0, 1)
        )
        assert merging.may_be_one(one, other) == merging.may_be_one(other, one)
        first, second = dice.choice(somebody), dice.choice(somebody)
        assert merging.same(first, second) == merging.same(second, first)
        if merging.may_be_one(one, other) and merging.same(first, second):
            joined += 1
            assert one.secrecy == other.secrecy
            assert not any(each.anonymous or each.sealed_post or not each.stays for each in (one, other))
            assert first.name == second.name != "乙"
    assert joined > merges / 400


# of a round, so that what each petition remembers of the rounds before does not grow without end
ROUND = 250
MOST = int(os.environ.get("FENGQIAO_MERGES", "1500"))


@pytest.mark.parametrize("merges", [25, pytest.param(MOST, marks=pytest.mark.long)])
@pytest.mark.timeout(max(3600, MOST))
def test_merged_and_parted_at_random_nobody_sees_more(context: ServiceContext, merges: int) -> None:
    """On the database, of a few petitions of every sort: who is kept from one is kept from what it goes on in.

    Also who is kept away later. Parted, each has what it had; and no secret one ever goes on in an open one, nor stays
    merged with one when secrecy is asked for.
    """
    dice, done = random.Random(20261127), Counter[str]()
    while done.total() - done["guarded"] < merges:
        _merged_and_parted(context, dice, min(ROUND, merges), done)
    assert min(done["merged"], done["parted"], done["refused"]) > merges / 20, done
    assert done["guarded"], done


def _merged_and_parted(context: ServiceContext, dice: random.Random, moves: int, done: Counter[str]) -> None:
    numbers = [
        registered(
            context, dice.choice([Kind.CLAIM, Kind.ACCUSATION]), days_ago=dice.randint(0, 9), secrecy=seq % 3 == 0
        )
        for seq in range(9)
    ]
    for number in numbers[::2]:
        with context.begin(OFFICER) as work:
            officer, department = dice.choice([("900103", None), (None, "D03"), ("900105", "D05")])
            walls.put_up(work, number, officer, department, WallReason.RECUSED)
    before: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {}
    for _ in range(moves):
        number, into = dice.sample(numbers, 2)
        if dice.random() < 0.1:
            wall = _guarded_later(context, dice, number)
            done["guarded"] += 1
            for one, (own, target, its) in before.items():
                if number in (one, target):
                    own["walls"], its["walls"] = (sorted([*each["walls"], wall]) for each in (own, its))
                _guarded_alike(context, one, target)
            continue
        if before and dice.random() < 0.3:
            number = dice.choice(sorted(before))
            own, target, its = before.pop(number)
            part(context, number)
            assert own == look(context, number)
            assert its == look(context, target)
            done["parted"] += 1
            continue
        if any(into in (each, target) or number == target for each, (_, target, _) in before.items()):
            continue  # one upon another is undone in order: kept apart here, so that each is as it was
        seen = look(context, number), into, look(context, into)
        try:
            merge(context, number, into)
        except Problem:
            assert seen[0] == look(context, number)
            done["refused"] += 1
            continue
        done["merged"], before[number] = done["merged"] + 1, seen
        one, other = look(context, number), look(context, into)
        assert set(one["walls"]) == set(other["walls"])
        assert set(seen[0]["walls"]) | set(seen[2]["walls"]) == set(one["walls"])
        _guarded_alike(context, number, into)


def _guarded_later(context: ServiceContext, dice: random.Random, number: str) -> tuple[str, str]:
    """Somebody is kept away from it, and now and then secrecy asked for; the wall as `look` has it."""
    with context.begin(OFFICER) as work:
        wall = walls.put_up(work, number, "900106", None, WallReason.RECUSED).walls[-1]
        work.session.flush()
        shown = str(wall.officer), str(wall.department)
    if dice.random() < 0.2:
        with context.begin(OFFICER) as work, suppress(errors.SealedAlready):
            secrecy.ask(work, number)
    return shown


def _guarded_alike(context: ServiceContext, number: str, into: str) -> None:
    with context.sessions() as session:
        one, other = (session.get_one(Petition, each) for each in (number, into))
        assert (one.secrecy, one.kind) == (other.secrecy, other.kind)
        away = [{(bytes(wall.officer or b""), wall.department) for wall in each.standing} for each in (one, other)]
        assert away[0] == away[1]


def test_who_may_not_see_the_other_is_not_asked(context: ServiceContext) -> None:
    """A draft says into which: it lies with whoever may see both, and nobody else reads it."""
    first, second = registered(context), registered(context)
    clerk = Officer("A00", "900100", frozenset({Role.WINDOW}))
    heads = [Officer("A00", each, frozenset({Role.DEPARTMENT_HEAD}), "D05") for each in ("900108", "900109")]
    with context.begin(Actor("A00", "900100", "window")) as work:
        asked = approvals.ask(work, clerk, first, "merge", {"into": second, "reason": WHY, "by": BY})
        assert asked is not None
        id_ = asked.id
        walls.put_up(work, second, "900108", None, WallReason.RECUSED)
    with context.begin(OFFICER) as work:
        its, found = petitions.load(work, first), approvals.find(work, id_)
        assert [False, True] == [approvals.shown(work, each, its, found) is not None for each in heads]
        assert [None, ApproverLevel.DEPARTMENT_HEAD] == [approvals.Desks(work).may(each, its, found) for each in heads]
