"""The tables of moves of mediation, hearing, meeting and talk, walked by random histories; who may have which."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from contracts import registry
from contracts.vocabulary import (
    ClosedReason,
    Consent,
    InvitationAnswer,
    Kind,
    Line,
    PartRole,
    ProceedingForm,
    ProceedingKind,
    ProceedingState,
    SettlementGround,
    Unfit,
)
from referral.domain import errors, fitness, proceedings, readiness
from referral.domain.fitness import Matter
from referral.domain.proceedings import ENDED, MOVES, By
from referral.domain.readiness import Course, Taking
from statute import Law
from statute.hearings import hearings

F, K, R, S, U = ProceedingForm, ProceedingKind, PartRole, ProceedingState, Unfit
LAW, MONDAY = Law.load(), date(2026, 11, 2)
CLAIM = Matter(Kind.CLAIM, Line.OTHER, None, secret=False, anonymous=False, held=False, ended=False)
CIVIL = hearings()["civil_supervision"]
FORMS_OF = {
    K.MEDIATION: [F.PEOPLE, F.ADMINISTRATIVE, F.JUDICIAL, F.SETTLEMENT],
    K.HEARING: [None],
    K.MEETING: [F.CASE, F.AID, F.JOINT],
    K.TALK: [None],
}


def test_every_state_has_a_way_in_and_every_end_has_none_out() -> None:
    """A state nobody can reach is a word without a meaning; what ended by mistake is another proceeding."""
    for moves in MOVES.values():
        reached = {S.PROPOSED} | {move.target for move in moves.values() if move.target}
        assert {source for move in moves.values() for source in move.sources} <= reached
        assert not ENDED & {source for move in moves.values() for source in move.sources}
    assert set(S) == {S.PROPOSED} | {move.target for moves in MOVES.values() for move in moves.values() if move.target}


def test_every_move_is_told_by_one_event_and_every_message_is_a_type() -> None:
    """So that a history can be folded from its events; what an agency says is registered."""
    for moves in MOVES.values():
        assert len(moves) == len({move.event for move in moves.values()})
        for move in moves.values():
            assert registry.contract("event", move.event)
            assert move.message is None or registry.contract("from_agency", move.message)
            assert (move.by is By.ORGAN) == (move.message is not None)


def test_what_an_organ_says_early_is_told_from_what_can_never_be() -> None:
    """A report that crosses the answer before it is held for a while; one of a mediation that ended is refused."""
    assert proceedings.awaits(K.MEDIATION, S.INVITED, "sit")
    assert proceedings.awaits(K.MEDIATION, S.TAKEN_ON, "agree")
    assert not proceedings.awaits(K.MEDIATION, S.ASKING, "sit")
    assert not proceedings.awaits(K.MEDIATION, S.FAILED, "agree")


# -- which petition ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matter", "kind", "form", "ground", "why"),
    [
        (CLAIM, K.MEDIATION, F.PEOPLE, None, None),
        (replace(CLAIM, kind=Kind.ACCUSATION), K.MEDIATION, F.PEOPLE, None, U.NOT_A_CLAIM),
        (replace(CLAIM, kind=Kind.PROPOSAL), K.MEDIATION, F.PEOPLE, None, U.NOT_A_CLAIM),
        (replace(CLAIM, secret=True), K.MEDIATION, F.PEOPLE, None, U.SECRET),
        (replace(CLAIM, secret=True, line=Line.CIVIL_SUPERVISION), K.HEARING, None, None, U.SECRET),
        (replace(CLAIM, secret=True), K.TALK, None, None, U.SECRET),
        (replace(CLAIM, secret=True), K.MEETING, F.AID, None, U.SECRET),
        (replace(CLAIM, secret=True), K.MEETING, F.CASE, None, None),
        (replace(CLAIM, anonymous=True), K.MEDIATION, F.PEOPLE, None, U.ANONYMOUS),
        (replace(CLAIM, anonymous=None), K.MEDIATION, F.PEOPLE, None, U.ANONYMOUS),
        (replace(CLAIM, held=True, secret=True), K.MEETING, F.CASE, None, U.HELD),
        (replace(CLAIM, ended=True), K.MEDIATION, F.PEOPLE, None, U.ENDED),
        (CLAIM, K.MEDIATION, F.SETTLEMENT, SettlementGround.SUPERVISION, U.NOT_OF_LINE),
        (replace(CLAIM, line=Line.PUBLIC_INTEREST), K.MEDIATION, F.PEOPLE, None, U.NOT_OF_LINE),
        (replace(CLAIM, line=Line.CRIMINAL_APPEAL), K.MEDIATION, F.PEOPLE, None, U.NOT_SETTLED),
        (replace(CLAIM, line=Line.CRIMINAL_APPEAL), K.MEDIATION, F.SETTLEMENT, None, U.NOT_SETTLED),
        (replace(CLAIM, line=Line.CRIMINAL_APPEAL), K.MEDIATION, F.SETTLEMENT, SettlementGround.SUPERVISION,
         U.NOT_SETTLED),
        (replace(CLAIM, line=Line.CRIMINAL_APPEAL), K.MEDIATION, F.SETTLEMENT, SettlementGround.CIVIL_DISPUTE, None),
        (replace(CLAIM, line=Line.CIVIL_SUPERVISION), K.MEDIATION, F.SETTLEMENT, SettlementGround.SUPERVISION, None),
        (CLAIM, K.HEARING, None, None, U.NOT_OF_LINE),
        (replace(CLAIM, line=Line.SUPPORT_PROSECUTION), K.HEARING, None, None, None),
    ],
)  # fmt: skip
def test_who_may_have_which(
    matter: Matter, kind: K, form: F | None, ground: SettlementGround | None, why: Unfit | None
) -> None:
    """Claims are mediated and nothing else, criminal ones where settlement is lawful; of a secret nobody is asked."""
    assert why == fitness.refusal(matter, kind, form, ground)


@pytest.mark.parametrize("reason", list(ClosedReason))
def test_a_minors_a_secret_and_privacy_are_heard_behind_doors(reason: ClosedReason) -> None:
    """听证工作规定 5(2); who accuses or gives no name is heard by no public, whatever the line says."""
    matter = replace(CLAIM, line=Line.CIVIL_SUPERVISION)
    assert fitness.is_open(matter, CIVIL, [])
    assert not fitness.is_open(matter, CIVIL, [reason])
    for guarded in ({"kind": Kind.ACCUSATION}, {"secret": True}, {"anonymous": True}, {"anonymous": None}):
        assert not fitness.is_open(replace(matter, **guarded), CIVIL, [])
    assert not fitness.is_open(CLAIM, hearings()["minors_protection"], [])


def test_why_a_line_closes_its_hearing_is_a_word_for_each() -> None:
    """What the data says in Chinese an officer can choose; a word that no line has would be chosen by nobody."""
    said = {each for rules in hearings().values() for each in rules.closed}
    assert said == {each.zh for each in ClosedReason}
    assert ClosedReason.TRADE_SECRET not in fitness.reasons(CIVIL)


def test_nobody_else_takes_part_in_what_accuses_or_is_secret() -> None:
    """No other side and no guest of an accusation, whoever they are: one of them could be whom it hits."""
    accusing, secret = replace(CLAIM, kind=Kind.ACCUSATION), replace(CLAIM, secret=True)
    for kind in K:
        assert not fitness.takes_part(accusing, kind, R.OTHER_SIDE)
        assert not fitness.takes_part(accusing, kind, R.GUEST)
        assert {role for role in R if fitness.takes_part(secret, kind, role)} <= {R.HOST, R.HANDLER}


# -- histories ---------------------------------------------------------------------------------------------------------


# tried seldom, or few histories come further
ENDINGS = {"refuse", "cancel", "adjourn", "decline", "withdraw", "turn_down", "fail"}


@dataclass
class Walk:
    """One proceeding as the service keeps it, without the service: what is asked is asked of the domain alone."""

    dice: random.Random
    matter: Matter
    kind: ProceedingKind
    form: ProceedingForm | None
    state: ProceedingState = S.PROPOSED
    parts: list[Taking] = field(default_factory=list)
    today: date = MONDAY
    day: date | None = None
    made: list[str] = field(default_factory=list)

    def course(self) -> Course:
        rules = fitness.rules_of(self.matter) if self.kind is K.HEARING else None
        told_by = proceedings.told_by(LAW, rules, self.day, self.today) if rules and self.day else None
        return Course(self.kind, self.form, self.parts, self.today, self.day, self.day is not None, told_by, rules)

    def step(self) -> None:
        dice = self.dice
        tries: list[Callable[[], None]] = [*[self.move] * 8, self.wait, self.wait, self.prepare, self.join]
        dice.choice(tries)()

    def join(self) -> None:
        """Somebody is named, answers or is told; the same again changes nothing."""
        dice, role = self.dice, self.dice.choice(list(R))
        joins = self.state in proceedings.JOINING and len(self.parts) < 12
        if joins and fitness.takes_part(self.matter, self.kind, role):
            self.parts.append(Taking(role, dice.choice([None, Consent.GIVEN]), None, None))
        if self.parts and dice.random() < 0.5:
            at = dice.randrange(len(self.parts))
            told = self.today if self.state is S.NOTIFIED else None
            answer = dice.choice([None, None, InvitationAnswer.ACCEPTED, InvitationAnswer.DECLINED])
            self.parts[at] = replace(self.parts[at], told_on=self.parts[at].told_on or told, answer=answer)

    def prepare(self) -> None:
        """What an office does that means to hold it: all who are needed, and a date."""
        if self.state not in proceedings.JOINING:
            return
        self.parts = [
            Taking(role, Consent.GIVEN)
            for role in (R.PETITIONER, R.OTHER_SIDE, R.HOST, R.MEDIATOR, R.AGENCY, R.SUPERVISOR, R.TALKED_TO,
                         *[R.HEARING_OFFICER] * self.dice.choice([2, 3, 5, 7, 9]))
            if fitness.takes_part(self.matter, self.kind, role)
        ]  # fmt: skip
        if self.state in proceedings.BEFORE_DATE:
            self.day = self.today + timedelta(self.dice.randint(0, 12))

    def wait(self) -> None:
        self.today += timedelta(self.dice.randint(0, 4))

    def move(self) -> None:
        name = self.dice.choice(list(MOVES[self.kind]))
        if name in ENDINGS and self.dice.random() < 0.95:
            return
        try:
            after = proceedings.check(self.kind, self.form, self.state, name)
            readiness.check(self.course(), name)
        except (errors.IllegalStep, errors.Lacking, errors.NoticeTooLate):
            return
        self.state = after
        self.made.append(name)
        if name in ("notify", "adjourn"):
            told = self.today if name == "notify" else None
            self.parts = [replace(each, told_on=told) for each in self.parts]
        self.judge(name)

    def judge(self, name: str) -> None:
        """What must hold after every step, said without the code that decides it."""
        roles = [each.role for each in self.parts]
        standing = [each.role for each in self.parts if each.answer is not InvitationAnswer.DECLINED]
        match self.kind, name:
            case K.HEARING, "hold":
                bench = standing.count(R.HEARING_OFFICER)
                assert bench in (3, 5, 7)
                assert self.day is not None
                for each in self.parts:
                    if each.role in fitness.TOLD and each.answer is not InvitationAnswer.DECLINED:
                        assert each.told_on is not None
                        assert (self.day - each.told_on).days >= 3
                assert self.made[self.made.index("approve") :].count("notify") >= 1
            case K.MEDIATION, "take_on" | "begin":
                assert {Consent.GIVEN} == {each.consent for each in self.parts if each.role in fitness.SIDES}
                assert {R.PETITIONER, R.OTHER_SIDE} <= set(roles)
            case K.MEETING, "resolve":
                assert "hold" in self.made
        if self.kind is not K.MEDIATION and self.state is not S.REFUSED and name not in ("cancel",):
            assert "approve" in self.made, "nothing is held that the chief did not approve"
        if self.matter.guarded:
            assert R.OTHER_SIDE not in roles, "whom it hits is asked to come"
        if self.matter.secret:
            assert set(roles) <= {R.HOST, R.HANDLER}


def walk(seed: int) -> Walk | None:
    dice = random.Random(seed)
    kind = dice.choice(list(K))
    matter = Matter(
        dice.choice([*[Kind.CLAIM] * 9, *Kind]), dice.choice(list(Line)), None,
        secret=dice.random() < 0.1, anonymous=dice.choice([*[False] * 8, True, None]),
        held=dice.random() < 0.05, ended=False,
    )  # fmt: skip
    lawful = sorted(fitness.FORMS.get(matter.line, ())) if kind is K.MEDIATION else []
    form = dice.choice([*FORMS_OF[kind], *lawful, *lawful])
    ground = dice.choice([None, *SettlementGround])
    why = fitness.refusal(matter, kind, form, ground)
    if why is not None:
        return None
    if kind is K.MEDIATION:
        assert matter.kind is Kind.CLAIM
        assert not matter.secret
        assert matter.anonymous is False
    found = Walk(dice, matter, kind, form)
    for _ in range(dice.randint(1, 100)):
        found.step()
    return found


@pytest.mark.parametrize("histories", [3_000, pytest.param(100_000, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_no_history_leaves_the_law(histories: int) -> None:
    """Random moves, people, answers and days: nothing unapproved is held, no hearing is told of too late."""
    ends: dict[ProceedingKind, set[ProceedingState]] = {kind: set() for kind in K}
    for seed in range(histories):
        found = walk(seed)
        if found is not None:
            ends[found.kind].add(found.state)
    assert S.CONCLUDED in ends[K.HEARING], "no history came to its end: nothing was tried"
    assert {S.PERFORMED, S.DECLINED, S.FAILED} <= ends[K.MEDIATION]
    assert S.FULFILLED in ends[K.MEETING]
    assert S.MENDED in ends[K.TALK]


@pytest.mark.parametrize("histories", [3_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_what_an_organ_says_twice_and_in_any_order_ends_where_it_ended(histories: int) -> None:
    """What is early is held until what is before it came, what is late or a repeat is refused; nothing is skipped."""
    dice = random.Random(20261127)
    for _ in range(histories):
        sits = ["sit"] * dice.randint(1, 3)
        told = dice.choice([["take_on", *sits, "agree", "perform"], ["take_on", *sits, "agree", "default", "perform"]])
        coming = dice.sample(told * 2, 2 * len(told))
        state, held, made = S.INVITED, list[str](), list[str]()
        while coming:
            name = coming.pop(0)
            move = MOVES[K.MEDIATION][name]
            if proceedings.lawful(move, F.PEOPLE, state):
                state, made = move.target or state, [*made, name]
                coming, held = [*held, *coming], []
            elif proceedings.awaits(K.MEDIATION, state, name):
                held.append(name)
        assert S.PERFORMED is state, (told, made)
        assert made.index("take_on") < made.index("sit") < made.index("agree") < made.index("perform")
        assert 1 == made.count("take_on") == made.count("agree") == made.count("perform")


def test_the_notice_is_counted_back_by_the_laws_days() -> None:
    """Three days before, a rest day moves it earlier: for Tuesday 2025-05-13 it is Friday 05-09, not Saturday 05-10."""
    general = hearings()["criminal_appeal"]
    assert date(2025, 5, 9) == proceedings.told_by(LAW, general, date(2025, 5, 13), date(2025, 5, 1))
    assert date(2024, 10, 18) == proceedings.told_by(LAW, CIVIL, date(2024, 10, 23), date(2024, 10, 1))


def test_nobody_told_too_late_is_heard() -> None:
    """One of seven who had the notice two days before: it is held on another day, for all."""
    parts = [Taking(R.HOST), *[Taking(R.HEARING_OFFICER, told_on=MONDAY)] * 3, Taking(R.PETITIONER, told_on=MONDAY)]
    day = MONDAY + timedelta(7)
    told_by = proceedings.told_by(LAW, CIVIL, day, MONDAY)
    course = Course(K.HEARING, None, parts, day, day, True, told_by, CIVIL)
    readiness.check(course, "hold")
    late = Taking(R.GUEST, told_on=day - timedelta(2))
    with pytest.raises(errors.Lacking, match="something that the move needs"):
        readiness.check(replace(course, parts=[*parts, late]), "hold")


@pytest.mark.parametrize(("line", "steps", "recorded"), [("civil_supervision", 7, False),
                                                         ("administrative_supervision", 9, True)])  # fmt: skip
def test_a_hearing_goes_by_its_lines_steps(line: str, steps: int, recorded: bool) -> None:
    """Nine of an administrative one, recorded as a whole; a step that was left out is named."""
    rules, every = hearings()[line], range(1, steps + 1)
    readiness.took_place(rules, every, recorded)
    with pytest.raises(errors.Lacking) as refused:
        readiness.took_place(rules, every[1:], recorded)
    assert [f"第1步：{rules.steps[0]}"] == refused.value.more["lacking"]
    if recorded:
        with pytest.raises(errors.Lacking):
            readiness.took_place(rules, every, False)


def test_an_administrative_hearing_has_its_supervisor() -> None:
    """行政诉讼监督规则 69(2): a 人民监督员 is invited."""
    rules = hearings()["administrative_supervision"]
    parts = [Taking(R.HOST), *[Taking(R.HEARING_OFFICER)] * 3]
    course = Course(K.HEARING, None, parts, MONDAY, MONDAY + timedelta(9), True, MONDAY, rules)
    assert ["应当邀请人民监督员参加"] == list(readiness.lacking(course, "notify"))
    assert readiness.ready(replace(course, parts=[*parts, Taking(R.SUPERVISOR)]), "notify")
