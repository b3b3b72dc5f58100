"""A report of an official's duty crime is not typed in by accident, and what was typed in before is sealed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select

from contracts.vocabulary import Kind
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.tables import Person, Petition
from intake.use_cases import registration, secrecy
from intake.use_cases.registration import RespondentInput

CRIME = "村支书收了老板五万元现金好处费，索要辛苦费，克扣低保款私分。"
OFFICIAL = (RespondentInput("A10", "吴某", official=True),)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def register(context: ServiceContext, kind: Kind, **given: Any) -> str:
    with context.begin(OFFICER) as work:
        return registration.register(work, replace(petition(kind), **{"typed_anyway": False, **given})).number


def test_who_types_it_in_is_interrupted_and_told_where_it_belongs(context: ServiceContext) -> None:
    """By the mark or by the words; told so and insisted on, it is registered; a claim, and what an agency sent, are."""
    for given in ({"respondents": OFFICIAL}, {"statement": CRIME}):
        with pytest.raises(errors.NotTypedIn) as refused:
            register(context, Kind.ACCUSATION, **given)
        assert ["sealed_post", "12388", "counter"] == [each["way"] for each in refused.value.more["ways"]]
        register(context, Kind.ACCUSATION, **given, typed_anyway=True)
        register(context, Kind.CLAIM, **given)
        register(context, Kind.ACCUSATION, **given, submitted_by="A10", submission=str(len(given)) + next(iter(given)))
    in_envelope = {"title": None, "statement": None, "post_number": "机1", "post_digest": "0" * 64, "secrecy": True}
    register(context, Kind.ACCUSATION, **in_envelope, respondents=(RespondentInput("A10", None, official=True),))


def test_what_was_typed_in_before_is_sealed_by_a_command(context: ServiceContext) -> None:
    """Once; who petitions is in the safe, of the others nobody is; what is no accusation stays as it is."""
    typed = [register(context, Kind.ACCUSATION, statement=CRIME, typed_anyway=True) for _ in range(2)]
    others = [register(context, Kind.ACCUSATION), register(context, Kind.CLAIM, statement=CRIME)]
    assert (2, 0) == tuple(secrecy.seal_officials(context, OFFICER) for _ in range(2))
    with context.sessions() as session:
        assert set(typed) == set(session.scalars(select(Petition.number).where(Petition.secrecy)))
        assert set(others) == set(session.scalars(select(Person.petition)))
