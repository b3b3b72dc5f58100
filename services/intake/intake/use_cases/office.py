"""Our own office as data: departments, officers, whom a leader is in charge of, and a role by two people.

Every change is a revision that stays, and a letter to every other service. Codes that others give are checked here.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from authorization import colleagues
from contracts.vocabulary import OpeningState, Role
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors
from intake.tables import Department, DepartmentRevision, OfficerRevision, OfficerRow, RoleRequest
from intake.use_cases import holding, leading, people, tasks, timeline
from intake.use_cases.tools import tools_of
from service_kit.vaults import vault_of
from statute import day_of
from web.listing import Found, Page

LISTENERS = ("referral", "aid", "notify")
# where one sits, and for how long: it decides what one sees, so that another says it
OTHERS_SAY = frozenset({"department", "service_point", "leads", "until"})
SORTS = {"number": (OfficerRow.number,)}
REQUEST_SORTS = {"asked": (RoleRequest.asked_at, RoleRequest.id)}
LONGEST_LEAVE = timedelta(days=366)
# whoever acts for these decides what a head does not
ABOVE_HEADS = frozenset({Role.LEADER, Role.CHIEF})
SITS = ("department", "service_point", "deputy", "leads", "since", "until", "roles", "leaves")

# -- what exists


def departments(work: UnitOfWork) -> list[Department]:
    """All there ever were, by code; those that are closed say so."""
    return list(work.session.scalars(select(Department).order_by(Department.code)))


def officers(work: UnitOfWork) -> list[OfficerRow]:
    """By number, also those who left."""
    return list(work.session.scalars(select(OfficerRow).order_by(OfficerRow.number)))


def listing(work: UnitOfWork, page: Page) -> Found:
    """A page of officers, also those who left. Raises UnknownDepartment."""
    rows = select(OfficerRow)
    if "department" in page.filters:
        check_department(work, page.filters["department"], closed=True)
        rows = rows.where(OfficerRow.department == page.filters["department"])
    if "role" in page.filters:
        rows = rows.where(OfficerRow.roles.contains([page.filters["role"]]))
    if "active" in page.filters:
        rows = rows.where(OfficerRow.active == page.filters["active"])
    return page.of(work.session, rows)


def find(work: UnitOfWork, number: str) -> OfficerRow:
    """The officer, also one who left. Raises NoSuchOfficer."""
    found = work.session.get(OfficerRow, number)
    if found is None:
        raise errors.NoSuchOfficer()
    return found


def check_department(work: UnitOfWork, code: str, field: str = "department", *, closed: bool = False) -> None:
    """Raises UnknownDepartment, which shows the known ones. An office that loaded none takes any code, as before.

    `closed`: one that is no more is taken too.
    """
    known = departments(work)
    if known and not any(each.code == code and (each.active or closed) for each in known):
        raise _unknown_department(field, known)


def check_officer(work: UnitOfWork, number: str, field: str, on: date | None = None) -> None:
    """Raises UnknownOfficer, which shows the known ones. An office that loaded none takes any number, as before.

    `on`: who had left by that day is not taken; without it anybody who ever was here is.
    """
    found = work.session.get(OfficerRow, number)
    if found is not None and (on is None or not found.left_by(on)):
        return
    query = select(OfficerRow.number).order_by(OfficerRow.number)
    if on is not None:
        query = query.where(OfficerRow.until.is_(None) | (OfficerRow.until >= on))
    if found is not None or work.session.scalar(select(OfficerRow.number).limit(1)) is not None:
        raise errors.UnknownOfficer(field, list(work.session.scalars(query)))


def works_here(work: UnitOfWork, number: str, on: date) -> bool:
    """Whether they had not left by that day. In an office that loaded none everybody is here."""
    found = work.session.get(OfficerRow, number)
    return found is None or not found.left_by(on)


# -- changes


def add_department(work: UnitOfWork, code: str, name: str) -> Department:
    """A first revision is kept with it; no other service is told of departments. Raises DepartmentKnown."""
    statement = upsert(Department).values(code=code, revision=0, name=name, active=True).on_conflict_do_nothing()
    department: Department | None = work.session.scalar(statement.returning(Department))
    if department is None:
        raise errors.DepartmentKnown()
    _department_changed(work, department)
    return department


def change_department(work: UnitOfWork, code: str, **given: Any) -> Department:
    """`given`: name and active; what is the same already makes no revision. Raises NoSuchDepartment."""
    department = work.session.get(Department, code, with_for_update=True)
    if department is None:
        raise errors.NoSuchDepartment()
    if any(getattr(department, name) != value for name, value in given.items()):
        for name, value in given.items():
            setattr(department, name, value)
        _department_changed(work, department)
    return department


def add_officer(work: UnitOfWork, number: str, name: str, **given: Any) -> OfficerRow:
    """Without a role: those are asked for and approved. Raises Denied for who adds themselves."""
    _check_other(work, number, given)
    given["since"] = given.get("since") or day_of(work.now)
    _check(work, number, given, given["since"])
    given["leads"] = sorted(set(given.get("leads", ())))
    officer = enter(work, number, name, roles=[], **given)
    if officer is None:
        raise errors.OfficerKnown()
    return officer


def enter(work: UnitOfWork, number: str, name: str, **entry: Any) -> OfficerRow | None:
    """A new officer whose codes were checked; None when the number is known."""
    nothing: dict[str, Any] = {"department": None, "service_point": None, "deputy": None, "until": None}
    values = nothing | {"leads": [], "leaves": []} | entry
    statement = upsert(OfficerRow).values(
        number=number, revision=0, name=_seal(work, number, name), active=True, **values
    )
    officer: OfficerRow | None = work.session.scalar(statement.on_conflict_do_nothing().returning(OfficerRow))
    if officer is not None:
        _changed(work, officer)
    return officer


def change_officer(work: UnitOfWork, number: str, **given: Any) -> OfficerRow:
    """What is not given stays; what is given and the same already changes nothing. Raises Denied for one's own seat."""
    _check_other(work, number, given)
    officer = _locked(work, number)
    _check(work, number, given, officer.since)
    given |= {"leads": sorted(set(given["leads"]))} if "leads" in given else {}
    name = given.pop("name", None)
    differs = any(getattr(officer, field) != value for field, value in given.items())
    if name is not None and name != name_of(work, officer):
        officer.name, differs = _seal(work, number, name), True
    if differs:
        for field, value in given.items():
            setattr(officer, field, value)
        _changed(work, officer)
    return officer


