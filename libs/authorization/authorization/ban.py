"""The routing ban: what accuses somebody, or could reveal who spoke in secrecy, never reaches who is accused. Plain.

条例 30(3), 46(5). It holds for accusations and for who asked for secrecy, not for a claim about a department: that goes
to the department. Checked before anything leaves; a refusal names who may lawfully have it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.problems import Conflict
from contracts.vocabulary import AgencyKind, Barred, EdgeKind, Kind, Transport

# who has the power to deal with an accusation (条例 30; 刑诉法 110; 监察法 11)
COMPETENT = frozenset({AgencyKind.DISCIPLINE, AgencyKind.PROCURATORATE, AgencyKind.POLICE, AgencyKind.COURT})
# who may have one of which it is not known whom it hits
ABOVE_ALL = frozenset({AgencyKind.DISCIPLINE, AgencyKind.PROCURATORATE})
_ONE_HOUSE = frozenset({EdgeKind.GUIDANCE, EdgeKind.DUAL})
# what travels in an envelope, and in no queue
BY_HAND = frozenset({Transport.SEALED_POST, Transport.FILE})


@dataclass(frozen=True, slots=True)
class Member:
    """An agency as the ban sees it. `edges`: the kind and the other end."""

    code: str
    kind: AgencyKind
    transport: Transport
    parent: str | None = None
    edges: tuple[tuple[EdgeKind, str], ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True)
class BanSubject:
    """What the ban needs to know of a petition. `units`: of the respondents; `all_known`: each one's is among them."""

    kind: Kind
    secret: bool
    units: frozenset[str]
    all_known: bool
    held: bool = False  # belongs to another that is guarded: goes nowhere but to whom it was released
    released: frozenset[str] = frozenset()
    ended: bool = False  # with us: goes to nobody new, whoever it is

    @property
    def guarded(self) -> bool:
        """Whether the ban holds it: an accusation, or one whose petitioner asked for secrecy."""
        return self.kind is Kind.ACCUSATION or self.secret


@dataclass(frozen=True, slots=True)
class AgencyGraph:
    """The directory as a graph, once for many questions."""

    members: Mapping[str, Member]
    neighbours: Mapping[str, frozenset[str]]  # 隶属, both ways
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)  # the other edges, both ways

    @classmethod
    def of(cls, members: Iterable[Member]) -> "AgencyGraph":
        """The graph of these; an edge to who is not among them leads nowhere."""
        known = {member.code: member for member in members}
        tree: dict[str, set[str]] = {code: set() for code in known}
        beside: dict[str, set[str]] = {code: set() for code in known}
        for member in known.values():
            if member.parent in known:
                tree[member.code].add(member.parent)
                tree[member.parent].add(member.code)
            for kind, other in member.edges:
                if other in known:
                    beside[member.code].add(other)
                    # its own supervisor's group in the house is there to hear of it (监察法 12)
                    if kind in _ONE_HOUSE or member.kind is not AgencyKind.DISCIPLINE:
                        beside[other].add(member.code)
        return cls(known, {c: frozenset(s) for c, s in tree.items()}, {c: frozenset(s) for c, s in beside.items()})

    def of_unit(self, unit: str) -> set[str]:
        """Who stands with a unit: its whole tree, and what guides, shares or houses it or one above it, both ways."""
        reached, front = {unit}, [unit]
        while front:
            for other in self.neighbours.get(front.pop(), ()):
                if other not in reached:
                    reached.add(other)
                    front.append(other)
        for code in self._chain(unit):
            reached |= self.beside.get(code, frozenset())
        return reached

    def _chain(self, unit: str) -> list[str]:
        """The unit and those above it; a circle of parents ends where it began."""
        chain, code = [], unit
        while code in self.members and code not in chain:
            chain.append(code)
            code = self.members[code].parent or ""
        return chain or [unit]


class BarredReceiver(Conflict):
    """What every door says of whom the ban hits: why, and who may lawfully have it."""

    code = "barred-receiver"

    def __init__(self, reason: Barred, lawful: Sequence[str]):
        super().__init__(
            f"依法不得送该单位：{reason.zh}（信访工作条例第三十条第三款）",
            f"the routing ban: {reason.value}",
            field="to",
            more={"reason": reason.value, "lawful": list(lawful)},
        )


def barred(graph: AgencyGraph, matter: BanSubject) -> set[str]:
    """Who may not have it because of whom it hits."""
    if not matter.guarded:
        return set()
    return set().union(*(graph.of_unit(unit) for unit in matter.units))


def withheld(matter: BanSubject, code: str) -> bool:
    """Whether it belongs to a guarded one and was not released to this agency."""
    return matter.held and code not in matter.released


def refusal(graph: AgencyGraph, matter: BanSubject, code: str) -> Barred | None:
    """Why the agency may not have anything of it; None: it may."""
    if withheld(matter, code):
        # before every other reason: one sentence for all, or the difference would tell
        return Barred.HELD
    if not matter.guarded:
        return None
    member = graph.members.get(code)
    if member is None or code in barred(graph, matter):
        return Barred.ACCUSED
    if not matter.all_known and member.kind not in ABOVE_ALL:
        return Barred.UNKNOWN
    if matter.kind is Kind.ACCUSATION and member.kind not in COMPETENT:
        return Barred.NO_POWER
    if matter.secret and member.transport not in BY_HAND:
        return Barred.SECRET
    return None


def releasable(
    graph: AgencyGraph, matter: BanSubject, others: Iterable[BanSubject], code: str, confirmed: bool
) -> bool:
    """Whether what is held because of `others` may go to the agency.

    Where one of them hits the agency or who stands with it, only a claim about that very organ, which is the law's way
    for it; where one does not say whom it hits, whoever could be hit. Both `confirmed`; never what was said in secrecy.
    """
    member = graph.members.get(code)
    if member is None or not member.active:
        return False
    addressee = matter.kind is Kind.CLAIM and not matter.guarded and code in matter.units
    for other in others:
        if code in barred(graph, other):
            if not (confirmed and addressee and not other.secret):
                return False
        elif not other.all_known and member.kind not in ABOVE_ALL and not confirmed:
            return False
    return True


def choices(graph: AgencyGraph, matter: BanSubject, ours: str) -> list[str]:
    """Who may lawfully have it, by code."""
    return sorted(
        code
        for code, member in graph.members.items()
        if member.active and code != ours and refusal(graph, matter, code) is None
    )


def coordinator(graph: AgencyGraph, matter: BanSubject, kinds: Sequence[AgencyKind], ours: str) -> str | None:
    """Who may be asked to coordinate, by the order of `kinds`; None: whoever could is barred."""
    lawful = choices(graph, matter, ours)
    return next((code for kind in kinds for code in lawful if graph.members[code].kind is kind), None)
