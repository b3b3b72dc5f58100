"""What of aid's data a legal officer looks at: the tables, what a lead is handed on by, refusals, the cap."""

from collections.abc import Iterator

from aid.domain import rules
from aid.domain.states import CAP_MONTHS, Rule, Rules
from contracts.vocabulary import AidRefusal
from statute import Datum, cited

_RULE = {"law": "《人民检察院开展国家司法救助工作细则》", "article": "第八条", "version": "2021", "confidence": "B"}
_CAP = {"law": "《人民检察院开展国家司法救助工作细则》", "version": "2021", "confidence": "B"}


def data() -> Iterator[Datum]:
    """Every row. Raises RulesError."""
    for table in rules.load().tables:
        for rule in table.rules:
            yield _row(table, rule)
        yield from _leads(table)
    for ground in AidRefusal:
        says = f"{ground.zh}：{'一般不予救助，由决定的人说明理由' if ground.discretionary else '不予救助'}"
        law = cited({"ground": ground.value, "says": says, "source": _RULE}, ground)
        yield Datum("aid", f"refusal.{ground}", f"不予司法救助 · {ground.zh}", says, law, "司法救助的决定、答复")
    says = f"救助金不超过 {CAP_MONTHS} 个月的职工月平均工资（基数由县设置），也不超过本地上限"
    law = cited({"months": CAP_MONTHS, "says": says, "source": _CAP}, "cap")
    yield Datum("aid", "cap", "司法救助金的最高限额", says, law, "司法救助的决定：超过的不能决定")


def _row(table: Rules, rule: Rule) -> Datum:
    found = [" 且 ".join(each.zh for each in sorted(rule.all_of))]
    found += [" 或 ".join(each.zh for each in sorted(some)) for some in (rule.any_of, rule.among)]
    parts = [rule.zh, f"条件：{'；'.join(filter(None, found))}"]
    parts += [f"受理或者决定：{'、'.join(each.zh for each in rule.agencies) or '本院'}"]
    parts += [f"材料：{'、'.join(rule.documents)}"] if rule.documents else []
    parts += [f"可核验、免提供：{'、'.join(rule.verifiable)}"] if rule.verifiable else []
    used = "救助的初判；线索移送的单位和种类" if rule.agencies else "救助的初判；司法救助决定的依据"
    return Datum(table.version, rule.id, rule.kind.zh, "；".join(parts), rule.law, used, _span(table))


def _leads(table: Rules) -> Iterator[Datum]:
    for name, zh, says in (
        ("lead", "线索移送的依据", table.basis),
        ("lead.after_judicial", "司法救助后线索移送的依据", table.after_judicial),
    ):
        law, _, _ = says.partition("；")
        # of the law of 2026 the text was read; that the consent of who is helped carries it is our choice
        source = {"law": law.partition("（")[0], "confidence": "A" if "条" in law else "L"}
        its = cited({"name": name, "says": says, "source": source}, name)
        yield Datum(table.version, name, zh, says, its, "线索移送函", _span(table))


def _span(table: Rules) -> str:
    return f"{table.since} 至 {table.until}" if table.until else f"自 {table.since}"
