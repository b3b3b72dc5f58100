"""What is hidden from somebody changes nothing of what they find: each answer is the same, byte by byte, without it."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, index, staff, undone
from sqlalchemy import Engine, text

from contracts.vocabulary import Channel, FoundBy, Kind, Line, PetitionState, Role
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.tables import Agency, Contact, Petition
from intake.use_cases import finding, registration, walls
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RegisterInput, RespondentInput
from web.tokens import Officer

NAMES = ["石大川", "石小川", "单小明", "买买提·吐尔逊", "赤狐某", "韩检察"]
IDS = ["110101199003070310", "619926198503120014", None]
PHONES = ["19900001208", "19900001209", None]
OTHERS = ["0571-87654321转801", "19900001208"]
WORDS = ["讨薪", "安置房", "养殖场", "坡道", "工地", "围墙", "水渠"]
SERIALS = 130
_LOOSE = """
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT conrelid::regclass AS of, conname FROM pg_constraint WHERE contype = 'f' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.of, each.conname);
    END LOOP;
END $$
"""
POINTS = ["12309", "SP-QINGXI", "SP-LIUTANG"]
OFFICERS = [
    Officer("A00", "900100", frozenset({Role.WINDOW})),
    Officer("A00", "900101", frozenset({Role.WINDOW})),
    # about whom some of them are
    Officer("A00", "900103", frozenset({Role.HANDLER}), "D03"),
    Officer("A00", "900103", frozenset({Role.ALL}), "D03"),
    Officer("A00", "900104", frozenset({Role.DEPARTMENT_HEAD}), "D03"),
    Officer("A00", "900105", frozenset({Role.HANDLER}), "D05"),
    Officer("A00", "900106", frozenset({Role.WINDOW, Role.HANDLER}), "D05"),
    Officer("A00", "900002", frozenset({Role.LEADER})),
    Officer("A00", "900120", frozenset({Role.STATION}), None, "SP-QINGXI"),
    Officer("A00", "987654", frozenset({Role.ALL})),
]


Question = tuple[str, FoundBy | None, dict[str, Any]]


@dataclass(frozen=True)
class County:
    context: ServiceContext
    numbers: list[str]


@pytest.fixture
def county(engine: Engine, tmp_path: Path) -> County:
    """Enough petitions that some searches find more than are shown; walls, departments, secrecy, accusations."""
    context, dice = build_county(engine, tmp_path), random.Random(22)
    numbers = [_registered(context, dice, serial) for serial in range(SERIALS)]
    index(context)
    loosen(context)
    return County(context, numbers)


def build_county(engine: Engine, folder: Path) -> ServiceContext:
    """With two departments of ours, whom a petition may be about."""
    context = build_context(engine, folder)
    with context.begin(OFFICER) as work:
        work.session.add(Agency(code="A00", revision=1, name="本院", kind="labour", transport="queue", active=True))
    staff(context, {"D03": ["900103", "900104"], "D05": ["900105", "900106"]})
    return context


def loosen(context: ServiceContext) -> None:
    """What is taken away from then on is gone without what hangs on it."""
    with context.begin(OFFICER) as work:
        work.session.execute(text(_LOOSE))


def _registered(context: ServiceContext, dice: random.Random, serial: int) -> str:
    name = dice.choice(NAMES) if dice.random() < 0.4 else NAMES[0]
    secrecy = dice.random() < 0.15
    person = PetitionerInput(name, dice.choice(IDS), dice.choice(PHONES), None, sms_consent=False)
    if person.phone and dice.random() < 0.4:
        person = replace(person, other_phones=[dice.choice(OTHERS)])
    about: list[RespondentInput] = []
    if dice.random() < 0.4:
        about.append(RespondentInput("A00", "韩检察", officer="900103", department="D03"))
    if dice.random() < 0.4:
        about.append(RespondentInput(None, dice.choice(NAMES)))
    anonymous = not secrecy and dice.random() < 0.15
    sender = dice.random() < 0.15
    command = RegisterInput(
        channel=Channel.VISIT,
        service_point=dice.choice(POINTS),
        received_on=None,
        received_reason=None,
        kind=dice.choice([Kind.CLAIM, Kind.ACCUSATION]),
        line=dice.choice([Line.OTHER, Line.COMPLAINT_APPEAL]),
        title="反映" + "".join(dice.sample(WORDS, 2)),
        statement="".join(dice.sample(WORDS, 3)),
        post_number=None,
        post_digest=None,
        place=None,
        group_size=1,
        secrecy=secrecy,
        petitioner=None if anonymous else person,
        respondents=tuple(about),
        submitted_by="A10" if sender else None,
        submission=f"转{serial % 20}-{serial}" if sender else None,
    )
    with context.begin(Actor("A00", dice.choice(["900100", "900101"]), "window")) as work:
        made = registration.register(work, command)
        made.department = dice.choice([None, "D03", "D05", "D05"])
        made.handler = "900105" if made.department == "D05" and dice.random() < 0.5 else None
        made.state = dice.choice([PetitionState.REGISTERED, PetitionState.CLOSED])
        return made.number


def _questions(county: County, dice: random.Random, cases: int) -> Iterator[Question]:
    for _ in range(cases):
        number = dice.choice(county.numbers)
        typed = dice.choice(
            [
                dice.choice(NAMES),
                dice.choice(["sdc", "sxc", "dxm", "mmt", "tex", "chm"]),
                dice.choice(IDS) or "622",
                dice.choice([*PHONES, *OTHERS]) or "12309",
                number,
                number[-6:],
                f"转{dice.randrange(20)}-{dice.randrange(SERIALS)}",
                " ".join(dice.sample(WORDS, dice.randint(1, 2))),
            ]
        )
        by = dice.choice(list(FoundBy)) if dice.random() < 0.2 else None
        filters = {
            "state": dice.choice(["registered", "closed"]),
            "open": dice.random() < 0.5,
            "kind": dice.choice(["claim", "accusation"]),
            "line": "other",
            "service_point": dice.choice(POINTS),
            "year": int(number[1:5]) - dice.randrange(2),
            "agency": "A10",
        }
        asked = dice.sample(sorted(filters), dice.choice([0, 0, 0, 1, 1, 2]))
        yield typed, by, {name: filters[name] for name in asked}


def _answers(work: UnitOfWork, officer: Officer, questions: Sequence[Question]) -> list[str]:
    """What is found, by what, and what is said beside it; of one in ten as it is answered, cards and all."""
    every = []
    for turn, question in enumerate(questions):
        found = finding.find(work, officer, *question)
        whole = finding.shown(work, officer, found) if turn % 10 == 0 else None
        every.append(json.dumps([list(found.why.items()), found.sentence, found.more, whole], ensure_ascii=False))
    return every


def _take_away(work: UnitOfWork, officer: Officer, numbers: list[str]) -> None:
    """Whatever the officer may not know: petitions out of sight, words they may not read, who they are not shown."""
    view, reads = (walls.view(work, officer, action) for action in (finding.FIND, finding.READS))
    hidden, unread, unnamed = [], [], []
    for number in numbers:
        petition = work.session.get_one(Petition, number)
        contact = work.session.get_one(Contact, petition.contact)
        if not view.covers(petition.placement):
            hidden.append(number)
            continue
        read = reads.covers(petition.placement)
        if not read:
            unread.append(number)
        own = petition.submitted_by is None and contact.decided_by == officer.id
        if petition.secrecy or (petition.kind == Kind.ACCUSATION and not read and not own):
            unnamed.append(number)
    delete(work, hidden, unread, unnamed)


def delete(work: UnitOfWork, hidden: Sequence[str], unread: Sequence[str], unnamed: Sequence[str]) -> None:
    """Petitions whole, what was said in some, by whom some are found."""
    work.session.expire_all()
    run = lambda statement, given: work.session.execute(text(statement), {"n": given})  # noqa: E731
    for table in ("petition", "person", "word_index", "text_index", "step", "wall", "respondent", "contact"):
        column = "number" if table == "petition" else "petition"
        run(f"DELETE FROM {table} WHERE {column} = ANY(:n)", hidden)
    run("UPDATE word_index SET words = '{}' WHERE petition = ANY(:n)", unread)
    run("UPDATE text_index SET keys = '{}' WHERE petition = ANY(:n)", unread)
    by = ("id_index", "phone_index", "other_phones_index", "name_index", "unit_index", "initials")
    run(f"UPDATE person SET {', '.join(f'{each} = NULL' for each in by)} WHERE petition = ANY(:n)", unnamed)


@pytest.mark.parametrize("cases", [300, pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(7200)])])
def test_what_is_hidden_changes_no_answer(county: County, cases: int) -> None:
    """Hits, reasons, counts and sentences of random searches by each officer: with it, and where it never was."""
    dice, empty = random.Random(20261127), 0
    for officer in OFFICERS:
        questions = list(_questions(county, dice, cases // len(OFFICERS)))
        actor = Actor("A00", officer.id, "officer")
        with undone(county.context, actor) as work:
            with_it = _answers(work, officer, questions)
            _take_away(work, officer, county.numbers)
            without = _answers(work, officer, questions)
        for question, one, other in zip(questions, with_it, without, strict=True):
            assert one == other, (officer, question)
        empty += sum(each.startswith("[[],") for each in with_it)
    told = cases - empty
    # neither everything nor nothing
    assert min(told, empty) > cases // 10


def test_what_is_taken_away_would_be_seen(county: County) -> None:
    """The comparison sees what it is there to see: somebody who may know of it has other answers without it."""
    accused, reader = OFFICERS[2], OFFICERS[-1]
    with undone(county.context, Actor("A00", reader.id, "officer")) as work:
        questions = list(_questions(county, random.Random(1), 100))
        with_it = _answers(work, reader, questions)
        _take_away(work, accused, county.numbers)
        assert with_it != _answers(work, reader, questions)