def arrange_leave(
    work: UnitOfWork, number: str, since: date, until: date | None, *, department: str | None, **given: Any
) -> OfficerRow:
    """Away from `since` to `until`, both included; None: not after all. What begins on the same day takes its place.

    `given`: `deputy`, who acts in their stead; left out, the one the list names; None, nobody, and their department
    does. `department`: of a head, who enters it for their own people, whom they may stand in for themselves; nobody
    else takes a place by entering it. Raises OwnLeave, OwnDeputy, NotYourPeople, LeaveOverlaps, StandsInThen.
    """
    if number == work.actor.officer:
        raise errors.OwnLeave()
    # two that name each other at one moment must see each other
    work.alone("office/leaves")
    officer, today = _locked(work, number), day_of(work.now)
    if department is not None and (officer.department != department or ABOVE_HEADS & set(officer.roles)):
        raise errors.NotYourPeople()
    day = since.isoformat()
    others = [each for each in officer.leaves if each["since"] != day and each["until"] >= today.isoformat()]
    if until is not None:
        leave = {"since": day, "until": until.isoformat(), "deputy": given.get("deputy", officer.deputy)}
        if department is None and leave["deputy"] == work.actor.officer:
            raise errors.OwnDeputy()
        _check_leave(work, officer, leave, others)
        others = sorted([*others, leave], key=lambda each: each["since"])
    if others != officer.leaves:
        officer.leaves = others
        _changed(work, officer)
    return officer


def ask_roles(work: UnitOfWork, number: str, roles: Sequence[Role]) -> RoleRequest:
    """The request; nothing changes until another has approved it. Raises SameRoles, RolesWait."""
    officer = _locked(work, number)
    if sorted(set(roles)) == officer.roles:
        raise errors.SameRoles()
    waits = select(RoleRequest).where(RoleRequest.officer == number, RoleRequest.state == OpeningState.ASKED)
    if work.session.scalar(waits) is not None:
        raise errors.RolesWait()
    request = RoleRequest(id=uuid.uuid4().hex, officer=number, roles=sorted(set(roles)), state=OpeningState.ASKED)
    request.asked_by, request.asked_at = work.actor.officer, work.now
    work.session.add(request)
    return request


