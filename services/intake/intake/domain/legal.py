"""What of intake's data a legal officer looks at: lines, hearings, ways, papers, guides, assigning, what may leave."""

from collections.abc import Iterator

from contracts.purposes import Basis, Purpose, purposes
from contracts.vocabulary import ActKind, DocumentKind, Line
from intake.domain import guides, lines, papers
from intake.domain.assigning import assigners
from intake.domain.claim_routes import ways
from intake.domain.lines import Check, Meaning, Sheet
from statute import Cited, Datum, cited
from statute.hearings import hearings

_FIELDS_ZH = {
    "name": "姓名", "phone": "电话", "address": "住址", "title": "标题", "statement": "反映内容", "files": "材料",
}  # fmt: skip
_WORDS = {"law": "本院办事指南的表述", "confidence": "L"}


def data() -> Iterator[Datum]:
    """Every row of every file. Raises KeyError or ValueError for one that is not what it should be."""
    for line, sub, sheet in sheets():
        yield from _sheet(line, sub, sheet)
    yield from _hearings()
    for way in ways().values():
        whose = "本院受理" if way.ours else "引导"
        says = f"{whose}：{way.means}；救济：{way.remedy}"
        used = "告知引导单、答复书的救济途径；受理时的核对提示"
        yield Datum("claim_routes", way.route.value, way.route.zh, says, way.law, used, about={"route": way.route})
    for kind, each in assigners().items():
        yield Datum(
            "assigning", kind.value, "可以向本院交办的", each.says, each.law, "登记转来事项：其他单位的交办不予登记"
        )
    yield from _papers()
    yield from _guides()
    for purpose in purposes().values():
        for basis in purpose.bases.values():
            taken = "、".join(_FIELDS_ZH[each] for each in basis.fields)
            says = f"{purpose.zh}可带：{taken}；保存 {purpose.retain_days} 日"
            used = "移交时可选的法律依据和随之带出的内容"
            name = f"{purpose.id}.{basis.id}"
            yield Datum("purposes", name, f"{purpose.zh} · {basis.zh}", says, of_basis(purpose, basis), used)


def sheets() -> Iterator[tuple[Line, str | None, Sheet]]:
    """Each line, and after it its sub-lines."""
    known = lines.shipped()
    for line, sheet in known.sheets.items():
        yield line, None, sheet
        for sub, its in known.subs[line].items():
            yield line, sub, its


def of_basis(purpose: Purpose, basis: Basis) -> Cited:
    """By which law what leaves for a purpose leaves; of what the text was read, that is enough."""
    source = {"law": basis.zh, "confidence": basis.confidence, "verified": basis.confidence == "A"}
    said = {"purpose": purpose.id, "basis": basis.id, "retain_days": purpose.retain_days, "fields": basis.fields}
    return cited(said | {"petitions": sorted(basis.petitions)}, basis.id, source)


def _sheet(line: Line, sub: str | None, sheet: Sheet) -> Iterator[Datum]:
    whose, name = sheet.zh, f"{line}.{sub}" if sub else line.value
    about: dict[str, str | None] = {"line": line, "sub_line": sub}
    for check in sheet.checks:
        used = "受理条件核对、办事指南"
        yield Datum("lines", f"{name}.{check.id}", f"{whose} · 受理条件", _asked(check), check.law, used, about=about)
    says, used = "、".join(sheet.documents), "办事指南、告知引导单、补正"
    yield Datum("lines", f"{name}.documents", f"{whose} · 材料", says, sheet.bring_law, used, about=about)
    if sheet.led_law:
        says, used = "首次由院领导包案", "受理时提示包案、院领导的清单"
        yield Datum("lines", f"{name}.led", f"{whose} · 包案", says, sheet.led_law, used, about=about)


def _asked(check: Check) -> str:
    def means(answer: str, meaning: Meaning) -> str:
        return f"{answer}：{meaning.result.zh}" + (f"（{meaning.text}）" if meaning.text else "")

    return f"{check.ask}{means('是', check.yes)}；{means('否', check.no)}"


def _hearings() -> Iterator[Datum]:
    for name, each in hearings().items():
        parts = ["公开" if each.open else "不公开", f"不公开的情形：{'、'.join(each.closed)}", f"主持：{each.host}"]
        parts += [f"应当邀请：{'、'.join(each.invites)}"] if each.invites else []
        parts += ["全程录音录像"] * each.recorded + [f"步骤：{'、'.join(each.steps)}"]
        says, zh, used = "；".join(parts), f"{_zh(name)} · 听证", f"条线的听证说明；行为“{ActKind.HEARING_HELD.zh}”"
        about = {"line" if name in set(Line) else "sub_line": name}
        yield Datum("hearings", name, zh, says, each.law, used, about=about)


def _papers() -> Iterator[Datum]:
    for kind, found in papers.laws().items():
        for name, law in found.items():
            paper, whose = DocumentKind(kind).zh, _zh(name) if name else "其他各条线"
            yield Datum("papers", f"{kind}.{name or '-'}", f"{paper} · {whose}", f"所引依据：{law.zh}", law, paper)
    for reason, ground in papers.grounds().items():
        says = f"{ground.says}{ground.law.zh}；你可以{ground.way}，期限：{ground.until}"
        paper = DocumentKind.NOT_ACCEPTED.zh
        yield Datum("papers", f"not_accepted.{reason}", f"{paper} · {reason.zh}", says, ground.law, paper)


def _guides() -> Iterator[Datum]:
    for name, words in guides.words().items():
        says = f"{words.about}；办理：{words.decides}；之后：{words.after}"
        law = cited({"guide": name, "says": says, "rule": words.rule}, name, _WORDS)
        yield Datum("guides", name, f"{_zh(name)} · 办事指南", says, law, "办事指南（公开）")


def _zh(name: str) -> str:
    """Of a line, or of a sub-line with or without its line."""
    return next(sheet.zh for line, sub, sheet in sheets() if name in (f"{line}.{sub}", sub or line))
