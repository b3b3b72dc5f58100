"""What strangers write, made plain: text in one normal form with nothing invisible in it, file names, days.

One place, so that what a window takes no letter refuses later. Standard library only.
"""

import re
from datetime import UTC, date, datetime
from unicodedata import category, combining, normalize
from urllib.parse import unquote_to_bytes

# every day that somebody else names lies between: what is later runs out of the calendar in the middle of a rule
EARLIEST, LATEST = date(1949, 10, 1), date(2099, 12, 31)
DAYS_ZH = f"应在 {EARLIEST} 至 {LATEST} 之间"

AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")  # yuan

_LINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# format characters that are part of the spelling: joiners (Uyghur, Mongolian), the signs around Arabic numbers
_SPELLING = frozenset("\u200c\u200d\u180e\u06dd\u070f\u08e2") | {chr(each) for each in range(0x600, 0x606)}
_OVERRIDES = frozenset("\u202d\u202e")
# no format characters by name, and yet nothing is seen of them
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(each) for few in (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for each in few
}
# the middle of 买买提·吐尔逊, as keyboards and papers have it
_MIDDLES = str.maketrans(dict.fromkeys("\u2022\u30fb\uff65\u2027\u2219\u22c5\u318d", "\u00b7"))
# what a keyboard in full width writes; not all that NFKC folds: of 1² it would make 12
_HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_LEFT_OUT = frozenset("○△□")  # what papers write for a part of a name

LONGEST_NAME, LONGEST_NAME_BYTES = 200, 255  # of a file; the second is what a disk takes
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_CHARSET = re.compile(r"(utf-?8|gb18030|gbk|gb2312)'[^']*'", re.IGNORECASE)
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE)
_NOT_IN_A_NAME = re.compile(r'[<>:"|?*／＼∕⁄⧸⧵﹨]')  # a drive, a stream, a wildcard, or what some fold to a slash
UNNAMED = "未命名"


class NotPlain(ValueError):  # noqa: N818 - what is wrong, in the sentence a person reads
    """Raised with a Chinese sentence, never with the value."""


def text(written: str) -> str:
    """Returns text of several lines in NFC, with one kind of line end and nothing that turns or hides what is read.

    Raises NotPlain for control characters, and for marks piled on one letter.
    """
    shown = "".join(c for c in _LINES.sub("\n", written) if not _is_hidden(c))
    if _is_piled(shown):
        raise NotPlain("一个字上叠加的符号过多")
    found = normalize("NFC", shown).strip()
    if any(category(c) in ("Cc", "Cs") and c not in "\n\t" for c in found):
        raise NotPlain("含有不能保存的控制字符")
    return found


def line(written: str) -> str:
    """Returns the same on one line. Raises NotPlain as `text`."""
    return re.sub(r"\s*[\n\t]\s*", " ", text(written))


def name(written: str) -> str:
    """Returns the name of a person or a unit: rare ideographs (𠮷 䶮 〇) stay, there is one kind of middle dot.

    Raises NotPlain for pictures, private characters, what turns the direction, and where no letter is left.
    """
    if not _OVERRIDES.isdisjoint(written):
        raise NotPlain("含有改变书写方向的字符，请重新输入")
    found = "".join(c for c in line(written) if category(c) != "Cf" and not "\ufe00" <= c <= "\ufe0f")
    found = normalize("NFC", found.translate(_MIDDLES)).strip()
    if any(category(c) == "Co" for c in found):
        raise NotPlain("含有自造字，请改用标准字或者同音字")
    if any(_is_picture(c) for c in found):
        raise NotPlain("含有表情或者符号，请填写姓名或名称")
    if found and not any(_is_letter(c) for c in found):
        raise NotPlain("没有文字，请填写姓名或名称" if not is_blank(found) else "不能为空")
    return found


def typed(written: str) -> str:
    """Returns a number or code as if typed in half width, whatever dashes and blanks were used. Raises nothing."""
    found = "".join(c for c in _LINES.sub(" ", written).translate(_HALF_WIDTH) if category(c) != "Cf")
    kinds = {"Pd": "-", "Zs": " "}
    return "".join("-" if c == "\u2212" else kinds.get(category(c), c) for c in found).strip()


def is_blank(written: str) -> bool:
    """Returns whether nothing is to be seen of it."""
    return all(c in _FILLERS or c.isspace() or category(c) in ("Cf", "Cc", "Cs") for c in written)


def is_visible(written: str) -> bool:
    """Returns whether a number of somebody's own may be this: one line in NFC, all of it seen, no blank at its ends.

    It is kept and compared as it was sent: （2026） and (2026) are two.
    """
    return (
        bool(written)
        and written == written.strip()
        and normalize("NFC", written) == written
        and not any(c in _FILLERS or (_is_nothing(c) and c not in " \u3000") for c in written)
    )


