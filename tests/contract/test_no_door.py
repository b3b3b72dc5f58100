"""No door of any service brings an accusation or a secret to who is accused; a claim gets to its department.

Plain Python and a seed of its own, so that a hundred thousand cases take seconds; the rule is read a second time here,
by another way than the code's.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from authorization import ban
from authorization.ban import AgencyGraph, BanSubject, Member
from contracts.problems import Problem
from contracts.purposes import purposes
from contracts.vocabulary import AgencyKind, Barred, EdgeKind, Kind, PetitionState, Transport
from intake.domain import states as intake
from referral.domain.states import COORDINATORS

CASES = 100_000
FIELDS = sorted({basis.fields for purpose in purposes().values() for basis in purpose.bases.values()})
KINDS, TRANSPORTS, EDGES = list(AgencyKind), list(Transport), list(EdgeKind)
COUNTY = Path(__file__).parent.parent.parent / "examples" / "county" / "agencies.yaml"


def directory(dice: random.Random) -> list[Member]:
    """Up to nine agencies; parents may even run in a circle, and an edge may lead nowhere."""
    codes = [f"A{n:02d}" for n in range(dice.randint(2, 9))]
    members = []
    for code in codes:
        others = [other for other in (*codes, "A99") if other != code]
        edges = tuple((dice.choice(EDGES), dice.choice(others)) for _ in range(dice.choice((0, 0, 0, 1, 2))))
        parent = dice.choice(others) if dice.random() < 0.4 else None
        active = dice.random() < 0.9
        members.append(Member(code, dice.choice(KINDS), dice.choice(TRANSPORTS), parent, edges, active))
    return members


def stand_with(members: list[Member], unit: str) -> set[str]:
    """Those an accusation of the unit must not reach: one house by 隶属, and one edge from it or from one above it."""
    by_code = {member.code: member for member in members}
    house = {code: code for code in by_code}
    for _ in members:  # labels spread along parents until nothing changes
        for member in members:
            if member.parent in house:
                house[member.code] = house[member.parent] = min(house[member.code], house[member.parent])
    found = {code for code in by_code if house[code] == house.get(unit)} | {unit}
    above, code = [], unit
    while code in by_code and code not in above:
        above.append(code)
        code = by_code[code].parent or ""
    for member in members:
        for kind, other in member.edges:
            if member.code in above and other in by_code:
                found.add(other)
            supervises = kind is EdgeKind.STATIONED and member.kind is AgencyKind.DISCIPLINE
            if other in above and not supervises:
                found.add(member.code)
    return found


def doors(graph: AgencyGraph, matter: BanSubject, to: Member, wish: bool, fields: tuple[str, ...]) -> Iterator[str]:
    """Every way by which something of the petition could leave for `to`, that is open."""
    snapshot = intake.Snapshot("信", PetitionState.REGISTERED, matter.kind, matter.secret, False, False)
    snapshot = replace(snapshot, on_hold=matter.held, released=matter.released)
    # referral, asking for help, a copy, passing on, urging, rework, late material, files, the answer to who sent it
    if ban.refusal(graph, matter, to.code) is None:
        yield "referral"
        if intake.sends_on(snapshot, to.code):  # what a contact brought after the petition was handed over
            yield "supplement"
        try:
            intake.check_leaves(snapshot, to.code)
            if intake.carries(snapshot, fields, to.transport, to.code, wish):
                yield "material"
        except Problem:
            pass
    if to.code in ban.choices(graph, matter, "A00"):  # what a refusal offers instead
        yield "choice"
    if to.code == ban.coordinator(graph, matter, COORDINATORS, "A00"):  # when nobody takes it
        yield "coordination"
    try:
        intake.check("mark-hardship", snapshot)
        intake.check_leaves(snapshot, to.code)
    except Problem:
        return
    yield "aid lead"


def test_no_door_brings_it_to_the_accused() -> None:
    """A hundred thousand random directories, respondents and wishes."""
    dice, guarded, reached = random.Random(20261125), 0, 0
    for case in range(CASES):
        members = directory(dice)
        units = frozenset(dice.choice(members).code for _ in range(dice.choice((0, 1, 1, 1, 2))))
        matter = BanSubject(dice.choice(list(Kind)), dice.random() < 0.3, units, bool(units) and dice.random() < 0.8)
        to, wish, fields = dice.choice(members), dice.random() < 0.7, dice.choice(FIELDS)
        graph = AgencyGraph.of(members)
        opened = set(doors(graph, matter, to, wish, fields))
        if matter.kind is Kind.ACCUSATION or matter.secret:
            guarded += 1
            assert "aid lead" not in opened, case
            accused = set().union(*(stand_with(members, unit) for unit in units))
            if to.code in accused:
                assert not opened, (case, matter, to)
            if not matter.all_known and to.kind not in (AgencyKind.DISCIPLINE, AgencyKind.PROCURATORATE):
                assert not opened, (case, matter, to)
            if matter.secret:
                assert not {"material", "supplement"} & opened, (case, matter, to)
            reached += bool(opened)
        else:
            assert "referral" in opened, (case, matter, to)
            if wish and to.transport in (Transport.QUEUE, Transport.WEB):
                assert "material" in opened, (case, matter, to)
    # the cases do test both: much is guarded, and the lawful way is not shut
    assert guarded > CASES * 0.4
    assert reached > CASES * 0.02


class Together:
    """Petitions that come to belong together, and who lets which of them go, as the services write it down."""

    def __init__(self, dice: random.Random, members: list[Member]):
        self.dice, self.members, self.graph = dice, members, AgencyGraph.of(members)
        self.matters = [self._matter() for _ in range(dice.randint(2, 4))]
        self.links: list[tuple[int, int]] = []
        self.asked: list[tuple[int, str, bool]] = []
        self.passed: dict[tuple[int, str], bool] = {}  # (petition, agency) → whether it was confirmed

    def _matter(self) -> BanSubject:
        dice = self.dice
        units = frozenset(dice.choice(self.members).code for _ in range(dice.choice((0, 1, 1, 2))))
        kind = dice.choice([Kind.CLAIM, Kind.CLAIM, Kind.PROPOSAL, Kind.ACCUSATION])
        return BanSubject(kind, dice.random() < 0.15, units, bool(units) and dice.random() < 0.8)

    def beside(self, one: int) -> set[int]:
        """Those that belong to it, by labels that spread until nothing changes."""
        labels = list(range(len(self.matters)))
        for _ in labels:
            for a, b in self.links:
                labels[a] = labels[b] = min(labels[a], labels[b])
        return {other for other, label in enumerate(labels) if label == labels[one]} - {one}

    def changed(self, one: int) -> None:
        """As intake does it when a link was made or one became secret, and referral when it hears of it."""
        together = {one} | self.beside(one)
        for number in intake.on_hold({str(each): self.matters[each].guarded for each in together}):
            self.matters[int(number)] = replace(self.matters[int(number)], held=True, released=frozenset())
        self.asked = [each for each in self.asked if each[0] not in together]
        self.passed = {key: said for key, said in self.passed.items() if key[0] not in together}

    def step(self) -> None:
        dice, one = self.dice, self.dice.randrange(len(self.matters))
        match dice.randrange(9):
            case 0 | 1:
                other = dice.randrange(len(self.matters))
                if other != one:
                    self.links.append((one, other))
                    self.changed(one)
            case 2 if dice.random() < 0.3:
                self.matters[one] = replace(self.matters[one], secret=True)
                self.changed(one)
            case 3 | 4 | 5 if self.matters[one].held:
                units = sorted(self.matters[one].units)
                to = dice.choice(units) if units and dice.random() < 0.3 else dice.choice(self.members).code
                self.asked.append((one, to, dice.random() < 0.5))
            case _ if self.asked:
                number, to, confirmed = self.asked.pop(dice.randrange(len(self.asked)))
                of, others = self.matters[number], self.others(number)
                if ban.releasable(self.graph, of, others, to, confirmed):
                    self.matters[number] = replace(of, released=of.released | {to})
                    self.passed[number, to] = self.passed.get((number, to), False) or confirmed

    def others(self, one: int) -> list[BanSubject]:
        return [self.matters[each] for each in self.beside(one) if self.matters[each].guarded]


def test_nothing_of_what_is_held_leaves_in_any_order_of_what_happens() -> None:
    """A hundred thousand counties whose petitions are linked, made secret, let go: a door opens by a release alone,
    and never to whom the other one hits, but a claim about that very organ, confirmed, when nobody asked for secrecy.
    """
    dice, held, open_, lawful = random.Random(20261126), 0, 0, 0
    for case in range(CASES):
        together = Together(dice, directory(dice))
        for _ in range(dice.randint(2, 12)):
            together.step()
        one, to = dice.randrange(len(together.matters)), dice.choice(together.members)
        if together.passed and dice.random() < 0.5:
            one, code = dice.choice(sorted(together.passed))
            to = together.graph.members[code]
        matter, others = together.matters[one], together.others(one)
        opened = set(doors(together.graph, matter, to, True, dice.choice(FIELDS)))
        if not others:
            assert not matter.held, case
            continue
        held += 1
        reasons = {each: ban.refusal(together.graph, matter, each.code) for each in together.members}
        shut = {each for each in together.members if (one, each.code) not in together.passed}
        assert {Barred.HELD} >= {reasons[each] for each in shut}, case  # one word for all, whatever is behind it
        if to in shut:
            assert not opened, (case, matter, to)
            continue
        open_ += bool(opened)
        for other in others:
            if to.code in set().union(*(stand_with(together.members, unit) for unit in other.units)):
                assert together.passed[one, to.code], case
                assert Kind.CLAIM is matter.kind, case
                assert not {other.secret, matter.secret} & {True}, case
                assert to.code in matter.units, case
                lawful += 1
    assert held > CASES * 0.2
    assert open_ > CASES * 0.01
    assert lawful > CASES * 0.0005


def county() -> AgencyGraph:
    entries = yaml.safe_load(COUNTY.read_text(encoding="utf-8"))["agencies"]
    return AgencyGraph.of(
        Member(
            entry["code"],
            AgencyKind(entry["kind"]),
            Transport(entry["transport"]),
            entry.get("parent"),
            tuple((EdgeKind(edge["kind"]), edge["to"]) for edge in entry.get("edges", [])),
        )
        for entry in entries
    )


@pytest.mark.parametrize(
    ("respondents", "all_known", "secret", "barred", "lawful"),
    [
        # 1: the town's clerk; the civil affairs office guides it, the justice office is its as much as the bureau's
        (["A14"], True, False, {"A14", "A14-1", "A08", "A07-1"}, {"A01", "A02", "A06", "A06-1", "A10"}),
        # 2: a policeman, in secrecy: the natural receiver is the barred one
        (["A06-1"], True, True, {"A06", "A06-1"}, {"A01", "A02", "A10"}),
        # 3: one of us
        (["A00"], True, False, {"A00", "A01"}, {"A02", "A06", "A06-1", "A10"}),
        # 12: a school's head; the school is in no directory
        (["A12"], False, False, {"A12"}, {"A01", "A02"}),
        # those who watch the bureau from inside it are the ones to hear of it
        (["A09"], True, False, {"A09"}, {"A01", "A02", "A06", "A06-1", "A10"}),
        # and an accusation of theirs goes to nobody they sit with
        (["A02"], True, False, {"A00", "A02", "A07", "A08", "A09"}, {"A01", "A06", "A06-1", "A10"}),
    ],
)
def test_the_countys_accusations_go_the_lawful_way(
    respondents: list[str], all_known: bool, secret: bool, barred: set[str], lawful: set[str]
) -> None:
    """Who is barred and who may have it, for the accusations among the twelve matters and two more."""
    matter = BanSubject(Kind.ACCUSATION, secret, frozenset(respondents), all_known)
    assert barred == ban.barred(county(), matter)
    assert sorted(lawful) == ban.choices(county(), matter, "A00")


def test_a_claim_about_a_department_goes_to_it_unless_in_secrecy() -> None:
    """控告公安不立案 is a claim; a claim in secrecy about it is not for its eyes."""
    for secret, expected in ((False, None), (True, Barred.ACCUSED)):
        matter = BanSubject(Kind.CLAIM, secret, frozenset({"A06"}), True)
        assert expected is ban.refusal(county(), matter, "A06")
