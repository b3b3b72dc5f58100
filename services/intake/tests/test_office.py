"""Our own office as data: every change is kept and told, a role takes two people, the file overwrites nothing."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from intake_context import OFFICER, build_context
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from authorization.colleagues import colleague, keep
from contracts.office_file import ROLES, OfficeFileError, read
from contracts.problems import Denied, Problem
from contracts.vocabulary import OpeningState, Role
from courier.envelope import Actor, parse
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors
from intake.domain.service_points import ServicePoints
from intake.service import MIGRATIONS
from intake.tables import RoleRequest
from intake.use_cases import leading, office, office_file, petitions
from statute import day_of

COUNTY = Path(__file__).parents[3] / "examples" / "county" / "office.yaml"
POINTS = ServicePoints.load(COUNTY.with_name("service_points.yaml"))
CHIEF, OPERATIONS, DEPUTY = (Actor("A00", number, "-") for number in ("900000", "900007", "900002"))
DEPARTMENTS = ("D05", "D06", "D99")  # the last is nobody's
NUMBERS = ("900105", "900106")


def waiting(work: UnitOfWork) -> list[RoleRequest]:
    """Those nobody has decided yet, the oldest first."""
    asked = select(RoleRequest).where(RoleRequest.state == OpeningState.ASKED)
    return list(work.session.scalars(asked.order_by(RoleRequest.asked_at, RoleRequest.id)))


def load(office_: ServiceContext, file: Path = COUNTY) -> list[str]:
    with office_.begin(OFFICER) as work:
        return office_file.load(work, read(file), POINTS)


def row(office_: ServiceContext, number: str) -> dict[str, Any]:
    with office_.begin(OFFICER) as work:
        return office.present(work, office.find(work, number))


def copies(office_: ServiceContext) -> dict[str, Any]:
    """Our own row of each officer, as the other services have it."""
    with office_.sessions() as session:
        return {each.officer: each for each in session.execute(select(colleague))}


def letters(office_: ServiceContext, after: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """What waits to be sent, but for the first so many: to whom, and what it says."""
    query = text("SELECT * FROM outbox WHERE routing_key = 'office.officer.v1' ORDER BY id OFFSET :after")
    with office_.sessions() as session:
        rows = session.execute(query, {"after": after}).all()
        opened = [
            office_.cipher.open(session, each.subject, f"outbox|body|{each.message_id}", bytes(each.body))
            for each in rows
        ]
    return [(each.exchange, dict(parse(body).data)) for each, body in zip(rows, opened, strict=True)]


def test_the_countys_file_covers_what_is_tried_in_tests(engine: Engine, tmp_path: Path) -> None:
    """Every role, every department, every station has somebody; a code of none is refused with what there is."""
    context = build_context(engine, tmp_path)
    load(context)
    with context.begin(OFFICER) as work:
        people = office.officers(work)
        assert {role for each in people for role in each.roles} == set(ROLES)
        assert {each.code for each in office.departments(work)} == {each.department for each in people} - {None}
        with pytest.raises(errors.UnknownDepartment) as nowhere:
            office.check_department(work, "D99")
        assert ["D01", "D02", "D03", "D04", "D05", "D06"] == [each["code"] for each in nowhere.value.more["known"]]
        with pytest.raises(errors.UnknownOfficer) as nobody:
            office.check_officer(work, "999999", "leader")
        assert [each.number for each in people] == nobody.value.more["known"]


def test_an_office_that_loaded_nothing_takes_any_code(engine: Engine, tmp_path: Path) -> None:
    """As before the office was data: an installation that was not given its file goes on."""
    with build_context(engine, tmp_path).begin(OFFICER) as work:
        office.check_department(work, "D99")
        office.check_officer(work, "999999", "leader", work.now.date())


def test_the_file_fills_and_never_overwrites(engine: Engine, tmp_path: Path) -> None:
    """Loaded again it adds nothing; what was changed since stays and is said, without a name; who is new is added."""
    context = build_context(engine, tmp_path)
    assert 6 + len(read(COUNTY).officers) == len(load(context))
    assert [] == load(context)
    with context.begin(OPERATIONS) as work:
        office.change_officer(work, "900105", department="D06", name="辰某改名")
        office.change_department(work, "D01", name="第一部")
    assert ["部门 D01 与名册不同（名称），未改动", "人员 900105 与名册不同（姓名、部门），未改动"] == load(context)
    changed = row(context, "900105")
    assert ("D06", "辰某改名", 2) == (changed["department"], changed["name"], changed["revision"])
    more = tmp_path / "office.yaml"
    more.write_text(COUNTY.read_text() + "  - {number: 900777, name: 新某, department: D01, roles: [handler]}\n")
    assert "新增人员 900777" in load(context, more)


@pytest.mark.parametrize(
    "line",
    [
        "{number: '900777', name: 新某, department: D99}",
        "{number: '900777', name: 新某, leads: [D99]}",
        "{number: '900777', name: 新某, service_point: ZZZZ}",
        "{number: '900777', name: 新某, deputy: '999999'}",
        "{number: '900777', name: 新某, deputy: '900777'}",
        "{number: '900777', name: 新某, roles: [all]}",
        "{number: '900777', name: 新某, since: 2026-11-02, until: 2026-11-01}",
        "{number: '900777', name: 新某, rolls: [handler]}",
        "{number: 新某, name: 新某}",
        "{number: '.900777', name: 新某}",
        "{number: '900105', name: 辰承办}",
        "新某",
    ],
)
def test_a_wrong_file_changes_nothing(engine: Engine, tmp_path: Path, line: str) -> None:
    """A code of none, a role nobody has, a field nobody knows: said with the entry, and nothing is taken over."""
    context, file = build_context(engine, tmp_path), tmp_path / "office.yaml"
    file.write_text(COUNTY.read_text() + f"  - {line}\n")
    with pytest.raises(OfficeFileError, match=r"officers\["):
        load(context, file)
    assert {} == copies(context)


def test_who_reads_what_is_written_online_is_somebody(engine: Engine, tmp_path: Path) -> None:
    """A number that nobody has would close that door without a word."""
    context, file = build_context(engine, tmp_path), tmp_path / "office.yaml"
    file.write_text(COUNTY.read_text().replace('triage: "900101"', 'triage: "999999"'))
    with pytest.raises(OfficeFileError, match="triage：没有工号 999999"):
        load(context, file)
    assert {} == copies(context)


def test_names_rest_sealed(engine: Engine, tmp_path: Path) -> None:
    """No table of the database holds a colleague's name, the history neither; no letter says it."""
    context = build_context(engine, tmp_path)
    load(context)
    with context.begin(OPERATIONS) as work:
        office.change_officer(work, "900105", department="D06")
    with engine.connect() as connection:
        for table in ("officer", "officer_revision", "colleague", "outbox", "events", "data_key"):
            rows = connection.execute(text(f"SELECT {table}::text FROM {table}")).scalars().all()
            assert rows or table == "events"
            assert not [each for each in rows if "辰承办" in each or "辰承办".encode().hex() in each], table
    assert "辰承办" not in str(letters(context))
    with context.begin(OFFICER) as work:
        assert ["辰承办", "辰承办"] == [each["name"] for each in office.revisions(work, "900105")]