def is_reckonable(moment: datetime) -> bool:
    """Returns whether a moment lies between EARLIEST and LATEST, wherever on earth its clock hangs.

    One that does not know its offset from UTC in whole minutes is none.
    """
    offset = moment.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        return False
    first = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=UTC)
    return first <= moment < datetime(LATEST.year + 1, 1, 1, tzinfo=UTC)


def file_name(written: str) -> str:
    """Returns what a file may be called on anybody's disk, out of whatever it was called.

    Never raises; its own answer it leaves as it is.
    """
    base = re.split(r"[/\\]", written)[-1]
    seen = (" " if c.isspace() else c for c in base if c.isspace() or not (_is_nothing(c) or c in _FILLERS))
    found = _NOT_IN_A_NAME.sub("_", re.sub(" +", " ", normalize("NFC", "".join(seen)))).strip(" .")
    if _DEVICE.fullmatch(found):
        found = f"_{found}"
    if _is_long(found):
        stem, dot, suffix = found.rpartition(".")
        end = dot + suffix if stem and len(suffix.encode()) <= 16 else ""
        stem = found.removesuffix(end)[: LONGEST_NAME - len(end)]
        found = stem.encode()[: LONGEST_NAME_BYTES - len(end.encode())].decode(errors="ignore") + end
    return found.rstrip(" .") or UNNAMED


def file_name_given(written: str) -> str:
    """Returns the name of a file that comes in; a path loses its folders, an encoded one is read.

    Raises NotPlain for control characters, an encoding nobody can read, no name at all, and one too long for a disk.
    """
    found = _decoded(written) if not _has_control(written) else written
    if _has_control(found):
        raise NotPlain("文件名含有控制字符")
    base = re.split(r"[/\\]", found)[-1]
    if is_blank(base.replace(".", "")):
        raise NotPlain("应填写文件名")
    if _is_long(normalize("NFC", base)):
        raise NotPlain(f"文件名最长 {LONGEST_NAME} 字、{LONGEST_NAME_BYTES} 字节（约 85 个汉字）")
    return file_name(base)


def _is_long(base: str) -> bool:
    return len(base) > LONGEST_NAME or len(base.encode()) > LONGEST_NAME_BYTES


def _decoded(written: str) -> str:
    """Out of the forms of headers (RFC 5987) and of older systems (GBK)."""
    found, charset = written, _CHARSET.match(written)
    if charset or _ESCAPE.search(written):
        octets = unquote_to_bytes(written[charset.end() :] if charset else written)
        for codec in ("utf-8", "gb18030") if written.isascii() else ("utf-8",):
            try:
                found = octets.decode(codec)
                break
            except UnicodeDecodeError:
                continue
        else:
            found = "\ufffd"
    if "\ufffd" in found or found.startswith("=?") or _ESCAPE.search(found):
        raise NotPlain("文件名无法识别，请用 UTF-8（在地址中按百分号编码一次）")
    return found


def _has_control(written: str) -> bool:
    return any(category(c) in ("Cc", "Cs") for c in written)


def _is_piled(written: str) -> bool:
    """Whether more marks stand on one letter than any script has (UAX 15 knows of no more than 30).

    They are put in order in the square of their number, and half a million in a message of 1 MiB would hold the service
    for minutes.
    """
    run = 0
    for c in written:
        # some are no mark themselves and nothing but marks once taken apart
        run = run + 1 if c > "\u02ff" and combining(normalize("NFKD", c)[0]) else 0
        if run > 30:
            return True
    return False


def _is_hidden(c: str) -> bool:
    return category(c) == "Cf" and c not in _SPELLING


def _is_nothing(c: str) -> bool:
    """Control, format, private use, half a character, a separator, or no character: ideographs newer than us are."""
    kind = category(c)
    return kind in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs") or (kind == "Cn" and not _is_ideograph(c))


def _is_ideograph(c: str) -> bool:
    # planes 2 and 3 hold nothing else; people bear names that this Python's tables do not know yet
    return 0x20000 <= ord(c) < 0x3FFFE and ord(c) & 0xFFFF < 0xFFFE


def _is_picture(c: str) -> bool:
    kind = category(c)
    # an accent typed apart (O´Neil) is no skin colour
    return c not in _LEFT_OUT and (
        kind in ("So", "Me") or (kind == "Sk" and c > "\uffff") or (kind == "Cn" and not _is_ideograph(c))
    )


def _is_letter(c: str) -> bool:
    return (category(c)[0] in "LN" or _is_ideograph(c)) and c not in _FILLERS
