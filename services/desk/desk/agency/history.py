"""What was heard and said of a matter, opened and put into words for a page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts import labels
from contracts.fields import Moment
from contracts.registry import REGISTRY
from desk.agency import enclosures, hearing, saying, words
from desk.agency.tables import Enclosed, Heard, Matter, Said
from desk.written import FILTERS
from vault import Safe

# members that a page shows elsewhere, or that say nothing to a person
_ELSEWHERE = frozenset({"referral", "lead", "submission", "petition", "officer", "files", "message", "material"})
_ELSEWHERE |= {"retain_days", "purpose", "proceeding", "item"}


@dataclass(slots=True)
class Entry:
    """A line of a matter's history. `facts`: label → text; `status`: of what was said, whether it arrived.

    `wrong`: why it was turned back; `mends`: whether it can be said otherwise, `repeats`: said again as it is. `files`:
    each by its name, and its digest or, in a matter's history, what became of it.
    """

    at: datetime
    title: str
    who: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    status: str = ""
    wrong: str = ""
    id: str = ""
    type: str = ""
    mends: bool = False
    repeats: bool = False
    forgotten: bool = False
    files: list[tuple[str, str]] = field(default_factory=list)


def content(safe: Safe, row: Heard | Said) -> Mapping[str, Any] | None:
    """The data of a message; None where its days are over."""
    if row.content is None or row.key_id is None:
        return None
    label = hearing.label(row.id) if isinstance(row, Heard) else saying.label(row.id)
    if isinstance(row, Heard) and row.type == "unreadable":
        return {}
    data: Mapping[str, Any] = json.loads(safe.open(label, row.key_id, row.content))["data"]
    return data


def offer(session: Session, safe: Safe, number: str) -> Mapping[str, Any] | None:
    """What was handed over, exactly; None where nothing was, or its days are over."""
    return offers(session, safe, [number]).get(number)


def offers(session: Session, safe: Safe, numbers: Sequence[str]) -> dict[str, Mapping[str, Any] | None]:
    """The same of many, by number."""
    query = select(Heard).where(Heard.matter.in_(numbers), Heard.type.in_(hearing.OFFERS)).order_by(Heard.at.desc())
    first = {row.matter or "": row for row in session.scalars(query)}
    return {number: content(safe, row) for number, row in first.items()}


def of(session: Session, safe: Safe, matter: Matter) -> list[Entry]:
    """The newest first."""
    made = []
    for heard in session.scalars(select(Heard).where(Heard.matter == matter.number)):
        if heard.type in words.HEARS:
            data = content(safe, heard)
            # what was handed over stands above, whole
            said = {} if heard.type in hearing.OFFERS else data or {}
            entry = Entry(heard.at, words.HEARS[heard.type], "检察院", facts(heard.type, said, "to_agency"))
            entry.forgotten = data is None
            made.append(entry)
    enclosed = enclosures.standing(session, matter.number)
    for row in session.scalars(select(Said).where(Said.matter == matter.number)):
        entry = of_ours(session, safe, row, matter.allowed)
        entry.files = [(name, _became(row, enclosed.get((row.id, sha256)))) for name, sha256 in entry.files]
        made.append(entry)
    return sorted(made, key=lambda each: each.at, reverse=True)


def of_ours(session: Session, safe: Safe, said: Said, allowed: Sequence[str]) -> Entry:
    """One message of ours, and what became of it as far as it is known."""
    data = content(safe, said)
    entry = Entry(said.at, words.SAYS.get(said.type, said.type), said.by, facts(said.type, data or {}, "from_agency"))
    entry.id, entry.type, entry.forgotten = said.id, said.type, data is None
    entry.files = [(each["name"], each["sha256"]) for each in (data or {}).get("files") or ()]
    if said.rejected is not None:
        entry.status = "被退回，没有采用"
        rejection = session.get(Heard, said.rejected)
        why = content(safe, rejection) if rejection is not None else None
        entry.wrong = _why(said.type, why) if why else "原因已按保存期限删除"
        if said.again is None and data is not None:
            entry.repeats = why is not None and why["field"] in saying.SAME_AGAIN
            entry.mends = not entry.repeats and (said.type in allowed or said.type == "petition.submitted.v1")
        elif said.again is not None:
            entry.status += "，已另行处理"
    elif said.taken_at is not None:
        entry.status = "已发出，检察院已收到"
    elif said.sent_at is not None:
        entry.status = "已发出，检察院尚未回复收到"
    else:
        entry.status = "等待发出"
    return entry


def _became(said: Said, file: Enclosed | None) -> str:
    if said.rejected is not None:
        return "没有送交"
    if file is None or file.handed_at is not None:
        return "已送到"
    return f"没有收下：{file.refused}" if file.refused else enclosures.AWAITED


def facts(type_: str, data: Mapping[str, Any], category: str) -> list[tuple[str, str]]:
    """What a message says, field by field, by the contract's own words."""
    made = []
    for name, each in _declared(category, type_).items():
        value = data.get(name)
        if name in _ELSEWHERE or value in (None, "", [], False):
            continue
        label = labels.label(each) or name
        if name == "held_by":
            text = "；".join(f"{one['agency']} {one['days']} 天" for one in data[name])
        elif isinstance(value, list):
            text = "；".join(_text(each, one) for one in value)
        elif isinstance(value, dict):
            inner = each.schema.fields
            text = "；".join(f"{labels.label(inner[key]) or key} {_text(inner[key], one)}" for key, one in value.items()
                             if key in inner and one not in (None, "", False))  # fmt: skip
        else:
            text = _text(each, value)
        made.append((label, text))
    return made


def material(type_: str, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The people's own words and names that came with it, in the contract's order."""
    carried = _declared("to_agency", type_).get("material")
    inner = carried.schema.fields if carried is not None else {}
    given = data.get("material") or {}
    return [(labels.label(each) or name, str(given[name])) for name, each in inner.items() if given.get(name)]


def _declared(category: str, type_: str) -> Mapping[str, Any]:
    """The fields of a message; none of one that the contract has not."""
    return REGISTRY[category, type_].schema().fields if (category, type_) in REGISTRY else {}


def _text(of: Any, value: Any) -> str:
    if isinstance(value, dict):
        return "、".join(str(one) for one in value.values() if one)
    if value is True:
        return "是"
    if isinstance(of, Moment):
        written: str = FILTERS["moment"](value)
        return written
    enum = getattr(of, "enum", None) or getattr(getattr(of, "inner", None), "enum", None)
    return next((each.zh for each in enum or () if each.value == value), str(value))


def _why(type_: str, rejection: Mapping[str, Any]) -> str:
    """The sentence, and before it the field as the form calls it."""
    sentence, path = str(rejection["reason_zh"]), str(rejection["field"] or "")
    of, label = _declared("from_agency", type_), ""
    for part in path.split("."):
        if part in of:
            label = labels.label(of[part]) or ""
            inner = getattr(of[part], "inner", of[part])
            of = inner.schema.fields if hasattr(inner, "nested") else {}
    return f"{label}：{sentence}" if label and not sentence.startswith(label) else sentence