def test_who_left_is_shown_and_not_chosen(engine: Engine, tmp_path: Path) -> None:
    """The day after their last the others are told, once; the past may still name them."""
    context = build_context(engine, tmp_path)
    load(context)
    with context.begin(OPERATIONS) as work:
        today = day_of(work.now)
        office.change_officer(work, "900105", until=today)
    assert copies(context)["900105"].active
    assert 0 == office.end(context, OFFICER)
    with engine.begin() as connection:  # a day passes
        connection.execute(text("UPDATE officer SET since = since - 2, until = until - 1 WHERE number = '900105'"))
    told = len(letters(context))
    assert [1, 0] == [office.end(context, OFFICER), office.end(context, OFFICER)]
    assert [("referral", False), ("aid", False), ("notify", False)] == [
        (to.removesuffix(".letters"), said["active"]) for to, said in letters(context)[told:]
    ]
    assert not copies(context)["900105"].active
    assert 3 == row(context, "900105")["revision"]
    with context.begin(OFFICER) as work:
        office.check_officer(work, "900105", "officer")
        office.check_officer(work, "900105", "people", today - timedelta(days=1))
        with pytest.raises(errors.UnknownOfficer):
            office.check_officer(work, "900105", "leader", today)
        with pytest.raises(errors.UnknownOfficer):
            office.change_officer(work, "900106", deputy="900105")


