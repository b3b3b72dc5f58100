"""How an officer narrows a list, under a name of their own: kept closed, since a name may be of somebody."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, g, redirect, request
from sqlalchemy.dialects.postgresql import insert as upsert

from desk.office.door import door, officer
from desk.office.login import back
from desk.office.tables import SavedRow
from vault import Sealed

pages = Blueprint("saved", __name__)

_MOST, _LONGEST = 12, 30  # of one list; characters of a name
_NOT = ("after", "clear")  # which page one is on is no way to narrow a list


@pages.post("/saved")
def keep() -> Any:
    """Back to the list, which has it from now on; the same name takes another's place."""
    address, _, query = back().partition("?")
    name = " ".join(request.form.get("name", "").split())[:_LONGEST]
    asked = {each: value for each, value in parse_qsl(query) if each not in _NOT}
    if address and name and asked:
        _write(address, {name: asked} | {each: kept for each, kept in of(address).items() if each != name})
    return redirect(back() or "/")


@pages.post("/saved/drop")
def drop() -> Any:
    """Back to the list, without it."""
    address = back().partition("?")[0]
    _write(address, {each: kept for each, kept in of(address).items() if each != request.form.get("name")})
    return redirect(back() or "/")


def links() -> list[tuple[str, str]]:
    """Name and address of what is saved of the list that is shown."""
    return [(name, f"{request.path}?{urlencode({**asked, 'clear': 1})}") for name, asked in of(request.path).items()]


def of(address: str) -> Mapping[str, Mapping[str, str]]:
    """Name → query, the last saved first."""
    with door().sessions() as session:
        row = session.get(SavedRow, (officer(), address))
    if row is None:
        return {}
    try:
        kept: Mapping[str, Mapping[str, str]] = json.loads(door().safe.open(_label(address), row.key_id, row.content))
    except Sealed:
        return {}
    return kept


def _write(address: str, kept: Mapping[str, Mapping[str, str]]) -> None:
    some = dict(list(kept.items())[:_MOST])
    key_id, content = door().safe.close(_label(address), json.dumps(some, ensure_ascii=False).encode())
    values = {"key_id": key_id, "content": content, "saved_at": datetime.now(UTC)}
    statement = upsert(SavedRow).values(officer=g.session.officer, list=address, **values)
    with door().sessions() as session:
        session.execute(statement.on_conflict_do_update(index_elements=["officer", "list"], set_=values))
        session.commit()


def _label(address: str) -> str:
    return f"saved|{officer()}|{address}"
