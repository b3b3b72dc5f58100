"""Referral's context with a small county, on a database of its own."""

import uuid
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from contracts.vocabulary import Kind, Line, ReferralKind
from courier.envelope import Actor
from courier.inbox import Inbox
from courier.partners.answers import Answers
from courier.unit_of_work import ServiceContext, UnitOfWork
from referral.tables import Agency, Referral
from referral.use_cases import handlers, replies
from referral.use_cases.steps import begin_custody, draft, next_numbers, receive, send
from referral.use_cases.tools import Tools
from service_kit.partners import tell_agency
from statute import Law
from vault import Keyring, Vault
from vault.keyring import generate

AGENCY = "A08"  # whom `signed` offers to
OFFICER = Actor("A00", "900001", "all")
# code → kind; the town is guided by the civil affairs office
COUNTY = {"A00": "procuratorate", "A06": "police", "A08": "civil_affairs", "A09": "labour", "A14": "town"}


def build_context(engine: Engine, folder: Path) -> tuple[ServiceContext, Vault]:
    """Referral's context, and intake's keys."""
    generate(folder, ["intake", "referral"])
    keys = {name: Vault(Keyring.from_file(folder / f"{name}.keys.json")) for name in ("intake", "referral")}
    tools = Tools("A00", "619926", Law.load(), timedelta(minutes=10), timedelta(days=1))
    context = ServiceContext("referral", "619926", sessionmaker(engine), language, keys["referral"], tools)
    with context.begin(OFFICER) as work:
        for code, kind in COUNTY.items():
            edges = [{"kind": "guidance", "to": "A08"}] if code == "A14" else []
            work.session.add(
                Agency(code=code, revision=1, name=code, kind=kind, parent=None, edges=edges, transport="queue",
                       own_system=True, active=True, told=[])
            )  # fmt: skip
    return context, keys["intake"]


def inbox_of(context: ServiceContext) -> Inbox:
    return Inbox(
        context,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        partners=Answers(replies.agency_said, tell_agency),
    )


def offered(work: UnitOfWork, petition: str, code: str = AGENCY) -> Referral:
    """A claim, handed to an agency."""
    agency = work.session.get_one(Agency, code)
    offer = {
        "petition": petition,
        "kind": ReferralKind.TRANSFER,
        "purpose": "handling",
        "basis": "《信访工作条例》第三十一条",
        "petition_kind": Kind.CLAIM,
        "line": Line.OTHER,
        "received_on": date(2026, 11, 2),
        "group_size": 1,
        "retain_days": 365,
        "material": {"title": "标题", "statement": "内容"},
    }
    referral = draft(work, next_numbers(work, 1)[0], agency, offer, str(uuid.uuid4()), None)
    send(work, referral, agency, offer, [])
    return referral


def signed(context: ServiceContext, petition: str) -> str:
    """A referral the agency has signed for."""
    with context.begin(OFFICER) as work:
        begin_custody(work, petition, "A00", work.now)
        referral = offered(work, petition)
        receive(work, referral, "sign", {})
        return referral.number