def test_a_department_that_is_no_more_is_given_nothing(engine: Engine, tmp_path: Path) -> None:
    """Who worked there may still be complained of."""
    context = build_context(engine, tmp_path)
    load(context)
    with context.begin(OPERATIONS) as work:
        office.change_department(work, "D06", active=False)
        with pytest.raises(errors.UnknownDepartment) as refused:
            office.check_department(work, "D06")
        assert "D06" not in [each["code"] for each in refused.value.more["known"]]
        office.check_department(work, "D06", closed=True)


# -- a role by two people ----------------------------------------------------------------------------------------------


def test_nothing_changes_until_another_approves(engine: Engine, tmp_path: Path) -> None:
    """Neither who asked nor whom it is about decides; what was decided stays; one request waits for one officer."""
    context = build_context(engine, tmp_path)
    load(context)
    with context.begin(CHIEF) as work:
        asked = office.ask_roles(work, "900002", [Role.LEADER]).id
    before = row(context, "900002")
    for own in (CHIEF, DEPUTY):
        with pytest.raises(Denied), context.begin(own) as work:
            office.decide_roles(work, asked, OpeningState.APPROVED)
    with pytest.raises(errors.RolesWait), context.begin(OPERATIONS) as work:
        office.ask_roles(work, "900002", [Role.HANDLER])
    assert before == row(context, "900002")
    with context.begin(OPERATIONS) as work:
        office.decide_roles(work, asked, OpeningState.APPROVED)
    assert ["leader"] == row(context, "900002")["roles"] == copies(context)["900002"].roles
    with pytest.raises(errors.RolesDecided), context.begin(OPERATIONS) as work:
        office.decide_roles(work, asked, OpeningState.REFUSED)
    with context.begin(OFFICER) as work:
        assert [] == waiting(work)
        assert [("office", 1), ("900007", 2)] == [
            (each["by"].replace("900001", "office"), each["revision"]) for each in office.revisions(work, "900002")
        ]


@pytest.mark.parametrize("decider", ["900007", "900105"])
def test_the_schema_itself_wants_two_people(engine: Engine, tmp_path: Path, decider: str) -> None:
    """Whatever the code forgets: neither who asked nor whom it is about."""
    context = build_context(engine, tmp_path)
    load(context)
    with context.begin(OPERATIONS) as work:
        office.ask_roles(work, "900105", [Role.CHIEF])
    with pytest.raises(IntegrityError, match="role_request_two_people"), engine.begin() as connection:
        connection.execute(
            text("UPDATE role_request SET state = 'approved', decided_by = :by, decided_at = now()"), {"by": decider}
        )


def test_at_the_same_moment(engine: Engine, tmp_path: Path) -> None:
    """Two ask, then several decide while others move the officer: one request, one decision, no revision lost."""
    context = build_context(engine, tmp_path)
    load(context)
    for _ in range(5):
        for number in NUMBERS:
            at_the_same_moment(context, number)


def at_the_same_moment(context: ServiceContext, number: str) -> None:
    wish = [Role.HANDLER] if "window" in row(context, number)["roles"] else [Role.HANDLER, Role.WINDOW]
    asked = together(
        context, [(by, lambda work: office.ask_roles(work, number, wish).id) for by in (OPERATIONS, CHIEF)]
    )
    assert 1 == sum(isinstance(each, errors.RolesWait) for each in asked), asked
    (id_,) = [each for each in asked if isinstance(each, str)]
    asker, before = (OPERATIONS, CHIEF)[asked.index(id_)].officer, row(context, number)["revision"]
    came = together(
        context,
        [
            (CHIEF, lambda work: office.decide_roles(work, id_, OpeningState.APPROVED).state),
            (DEPUTY, lambda work: office.decide_roles(work, id_, OpeningState.REFUSED).state),
            (OPERATIONS, lambda work: office.change_officer(work, number, deputy="900100").deputy),
            (CHIEF, lambda work: office.change_officer(work, number, deputy=None).deputy),
        ],
    )
    with context.begin(OFFICER) as work:
        assert work.session.get_one(RoleRequest, id_).decided_by not in (asker, number, None)
        kept = [each["revision"] for each in office.revisions(work, number)]
    (decided,) = [each for each in came[:2] if isinstance(each, str)]
    now = row(context, number)
    assert kept == list(range(1, now["revision"] + 1))
    assert now["revision"] >= before + (decided == "approved")
    assert wish == now["roles"] or decided == "refused"
    assert now["revision"] == copies(context)[number].revision


