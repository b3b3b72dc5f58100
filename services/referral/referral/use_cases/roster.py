"""Whom we may call in: prosecutors, lawyers, counsellors, hearing officers, mediators; who of them has to keep away.

Who they are rests under a key of the entry's own: it is no petition's, and goes with none.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from authorization import colleagues, placements
from contracts.vocabulary import RosterKind
from courier.unit_of_work import UnitOfWork
from referral.domain import errors
from referral.tables import Agency, Guarded, Recusal, RosterEntry
from referral.use_cases import guard, parties
from referral.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from statute import day_of


def enter(
    work: UnitOfWork,
    name: str,
    kinds: Sequence[RosterKind],
    agency: str | None = None,
    officer: str | None = None,
    qualification: str | None = None,
    valid_until: date | None = None,
) -> RosterEntry:
    """Somebody who may be called in from now on. Raises NoSuchAgency, UnknownColleague, EnteredTwice."""
    if agency is not None and work.session.get(Agency, agency) is None:
        raise errors.NoSuchAgency("agency")
    if officer is not None:
        colleagues.check(work.session, officer)
    id_ = uuid.uuid4().hex
    words = json.dumps({"name": name, "qualification": qualification}, ensure_ascii=False).encode()
    entry = RosterEntry(
        id=id_,
        kinds=sorted(set(kinds), key=list(RosterKind).index),
        agency=tools_of(work).our_agency if officer is not None else agency,
        officer=officer,
        valid_until=valid_until,
        words=vault_of(work.context).seal(work.session, _subject(id_), _label(id_), words),
        entered_at=work.now,
        entered_by=work.actor.officer,
    )
    try:
        with work.attempt():
            work.session.add(entry)
    except IntegrityError:
        raise errors.EnteredTwice() from None
    return entry


def remove(work: UnitOfWork, id_: str) -> RosterEntry:
    """Nobody calls them in any more; what they took part in stays. Raises NoSuchEntry."""
    entry = require(work, id_)
    entry.ended_at, entry.ended_by = work.now, work.actor.officer
    return entry


def recuse(work: UnitOfWork, id_: str, petition: str | None = None, unit: str | None = None) -> RosterEntry:
    """回避 (条例 28(3)): they keep away from one petition, or from whatever is about a unit. Raises WrongRecusal."""
    entry = require(work, id_)
    of = petition or unit
    if of is None or (petition and unit):
        raise errors.WrongRecusal()
    if unit is not None and work.session.get(Agency, unit) is None:
        raise errors.NoSuchAgency("unit")
    row = {"entry": id_, "keyed": _keyed(work, of), "recorded_at": work.now, "recorded_by": work.actor.officer}
    work.session.execute(upsert(Recusal).values(row).on_conflict_do_nothing())
    return entry


def require(work: UnitOfWork, id_: str) -> RosterEntry:
    """Under its lock. Raises NoSuchEntry, also for who has left the roster."""
    entry = work.session.get(RosterEntry, id_, with_for_update={"key_share": True}, populate_existing=True)
    if entry is None or entry.ended_at is not None:
        raise errors.NoSuchEntry()
    return entry


def find(work: UnitOfWork, id_: str) -> RosterEntry:
    """Not locked, those who left included. Raises NoSuchEntry."""
    entry = work.session.get(RosterEntry, id_)
    if entry is None:
        raise errors.NoSuchEntry()
    return entry


def listed(work: UnitOfWork, kind: RosterKind | None = None) -> list[RosterEntry]:
    """Those who may be called in now, by when they were entered."""
    rows = select(RosterEntry).where(RosterEntry.ended_at.is_(None)).order_by(RosterEntry.entered_at, RosterEntry.id)
    return _with_keys(work, [each for each in work.session.scalars(rows) if kind is None or kind in each.kinds])


def names(work: UnitOfWork, ids: Iterable[str]) -> dict[str, str]:
    """Id → name of these, those who left included."""
    rows = work.session.scalars(select(RosterEntry).where(RosterEntry.id.in_(sorted(set(ids))))).all()
    return {each.id: words(work, each)["name"] for each in _with_keys(work, rows)}


def words(work: UnitOfWork, entry: RosterEntry) -> Mapping[str, Any]:
    """{name, qualification}"""
    opened = vault_of(work.context).open(work.session, _subject(entry.id), _label(entry.id), bytes(entry.words))
    found: Mapping[str, Any] = json.loads(opened)
    return found


def valid(entry: RosterEntry, day: date) -> bool:
    """Whether they may be called in for a day: their certificate has not run out by then."""
    return entry.ended_at is None and (entry.valid_until is None or day <= entry.valid_until)


def keeps_away(work: UnitOfWork, petition: str, entries: Sequence[RosterEntry]) -> set[str]:
    """The ids of those who may have nothing to do with a petition; all of them, until its parties are known.

    Who is called like one of its parties, and whoever was recused; of our own whoever a wall keeps away; others whose
    agency it is about or may not have it; and of who asked for secrecy nobody from outside hears.
    """
    of_parties = parties.known(work, petition)
    if of_parties is None:
        return {each.id for each in entries}
    of, ours = guard.matter(work, petition), tools_of(work).our_agency
    placement = placements.load(work, petition)
    known = work.session.get(Guarded, petition)
    keyed = [_keyed(work, each) for each in (petition, *(known.units if known else ()))]
    found = select(Recusal.entry).where(Recusal.entry.in_([each.id for each in entries]), Recusal.keyed.in_(keyed))
    away = set(work.session.scalars(found))
    for each in _with_keys(work, entries):
        if parties.imprint(work, petition, words(work, each)["name"]) in of_parties:
            away.add(each.id)
        if each.officer is not None:
            kept = placement is None or colleagues.kept_away(work, placement, each.officer)
        elif of.secret:
            kept = True
        else:
            code = each.agency
            kept = code is not None and code != ours and (code in of.units or bool(guard.refusal(work, of, code)))
        if kept:
            away.add(each.id)
    return away


def fit(work: UnitOfWork, petition: str, day: date) -> list[RosterEntry]:
    """Those who may be called in for a petition on a day."""
    found = [each for each in listed(work) if valid(each, day)]
    away = keeps_away(work, petition, found)
    return [each for each in found if each.id not in away]


def check(work: UnitOfWork, petition: str | None, entries: Sequence[RosterEntry], day: date, field: str) -> None:
    """Raises CannotTakePart where one of them may not be called in for that day, or not in this matter.

    Raises NotYetChecked until the petition's parties are known.
    """
    if petition is not None and entries and parties.known(work, petition) is None:
        raise errors.NotYetChecked()
    away = keeps_away(work, petition, entries) if petition is not None and entries else set()
    if away or not all(valid(each, day) for each in entries):
        raise errors.CannotTakePart(field)


def present(work: UnitOfWork, entry: RosterEntry, agencies: Mapping[str, str]) -> dict[str, Any]:
    """As a list shows it; of whom they keep away from, how many."""
    return {
        "code": entry.id,
        **words(work, entry),
        "kinds": entry.kinds,
        "kinds_zh": [RosterKind(each).zh for each in entry.kinds],
        "agency": entry.agency,
        "agency_zh": entry.agency and agencies.get(entry.agency, entry.agency),
        "officer": entry.officer,
        "valid_until": entry.valid_until and entry.valid_until.isoformat(),
        "valid": valid(entry, day_of(work.now)),
        "ended": entry.ended_at is not None,
    }


def _with_keys(work: UnitOfWork, entries: Sequence[RosterEntry]) -> list[RosterEntry]:
    """The same, with the keys of all read by one statement."""
    vault_of(work.context).fetch_keys(work.session, [_subject(each.id) for each in entries])
    return list(entries)


def _keyed(work: UnitOfWork, of: str) -> bytes:
    return vault_of(work.context).fingerprint("recusal", of)


def _subject(id_: str) -> str:
    return f"roster/{id_}"


def _label(id_: str) -> str:
    return f"roster|words|{id_}"
