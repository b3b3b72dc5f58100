"""Lists of referrals across petitions, those sent to us and those we sent; how many stand where."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import defer

from contracts.vocabulary import ReferralState, ReferralTab
from courier.unit_of_work import UnitOfWork
from referral.domain.states import TABS
from referral.tables import Proceeding, Referral
from referral.use_cases import views
from statute import day_of
from web.listing import Found, Page, counted

SORTS = {"number": (Referral.number,), "created": (Referral.created_at, Referral.number)}


PROCEEDING_SORTS = {"number": (Proceeding.number,), "created": (Proceeding.created_at, Proceeding.number)}


def proceedings(work: UnitOfWork, visible: ColumnElement[bool], page: Page) -> Found:
    """A page of those whose petitions are in sight."""
    query = select(Proceeding).where(visible)
    for name in ("kind", "state"):
        if name in page.filters:
            query = query.where(getattr(Proceeding, name) == page.filters[name])
    return page.of(work.session, query.options(defer(Proceeding.place, raiseload=True)))


def referrals(work: UnitOfWork, visible: ColumnElement[bool], page: Page) -> Found:
    """A page of those whose petitions are in sight."""
    # what it carries is sealed, and no row of a list says it
    return page.of(work.session, _narrowed(visible, page.filters).options(defer(Referral.offer, raiseload=True)))


def tabs(
    work: UnitOfWork, visible: ColumnElement[bool], filters: Mapping[str, Any]
) -> list[tuple[ReferralTab, int, bool]]:
    """(tab, how many, whether there are more), each counted as a list is."""
    return [(tab, *counted(work.session, _narrowed(visible, {**filters, "tab": tab}))) for tab in TABS]


def rows(work: UnitOfWork, found: Sequence[Referral]) -> list[dict[str, Any]]:
    """Each as a list shows it: by when it is signed for and answered, and for how many days it stands open."""
    names, ends = views.names(work), views.ends(work, found)
    today = day_of(work.now)
    return [
        {
            "number": each.number,
            "petition": each.petition,
            "inbound": each.inbound,
            "agency": each.agency,
            "agency_zh": names.get(each.agency, each.agency),
            "submission": each.submission,
            "kind": each.kind,
            "kind_zh": each.of_kind.zh,
            "state": each.state,
            "state_zh": each.now_in.zh,
            "created_at": each.created_at.isoformat(),
            "days": (today - day_of(each.created_at)).days,
            "urged": each.urged,
            "objection": each.objection,
            "result": each.result,
            **{name: day and day.isoformat() for name, day in ends[each.number].items()},
        }
        for each in found
    ]


def _narrowed(visible: ColumnElement[bool], filters: Mapping[str, Any]) -> Select[Referral]:
    query = select(Referral).where(visible)
    for name in ("inbound", "state", "agency", "kind"):
        if name in filters:
            query = query.where(getattr(Referral, name) == filters[name])
    if "tab" in filters:
        query = query.where(Referral.state.in_(_sorted(TABS[filters["tab"]])))
    return query


def _sorted(states: frozenset[ReferralState]) -> list[str]:
    return sorted(map(str, states))
