"""The county's file of our own office, read by one set of rules for whoever needs something of it.

How the office signs and is reached, its departments, and who works there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from contracts import county
from contracts.fields import Code, Pattern, WordOf
from contracts.given import Day, Name
from contracts.sentences import faults
from contracts.vocabulary import Role

# what an officer may be; the rest are a token's own, or nobody's of ours
ROLES = tuple(role for role in Role if role not in (Role.ALL, Role.SYSTEM, Role.AGENCY))

# whoever decides alone, or looks after the whole, proves who they are twice at login; an office may name others
SECOND_FACTOR = (Role.CHIEF, Role.DEPUTY, Role.OPERATIONS)


class OfficeFileError(ValueError):
    """What is wrong, in the words of whoever wrote the file, and where."""

    def __init__(self, where: str, zh: str):
        super().__init__(f"本院名册 {where}：{zh}")


class OfficerNumber(Code):
    """A code that a token may name too: one that fits no token would be nobody's."""

    pattern, zh = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"), "只能用字母、数字和 _ . -，以字母或数字开头"


class _Mobile(Pattern):
    """As the provider takes it; an empty one is none."""

    pattern, zh = re.compile(r"(\+861[3-9][0-9]{9})?"), "应为手机号，如 +8613800138000"


class _Reached(Schema):
    """How the office or a department is reached. `mobile`: of the officer on duty."""

    class Meta:
        unknown = EXCLUDE

    phone = Name(100, required=True)
    mobile = _Mobile(load_default=None, allow_none=True)


class _Office(_Reached):
    signature = Name(100, required=True)
    second_factor = fields.List(
        WordOf(Role, validate=validate.OneOf(ROLES)),
        load_default=lambda: list(SECOND_FACTOR),
        validate=validate.Length(max=50),
    )
    triage = OfficerNumber(load_default=None, allow_none=True)


class _Department(_Reached):
    code = Code(required=True)
    name = Name(100, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> "Department":
        return Department(**data)


class _Officer(Schema):
    number = OfficerNumber(required=True)
    name = Name(100, required=True)
    department = Code(load_default=None, allow_none=True)
    service_point = Code(load_default=None, allow_none=True)
    deputy = OfficerNumber(load_default=None, allow_none=True)
    roles = fields.List(
        WordOf(Role, validate=validate.OneOf(ROLES)), load_default=list, validate=validate.Length(max=50)
    )
    leads = fields.List(Code(), load_default=list, validate=validate.Length(max=50))
    since = Day(load_default=None)
    until = Day(load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        # the order in which they are written says nothing
        return data | {name: sorted(set(data[name])) for name in ("roles", "leads")}


@dataclass(frozen=True, slots=True)
class Department:
    """A department of ours; `phone` is told to petitioners, at `mobile` it hears of its own deadlines by SMS."""

    code: str
    name: str
    phone: str
    mobile: str | None


@dataclass(frozen=True, slots=True)
class OfficeFile:
    """All that the county's file of the office says."""

    signature: str
    phone: str
    mobile: str | None
    second_factor: Sequence[Role]  # the roles that log in with one
    triage: str | None  # the officer who alone reads what comes by the petitioners' door, until it is decided
    departments: tuple[Department, ...]
    # each number, name, department, service_point, deputy, roles, leads, since, until
    officers: tuple[Mapping[str, Any], ...]


def read(path: Path) -> OfficeFile:
    """The whole file, each entry well-formed and there once. Raises OfficeFileError naming the entry."""
    try:
        raw = county.read(path)
    except ValueError as fault:
        raise OfficeFileError("文件", str(fault)) from None
    office = _loaded(_Office, raw, "文件")
    departments = [_loaded(_Department, entry, where) for where, entry in _listed(raw, "departments")]
    officers = [_loaded(_Officer, entry, where) for where, entry in _listed(raw, "officers")]
    _once("departments", [each.code for each in departments])
    _once("officers", [each["number"] for each in officers])
    return OfficeFile(**office, departments=tuple(departments), officers=tuple(officers))


def _listed(raw: Mapping[str, Any], what: str) -> list[tuple[str, Any]]:
    listed = raw.get(what) or []
    if not isinstance(listed, list):
        raise OfficeFileError(what, "应为列表")
    return [(f"{what}[{index}]", entry) for index, entry in enumerate(listed)]


def _loaded(schema: type[Schema], entry: Any, where: str) -> Any:
    if isinstance(entry, Mapping):
        # YAML reads a date or a number where JSON has text
        entry = {name: str(value) if isinstance(value, (date, int)) else value for name, value in entry.items()}
    try:
        return schema().load(entry)
    except ValidationError as fault:
        field, zh = faults(fault.messages)[0]
        raise OfficeFileError(".".join(part for part in (where, field) if part), zh) from None


def _once(what: str, codes: list[str]) -> None:
    for index, code in enumerate(codes):
        if code in codes[:index]:
            raise OfficeFileError(f"{what}[{index}]", f"{code} 重复")
