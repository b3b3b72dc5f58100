"""Who may be called in, who has to keep away; a petition's team; what its counsellor alone reads."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from referral_context import OFFICER, build_context
from sqlalchemy import Engine, insert, select, text, update

from authorization import colleagues
from authorization.placements import Tags, placement
from contracts.vocabulary import HoldState, Kind, Line, PartRole, ProceedingKind, ProceedingSubject, Role, RosterKind
from courier import tables
from courier.envelope import Actor, Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext, UnitOfWork
from referral.domain import errors
from referral.service import ReferralService
from referral.use_cases import (
    actions,
    bookings,
    guard,
    invitations,
    notes,
    parties,
    proceeding_actions,
    proceedings,
    roster,
    teams,
)
from tests.trial import Desk, Doors, filled
from web.route import Route, routes_of
from web.tokens import Officer

K = RosterKind
PETITION = "信2026-619926-000001"
ACCUSED = "A09"  # whom the petition is about
PROSECUTOR, COUNSELLOR = "900105", "900106"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made, _ = build_context(engine, tmp_path)
    with made.begin(OFFICER) as work:
        for number in (PROSECUTOR, COUNSELLOR, OFFICER.officer):
            place = {"department": "D05", "service_point": None, "revision": 1, "active": True}
            work.session.execute(insert(colleagues.colleague).values(officer=number, roles=[], leads=[], **place))
        settle(work, Kind.CLAIM)
    return made


def settle(
    work: UnitOfWork, kind: Kind, petition: str = PETITION, *, reach: str = "none", line: Line = Line.OTHER
) -> None:
    """A petition about an agency of the county, where intake says it sits."""
    facts = {"kind": kind, "line": line, "reach": reach, "sealed_post": False, "place": None, "submitted_by": None}
    facts |= {"respondent_units": [ACCUSED], "respondents_known": True, "anonymous": False}
    guard.remember(work, petition, facts)
    work.session.execute(
        insert(placement).values(
            petition=petition, version=1, department="D05", service_point="12309", kind=kind, line=line,
            colour="none", secrecy=False, unnamed=False, walled_officers=[], walled_departments=[], unmatched=[],
        )
    )  # fmt: skip
    tell(work, petition, "石大川", "柳塘镇工地负责人 甲乙丙")


def tell(work: UnitOfWork, petition: str, *names: str, before: timedelta = timedelta()) -> None:
    """What intake writes once it was asked."""
    parties.ask(work, petition)
    data = {"petition": petition, "at": work.now - before}
    envelope = Envelope("/619926/intake", "parties.told.v1", petition, work.now, data)
    parties.told(work, Message(envelope, data, {"names": list(names)}, "intake", work.now))


def change(work: UnitOfWork, petition: str) -> None:
    """Intake says that something of it was put right."""
    data = {"petition": petition}
    envelope = Envelope("/619926/intake", "petition.corrected.v1", petition, work.now, data)
    parties.changed(work, Message(envelope, data, {}, "intake", work.now))


def enter(context: ServiceContext, name: str, *kinds: RosterKind, **more: Any) -> str:
    with context.begin(OFFICER) as work:
        return roster.enter(work, name, kinds, **more).id


def away(context: ServiceContext, entry: str, petition: str = PETITION) -> bool:
    with context.begin(OFFICER) as work:
        return entry in roster.keeps_away(work, petition, [roster.find(work, entry)])


def told(context: ServiceContext, petition: str = PETITION) -> list[str]:
    with context.begin(OFFICER) as work:
        its = select(tables.events.c.type).where(tables.events.c.subject == petition)
        return [each for each in work.session.scalars(its.order_by(tables.events.c.version)) if "team" in each]


# -- who is in it


def test_nobody_is_named_in_the_database(context: ServiceContext) -> None:
    """Who somebody is, by which certificate, and of what they keep away: a thief reads none of it."""
    entry = enter(context, "苏律师", K.LAWYER, qualification="执业证 13701", agency="A08")
    with context.begin(OFFICER) as work:
        roster.recuse(work, entry, petition=PETITION)
        roster.recuse(work, entry, unit="A06")
    with context.begin(OFFICER) as work:
        rows = [str(each) for name in ("roster", "recusal") for each in work.session.execute(text(f"TABLE {name}"))]
        sealed = b"".join(map(bytes, work.session.scalars(text("SELECT words FROM roster"))))
        assert not any(word in row for word in ("苏律师", "13701", PETITION, "A06") for row in rows)
        assert not any(word.encode() in sealed for word in ("苏律师", "13701"))
        assert {"name": "苏律师", "qualification": "执业证 13701"} == roster.words(work, roster.find(work, entry))


def test_one_of_ours_is_entered_once(context: ServiceContext) -> None:
    """Booked under two ids they could be in two places; who has left may come back."""
    entry = enter(context, "林检察官", K.PROSECUTOR, officer=PROSECUTOR)
    with pytest.raises(errors.EnteredTwice):
        enter(context, "林检察官", K.HEARING_OFFICER, officer=PROSECUTOR)
    with pytest.raises(colleagues.UnknownColleague):
        enter(context, "无此人", K.PROSECUTOR, officer="900199")
    with context.begin(OFFICER) as work:
        roster.remove(work, entry)
        assert [] == roster.listed(work)
    with pytest.raises(errors.NoSuchEntry), context.begin(OFFICER) as work:
        roster.remove(work, entry)
    enter(context, "林检察官", K.PROSECUTOR, officer=PROSECUTOR)


@pytest.mark.parametrize("given", [{}, {"petition": PETITION, "unit": "A06"}])
def test_a_recusal_is_of_one_thing(context: ServiceContext, given: dict[str, str]) -> None:
    """A petition or a unit; a unit that there is."""
    entry = enter(context, "苏律师", K.LAWYER)
    with pytest.raises(errors.WrongRecusal), context.begin(OFFICER) as work:
        roster.recuse(work, entry, **given)
    with pytest.raises(errors.NoSuchAgency), context.begin(OFFICER) as work:
        roster.recuse(work, entry, unit="A99")


def test_who_is_recused_keeps_away_of_that_alone(context: ServiceContext) -> None:
    """Of one petition, or of whatever is about a unit (条例 28(3)); said twice it is said once."""
    of_petition, of_unit, of_none = (enter(context, f"苏{each}", K.LAWYER) for each in "甲乙丙")
    other = "信2026-619926-000002"
    with context.begin(OFFICER) as work:
        settle(work, Kind.CLAIM, other)
        for _ in range(2):
            roster.recuse(work, of_petition, petition=PETITION)
            roster.recuse(work, of_unit, unit=ACCUSED)
            roster.recuse(work, of_none, unit="A06")
    assert [True, True, False] == [away(context, each) for each in (of_petition, of_unit, of_none)]
    assert [False, True, False] == [away(context, each, other) for each in (of_petition, of_unit, of_none)]


def test_a_wall_keeps_one_of_ours_away(context: ServiceContext) -> None:
    """By the same keyed hash that shuts the petition for them; of a department all who sit there."""
    mine, other = (enter(context, each, K.PROSECUTOR, officer=each) for each in (PROSECUTOR, COUNSELLOR))
    assert [False, False] == [away(context, each) for each in (mine, other)]
    with context.begin(OFFICER) as work:
        walls = {"walled_officers": [colleagues.fingerprint(work, PROSECUTOR)]}
        work.session.execute(update(placement).values(walls))
    assert [True, False] == [away(context, each) for each in (mine, other)]
    with context.begin(OFFICER) as work:
        work.session.execute(update(placement).values(walled_officers=[], walled_departments=["D05"]))
    assert [True, True] == [away(context, each) for each in (mine, other)]


def test_the_ban_holds_for_people_too(context: ServiceContext) -> None:
    """Of a claim nobody of the unit it is about; of an accusation nobody without power over it, or close to it."""
    accused, guided, guiding, apart, citizen = (
        enter(context, f"苏{each}", K.LAWYER, agency=each) for each in (ACCUSED, "A14", "A08", "A06", None)
    )
    everybody = (accused, guided, guiding, apart, citizen)
    assert [True, False, False, False, False] == [away(context, each) for each in everybody]
    accusing, secret = "信2026-619926-000002", "信2026-619926-000003"
    with context.begin(OFFICER) as work:
        settle(work, Kind.ACCUSATION, accusing)
        guard.correct(work, accusing, units=["A14"])
        settle(work, Kind.CLAIM, secret, reach="sealed")
    assert [True, True, True, False, False] == [away(context, each, accusing) for each in everybody]
    # of who asked for secrecy nobody from outside hears
    assert all(away(context, each, secret) for each in everybody)


def test_who_is_called_like_a_party_keeps_away(context: ServiceContext) -> None:
    """In any width and with any blanks, who petitions and whom it is about; the database says no name of either."""
    same, also, other = (enter(context, name, K.LAWYER) for name in ("石 大川", "甲乙丙", "石大"))
    assert [True, True, False] == [away(context, each) for each in (same, also, other)]
    with context.begin(OFFICER) as work:
        assert "石大川" not in str(work.session.execute(text("TABLE parties")).all())
        work.session.execute(text("DELETE FROM data_key WHERE subject = :of"), {"of": PETITION})
    assert not away(context, same)  # nothing is proved any more


def test_until_the_parties_are_known_nobody_is_called_in(context: ServiceContext) -> None:
    """Asked once in a while, told by letter, out of date by a correction; an older word that comes late is none."""
    lawyer = enter(context, "苏律师", K.LAWYER)
    with context.begin(OFFICER) as work:
        change(work, PETITION)
    assert away(context, lawyer)
    with pytest.raises(errors.NotYetChecked), context.begin(OFFICER) as work:
        teams.form(work, PETITION, lawyers=[lawyer])
    with context.begin(OFFICER) as work:
        tell(work, PETITION, "苏律师", before=timedelta(hours=1))
    assert away(context, lawyer)
    with context.begin(OFFICER) as work:
        tell(work, PETITION, "甲乙丙")
    assert not away(context, lawyer)
    asked = []
    for _ in range(3):
        with context.begin(OFFICER) as work:
            asked.append(work.session.scalars(select(tables.outbox.c.routing_key)).all().count("parties.asked.v1"))
            parties.ask(work, "信2026-619926-000009")
    assert asked[0] + 1 == asked[1] == asked[2]


def test_who_keeps_away_is_not_booked_for_it(context: ServiceContext) -> None:
    """For another matter they are."""
    citizen, hours = enter(context, "苏听证", K.HEARING_OFFICER), [timedelta(days=14, hours=each) for each in (0, 1)]
    with context.begin(OFFICER) as work:
        roster.recuse(work, citizen, petition=PETITION)
    with pytest.raises(errors.CannotTakePart), context.begin(OFFICER) as work:
        bookings.hold(work, *(work.now + each for each in hours), attendees=[citizen], petition=PETITION)
    with context.begin(OFFICER) as work:
        settle(work, Kind.CLAIM, "信2026-619926-000002")
        bookings.hold(work, *(work.now + each for each in hours), attendees=[citizen], petition="信2026-619926-000002")


def test_a_hearing_takes_its_officers_from_the_roster(context: ServiceContext) -> None:
    """Who is entered as such and need not keep away; what was taken for it is free again once it is cancelled."""
    fit, recused = (enter(context, each, K.HEARING_OFFICER) for each in ("苏听证", "安听证"))
    lawyer, petition = enter(context, "钱律师", K.LAWYER), "信2026-619926-000002"
    with context.begin(OFFICER) as work:
        settle(work, Kind.CLAIM, petition, line=Line.CIVIL_SUPERVISION)
        roster.recuse(work, recused, petition=petition)
        hearing = proceedings.propose(
            work, petition, ProceedingKind.HEARING, ProceedingSubject.CONTRACT, "事实有争议"
        ).number
    for id_, fault in ((recused, errors.CannotTakePart), (lawyer, errors.WrongPart), ("0" * 32, errors.NoSuchEntry)):
        with pytest.raises(fault), context.begin(OFFICER) as work:
            invitations.join(work, proceedings.load(work, hearing), PartRole.HEARING_OFFICER, roster=id_)
    hours = [timedelta(days=14, hours=each) for each in (0, 1)]
    with context.begin(OFFICER) as work:
        offered = [
            set(target.words["roster"])
            for _, _, target in proceeding_actions.of_proceeding(work, proceedings.find(work, hearing), lambda _: True)
            if "roster" in target.words
        ]
        assert [{fit}] == offered  # of a people's supervisor there is nobody
        invitations.join(work, proceedings.load(work, hearing), PartRole.HEARING_OFFICER, roster=fit)
        (part,) = (each for each in invitations.parts(work, hearing) if each.roster)
        assert "苏听证" == invitations.names(work, part)["name"]
        moments = [work.now + each for each in hours]
        booked = bookings.hold(work, *moments, attendees=[fit], petition=petition, proceeding=hearing)
    with context.begin(OFFICER) as work:
        proceedings.cancel(work, hearing, "已经和解")
        assert HoldState.CANCELLED == bookings.find(work, booked)[0].state


# -- the team


@pytest.fixture
def people(context: ServiceContext) -> dict[str, list[str]]:
    return {
        "prosecutors": [enter(context, "林检察官", K.PROSECUTOR, officer=PROSECUTOR)],
        "lawyers": [enter(context, "苏律师", K.LAWYER, agency="A08")],
        "counsellors": [enter(context, "安咨询师", K.COUNSELLOR, K.HEARING_OFFICER, officer=COUNSELLOR)],
    }


def test_a_team_is_whole_with_one_of_each(context: ServiceContext, people: dict[str, list[str]]) -> None:
    """Its events say how many of each there are, and nobody."""
    with context.begin(OFFICER) as work:
        team = teams.form(work, PETITION, prosecutors=people["prosecutors"])
        assert not teams.present(work, team)["whole"]
    with context.begin(OFFICER) as work:
        assert teams.present(work, teams.change(work, PETITION, **people))["whole"]
    with pytest.raises(errors.TeamThere), context.begin(OFFICER) as work:
        teams.form(work, PETITION, **people)
    with context.begin(OFFICER) as work:
        teams.end(work, PETITION)
    with pytest.raises(errors.NoTeam), context.begin(OFFICER) as work:
        teams.end(work, PETITION)
    assert ["team.formed.v1", "team.changed.v1", "team.ended.v1"] == told(context)
    with context.begin(OFFICER) as work:
        said = b"".join(map(bytes, work.session.scalars(select(tables.events.c.body))))
        known = [each for ids in people.values() for each in (*ids, "苏律师", PROSECUTOR, COUNSELLOR)]
        assert not any(each.encode() in said for each in known)
        assert b'"whole":true' in said.replace(b" ", b"")


def test_who_leaves_a_team_stays_on_record(context: ServiceContext, people: dict[str, list[str]]) -> None:
    """And may come back: each time with since when and until when."""
    with context.begin(OFFICER) as work:
        teams.form(work, PETITION, **people)
    for lists in ({**people, "lawyers": []}, people):
        with context.begin(OFFICER) as work:
            teams.change(work, PETITION, **lists)
    with context.begin(OFFICER) as work:
        rows = work.session.execute(text("SELECT entry, until IS NULL AS here FROM member ORDER BY since")).all()
        (lawyer,) = people["lawyers"]
        assert [(lawyer, False), (lawyer, True)] == [tuple(each) for each in rows if each.entry == lawyer]
        assert 4 == len(rows)


@pytest.mark.parametrize("list_", ["prosecutors", "lawyers", "counsellors"])
def test_nobody_is_in_a_team_who_may_not_be(context: ServiceContext, people: dict[str, list[str]], list_: str) -> None:
    """Entered as another, in two lists, a prosecutor from outside, recused, out of date, gone."""
    kind = teams.LISTS[list_]
    recused, stale, gone = (enter(context, f"某{each}", *K, officer=None) for each in "甲乙丙")
    outsider = enter(context, "外院检察官", K.PROSECUTOR)
    with context.begin(OFFICER) as work:
        roster.recuse(work, recused, petition=PETITION)
        roster.require(work, stale).valid_until = work.now.date() - timedelta(days=400)
        roster.remove(work, gone)
    wrong: Sequence[tuple[str, type[Exception]]] = [
        (people["lawyers" if list_ != "lawyers" else "counsellors"][0], errors.WrongMember),
        (gone, errors.NoSuchEntry),
    ]
    if kind is K.PROSECUTOR:
        wrong = [*wrong, (outsider, errors.WrongMember)]
    else:
        wrong = [*wrong, (recused, errors.CannotTakePart), (stale, errors.CannotTakePart)]
    for id_, fault in wrong:
        with pytest.raises(fault), context.begin(OFFICER) as work:
            teams.form(work, PETITION, **{list_: [id_]})
    twice = enter(context, "身兼两职", K.LAWYER, K.COUNSELLOR)
    with pytest.raises(errors.WrongMember), context.begin(OFFICER) as work:
        teams.form(work, PETITION, lawyers=[twice], counsellors=[twice])
    assert [] == told(context)


def test_who_has_to_keep_away_since_is_shown(context: ServiceContext, people: dict[str, list[str]]) -> None:
    """A wall that went up after the team was formed: whoever reads the team sees that they must go."""
    with context.begin(OFFICER) as work:
        team = teams.form(work, PETITION, **people)
        assert not any(each["away"] for each in teams.present(work, team)["members"])
    with context.begin(OFFICER) as work:
        walls = {"walled_officers": [colleagues.fingerprint(work, PROSECUTOR)]}
        work.session.execute(update(placement).values(walls))
    with context.begin(OFFICER) as work:
        found = teams.of_petition(work, PETITION)
        assert found is not None
        assert [True, False, False] == [each["away"] for each in teams.present(work, found)["members"]]
        assert not teams.able(work, PETITION)["prosecutors"]


def test_a_team_ends_with_its_petition(context: ServiceContext, people: dict[str, list[str]]) -> None:
    """By its own end nobody has to say so; of what has ended none is formed."""
    with context.begin(OFFICER) as work:
        teams.form(work, PETITION, **people)
    with context.begin(OFFICER) as work:
        guard.end(work, PETITION, True)
        teams.end_with(work, PETITION)
        teams.end_with(work, PETITION)
    assert ["team.formed.v1", "team.ended.v1"] == told(context)
    with pytest.raises(errors.EndedAlready), context.begin(OFFICER) as work:
        teams.form(work, PETITION, **people)


# -- what the counsellor wrote


def as_(context: ServiceContext, officer: str) -> Any:
    return context.begin(Actor("A00", officer, "handler"))


def test_a_note_is_the_counsellors_alone(context: ServiceContext, people: dict[str, list[str]]) -> None:
    """Nobody else writes, reads, opens, or learns that there is one."""
    with context.begin(OFFICER) as work:
        teams.form(work, PETITION, **people)
    with as_(context, COUNSELLOR) as work:
        note = notes.write(work, PETITION, "来访人情绪低落", violence=False).id
    with as_(context, COUNSELLOR) as work:
        assert ["来访人情绪低落"] == [each["text"] for each in notes.of_petition(work, PETITION)]
        assert "情绪".encode() not in bytes(work.session.execute(text("SELECT words FROM note")).scalar_one())
    for other in (PROSECUTOR, OFFICER.officer):
        with as_(context, other) as work:
            assert [] == notes.of_petition(work, PETITION)
            with pytest.raises(errors.NoSuchNote):
                notes.open_one(work, PETITION, note)
            with pytest.raises(errors.NotTheCounsellor):
                notes.write(work, PETITION, "我也写", violence=False)
    assert ["team.formed.v1"] == told(context)


def test_at_a_risk_of_violence_others_open_it_and_leave_a_trace(
    context: ServiceContext, people: dict[str, list[str]]
) -> None:
    """By the counsellor's own word; that it is there is told, what it says to who opens it, each time on the trail."""
    with context.begin(OFFICER) as work:
        teams.form(work, PETITION, **people)
    with as_(context, COUNSELLOR) as work:
        note = notes.write(work, PETITION, "扬言伤人", violence=True).id
    with as_(context, PROSECUTOR) as work:
        assert [None] == [each["text"] for each in notes.of_petition(work, PETITION)]
    for _ in range(2):
        with as_(context, PROSECUTOR) as work:
            assert "扬言伤人" == notes.open_one(work, PETITION, note)["text"]
        with pytest.raises(errors.NoSuchNote), context.begin(OFFICER) as work:
            notes.open_one(work, "信2026-619926-000002", note)
    opened = "team.note_opened.v1"
    assert ["team.formed.v1", "team.danger_told.v1", opened, opened] == told(context)


