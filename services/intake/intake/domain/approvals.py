"""Who drafts what and who approves it, as data; and who of the office that is for one petition. Plain Python."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts import county
from contracts.vocabulary import ApproverLevel, Role

_SHIPPED = Path(__file__).with_name("approvals.yaml")
# what lifts a ban, gives us time, ends what is owed, or says otherwise than was issued: never by one alone, also where
# a county's own file is older
ALWAYS = frozenset(
    {"reclassify", "remove-respondent", "correct-receipt", "correct-reply", "void", "unvoid", "merge", "unmerge"}
)
# what can be made to wait for an approval: a name that is none of these would ask nobody, and be done at once
ACTIONS = ALWAYS | {"not-accept", "conclude", "reply", "terminate", "extend-clock", "wall", "unwall"}
# from the lowest; whoever is above decides where nobody below may
LEVELS: Mapping[ApproverLevel, Role] = {
    ApproverLevel.DEPARTMENT_HEAD: Role.DEPARTMENT_HEAD,
    ApproverLevel.LEADER: Role.LEADER,
    ApproverLevel.CHIEF: Role.CHIEF,
}


@dataclass(frozen=True, slots=True)
class Chair:
    """Where somebody decides today: `holder` whose it is, `acting` who sits on it, their deputy during a leave."""

    holder: str
    acting: str
    roles: frozenset[Role]
    department: str | None
    leads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """Of one action: the roles of who may ask for it, and the first level that may approve it."""

    drafts: frozenset[Role]
    approves: ApproverLevel

    @property
    def levels(self) -> tuple[ApproverLevel, ...]:
        """Those that may come to decide, the first first."""
        order = tuple(LEVELS)
        return order[order.index(self.approves) :]


def load(path: Path | None) -> Mapping[str, Rule]:
    """Action → its rule, of the county's own file where there is one, of `ALWAYS` else of ours.

    Raises ValueError for what is no rule.
    """
    shipped = _read(_SHIPPED)
    if path is None or not path.exists():
        return shipped
    return {each: shipped[each] for each in sorted(ALWAYS)} | _read(path)


def _read(file: Path) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for row in county.read(file):
        if row.keys() != {"action", "drafts", "approves"} or row["action"] not in ACTIONS - rules.keys():
            raise ValueError(f"{file.name}：没有这种审批事项，或者写了两次、字段不对：{row}")
        rule = Rule(frozenset(map(Role, row["drafts"])), ApproverLevel(row["approves"]))
        if rule.approves not in LEVELS or not rule.drafts:
            raise ValueError(f"{file.name}：{row['action']} 没有写明谁拟办、谁批准")
        rules[row["action"]] = rule
    return rules


def decides_at(level: ApproverLevel, chair: Chair, department: str | None) -> bool:
    """Whether this level's decisions on what a department has are taken on the chair; the chief's on every one's."""
    if LEVELS[level] not in chair.roles:
        return False
    match level:
        case ApproverLevel.DEPARTMENT_HEAD:
            return department is not None and chair.department == department
        case ApproverLevel.LEADER:
            return department in chair.leads
        case _:
            return True


def deciders(
    rule: Rule, chairs: Iterable[Chair], department: str | None, may: Callable[[str], bool]
) -> tuple[ApproverLevel, frozenset[str]]:
    """The level that decides, and the numbers of who does. PAPER and nobody where no level has anybody who may.

    `may`: of a number, whether that officer is neither whose own it is nor kept away; asked of both on a chair.
    """
    sat = list(chairs)
    for level in rule.levels:
        its = [each for each in sat if decides_at(level, each, department)]
        found = frozenset(each.acting for each in its if may(each.holder) and may(each.acting))
        if found:
            return level, found
    return ApproverLevel.PAPER, frozenset()
