"""The directory of agencies: read from a file, kept with a revision each, told to the other services by letter.

Who gets or loses a queue is written as a change request: the broker's rights are changed by `provision` alone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select

from contracts import county
from contracts.fields import AgencyCode
from contracts.given import Name
from contracts.vocabulary import AgencyKind, EdgeKind, Transport
from courier.unit_of_work import UnitOfWork
from referral.domain.competence import Competence
from referral.domain.errors import WrongDirectory
from referral.tables import Agency, AgencyRevision, ChangeRequest
from referral.use_cases import guard

KEPT = ("name", "kind", "parent", "edges", "transport", "own_system", "competence", "active")
LISTENERS = ("intake", "aid", "notify")


def read(path: Path) -> list[dict[str, Any]]:
    """The agencies of a file, checked. Raises WrongDirectory naming the entry."""
    try:
        content = county.read(path)
    except ValueError as fault:
        raise WrongDirectory("文件", str(fault)) from None
    entries = content.get("agencies") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise WrongDirectory("agencies", "应为列表")
    agencies = [_entry(index, entry) for index, entry in enumerate(entries)]
    codes = [agency["code"] for agency in agencies]
    for index, agency in enumerate(agencies):
        where = f"agencies[{index}]"
        if codes.count(agency["code"]) > 1:
            raise WrongDirectory(where, f"{agency['code']} 重复")
        for other in [agency["parent"], *(edge["to"] for edge in agency["edges"])]:
            if other is not None and other not in codes:
                raise WrongDirectory(where, f"所指单位 {other} 不在名录中")
    return agencies


def load(work: UnitOfWork, agencies: list[dict[str, Any]]) -> int:
    """Takes over what changed and tells the others. What is gone from the file is set inactive. Returns how many."""
    known = {agency.code: agency for agency in work.session.scalars(select(Agency))}
    changed = 0
    for wanted in agencies:
        agency = known.get(wanted["code"])
        if agency is not None and all(getattr(agency, name) == value for name, value in wanted.items()):
            _tell(work, agency)  # a service that was added since knows nothing yet
            continue
        had_queue = agency is not None and agency.has_queue
        if agency is None:
            agency = Agency(revision=0, **wanted)
            work.session.add(agency)
        for name, value in wanted.items():
            setattr(agency, name, value)
        changed += _changed(work, agency, had_queue)
    for code in known.keys() - {agency["code"] for agency in agencies}:
        if known[code].active:
            had_queue = known[code].has_queue
            known[code].active = False
            changed += _changed(work, known[code], had_queue)
        else:
            _tell(work, known[code])
    if changed:
        guard.ask_anew(work)
    return changed


def tell(work: UnitOfWork) -> int:
    """Tells every service of every agency once more, whatever it heard of it as older code. Returns how many."""
    agencies = work.session.scalars(select(Agency).order_by(Agency.code)).all()
    for agency in agencies:
        agency.told = []
        _tell(work, agency)
    return len(agencies)


def open_requests(work: UnitOfWork) -> list[ChangeRequest]:
    """What `provision` has to carry out, oldest first."""
    return list(
        work.session.scalars(
            select(ChangeRequest).where(ChangeRequest.done_at.is_(None)).order_by(ChangeRequest.id).with_for_update()
        )
    )


def done(work: UnitOfWork, request: ChangeRequest, outcome: str) -> None:
    """Ends the request; `outcome`: what became of it, for whoever reads the row."""
    request.done_at, request.outcome = work.now, outcome


def _changed(work: UnitOfWork, agency: Agency, had_queue: bool) -> int:
    """The next revision, told to everybody; a change request when it gets or loses its queue."""
    ours = agency.code == work.context.tools.our_agency
    if not ours and agency.has_queue != had_queue:
        for earlier in open_requests(work):
            if earlier.agency == agency.code:
                done(work, earlier, "superseded")
        work.session.flush()
        work.session.add(
            ChangeRequest(
                agency=agency.code,
                change="add" if agency.has_queue else "remove",
                requested_at=work.now,
                requested_by=work.actor.officer,
            )
        )
    agency.revision += 1
    work.session.add(
        AgencyRevision(
            agency=agency.code,
            revision=agency.revision,
            since=work.now,
            by=work.actor.officer,
            entry={name: getattr(agency, name) for name in KEPT},
        )
    )
    agency.told = []
    _tell(work, agency)
    return 1


def _tell(work: UnitOfWork, agency: Agency) -> None:
    """Writes to every service that does not know this revision."""
    for listener in LISTENERS:
        if listener in agency.told:
            continue
        work.letter(
            listener,
            "directory.entry.v1",
            f"agency/{agency.code}",
            data={
                "agency": agency.code,
                "revision": agency.revision,
                "name": agency.name,
                "kind": AgencyKind(agency.kind),
                "transport": Transport(agency.transport),
                "active": agency.active,
                "parent": agency.parent,
                "edges": [{"kind": EdgeKind(edge["kind"]), "to": edge["to"]} for edge in agency.edges],
            },
        )
    agency.told = list(LISTENERS)


def _entry(index: int, entry: Any) -> dict[str, Any]:
    where = f"agencies[{index}]"
    if not isinstance(entry, Mapping):
        raise WrongDirectory(where, "应为对象")
    try:
        return {
            "code": AgencyCode().deserialize(entry["code"]),
            "name": Name(100).deserialize(entry["name"]),
            "kind": AgencyKind(entry["kind"]).value,
            "parent": AgencyCode(allow_none=True).deserialize(entry.get("parent")),
            "edges": [
                {"kind": EdgeKind(edge["kind"]).value, "to": AgencyCode().deserialize(edge["to"])}
                for edge in entry.get("edges") or []
            ],
            "transport": Transport(entry["transport"]).value,
            "competence": [_competence(row) for row in entry.get("competence") or []],
            "own_system": bool(entry.get("own_system", False)),
            "active": True,
        }
    except (AttributeError, KeyError, ValueError, ValidationError, TypeError) as fault:
        raise WrongDirectory(where, f"缺少或错误：{fault}") from None


def _competence(row: Any) -> dict[str, Any]:
    found = Competence.read(row)
    return {
        "why": found.why,
        "kinds": sorted(found.kinds),
        "lines": sorted(found.lines),
        "places": list(found.places),
    }
