"""The county's file of our own office: it fills in what is missing and changes nothing that is there.

Who was moved, got a role or left by the API stays so, whatever the file still says; what differs is said.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from clock import clocks
from contracts import county
from contracts.fields import Code, WordOf
from contracts.given import Day, Name
from contracts.problems import Invalid
from contracts.sentences import faults
from contracts.vocabulary import Role
from courier.unit_of_work import Work
from intake.domain.errors import WrongOfficeFile
from intake.domain.service_points import ServicePoints
from intake.tables import Department, OfficerRow
from intake.use_cases import office

FIELD_ZH = {
    "name": "姓名",
    "department": "部门",
    "service_point": "服务点",
    "deputy": "代理人",
    "leads": "分管部门",
    "roles": "角色",
    "since": "任职之日",
    "until": "离任之日",
}


class OfficerNumber(Code):
    """A code that a token may name too: one that fits no token would be nobody's."""

    pattern, zh = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"), "只能用字母、数字和 _ . -，以字母或数字开头"


class Entry(Schema):
    """An officer of the file."""

    number = OfficerNumber(required=True)
    name = Name(100, required=True)
    department = Code(load_default=None, allow_none=True)
    service_point = Code(load_default=None, allow_none=True)
    deputy = OfficerNumber(load_default=None, allow_none=True)
    roles = fields.List(
        WordOf(Role, validate=validate.OneOf(office.ROLES)), load_default=list, validate=validate.Length(max=50)
    )
    leads = fields.List(Code(), load_default=list, validate=validate.Length(max=50))
    since = Day(load_default=None)
    until = Day(load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        # the order in which they are written says nothing
        return data | {name: sorted(set(data[name])) for name in ("roles", "leads")}


class Listed(Schema):
    """A department of the file; its telephone is printed from the file itself."""

    class Meta:
        unknown = EXCLUDE

    code = Code(required=True)
    name = Name(100, required=True)


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Departments and officers of a file, each well-formed. Raises WrongOfficeFile naming the entry."""
    try:
        raw = county.read(path)
    except ValueError as fault:
        raise WrongOfficeFile("文件", str(fault)) from None
    departments, officers = (
        _entries(raw, what, schema) for what, schema in (("departments", Listed), ("officers", Entry))
    )
    for what, key, entries in (("departments", "code", departments), ("officers", "number", officers)):
        codes = [entry[key] for entry in entries]
        for index, code in enumerate(codes):
            if code in codes[:index]:
                raise WrongOfficeFile(f"{what}[{index}]", f"{code} 重复")
    return departments, officers


def load(
    work: Work, departments: list[dict[str, Any]], officers: list[dict[str, Any]], points: ServicePoints
) -> list[str]:
    """Adds what is missing, tells all officers to the other services again; says what it added and what differs.

    Raises WrongOfficeFile for a code that neither the file nor the office has.
    """
    said = []
    for entry in departments:
        found = work.session.get(Department, entry["code"])
        if found is None:
            office.add_department(work, **entry)
            said.append(f"新增部门 {entry['code']} {entry['name']}")
        elif found.name != entry["name"]:
            said.append(f"部门 {entry['code']} 与名册不同（名称），未改动")
    known = {each.number: each for each in office.officers(work)}
    numbers = known.keys() | {entry["number"] for entry in officers}
    for index, entry in sorted(enumerate(officers), key=lambda each: str(each[1]["number"])):
        here = known.get(entry["number"])
        entry = entry | {"since": entry["since"] or (here.since if here else clocks.today(work))}
        _check(work, entry, numbers, points, f"officers[{index}]")
        if here is None:
            office.enter(work, **entry)
            said.append(f"新增人员 {entry['number']}")
        elif different := _differs(work, here, entry):
            said.append(f"人员 {entry['number']} 与名册不同（{'、'.join(different)}），未改动")
    for each in known.values():
        # one that was restored from a backup, or added since, may not know
        office.tell(work, each)
    return said


def _check(work: Work, entry: Mapping[str, Any], numbers: set[str], points: ServicePoints, where: str) -> None:
    codes = {each.code for each in office.departments(work)}
    for code in (entry["department"], *entry["leads"]):
        if code is not None and code not in codes:
            raise WrongOfficeFile(where, f"没有部门 {code}")
    if entry["deputy"] is not None and (entry["deputy"] not in numbers or entry["deputy"] == entry["number"]):
        raise WrongOfficeFile(where, f"不能由 {entry['deputy']} 代理")
    if entry["until"] is not None and entry["until"] < entry["since"]:
        raise WrongOfficeFile(where, "离任早于任职")
    if entry["service_point"] is not None:
        try:
            points.check(entry["service_point"])
        except Invalid as fault:
            raise WrongOfficeFile(where, f"{fault.zh} {entry['service_point']}") from None


def _differs(work: Work, here: OfficerRow, entry: Mapping[str, Any]) -> list[str]:
    """In what, by the names of the fields: a person's name is not for a log."""
    values = {field: getattr(here, field) for field in FIELD_ZH} | {"name": office.name_of(work, here)}
    return [zh for field, zh in FIELD_ZH.items() if values[field] != entry[field]]


def _entries(raw: Any, what: str, schema: type[Schema]) -> list[dict[str, Any]]:
    listed = raw.get(what) if isinstance(raw, Mapping) else None
    if not isinstance(listed or [], list):
        raise WrongOfficeFile(what, "应为列表")
    return [_entry(schema, entry, f"{what}[{index}]") for index, entry in enumerate(listed or [])]


def _entry(schema: type[Schema], entry: Any, where: str) -> dict[str, Any]:
    if isinstance(entry, Mapping):
        # YAML reads a date or a number where JSON has text
        entry = {name: str(value) if isinstance(value, (date, int)) else value for name, value in entry.items()}
    try:
        loaded: dict[str, Any] = schema().load(entry)
    except ValidationError as fault:
        field, zh = faults(fault.messages)[0]
        raise WrongOfficeFile(f"{where}.{field}", zh) from None
    return loaded