def decide_roles(work: UnitOfWork, id_: str, state: OpeningState) -> RoleRequest:
    """Raises Denied for the asker's own and for what is about who decides."""
    request = work.session.get(RoleRequest, id_)
    if request is None:
        raise errors.NoSuchRoleRequest()
    officer = _locked(work, request.officer)
    # decided at the same moment by two: under the officer's lock the second sees the first's
    work.session.refresh(request)
    if work.actor.officer in (request.asked_by, request.officer):
        raise errors.OwnRoles()
    if request.state != OpeningState.ASKED:
        raise errors.RolesDecided(OpeningState(request.state))
    request.state, request.decided_by, request.decided_at = state, work.actor.officer, work.now
    if state is OpeningState.APPROVED:
        officer.roles = request.roles
        _changed(work, officer)
    return request


def requests(work: UnitOfWork, page: Page) -> Found:
    """A page of those that ask for roles."""
    return page.of(work.session, select(RoleRequest).where(RoleRequest.state == page.filters["state"]))


def end(context: ServiceContext, actor: Actor) -> int:
    """Tells the others of those whose last day has passed. Returns how many."""
    with context.begin(actor) as work:
        passed = select(OfficerRow).where(OfficerRow.active, OfficerRow.until < day_of(work.now))
        gone = work.session.scalars(passed.order_by(OfficerRow.number).with_for_update(skip_locked=True)).all()
        for officer in gone:
            _changed(work, officer)
    return len(gone)


def _check_leave(work: UnitOfWork, officer: OfficerRow, leave: dict[str, Any], others: Sequence[Any]) -> None:
    since, until = date.fromisoformat(leave["since"]), date.fromisoformat(leave["until"])
    if until < since or until < day_of(work.now):
        raise errors.WrongField("until", "不能早于首日和今天", "it lies before the first day, or today")
    if until - since > LONGEST_LEAVE:
        raise errors.WrongField("until", "一次请假最长一年", "a leave is at most a year")
    check_officer(work, officer.number, "officer", until)
    if overlapping := [each for each in others if _overlap(each, leave)]:
        raise errors.LeaveOverlaps(overlapping)
    away = select(OfficerRow).where(OfficerRow.leaves != [], OfficerRow.number != officer.number)
    on_leave = [each for each in work.session.scalars(away) if any(_overlap(its, leave) for its in each.leaves)]
    left_alone = [
        each.number
        for each in on_leave
        if any(its["deputy"] == officer.number and _overlap(its, leave) for its in each.leaves)
    ]
    if left_alone:
        raise errors.StandsInThen(sorted(left_alone))
    if leave["deputy"] is None:
        return
    if leave["deputy"] == officer.number:
        raise errors.WrongField("deputy", "不能由本人代理", "nobody stands in for themselves")
    check_officer(work, leave["deputy"], "deputy", until)
    if leave["deputy"] in [each.number for each in on_leave]:
        raise errors.WrongField("deputy", "代理人在此期间也请假", "the deputy is on leave then")


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["since"] <= other["until"] and other["since"] <= one["until"])


def tell(work: UnitOfWork, officer: OfficerRow) -> None:
    """To every other service; our own copy is written by the same function as theirs."""
    entry = {
        "officer": officer.number,
        "revision": officer.revision,
        "department": officer.department,
        "service_point": officer.service_point,
        "roles": [Role(role) for role in officer.roles],
        "leads": officer.leads,
        "active": officer.active,
        "leaves": [
            {name: date.fromisoformat(each[name]) for name in ("since", "until")} | {"deputy": each["deputy"]}
            for each in officer.leaves
        ],
    }
    for listener in LISTENERS:
        work.letter(listener, "office.officer.v1", subject_of(officer.number), data=entry)
    colleagues.keep(work, entry)


# -- how they are shown


def name_of(work: UnitOfWork, officer: OfficerRow) -> str:
    """The name in clear; it never leaves for another service."""
    return opened(work, officer.number, officer.name)


def opened(work: UnitOfWork, number: str, name: bytes) -> str:
    """The same, where the sealed name was read with other things."""
    return people.unseal(work, subject_of(number), "officer|name", bytes(name))


def names(work: UnitOfWork, numbers: Collection[str]) -> dict[str, str]:
    """Number → name of those who are known, by two statements however many they are."""
    query = select(OfficerRow.number, OfficerRow.name).where(OfficerRow.number.in_(sorted(numbers)))
    found = work.session.execute(query).all() if numbers else []
    vault_of(work.context).fetch_keys(work.session, [subject_of(row.number) for row in found])
    return {row.number: opened(work, row.number, row.name) for row in found}