def together(context: ServiceContext, moves: list[tuple[Actor, Callable[[Any], Any]]]) -> list[Any]:
    """What came of each, a refusal as itself."""
    start = Barrier(len(moves))

    def run(move: tuple[Actor, Callable[[Any], Any]]) -> Any:
        actor, act = move
        try:
            with context.begin(actor) as work:
                start.wait(timeout=30)
                return act(work)
        except Problem as refusal:
            return refusal

    with ThreadPoolExecutor(len(moves)) as pool:
        return list(pool.map(run, moves))


DONE = Counter[str]()


def test_every_change_is_kept_and_told(engine: Engine, tmp_path: Path) -> None:
    """Whatever is changed in whatever order: revisions 1, 2, 3 …, the last is how it is, and everybody is told it."""
    context = build_context(engine, tmp_path)
    load(context)
    DONE.clear()
    heard: list[tuple[str, dict[str, Any]]] = []
    last: dict[tuple[str, str], dict[str, Any]] = {}

    class OfficeMachine(RuleBasedStateMachine):
        @rule(
            number=st.sampled_from(NUMBERS),
            by=st.sampled_from([CHIEF, OPERATIONS]),
            given=st.fixed_dictionaries(
                {},
                optional={
                    "department": st.sampled_from((None, *DEPARTMENTS)),
                    "leads": st.lists(st.sampled_from(DEPARTMENTS), max_size=2),
                    "deputy": st.sampled_from((None, *NUMBERS, "900100", "999999")),
                    "name": st.sampled_from(["辰承办", "巳承办"]),
                },
            ),
        )
        def change(self, number: str, by: Actor, given: dict[str, Any]) -> None:
            before = row(context, number)
            wrong = "D99" in (given.get("department"), *given.get("leads", [])) or given.get("deputy") in (
                number,
                "999999",
            )
            try:
                with context.begin(by) as work:
                    office.change_officer(work, number, **given)
            except Problem:
                assert wrong
                assert before == row(context, number)
                DONE["refused"] += 1
                return
            assert not wrong
            wanted = before | given | ({"leads": sorted(set(given["leads"]))} if "leads" in given else {})
            after = row(context, number)
            assert after["revision"] == before["revision"] + (wanted != before)
            assert after == wanted | {"revision": after["revision"]}
            DONE["changed"] += 1

        @rule(
            number=st.sampled_from(NUMBERS),
            roles=st.lists(st.sampled_from(ROLES), max_size=3),
            by=st.sampled_from([CHIEF, OPERATIONS]),
        )
        def ask(self, number: str, roles: list[Role], by: Actor) -> None:
            before = row(context, number)
            try:
                with context.begin(by) as work:
                    office.ask_roles(work, number, roles)
                DONE["asked"] += 1
            except (errors.RolesWait, errors.SameRoles):
                DONE["not asked"] += 1
            assert before == row(context, number)

        @rule(by=st.sampled_from([CHIEF, DEPUTY]), state=st.sampled_from(["approved", "refused"]))
        def decide(self, by: Actor, state: str) -> None:
            with context.begin(OFFICER) as work:
                waits = [(each.id, each.officer, each.asked_by, each.roles) for each in waiting(work)]
            for id_, number, asker, roles in waits[:1]:
                before = row(context, number)
                try:
                    with context.begin(by) as work:
                        office.decide_roles(work, id_, OpeningState(state))
                except errors.OwnRoles:
                    assert by.officer in (asker, number)
                    assert before == row(context, number)
                    continue
                assert by.officer not in (asker, number)
                after = row(context, number)
                assert after["roles"] == (roles if state == "approved" else before["roles"])
                assert after["revision"] == before["revision"] + (state == "approved")
                DONE[state] += 1

        @rule()
        def load_again(self) -> None:
            before = [row(context, number) for number in NUMBERS]
            load(context)
            assert before == [row(context, number) for number in NUMBERS]

        @invariant()
        def history_is_whole_and_told(self) -> None:
            fresh = letters(context, after=len(heard))
            heard.extend(fresh)
            for to, said in fresh:
                earlier = last.get((to, said["officer"]))
                assert earlier is None or earlier["revision"] <= said["revision"]
                last[to, said["officer"]] = said
            ours = copies(context)
            for number in NUMBERS:
                now = row(context, number)
                with context.begin(OFFICER) as work:
                    kept = office.revisions(work, number)
                assert [each["revision"] for each in kept] == list(range(1, now["revision"] + 1))
                assert {field: kept[-1][field] for field in (*office.SITS, "name", "active")} == {
                    field: now[field] for field in (*office.SITS, "name", "active")
                }
                entry = dict(ours[number]._mapping)
                assert {field: now[field] for field in entry if field != "officer"} | {"officer": number} == entry
                assert [entry] * 3 == [last[f"{each}.letters", number] for each in office.LISTENERS]

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OfficeMachine,
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert all(DONE[each] for each in ("changed", "refused", "asked", "not asked", "approved")), DONE


