"""No door of any service brings an accusation or a secret to who is accused; a claim gets to its department.

Plain Python and a seed of its own, so that a hundred thousand cases take seconds; the rule is read a second time here,
by another way than the code's.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contracts.purposes import purposes
from contracts.vocabulary import AgencyKind, Barred, EdgeKind, Kind, PetitionState, Transport
from gate.problems import Problem
from intake import domain as intake
from referral import ban
from referral.ban import Circle, Matter, Member
from referral.domain import COORDINATORS

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


def doors(circle: Circle, matter: Matter, to: Member, wish: bool, fields: tuple[str, ...]) -> Iterator[str]:
    """Every way by which something of the petition could leave for `to`, that is open."""
    standing = intake.Standing("信", PetitionState.REGISTERED, matter.kind, matter.secret, False, False)
    # referral, asking for help, a copy, passing on, urging, rework, late material, files, the answer to who sent it
    if ban.refusal(circle, matter, to.code) is None:
        yield "referral"
        if intake.sends_on(standing, to.code):  # what a contact brought after the petition was handed over
            yield "supplement"
        try:
            if intake.carries(standing, fields, to.transport, to.code, wish):
                yield "material"
        except Problem:
            pass
    if to.code in ban.choices(circle, matter, "A00"):  # what a refusal offers instead
        yield "choice"
    if to.code == ban.coordinator(circle, matter, COORDINATORS, "A00"):  # when nobody takes it
        yield "coordination"
    try:
        intake.check("mark-hardship", standing)
    except Problem:
        return
    yield "aid lead"


def test_no_door_brings_it_to_the_accused() -> None:
    """A hundred thousand random directories, respondents and wishes."""
    dice, guarded, reached = random.Random(20261125), 0, 0
    for case in range(CASES):
        members = directory(dice)
        units = frozenset(dice.choice(members).code for _ in range(dice.choice((0, 1, 1, 1, 2))))
        matter = Matter(dice.choice(list(Kind)), dice.random() < 0.3, units, bool(units) and dice.random() < 0.8)
        to, wish, fields = dice.choice(members), dice.random() < 0.7, dice.choice(FIELDS)
        circle = Circle.of(members)
        opened = set(doors(circle, matter, to, wish, fields))
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


def county() -> Circle:
    entries = yaml.safe_load(COUNTY.read_text(encoding="utf-8"))["agencies"]
    return Circle.of(
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
    matter = Matter(Kind.ACCUSATION, secret, frozenset(respondents), all_known)
    assert barred == ban.barred(county(), matter)
    assert sorted(lawful) == ban.choices(county(), matter, "A00")


def test_a_claim_about_a_department_goes_to_it_unless_in_secrecy() -> None:
    """控告公安不立案 is a claim; a claim in secrecy about it is not for its eyes."""
    for secret, expected in ((False, None), (True, Barred.ACCUSED)):
        matter = Matter(Kind.CLAIM, secret, frozenset({"A06"}), True)
        assert expected is ban.refusal(county(), matter, "A06")
