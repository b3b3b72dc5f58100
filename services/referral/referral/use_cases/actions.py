"""What our officers can do with a referral now: one row for each action, with what must be so beside who asks.

`allowed_actions` is drawn from here. `services/referral/tests/test_actions.py` tries every row, offered or not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from contracts.vocabulary import OnPaper, Ruling
from courier.unit_of_work import UnitOfWork
from referral.domain import states
from referral.domain.states import Side
from referral.tables import Agency, Referral
from referral.use_cases import guard
from service_kit.actions import Target, words_of


class Asked:
    """Of what it is asked whether it can be done."""

    def __init__(self, work: UnitOfWork, referral: Referral):
        self.work, self.referral = work, referral
        self.ours = {move.name for move in states.allowed(referral.snapshot, Side.SENDER)}
        self.agency = work.session.get_one(Agency, referral.agency)

    @cached_property
    def barred(self) -> bool:
        """Whether nothing more of it may leave for the agency."""
        referral = self.referral
        return guard.refusal(self.work, guard.matter(self.work, referral.petition), referral.agency) is not None


@dataclass(frozen=True, slots=True)
class Row:
    """`zh`: what an officer reads; `targets`: what of it can be done now, nothing where it cannot."""

    zh: str
    targets: Callable[[Asked], Iterable[Target]]


def _rule(asked: Asked) -> Iterable[Target]:
    lawful = [ruling for move, ruling in _RULINGS.items() if move in asked.ours]
    if asked.referral.inbound and not asked.agency.by_hand:
        return
    if not asked.referral.inbound and asked.barred:
        # it would go on with what is held; that it need not, it is told
        lawful = [ruling for ruling in lawful if ruling is not Ruling.OVERRULED]
    if lawful:
        yield Target(words={"ruling": words_of(lawful)})


def _move(name: str, *, leaves: bool = False) -> Callable[[Asked], Iterable[Target]]:
    """`leaves`: the agency hears something more of it."""

    def targets(asked: Asked) -> Iterable[Target]:
        if name in asked.ours and not (leaves and asked.barred):
            yield Target()

    return targets


def _material(asked: Asked) -> Iterable[Target]:
    takes = asked.referral.purpose == states.HANDLING and asked.agency.has_queue
    if "add_material" in asked.ours and takes and not asked.barred:
        yield Target()


def _record(asked: Asked) -> Iterable[Target]:
    if not asked.agency.by_hand:
        return
    theirs = {move.name for move in states.allowed(asked.referral.snapshot, Side.RECEIVER)}
    for move in OnPaper:
        if move in theirs:
            needs, without = _NEEDED[move]
            yield Target(words={"move": words_of([move])}, needs=needs, without=without, about=move.zh)


_RULINGS = {"uphold": Ruling.UPHELD, "overrule": Ruling.OVERRULED}
# what was said on paper → the fields it cannot do without, and those that have no place in it
_NEEDED: Mapping[OnPaper, tuple[tuple[str, ...], tuple[str, ...]]] = {
    OnPaper.SIGN: ((), ("reason", "result", "text")),
    OnPaper.ACCEPT: ((), ("reason", "result", "text")),
    OnPaper.OBJECT: (("reason",), ("result",)),
    OnPaper.ANSWER: (("result", "text"), ("reason",)),
}

ROWS: Mapping[str, Row] = {
    "rule": Row("裁定异议", _rule),
    "rework": Row("退回补办", _move("rework", leaves=True)),
    "material": Row("补充材料", _material),
    "urge": Row("催办", _move("urge", leaves=True)),
    "recall": Row("撤回", _move("recall")),
    "void": Row("批准作废", _move("void")),
    "record": Row("登记单位书面意见", _record),
}

# what is done to no referral, by its name in the table of rights
OTHERS: Mapping[str, str] = {
    "room.add": "增加会议室",
    "room.close": "停用会议室",
    "roster.enter": "列入专业人员库",
    "roster.recuse": "登记回避",
    "roster.remove": "移出专业人员库",
    "booking.hold": "预订会议室和人员",
    "booking.hold-office": "为本院事务预订",
    "booking.confirm": "确认预订",
    "booking.cancel": "取消预订",
    "team.form": "组成团队",
    "team.change": "调整团队",
    "team.end": "解散团队",
    "team.write-note": "写心理疏导记录",
    "team.open-note": "查看记录（留痕）",
}


def of_referral(work: UnitOfWork, referral: Referral, may: Callable[[str], bool]) -> Iterable[tuple[str, Row, Target]]:
    """What can be done with it now by who may, in the table's order; `may`: by the name of the row.

    What was sent to us is dealt with where it was registered; only what its sender ruled on paper is written down here.
    """
    asked = Asked(work, referral)
    for name, row in ROWS.items():
        if (not referral.inbound or name == "rule") and may(name):
            yield from ((name, row, target) for target in row.targets(asked))
