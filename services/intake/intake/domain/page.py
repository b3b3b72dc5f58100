"""A sheet of paper as HTML: whatever is written on it is text, never markup. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

BLANK = "＿＿＿＿＿＿"  # filled in by hand

_STYLE = """
@page { size: A4; margin: 30mm 26mm 28mm 28mm; }
html { background: #fff; color: #000; }
body { font: 16pt/30pt FangSong, "仿宋", STFangsong, "Noto Serif CJK SC", "Songti SC", serif; margin: 0 auto;
  max-width: 156mm; overflow-wrap: anywhere; }
h1 { font: bold 22pt/36pt "Noto Serif CJK SC", "宋体", SimSun, serif; text-align: center; margin: 0 0 4pt;
  letter-spacing: .08em; }
.office { font-size: 18pt; text-align: center; margin: 0; }
.number { text-align: right; font-size: 14pt; margin: 0 0 14pt; }
.to { margin: 0; }
.text { margin: 0; text-indent: 2em; text-align: justify; white-space: pre-wrap; }
.close { margin: 30pt 0 0; text-align: right; break-inside: avoid; }
.close p { margin: 0; }
.phone { border-top: .5pt solid #000; font-size: 12pt; line-height: 20pt; margin: 30pt 0 0; padding-top: 4pt; }
.note { color: #a00; font-size: 12pt; }
@media screen { body { padding: 12mm; } }
@media print { .note { display: none; } }
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`to`: whom it addresses. `notes`: for who prints it, on the screen alone."""

    title: str
    office: str
    number: str
    to: str
    text: Sequence[str]
    day: str
    phone: str
    notes: Sequence[str] = ()


def html(sheet: Sheet) -> str:
    """A whole page for A4, ready to print; every value is escaped, blank lines are left out."""
    lines = [line for text in sheet.text for line in text.splitlines() if line.strip()]
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{escape(sheet.title)} {escape(sheet.number)}</title>
<style>{_STYLE}</style>
</head>
<body>
<p class="office">{escape(sheet.office)}</p>
<h1>{escape(sheet.title)}</h1>
<p class="number">{escape(sheet.number)}</p>
<p class="to">{escape(sheet.to)}：</p>
{_paragraphs(lines)}
{_paragraphs(sheet.notes, "note")}
<div class="close"><p>{escape(sheet.office)}</p><p>（印章）</p><p>{escape(sheet.day)}</p></div>
<p class="phone">咨询电话 {escape(sheet.phone)}，12309 检察服务热线</p>
</body>
</html>
"""


def _paragraphs(lines: Sequence[str], class_: str = "text") -> str:
    return "\n".join(f'<p class="{class_}">{escape(line)}</p>' for line in lines)
