"""What is hidden from somebody changes nothing of what is like what they type: byte by byte as if it never was."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, index, petition, undone
from sqlalchemy import Engine, text
from test_found_by_whom import NAMES, OFFICERS, OTHERS, POINTS, County, build_county, delete, loosen
from test_matches import ID, ISSUES, OTHER_ID, SAID, draft, person

from contracts.vocabulary import Kind, PetitionState, Role
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors
from intake.tables import Contact, Petition
from intake.use_cases import finding, matches, registration, walls
from intake.use_cases.drafts import DraftInput
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RespondentInput
from web.tokens import Officer

IDS, PHONES = [ID, OTHER_ID, None], ["19900001208", "19900001209", None]
PLACES = ["330102", "330106", None]
PARTS = [each for said in (SAID, *ISSUES) for each in said.rstrip("。").split("，")]
CASES = ["（2026）枫0623民初12号", "枫检民监〔2026〕12号", ""]
SERIALS = 90
Question = DraftInput | str


@pytest.fixture
def county(engine: Engine, tmp_path: Path) -> County:
    """Enough petitions that some questions find more than are shown; walls, departments, secrecy, accusations."""
    context, dice = build_county(engine, tmp_path), random.Random(25)
    numbers = [_registered(context, dice) for _ in range(SERIALS)]
    index(context)
    with context.begin(OFFICER) as work:
        for _ in range(SERIALS // 3):
            decision = dice.choice(["same_issue", "different"])
            try:
                with work.attempt():
                    matches.decide(work, *dice.sample(numbers, 2), matches.MatchDecision(decision), "看过")
            except errors.NeverMatched:
                continue
    loosen(context)
    return County(context, numbers)


def _said(dice: random.Random) -> dict[str, Any]:
    statement = "，".join(dice.sample(PARTS, dice.randint(2, 6))) + "。" + dice.choice(CASES)
    return {
        "title": dice.choice([*PARTS, None]),
        "statement": dice.choice([SAID, statement, statement]),
        "place": dice.choice(PLACES),
        "respondents": tuple(_about(dice)),
    }


def _somebody(dice: random.Random) -> PetitionerInput:
    phone = dice.choice(PHONES)
    others = [dice.choice(OTHERS)] if phone and dice.random() < 0.4 else []
    return replace(person(dice.choice(NAMES[:3]), dice.choice(IDS), phone), other_phones=others)


def _about(dice: random.Random) -> Iterator[RespondentInput]:
    if dice.random() < 0.3:
        yield RespondentInput("A00", "韩检察", officer="900103", department="D03")
    if dice.random() < 0.3:
        yield RespondentInput("A09", dice.choice(NAMES))


def _registered(context: ServiceContext, dice: random.Random) -> str:
    secrecy = dice.random() < 0.15
    who = _somebody(dice)
    command = replace(
        petition(dice.choice([Kind.CLAIM, Kind.ACCUSATION])),
        service_point=dice.choice(POINTS),
        secrecy=secrecy,
        petitioner=None if not secrecy and dice.random() < 0.15 else who,
        **_said(dice),
    )
    with context.begin(Actor("A00", dice.choice(["900100", "900101"]), "window")) as work:
        made = registration.register(work, command)
        made.department = dice.choice([None, "D03", "D05", "D05"])
        made.state = dice.choice([PetitionState.REGISTERED, PetitionState.CLOSED])
        return made.number


def _questions(county: County, dice: random.Random, cases: int) -> Iterator[Question]:
    for _ in range(cases):
        if dice.random() < 0.3:
            yield dice.choice(county.numbers)
            continue
        who = _somebody(dice) if dice.random() < 0.8 else None
        yield draft(who, anonymous=who is None and dice.random() < 0.5, secrecy=dice.random() < 0.1, **_said(dice))


def _answers(work: UnitOfWork, officer: Officer, questions: Sequence[Question]) -> list[str]:
    """As it is answered, cards and all; of a number that is out of sight nothing is asked."""
    every = []
    view = walls.view(work, officer, matches.MATCH)
    for question in questions:
        if isinstance(question, DraftInput):
            found = matches.of_draft(work, officer, question)
        else:
            own = work.session.get(Petition, question)
            if own is None or own.secrecy or not view.covers(own.placement):
                every.append("-")
                continue
            found = matches.of_petition(work, officer, own)
        every.append(json.dumps(matches.present(work, officer, found), ensure_ascii=False))
    return every


def _take_away(work: UnitOfWork, officer: Officer, numbers: list[str]) -> None:
    """Whatever the officer may not know: petitions out of sight, what they may not read, who they are not shown."""
    view, reads = (walls.view(work, officer, action) for action in (matches.MATCH, finding.READS))
    hidden, unread, unnamed = [], [], []
    for number in numbers:
        its = work.session.get_one(Petition, number)
        contact = work.session.get_one(Contact, its.contact)
        if not view.covers(its.placement) or its.secrecy:
            hidden.append(number)
            continue
        read = reads.covers(its.placement)
        if not read:
            unread.append(number)
        if its.kind == Kind.ACCUSATION and not read and contact.decided_by != officer.id:
            unnamed.append(number)
    delete(work, hidden, unread, unnamed)
    unsaid = "DELETE FROM match_decision WHERE decision = 'different' AND (petition = ANY(:n) OR other = ANY(:n))"
    work.session.execute(text(unsaid), {"n": hidden})


def _both(
    county: County, officer: Officer, kept_from: Officer, questions: Sequence[Question]
) -> tuple[list[str], list[str]]:
    """The officer's answers before and after all is taken away that `kept_from` may not know."""
    with undone(county.context, Actor("A00", officer.id, "officer")) as work:
        before = _answers(work, officer, questions)
        _take_away(work, kept_from, county.numbers)
        after = _answers(work, officer, questions)
    return before, after


@pytest.mark.parametrize("cases", [200, pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(14_400)])])
def test_what_is_hidden_changes_no_match(county: County, cases: int) -> None:
    """Hits, reasons, ranks, groups and counts by each officer: with it, and where it never was."""
    dice, empty = random.Random(20261127), 0
    for officer in OFFICERS:
        if officer.roles == {Role.LEADER}:
            continue  # who may not ask
        questions = list(_questions(county, dice, cases // len(OFFICERS)))
        with_it, without = _both(county, officer, officer, questions)
        for question, one, other in zip(questions, with_it, without, strict=True):
            assert one == other, (officer, question)
        empty += sum(each == "-" or each.startswith('{"matches": [], "issues": []') for each in with_it)
    assert 0 < empty < cases * 0.8


def test_what_is_taken_away_would_be_seen(county: County) -> None:
    """The comparison sees what it is there to see: somebody who may know of it has other answers without it."""
    questions = list(_questions(county, random.Random(1), 40))
    before, after = _both(county, OFFICERS[-1], OFFICERS[2], questions)
    assert before != after
