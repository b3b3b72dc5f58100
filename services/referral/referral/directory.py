"""The directory of agencies: read from a file, kept with a revision each, told to the other services by letter."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError
from sqlalchemy import select

from contracts.fields import AgencyCode
from contracts.vocabulary import AgencyKind, Transport
from courier.work import Work
from referral.errors import WrongDirectory
from referral.tables import Agency

LISTENERS = ("intake", "notify")


def read(path: Path) -> list[dict[str, Any]]:
    """The agencies of a file, checked. Raises WrongDirectory naming the entry."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
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


def load(work: Work, agencies: list[dict[str, Any]]) -> int:
    """Takes over what changed and tells the others. What is gone from the file is set inactive. Returns how many."""
    known = {agency.code: agency for agency in work.session.scalars(select(Agency))}
    changed = 0
    for wanted in agencies:
        agency = known.get(wanted["code"])
        if agency is not None and all(getattr(agency, name) == value for name, value in wanted.items()):
            continue
        if agency is None:
            agency = Agency(revision=0, **wanted)
            work.session.add(agency)
        for name, value in wanted.items():
            setattr(agency, name, value)
        changed += _tell(work, agency)
    for code in known.keys() - {agency["code"] for agency in agencies}:
        if known[code].active:
            known[code].active = False
            changed += _tell(work, known[code])
    return changed


def _tell(work: Work, agency: Agency) -> int:
    agency.revision += 1
    for listener in LISTENERS:
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
            },
        )
    return 1


def _entry(index: int, entry: Any) -> dict[str, Any]:
    where = f"agencies[{index}]"
    if not isinstance(entry, Mapping):
        raise WrongDirectory(where, "应为对象")
    try:
        return {
            "code": AgencyCode().deserialize(entry["code"]),
            "name": str(entry["name"]),
            "kind": AgencyKind(entry["kind"]).value,
            "parent": entry.get("parent"),
            "edges": [{"kind": str(edge["kind"]), "to": str(edge["to"])} for edge in entry.get("edges") or []],
            "transport": Transport(entry["transport"]).value,
            "own_system": bool(entry.get("own_system", False)),
            "active": True,
        }
    except (KeyError, ValueError, ValidationError, TypeError) as fault:
        raise WrongDirectory(where, f"缺少或错误：{fault}") from None
