"""The county's file of our own office: it fills in what is missing and changes nothing that is there.

Who was moved, got a role or left by the API stays so, whatever the file still says; what differs is said.
"""

from collections.abc import Mapping
from typing import Any

from contracts.office_file import OfficeFile, OfficeFileError
from contracts.problems import Invalid
from courier.unit_of_work import UnitOfWork
from intake.domain.service_points import ServicePoints
from intake.tables import Department, OfficerRow
from intake.use_cases import office
from statute import day_of

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


def load(work: UnitOfWork, file: OfficeFile, points: ServicePoints) -> list[str]:
    """Adds what is missing, tells all officers to the other services again; says what it added and what differs.

    Raises OfficeFileError for a code that neither the file nor the office has.
    """
    said = []
    for each in file.departments:
        found = work.session.get(Department, each.code)
        if found is None:
            office.add_department(work, each.code, each.name)
            said.append(f"新增部门 {each.code} {each.name}")
        elif found.name != each.name:
            said.append(f"部门 {each.code} 与名册不同（名称），未改动")
    known = {each.number: each for each in office.officers(work)}
    numbers = known.keys() | {entry["number"] for entry in file.officers}
    if file.triage is not None and file.triage not in numbers:
        raise OfficeFileError("triage", f"没有工号 {file.triage}")
    for index, written in sorted(enumerate(file.officers), key=lambda each: str(each[1]["number"])):
        here = known.get(written["number"])
        entry = {**written, "since": written["since"] or (here.since if here else day_of(work.now))}
        _check(work, entry, numbers, points, f"officers[{index}]")
        if here is None:
            office.enter(work, **entry)
            said.append(f"新增人员 {entry['number']}")
        elif different := _differs(work, here, entry):
            said.append(f"人员 {entry['number']} 与名册不同（{'、'.join(different)}），未改动")
    for officer in known.values():
        # one that was restored from a backup, or added since, may not know
        office.tell(work, officer)
    return said


def _check(work: UnitOfWork, entry: Mapping[str, Any], numbers: set[str], points: ServicePoints, where: str) -> None:
    codes = {each.code for each in office.departments(work)}
    for code in (entry["department"], *entry["leads"]):
        if code is not None and code not in codes:
            raise OfficeFileError(where, f"没有部门 {code}")
    if entry["deputy"] is not None and (entry["deputy"] not in numbers or entry["deputy"] == entry["number"]):
        raise OfficeFileError(where, f"不能由 {entry['deputy']} 代理")
    if entry["until"] is not None and entry["until"] < entry["since"]:
        raise OfficeFileError(where, "离任早于任职")
    if entry["service_point"] is not None:
        try:
            points.check(entry["service_point"])
        except Invalid as fault:
            raise OfficeFileError(where, f"{fault.zh} {entry['service_point']}") from None


def _differs(work: UnitOfWork, here: OfficerRow, entry: Mapping[str, Any]) -> list[str]:
    """In what, by the names of the fields: a person's name is not for a log."""
    values = {field: getattr(here, field) for field in FIELD_ZH} | {"name": office.name_of(work, here)}
    return [zh for field, zh in FIELD_ZH.items() if values[field] != entry[field]]
