"""Intake's context with a small county, on a database of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from authorization.placements import Tags
from contracts.vocabulary import Channel, Kind, Line
from courier.envelope import Actor
from courier.late import Late
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import approvals, leading, tasks
from intake.domain.office_card import OfficeCard
from intake.domain.places import Places
from intake.domain.scoring import Scheme
from intake.domain.service_points import ServicePoints
from intake.tables import Agency
from intake.use_cases import indexes, office, registration
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RegisterInput
from intake.use_cases.tools import Tools
from statute import Law
from vault import Keyring, Safe, Vault, safe
from vault.keyring import generate

OFFICER = Actor("A00", "900001", "all")
# code → how it is reached
COUNTY = {"A02": "sealed_post", "A09": "queue", "A10": "file"}


def build_context(engine: Engine, folder: Path) -> ServiceContext:
    generate(folder, ["intake", "referral", "aid", "notify"])
    safe.generate(folder / "sealed.key.json")
    tools = Tools(
        our_agency="A00",
        jurisdiction="619926",
        law=Law.load(),
        places=Places.load(None),
        area_code="0571",
        safe=Safe.from_file(folder / "sealed.key.json"),
        tags=Tags.from_file(folder / "placement.key"),
        sealed_open=timedelta(hours=24),
        service_points=ServicePoints.load(None),
        card=OfficeCard.load(None),
        scheme=Scheme.load(None),
        rules=approvals.load(None),
        checklist=leading.checklist(None),
        task_kinds=tasks.kinds(None),
        visitors_kept=timedelta(days=30),
        searches_kept=timedelta(days=365),
        repeat_within=timedelta(days=180),
        heirs_within=timedelta(days=90),
        online_waits=timedelta(hours=72),
    )
    vault = Vault(Keyring.from_file(folder / "intake.keys.json"))
    context = ServiceContext("intake", "619926", sessionmaker(engine), language, vault, tools)
    with context.begin(OFFICER) as work:
        for code, transport in COUNTY.items():
            work.session.add(Agency(code=code, revision=1, name=code, kind="labour", transport=transport, active=True))
    return context


def staff(context: ServiceContext, departments: Mapping[str, Sequence[str]]) -> None:
    """Departments of ours with who handles in each; of one name all, as whom a petition is about may be any."""
    with context.begin(OFFICER) as work:
        for code, numbers in departments.items():
            office.add_department(work, code, code)
            for number in numbers:
                office.enter(work, number, "韩检察", department=code, roles=["handler"], since=work.now.date())


def index(context: ServiceContext) -> None:
    """Everything that is listed."""
    with context.begin(OFFICER) as work:
        while indexes.write(work):
            pass


def petition(kind: Kind, *, line: Line = Line.OTHER, secrecy: bool = False, anonymous: bool = False) -> RegisterInput:
    person = PetitionerInput("石大川", None, "19900001208", "石桥镇", sms_consent=True)
    return RegisterInput(
        channel=Channel.VISIT,
        service_point="12309",
        received_on=None,
        received_reason=None,
        kind=kind,
        line=line,
        title="标题",
        statement="内容",
        post_number=None,
        post_digest=None,
        place=None,
        group_size=1,
        secrecy=secrecy,
        petitioner=None if anonymous else person,
        respondents=(),
        typed_anyway=True,  # whatever it says: who is interrupted is tried in test_officials
    )


def registered(context: ServiceContext, kind: Kind = Kind.CLAIM, **given: Any) -> str:
    """The number of one that the office has just registered; `given`: what of it is otherwise."""
    with context.begin(OFFICER) as work:
        return registration.register(work, replace(petition(kind), **given)).number


@contextmanager
def undone(context: ServiceContext, actor: Actor) -> Iterator[UnitOfWork]:
    """A transaction of which nothing stays."""
    with context.sessions() as session, session.begin() as transaction:
        yield UnitOfWork(context, session, actor, "-", Late(session))
        transaction.rollback()