def test_letters_in_any_order_leave_the_last(engine: Engine, tmp_path: Path) -> None:
    """No order is promised between letters: an older one, or the same again, changes nothing."""
    context = build_context(engine, tmp_path)
    entry = {"officer": "900105", "department": "D05", "service_point": None, "roles": [], "leads": [], "active": True}
    for revision, department in ((2, "D02"), (1, "D01"), (4, "D04"), (3, "D03"), (4, "D05")):
        with context.begin(OFFICER) as work:
            keep(work, entry | {"revision": revision, "department": department})
    assert (4, "D04") == (copies(context)["900105"].revision, copies(context)["900105"].department)


def test_what_an_installation_of_before_holds_stays(engine: Engine, tmp_path: Path) -> None:
    """Rows with codes of none are migrated as they are; the office is empty until its file is loaded, then checked."""
    _migrate_to(engine, "0014")
    with engine.begin() as connection:
        connection.execute(BEFORE)
    context = build_context(engine, tmp_path)
    with context.begin(OFFICER) as work:
        office.check_officer(work, "999999", "officer")
    load(context)
    assert len(read(COUNTY).officers) == len(copies(context))
    with context.begin(OFFICER) as work:
        petition = petitions.load(work, "信2026-619926-000001")
        assert ("D99", frozenset({"D98"})) == (petition.department, petition.placement.walled_departments)
        assert "999998" == leading.present(work, petition, True)["leader"]  # type: ignore[index]
        assert [["999997"]] == [each.people for each in petition.acts]
        with pytest.raises(errors.UnknownDepartment):
            petitions.assign(work, petition.number, "D99")
        assert "D05" == petitions.assign(work, petition.number, "D05").department


BEFORE = text("""
    INSERT INTO petition (number, year, serial, state, kind, line, service_point, concerns_us, statement, anonymous,
        secrecy, reach, group_size, registered_at, received_on, counts_from, department, accepted, awaits_answer)
    VALUES ('信2026-619926-000001', 2026, 1, 'accepted', 'claim', 'other', 'ZZZZ', false, '', true, false, 'none', 1,
        now(), '2026-11-02', '2026-11-02', 'D99', true, false);
    INSERT INTO wall (petition, seq, department, reason, recorded_at)
    VALUES ('信2026-619926-000001', 1, 'D98', 'recused', now());
    INSERT INTO chief_led VALUES ('信2026-619926-000001', '999998', now(), '{}');
    INSERT INTO act VALUES ('a1', '信2026-619926-000001', 'heard', '2026-11-02', '["999997"]', '', now(), '900001');
""")


def _migrate_to(engine: Engine, revision: str) -> None:
    """As the installation was left by the code of then."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    steps = EnvironmentContext(config, scripts, fn=lambda now, _: scripts._upgrade_revs(revision, now))
    with steps, engine.begin() as connection:
        steps.configure(connection=connection)
        steps.run_migrations()
