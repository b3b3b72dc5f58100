"""A unit's code beside a name that is another unit's: the wrong house would be barred and the accused be handed it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select

from contracts.vocabulary import Kind
from courier import tables as courier
from courier.unit_of_work import ServiceContext
from intake.tables import Agency, Petition
from intake.use_cases import registration, respondents
from intake.use_cases.registration import RespondentInput

NAMES = {
    "A00": "枫禾县人民检察院",
    "A01": "青岭市人民检察院",
    "A05": "县信访局（联席办）",
    "A06": "县公安局",
    "A06-1": "柳塘派出所",
    "A08": "县民政局",
    "A09": "县人社局",
    "A14": "石桥镇政府",
}


@pytest.mark.parametrize(
    ("unit", "name", "named"),
    [
        ("A09", "县人社局", set()),
        ("A09", "枫禾县人社局某科长", set()),
        ("A09", "刘某", set()),
        ("A09", None, set()),
        # the code is another's
        ("A09", "县公安局", {"A06"}),
        ("A09", "青岭市枫禾县公安局民警郑某", {"A06"}),
        ("A09", "枫禾县 公安 局", {"A06"}),
        ("A09", "県公安局".replace("県", "县"), {"A06"}),
        ("A09", "信访局", {"A05"}),
        ("A08", "石桥镇政府周某", {"A14"}),
        # no code, and the name says it
        (None, "柳塘派出所", {"A06-1"}),
        (None, "周某", set()),
        # a unit of the named one's house, one of the two is the code's
        ("A06", "县公安局柳塘派出所", set()),
        ("A06-1", "县公安局柳塘派出所", set()),
        # of a name within another the longer counts
        ("A09", "青岭市人民检察院", {"A01"}),
        ("A09", "枫禾县人民检察院吴某", {"A00"}),
    ],
)
def test_a_name_that_is_another_units(unit: str | None, name: str | None, named: set[str]) -> None:
    """However it is written; a person's name alone says nothing."""
    assert named == respondents.elsewhere(respondents.Typed(unit, name), NAMES)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    context = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        for code, name in NAMES.items():
            if (known := work.session.get(Agency, code)) is not None:
                known.name = name
            else:
                work.session.add(Agency(code=code, revision=1, name=name, kind="labour", transport="web", active=True))
    return context


def registered(context: ServiceContext, *about: RespondentInput) -> tuple[dict[str, Any], list[str], bool]:
    """The event, the warnings, and whether it concerns us."""
    with context.begin(OFFICER) as work:
        made = registration.register(work, replace(petition(Kind.ACCUSATION), respondents=about))
        number, warned = made.number, respondents.warnings(work, made)
    with context.sessions() as session:
        body = session.scalars(select(courier.events.c.body).where(courier.events.c.subject == number)).first()
        return json.loads(bytes(body or b""))["data"], warned, session.get_one(Petition, number).concerns_us


def test_whom_it_hits_is_not_known_and_both_houses_are_barred(context: ServiceContext) -> None:
    """The officer is warned; the ban lets it go to nobody but discipline and the procuratorate above."""
    said, warned, _ = registered(context, RespondentInput("A09", "县公安局"))
    assert (["A06", "A09"], False) == (said["respondent_units"], said["respondents_known"])
    assert ["被反映人 1：名称中的单位（县公安局）与所填单位代码（A09）不一致，暂按单位不明办理，请核对"] == warned
    said, warned, _ = registered(context, RespondentInput("A09", "县人社局"), RespondentInput("A08", "某科长"))
    assert (["A08", "A09"], True, []) == (said["respondent_units"], said["respondents_known"], warned)
    said, warned, _ = registered(context, RespondentInput(None, "县民政局"))
    assert (["A08"], False, 1) == (said["respondent_units"], said["respondents_known"], len(warned))


def test_what_somebody_is_there_names_a_unit_as_well(context: ServiceContext) -> None:
    """A policeman of the station is the station's, whichever field says so; what they are is kept for who reads it."""
    said, warned, _ = registered(context, RespondentInput("A09", "郑某", position="柳塘派出所民警"))
    assert (["A06-1", "A09"], False, 1) == (said["respondent_units"], said["respondents_known"], len(warned))
    with context.begin(OFFICER) as work:
        (kept,) = respondents.opened(work, work.session.get_one(Petition, said["petition"]))
    assert ("A09", "郑某", "柳塘派出所民警") == (kept.unit, kept.name, kept.position)


def test_our_own_office_by_name_concerns_us(context: ServiceContext) -> None:
    """No department of ours sees it before somebody says whom it hits."""
    assert registered(context, RespondentInput("A09", "枫禾县人民检察院吴某"))[2]