# -- every door

OFFICERS = [
    Officer("A00", "900100", frozenset({Role.WINDOW})),
    Officer("A00", PROSECUTOR, frozenset({Role.HANDLER}), "D05"),
    Officer("A00", "900107", frozenset({Role.HANDLER}), "D03"),
    Officer("A00", COUNSELLOR, frozenset({Role.HANDLER}), "D05"),
    Officer("A00", "900000", frozenset({Role.CHIEF})),
    Officer("A00", "900108", frozenset({Role.AID})),
]
EVERY = routes_of(ReferralService)
ROUTES = {
    each.action.partition(".")[2]: each for each in EVERY if each.method == "POST" and each.action in actions.OTHERS
}
READS = {each.path: each for each in EVERY if each.method == "GET"}


def test_every_act_has_its_words() -> None:
    """What a client cannot see offered it cannot draw."""
    acts = {each.action for each in EVERY if each.method == "POST" and not each.path.startswith("/operations/")}
    apart = ("referral.", "proceeding.")  # which have tables of their own
    assert set(actions.OTHERS) == {each for each in acts if each and not each.startswith(apart)}


class Walk:
    """The office's roster and rooms, and one petition's team, notes and bookings."""

    def __init__(self, context: ServiceContext, tmp_path: Path, dice: random.Random):
        self.context, self.dice, self.seen, self.made = context, dice, Counter[str](), 0
        self.desk = Desk(ReferralService, context, tags=Tags.from_file(tmp_path / "placement.key"))
        self.doors = Doors(self.desk, ROUTES, self.targets, self.body, self.seen)

    def targets(self, route: Route) -> list[dict[str, Any]]:
        kinds = {"roster": "SELECT id FROM roster", "rooms": "SELECT code FROM room"}
        kinds |= {"bookings": "SELECT DISTINCT id FROM booking", "notes": "SELECT id FROM note"}
        with self.context.begin(OFFICER) as work:
            ids = {noun: work.session.scalars(text(query)).all() for noun, query in kinds.items()}
        if "<note>" in route.path:
            return [{"number": PETITION, "note": each} for each in ids["notes"]]
        if "<number>" in route.path:
            noun = route.path.split("/")[1]
            return [{"number": each} for each in ids.get(noun, [PETITION])]
        return [{}]

    def body(self, name: str, drawn: list[dict[str, Any]], offered: bool) -> dict[str, Any]:
        dice, named = self.dice, {each["name"] for each in drawn}
        self.made += 1
        match name:
            case "form" | "change" if offered:
                some = [each["name"] for each in drawn if each["items"]["enum"]]
                return filled(drawn, {dice.choice(some): "x"}, dice)
            case "form" | "change":
                with self.context.begin(OFFICER) as work:
                    people = [each.id for each in roster.listed(work)]
                return {dice.choice(sorted(named)): [dice.choice([*people, "0" * 32])]}
            case "hold" | "hold-office":
                begins = datetime.now(UTC) + timedelta(days=1, hours=self.made % 8000)
                times = {"begins": begins.isoformat(), "ends": (begins + timedelta(minutes=30)).isoformat()}
                with self.context.begin(OFFICER) as work:
                    rooms = [each.code for each in bookings.rooms(work)]
                return times | {"rooms": [dice.choice(rooms if offered else [*rooms, "R-none"])]}
            case "recuse":
                return {"unit": "A14"}
            case "add":
                return {"code": f"R{self.made}", "name": "会议室"}
            case "write-note":
                return {"text": "记录", "violence": dice.random() < 0.5}
        return filled(drawn, {}, dice)

    def look(self, officer: Officer) -> list[dict[str, Any]]:
        """All that is offered on the pages of these."""
        its, booked = "/petitions/<number>/{}", READS["/bookings/<number>"]
        pages = ("/roster", "/rooms", *map(its.format, ("team", "team/notes")))
        answers = [self.desk.ask(officer, READS[each], {"number": PETITION} if "<" in each else {}) for each in pages]
        answers += [self.desk.ask(officer, booked, each) for each in self.targets(ROUTES["confirm"])]
        found = [offer for each in answers if each.done for offer in _offered(each.body)]
        for path, parts in (("/calendar", {}), (its.format("bookings"), {"number": PETITION})):
            answer = self.desk.ask(officer, READS[path], parts)
            found += answer.body["allowed_actions"] if answer.done else []
        return found


def _offered(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, list):
        for each in answer:
            yield from _offered(each)
    elif isinstance(answer, dict):
        yield from answer.get("allowed_actions", ())
        for each in answer.values():
            yield from _offered(each)


@pytest.mark.parametrize("stops", [6, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_what_is_offered_is_what_would_be_done(
    context: ServiceContext, people: dict[str, list[str]], tmp_path: Path, stops: int
) -> None:
    """Rooms, roster, team, notes and bookings: offered, and then done; done, so offered."""
    dice = random.Random(20261128)
    walk = Walk(context, tmp_path, dice)
    with context.begin(OFFICER) as work:
        bookings.add_room(work, "R0", "听证室")
    for _ in range(stops):
        for _ in range(4):
            officer = dice.choice(OFFICERS)
            found = [each for each in walk.look(officer) if each["action"] not in ("remove", "close")]
            if found:
                walk.doors.do(officer, dice.choice(found))
        for officer in OFFICERS:
            walk.doors.check(officer, walk.look(officer))
    assert stops < 100 or set(ROUTES) <= set(walk.seen), walk.seen
