"""A guide as a page: the way drawn as a chart, and beside it the same in words. No script, no font from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from intake.domain.guides import Guide, Step, Term

UNVERIFIED = "未核验"
# widths in units of the drawing; one Chinese character is as wide as the type is high
_TYPE, _LINE, _PAD = 15, 21, 10
_MAIN, _SIDE, _GAP, _ARROW = 300, 210, 62, 30

_STYLE = """
@page { size: A4; margin: 16mm 15mm; }
* { box-sizing: border-box; }
html { background: #fff; color: #111; }
body { font: 20px/1.6 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "微软雅黑", sans-serif;
  margin: 0 auto; max-width: 980px; padding: 24px 20px; overflow-wrap: anywhere; }
h1 { font-size: 32px; line-height: 1.3; margin: 0 0 8px; }
h2 { font-size: 24px; line-height: 1.3; margin: 28px 0 8px; border-left: 8px solid #1d4f91; padding-left: 12px; }
p, ul, ol, table { margin: 0 0 12px; }
ul, ol { padding-left: 1.6em; }
li { margin: 0 0 6px; }
table { border-collapse: collapse; width: 100%; font-size: 18px; }
caption { text-align: left; }
th, td { border: 1px solid #767676; padding: 6px 10px; text-align: left; vertical-align: top; }
th { background: #eef3fa; }
th:first-child, td:first-child { min-width: 8em; }
.period { white-space: nowrap; }
.office { color: #333; margin: 0 0 4px; }
.unverified { color: #a33; white-space: nowrap; }
.way { display: flex; gap: 28px; align-items: flex-start; }
.way svg { flex: 0 0 560px; max-width: 100%; height: auto; }
.way ol { flex: 1; min-width: 16em; font-size: 18px; }
.phone { border-top: 2px solid #111; margin-top: 28px; padding-top: 10px; font-weight: bold; }
a { color: #1d4f91; }
@media screen and (max-width: 900px) { .way { display: block; } }
@media print {
  body { font-size: 11pt; max-width: none; padding: 0; }
  h1 { font-size: 18pt; } h2 { font-size: 13pt; margin-top: 12pt; break-after: avoid; }
  table, .way ol { font-size: 10pt; }
  .way svg { flex-basis: 105mm; }
  tr, li, svg { break-inside: avoid; }
  .screen { display: none; }
}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """How the office is called and reached, and where people are received: (name, tier)."""

    office: str
    phone: str
    points: Sequence[tuple[str, str]]


def index(place: Place, guides: Sequence[Guide]) -> str:
    """The list of all guides."""
    items = "\n".join(
        f'<li><a href="/guides/{escape(each.id)}/page">{escape(each.zh)}</a>：{escape(each.about)}</li>'
        for each in guides
    )
    return _page(place, "办事指南", f"<h1>办事指南</h1>\n<ul>\n{items}\n</ul>")


def html(place: Place, guide: Guide) -> str:
    """One guide, ready to print on A4; every value is escaped."""
    title = f"{guide.zh}办事指南"
    points = "".join(
        f"<li>{escape(name)}{'' if name.endswith(tier) else f'（{escape(tier)}）'}</li>" for name, tier in place.points
    )
    checks = "".join(f"<li>{escape(each.ask)}（{_law(each.law.zh, each.law.verified)}）</li>" for each in guide.checks)
    steps = "".join(f"<li>{_words(each)}</li>" for each in guide.steps)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>适用于：{escape(guide.about)}。</p>",
        "<h2>带什么</h2>",
        f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in guide.bring)}</ul>",
        f"<h2>来之前先核对</h2><ul>{checks}</ul>" if checks else "",
        "<h2>到哪里</h2>",
        f"<ul>{points}</ul>" if points else "",
        f"<p>也可以来信、网上提出，或者拨打 {escape(place.phone)}、12309。</p>",
        "<h2>怎么办理</h2>",
        f'<div class="way">{chart(guide)}<ol>{steps}</ol></div>',
        _terms(guide.terms),
        '<p class="screen"><a href="/guides/page">全部办事指南</a></p>',
    ]
    return _page(place, title, "\n".join(part for part in parts if part))


def chart(guide: Guide) -> str:
    """The way as an SVG: a box for each step, beside it where it may go instead. What it says is in its description."""
    y, boxes = 4, []
    for number, step in enumerate(guide.steps, 1):
        lines = _wrapped(f"{number} {step.title}", _MAIN) + _wrapped(_short(step), _MAIN)
        sides = [(when, _wrapped(to, _SIDE)) for when, to in step.aside]
        own = len(lines) * _LINE + 2 * _PAD
        beside = sum(len(to) * _LINE + 2 * _PAD for _, to in sides) + 12 * max(0, len(sides) - 1)
        height = max(own, beside)
        boxes.append(_box(2, y, _MAIN, height, lines, "#eef3fa"))
        at = y
        for when, to in sides:
            tall = len(to) * _LINE + 2 * _PAD
            boxes.append(_aside(at, tall, when, to))
            at += tall + 12
        y += height
        if number < len(guide.steps):
            boxes.append(_down(2 + _MAIN / 2, y))
            y += _ARROW
    said = "；".join(_plain(step) for step in guide.steps)
    width = _MAIN + _GAP + _SIDE + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 4}" width="{width}" height="{y + 4}" '
        f'role="img" aria-labelledby="way-title way-text" font-size="{_TYPE}" fill="#111">'
        f'<title id="way-title">{escape(guide.zh)}办理流程</title><desc id="way-text">{escape(said)}</desc>'
        f"{''.join(boxes)}</svg>"
    )


def _box(x: float, y: float, width: float, height: float, lines: Sequence[str], fill: str) -> str:
    top = y + (height - len(lines) * _LINE) / 2 + _TYPE
    bold = "" if fill == _ASIDE else ' font-weight="bold"'
    text = "".join(
        f'<text x="{x + _PAD}" y="{top + n * _LINE:.1f}"{bold if n == 0 else ""}>{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    shape = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="#1d4f91"/>'
    return shape + text


_ASIDE = "#fff7e6"


def _aside(y: float, height: float, when: str, lines: Sequence[str]) -> str:
    x, middle = 2 + _MAIN + _GAP, y + height / 2
    line = f'<path d="M{2 + _MAIN} {middle} H{x - 7}" fill="none" stroke="#1d4f91"/>{_head(x, middle, 0)}'
    label = f'<text x="{2 + _MAIN + 3}" y="{middle - 5}" font-size="13">{escape(when)}</text>'
    return _box(x, y, _SIDE, height, lines, _ASIDE) + line + label


def _down(x: float, y: float) -> str:
    return f'<path d="M{x} {y} V{y + _ARROW - 7}" fill="none" stroke="#1d4f91"/>{_head(x, y + _ARROW, 90)}'


def _head(x: float, y: float, turned: int) -> str:
    return f'<path d="M0 0 L-8 -4.5 L-8 4.5 Z" fill="#1d4f91" transform="translate({x} {y}) rotate({turned})"/>'


def _short(step: Step) -> str:
    return step.text if step.term is None else f"{step.term.period}内：{step.text}"


def _plain(step: Step) -> str:
    aside = "".join(f"，{when}的，{to}" for when, to in step.aside)
    return f"{step.title}：{_short(step)}{aside}"


def _words(step: Step) -> str:
    said = f"<strong>{escape(step.title)}</strong>：{escape(step.text)}"
    if step.term is not None:
        said += f"（{escape(step.term.period)}内；{_law(step.term.law, step.term.verified)}）"
    return said + "".join(f"<br>{escape(when)}的：{escape(to)}" for when, to in step.aside)


def _terms(terms: Sequence[Term]) -> str:
    if not terms:
        return ""
    rows = "".join(
        f'<tr><td>{escape(each.zh)}</td><td class="period">{escape(each.period)}</td>'
        f"<td>自{escape(each.begins)}至{escape(each.ends)}</td><td>{_law(each.law, each.verified)}</td></tr>"
        for each in terms
    )
    head = "<tr><th>期限</th><th>多久</th><th>怎么算</th><th>依据</th></tr>"
    return f"<h2>有哪些期限</h2><table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _law(law: str, verified: bool) -> str:
    """The law, and that no legal officer has read it yet where that is so."""
    return escape(law) if verified else f'{escape(law)}，<span class="unverified">{UNVERIFIED}</span>'


def _wrapped(text: str, width: float) -> list[str]:
    """In lines no wider than a box; digits and letters are half as wide, and no line begins with a mark."""
    room, lines, taken = width - 2 * _PAD, [""], 0.0
    for char in text:
        wide = _TYPE if ord(char) > 0x2E7F else _TYPE * 0.56
        if taken + wide > room and char not in "，。、；：）》":
            lines.append("")
            taken = 0
        lines[-1] += char
        taken += wide
    return lines


def _page(place: Place, title: str, content: str) -> str:
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} {escape(place.office)}</title>
<style>{_STYLE}</style>
</head>
<body>
<p class="office">{escape(place.office)} 12309 检察服务中心</p>
{content}
<p class="phone">咨询电话 {escape(place.phone)}，12309 检察服务热线</p>
</body>
</html>
"""
