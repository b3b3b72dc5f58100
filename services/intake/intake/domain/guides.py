"""Guides for visitors: what to bring, where, which period runs, and the way from the window to the answer. Plain.

A guide is drawn from what officers go by (`lines.yaml`, the rule packs, the county's points), so that a visitor is told
no other thing than is done.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.vocabulary import Line, PointTier
from intake.domain import line_clocks, lines
from intake.domain.lines import Check, Sheet
from intake.domain.service_points import ServicePoint
from statute import Law, Rule
from statute.rules import Pack

REPLY, VISITS = "procedural_reply", "other_channels"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a line and nowhere else."""

    about: str
    decides: str
    rule: str  # the period within which it is answered
    after: str


@dataclass(frozen=True, slots=True)
class Term:
    """A period, as it is told: how long, from when to when, by which law, and whether a legal officer has read that."""

    rule: str
    zh: str
    period: str
    begins: str
    ends: str
    law: str
    verified: bool

    @classmethod
    def of(cls, rule: Rule) -> "Term":
        """As the pack in force has it."""
        return cls(rule.id, rule.zh, rule.period_zh, rule.begins, rule.ends, rule.source.zh, rule.verified)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way. `aside`: when it goes another way, and where that leads. `term`: within which it is done."""

    title: str
    text: str
    term: Term | None = None
    aside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """All that is told of one line, or sub-line (`line.sub`)."""

    id: str
    zh: str
    about: str
    department: str
    bring: tuple[str, ...]
    checks: tuple[Check, ...]
    terms: tuple[Term, ...]
    steps: tuple[Step, ...]
    after: str


@cache
def words() -> Mapping[str, Words]:
    """By guide, of those that have words of their own. Raises ValueError for one of no line, or a line without."""
    rows: list[Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name("guides.yaml").read_text(encoding="utf-8"))
    found = {row["guide"]: Words(row["about"], row["decides"], row["rule"], row["after"]) for row in rows}
    if strangers := set(found) - set(ids()):
        raise ValueError(f"guides.yaml: of no line: {sorted(strangers)}")
    if missing := set(Line) - set(found):
        raise ValueError(f"guides.yaml: no words for {sorted(missing)}")
    return found


def ids() -> Iterator[str]:
    """Every guide there is: each line, and after it its sub-lines."""
    known = lines.shipped()
    for line in known.sheets:
        yield line.value
        yield from (f"{line.value}.{sub}" for sub in known.subs[line])


def periods(pack: Pack, id_: str) -> Mapping[str, Rule]:
    """By id the rows that a visitor goes by, who comes or calls: a text that binds letters alone is not theirs.

    Raises KeyError for an id of no line.
    """
    line, _, sub = id_.partition(".")
    rows = list(line_clocks.of(pack, Line(line), sub or None))
    first = {row.id: row for row in reversed(rows)}
    return {**pack.rules, **first, **{row.id: row for row in rows if row.variant == VISITS}}


def build(id_: str, rules: Mapping[str, Rule], law: Law) -> Guide:
    """The guide of this id; `rules`: those in force today, `law`: what was verified. Raises KeyError for no line."""
    line, _, sub = id_.partition(".")
    sheet = lines.shipped().sheet(Line(line), sub or None)
    own = words().get(id_) or words()[line]
    title = sheet.zh if not sub else f"{Line(line).zh}（{sheet.zh}）"
    terms = {each: Term.of(rules[each]) for each in (*sheet.clocks, REPLY, own.rule) if each in rules}
    shown = tuple(terms[each] for each in sheet.clocks if each in terms)
    return Guide(
        id=id_,
        zh=title,
        about=own.about,
        department=sheet.department,
        bring=sheet.documents,
        checks=tuple(replace(check, law=law.read(check.law)) for check in sheet.checks),
        terms=shown,
        steps=tuple(_steps(sheet, own, terms)),
        after=own.after,
    )


def _steps(sheet: Sheet, own: Words, terms: Mapping[str, Term]) -> Iterator[Step]:
    yield Step("提出", "到检察服务场所当面提出，或者来信、拨打12309、网上提出；口头提出的由工作人员记录")
    yield Step("登记", "当场登记，领取回执和查询码；凭编号和查询码随时查询进展")
    yield Step(
        "审查",
        "核对是否属于检察机关职责、材料是否齐全",
        aside=(("材料不齐", "一次告知需要补齐的材料"), ("不属本院", "告知应向哪个机关提出，或者依法移送")),
    )
    yield Step("告知受理情况", "告知是否受理、由哪个部门办理", terms.get(REPLY))
    yield Step("办理", f"由{sheet.department}承办：{own.decides}")
    yield Step("答复", "答复办理结果", terms.get(own.rule) if own.rule != REPLY else None)
    yield Step("答复之后", own.after)


def where(points: Iterable[ServicePoint]) -> list[tuple[str, str]]:
    """(name, tier) of the county's points; a contact in a village is no place to come to."""
    return [(each.name, each.tier.zh) for each in points if each.tier is not PointTier.CONTACT]
