"""What aid refuses, each with its sentence.

Problem
├── Missing:  NoSuchCase
├── Invalid:  NotYourLead · UnknownAgency · NotFitting · WrongAmount · TooMuch
└── Conflict: IllegalMove · GivenBefore · LeadExists · HeldBack · WishMissing · NothingToReveal · IllegalLeadMove
              └── EarlyLead
"""

from collections.abc import Mapping

from contracts.problems import Conflict, Invalid, Missing
from contracts.vocabulary import AidState, Barred, LeadState, PersonalNumber


class NoSuchCase(Missing):
    """No case has the number."""

    def __init__(self) -> None:
        super().__init__("没有此编号的救助案件", "no aid case has this number", field="number")


class NothingToReveal(Conflict):
    """A number is looked at in full that nobody gave."""

    code = "nothing-to-reveal"

    def __init__(self, field: PersonalNumber):
        super().__init__(f"没有登记申请人的{field.zh}", f"no {field.value} was given", field="field")


class NotYourLead(Invalid):
    """Said to an agency that speaks of a lead that is not in its hands: no word on whose it is."""

    def __init__(self) -> None:
        super().__init__("没有送给本单位的此编号线索", "no lead of this number is yours", field="lead")


class UnknownAgency(Invalid):
    """A lead to who is not in the directory, or has left it."""

    def __init__(self) -> None:
        super().__init__("单位不在名录中或已停用", "the agency is not in the directory", field="to")


class NotFitting(Invalid):
    """A lead of kinds that do not fit the case, or are not that agency's; the answer names those that would do."""

    def __init__(self, lawful: list[str]):
        others = "、".join(lawful) or "无"
        super().__init__(f"初判中该单位负责的救助种类：{others}", "the agency decides on other kinds", field="kinds")


class WrongAmount(Invalid):
    """No exact amount of yuan above zero."""

    def __init__(self) -> None:
        super().__init__("金额应为大于 0 的元数，至多两位小数，如 20000.00", "not an amount in yuan", field="amount")


class NoGround(Invalid):
    """Judicial aid is given by a row that fits what was found; shows those that do."""

    def __init__(self, lawful: Mapping[str, str]):
        shown = "、".join(f"{id_} {zh}" for id_, zh in lawful.items()) or "无"
        super().__init__(
            f"救助须有依据：按查明的困难情形可用的有：{shown}",
            "no row that fits what was found",
            field="ground",
            more={"known": dict(lawful)},
        )


class OpinionMissing(Invalid):
    """A ground that leaves discretion needs the reasons of who decides."""

    def __init__(self) -> None:
        super().__init__("该事由一般不予救助而非一律不予，须写明意见", "say why", field="opinion")


class TooMuch(Invalid):
    """More than the lower of the two caps; the answer names it."""

    def __init__(self, cap_fen: int):
        cap = f"{cap_fen // 100}.{cap_fen % 100:02d}"
        super().__init__(
            f"超过上限 {cap} 元（案件管辖地上一年度职工月平均工资三十六个月与本地上限，取低者）",
            "more than the cap allows",
            field="amount",
            more={"cap": cap},
        )


class IllegalMove(Conflict):
    """A case is decided once."""

    code = "illegal-move"

    def __init__(self, state: AidState):
        super().__init__(
            f"当前为“{state.zh}”，已有决定",
            f"the case is {state.value}",
            more={"state": state.value, "state_zh": state.zh},
        )


class GivenBefore(Conflict):
    """Judicial aid is given once per person and case; social aid beside it is not touched.

    `first`: the case in which it was; None where the officer may not learn which.
    """

    code = "given-before"

    def __init__(self, first: str | None):
        super().__init__(
            f"同一人同一案件已{f'由 {first} ' if first else ''}给予司法救助，不再重复；仍可转社会救助",
            "judicial aid was given to this person in this case before",
            more={"first": first},
        )


class LeadExists(Conflict):
    """A lead to this agency waits for its answer already; the answer names it."""

    code = "lead-exists"

    def __init__(self, lead: str):
        super().__init__(f"已有线索 {lead} 在该单位办理", "a lead to this agency is open", more={"lead": lead})


class HeldBack(Conflict):
    """Why would tell that another petition is there, and what kind it is."""

    code = "held-back"

    def __init__(self) -> None:
        super().__init__(Barred.HELD.zh, "it is looked at before it leaves", field="to")


class WishMissing(Conflict):
    """A sealed petition makes no lead without the reporter's wish."""

    code = "wish-missing"

    def __init__(self) -> None:
        super().__init__(
            "信访人要求保密：征得本人同意（wish 为 true）后方可转送救助线索",
            "the applicant asked for secrecy: a lead needs that person's own wish",
        )


class IllegalLeadMove(Conflict):
    """What an agency says of a lead that stands elsewhere; it is told where."""

    code = "illegal-move"

    def __init__(self, state: LeadState):
        super().__init__(
            f"线索当前为“{state.zh}”", f"not possible in state {state.value}", field="type", more={"state": state.value}
        )


class EarlyLead(IllegalLeadMove):
    """Not possible now, and possible after the receipt that may be on its way."""