def present(work: UnitOfWork, officer: OfficerRow) -> dict[str, Any]:
    """An officer with their name, for who may read the office's list."""
    shown = {"number": officer.number, "revision": officer.revision, "name": name_of(work, officer)}
    return shown | _entry(officer) | {"roles_zh": [Role(role).zh for role in officer.roles]}


def seat(work: UnitOfWork, number: str) -> dict[str, Any]:
    """What their token may say today: no role before their first day or after their last. Raises NoSuchOfficer."""
    officer, today = find(work, number), day_of(work.now)
    roles = [] if officer.left_by(today) or officer.since > today else officer.roles
    shown = {"number": number, "roles": roles, "department": officer.department, "service_point": officer.service_point}
    return shown | {"second_factor": not tools_of(work).card.second_factor.isdisjoint(roles)}


def revisions(work: UnitOfWork, number: str) -> list[dict[str, Any]]:
    """What an officer was, from the first on."""
    find(work, number)
    query = select(OfficerRevision).where(OfficerRevision.officer == number).order_by(OfficerRevision.revision)
    return [
        {
            "revision": each.revision,
            "recorded_at": each.recorded_at.isoformat(),
            "by": each.by,
            "name": people.unseal(work, subject_of(number), f"officer_revision|name|{each.revision}", bytes(each.name)),
            **each.entry,
        }
        for each in work.session.scalars(query)
    ]


def subject_of(number: str) -> str:
    """Under what the vault keeps an officer's name, and under what the others are told of them."""
    return f"officer/{number}"


def _entry(officer: OfficerRow) -> dict[str, Any]:
    entry = {name: getattr(officer, name) for name in (*SITS, "active")}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in entry.items()}


def _changed(work: UnitOfWork, officer: OfficerRow) -> None:
    """The next revision, kept and told."""
    officer.revision += 1
    officer.active = not officer.left_by(day_of(work.now))
    label = f"officer_revision|name|{officer.revision}"
    work.session.add(
        OfficerRevision(
            officer=officer.number,
            revision=officer.revision,
            recorded_at=work.now,
            by=work.actor.officer,
            name=people.seal(work, subject_of(officer.number), label, name_of(work, officer)),
            entry=_entry(officer),
        )
    )
    tell(work, officer)
    holding.take_off(work, officer)
    timeline.void_of(work, officer)
    leading.moved(work, officer)
    tasks.settle_officer(work, officer.number)


def _department_changed(work: UnitOfWork, department: Department) -> None:
    department.revision += 1
    work.session.add(
        DepartmentRevision(
            department=department.code,
            revision=department.revision,
            recorded_at=work.now,
            by=work.actor.officer,
            name=department.name,
            active=department.active,
        )
    )
    holding.take_off_department(work, department)
    if not department.active:
        tasks.settle_department(work, department.code)


def _check_other(work: UnitOfWork, number: str, given: Mapping[str, Any]) -> None:
    if number == work.actor.officer and OTHERS_SAY & given.keys():
        raise errors.OwnSeat()


def _check(work: UnitOfWork, number: str, given: Mapping[str, Any], since: date) -> None:
    """Every code of an entry, whatever is loaded: an officer sits where there is something."""
    known = departments(work)
    codes = {each.code for each in known if each.active}
    if given.get("department") is not None and given["department"] not in codes:
        raise _unknown_department("department", known)
    for index, code in enumerate(given.get("leads") or ()):
        if code not in codes:
            raise _unknown_department(f"leads.{index}", known)
    if given.get("service_point") is not None:
        tools_of(work).service_points.check(given["service_point"])
    if given.get("deputy") is not None:
        if given["deputy"] == number:
            raise errors.WrongField("deputy", "不能由本人代理", "nobody stands in for themselves")
        check_officer(work, given["deputy"], "deputy", day_of(work.now))
    if given.get("until") is not None and given["until"] < since:
        raise errors.WrongField("until", "不能早于任职之日", "it lies before the first day")


def _unknown_department(field: str, known: Sequence[Department]) -> errors.UnknownDepartment:
    return errors.UnknownDepartment(field, [(each.code, each.name) for each in known if each.active])


def _locked(work: UnitOfWork, number: str) -> OfficerRow:
    officer = work.session.get(OfficerRow, number, with_for_update=True)
    if officer is None:
        raise errors.NoSuchOfficer()
    return officer


def _seal(work: UnitOfWork, number: str, name: str) -> bytes:
    sealed: bytes = people.seal(work, subject_of(number), "officer|name", name)
    return sealed
