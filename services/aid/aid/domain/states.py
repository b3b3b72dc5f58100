"""Who may be entitled to which aid, how much at most, and what a case and a lead may become. Plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from aid.domain.errors import EarlyLead, IllegalLeadMove, IllegalMove, NoGround, NotFitting, TooMuch, WrongAmount
from contracts.plain import AMOUNT
from contracts.vocabulary import AgencyKind, AidKind, AidState, LeadResult, LeadState, Situation
from statute import Cited

RETAIN_DAYS = 365
PURPOSE = "aid"
CAP_MONTHS = 36  # of the average monthly wage; base year and place are the county's settings

L = LeadState
# an agency's move → from which states, to which
LEAD_MOVES = {
    "sign": (frozenset({L.OFFERED}), L.SIGNED),
    "report": (frozenset({L.SIGNED}), L.SIGNED),
    "answer": (frozenset({L.SIGNED}), L.ANSWERED),
}
OPEN_LEADS = frozenset({L.OFFERED, L.SIGNED})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table: it fits when all of `all_of` and, if there are any, one of `any_of` and `among` were found.

    `agencies`: the kinds that take it in or decide on it; of judicial aid none. `verifiable`: what the checking
    mechanism knows, and nobody is asked for.
    """

    id: str
    kind: AidKind
    agencies: tuple[AgencyKind, ...]
    all_of: frozenset[Situation]
    any_of: frozenset[Situation]
    among: frozenset[Situation]
    zh: str
    documents: tuple[str, ...]
    verifiable: tuple[str, ...]
    law: Cited

    def fits(self, found: frozenset[Situation]) -> bool:
        """Whether what an officer found suffices for this row."""
        some = (not each or bool(each & found) for each in (self.any_of, self.among))
        return self.all_of <= found and all(some)


@dataclass(frozen=True, slots=True)
class Rules:
    """A table in one version, from a day on.

    `basis`: what a lead is handed on by; `after_judicial`: the same of who was given judicial aid.
    """

    version: str
    rules: tuple[Rule, ...]
    since: date
    until: date | None
    basis: str
    after_judicial: str

    def determine(self, situations: Iterable[Situation]) -> list[Rule]:
        """The rows that fit, in the table's order; what somebody may ask for, with the reason and the documents."""
        found = frozenset(situations)
        return [rule for rule in self.rules if rule.fits(found)]


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table there is, the oldest first: which is meant, the day says."""

    tables: tuple[Rules, ...]

    def in_force(self, day: date) -> Rules:
        """The table of a day; before the first, the first."""
        found = [each for each in self.tables if each.since <= day]
        return found[-1] if found else self.tables[0]


@dataclass(frozen=True, slots=True)
class Caps:
    """The most judicial aid there can be, in fen. The lower of the two binds."""

    monthly_wage_fen: int
    local_fen: int

    @property
    def lower(self) -> int:
        """In fen."""
        return min(self.monthly_wage_fen * CAP_MONTHS, self.local_fen)


def kinds_for(rules: Sequence[Rule], agency: AgencyKind) -> list[AidKind]:
    """The kinds of social aid an agency decides on, among those that fit."""
    return sorted({rule.kind for rule in rules if agency in rule.agencies})


def check_lead(rules: Sequence[Rule], agency: AgencyKind, wanted: Sequence[AidKind]) -> list[AidKind]:
    """The kinds a lead to this agency may name. Raises NotFitting with those that would."""
    lawful = kinds_for(rules, agency)
    kinds = sorted(set(wanted)) if wanted else lawful
    if not kinds or not set(kinds) <= set(lawful):
        raise NotFitting([kind.zh for kind in lawful])
    return kinds


def grounds(rules: Sequence[Rule]) -> dict[str, str]:
    """By which of the rows that fit judicial aid may be given: id → its Chinese."""
    return {rule.id: rule.zh for rule in rules if rule.kind is AidKind.JUDICIAL}


def check_ground(rules: Sequence[Rule], ground: str) -> str:
    """The row that judicial aid is given by, among those that fit. Raises NoGround with those that do."""
    lawful = grounds(rules)
    if ground not in lawful:
        raise NoGround(lawful)
    return ground


def fen(yuan: str) -> int:
    """An amount of money, exactly: 20000 or 20000.50, and no other spelling. Raises WrongAmount.

    Never by way of a number with an exponent: 1e999990 has a million digits.
    """
    if not AMOUNT.fullmatch(yuan):
        raise WrongAmount()
    whole, _, rest = yuan.partition(".")
    amount = int(whole) * 100 + int(rest.ljust(2, "0"))
    if not 0 < amount < 2**31:
        raise WrongAmount()
    return amount


def check_amount(amount_fen: int, caps: Caps) -> int:
    """The amount in fen as it is. Raises TooMuch."""
    if amount_fen > caps.lower:
        raise TooMuch(caps.lower)
    return amount_fen


def yuan(amount_fen: int) -> str:
    """2000050 → 20000.50"""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def check_decision(state: AidState) -> None:
    """A case is decided once."""
    if state is not AidState.OPENED:
        raise IllegalMove(state)


def lead_move(result: LeadResult | None) -> str:
    """Which move an agency's message makes: without a result it is the receipt."""
    if result is None:
        return "sign"
    return "report" if result is LeadResult.PENDING else "answer"


def check_lead_move(move: str, state: LeadState) -> LeadState:
    """The state a move leads to. Raises EarlyLead when only the receipt is missing, else IllegalLeadMove."""
    sources, target = LEAD_MOVES[move]
    if state in sources:
        return target
    if state is LeadState.OFFERED:
        raise EarlyLead(state)
    raise IllegalLeadMove(state)


def lead_allows(state: LeadState) -> list[str]:
    """The agency's message types that would be lawful now."""
    if state is LeadState.OFFERED:
        return ["aid.lead_signed.v1"]
    return ["aid.lead_answered.v1"] if state is LeadState.SIGNED else []


def case_number(year: int, jurisdiction: str, serial: int) -> str:
    """助2026-619926-000001"""
    return f"助{year}-{jurisdiction}-{serial:06d}"


def lead_number(year: int, jurisdiction: str, serial: int) -> str:
    """线2026-619926-000001"""
    return f"线{year}-{jurisdiction}-{serial:06d}"
