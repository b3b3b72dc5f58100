"""The shapes a contract may be made of. Events are built from EVENT_FIELDS only: there is no text in them."""

import re
from typing import Any

from marshmallow import ValidationError, fields

from contracts import plain
from contracts.vocabulary import Word

PETITION_NUMBER = re.compile(r"信[0-9]{4}-[0-9]{6}-[0-9]{6}")
REFERRAL_NUMBER = re.compile(r"移[0-9]{4}-[0-9]{6}-[0-9]{6}")
AID_NUMBER = re.compile(r"助[0-9]{4}-[0-9]{6}-[0-9]{6}")
LEAD_NUMBER = re.compile(r"线[0-9]{4}-[0-9]{6}-[0-9]{6}")
PROCEEDING_NUMBER = re.compile(r"议[0-9]{4}-[0-9]{6}-[0-9]{6}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Pattern(fields.String):
    """Text of one shape. Subclasses give the shape and the sentence; ASCII digits only, as JSON Schema reads it."""

    pattern: re.Pattern[str]
    zh = "格式不正确"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            raise ValidationError(self.zh)
        return text


class PetitionNumber(Pattern):
    """信2026-619926-000123"""

    pattern, zh = PETITION_NUMBER, "应为信访件编号，如 信2026-619926-000123"


class ReferralNumber(Pattern):
    """移2026-619926-000001"""

    pattern, zh = REFERRAL_NUMBER, "应为移交编号，如 移2026-619926-000001"


class AidNumber(Pattern):
    """助2026-619926-000001"""

    pattern, zh = AID_NUMBER, "应为救助编号，如 助2026-619926-000001"


class LeadNumber(Pattern):
    """线2026-619926-000001"""

    pattern, zh = LEAD_NUMBER, "应为救助线索编号，如 线2026-619926-000001"


class ProceedingNumber(Pattern):
    """议2026-619926-000001"""

    pattern, zh = PROCEEDING_NUMBER, "应为调解、听证、会商、约谈的编号，如 议2026-619926-000001"


class AgencyCode(Pattern):
    """A09, A06-1"""

    pattern, zh = re.compile(r"[A-Z][0-9]{2,5}(-[0-9]{1,3})?"), "应为单位代码，如 A09"


class Reference(Pattern):
    """An opaque id of ours: 32 hexadecimal digits."""

    pattern, zh = re.compile(r"[0-9a-f]{32}"), "应为 32 位十六进制编号"


class Digest(Pattern):
    """SHA-256 or HMAC-SHA-256 in hexadecimal."""

    pattern, zh = re.compile(r"[0-9a-f]{64}"), "应为 64 位十六进制摘要"


class Code(Pattern):
    """A short code of the county's own data: department, service point, officer, rule. ASCII, so never a name."""

    pattern, zh = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}"), "只能用字母、数字和 _ . : / -"


class NamedCode(Code):
    """A code that people know by its name: a rule, an item of the county's list, who holds a period."""


class ActionCode(Code):
    """An officer's action, by its name in intake."""


def code_of(value: Any) -> str | None:
    """Returns a stranger's own code made safe: itself, `other` where it is no code, None where there is nothing."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if text is None or text == "":
        return None
    return text if isinstance(text, str) and Code.pattern.fullmatch(text) else "other"


class AnyCode(Code):
    """A code beside a word that counts: whatever it is, the word is not lost over it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return code_of(value) or "none"


class WordOf(fields.Enum[Word]):
    """One word of the vocabulary, by value."""

    def __init__(self, words: Any, **kwargs: Any):
        kwargs.setdefault("error_messages", {"unknown": "只能是 {choices} 之一"})
        super().__init__(words, by_value=True, **kwargs)


class Moment(fields.AwareDateTime):
    """RFC 3339 with its offset."""

    def __init__(self, **kwargs: Any):
        super().__init__(format="iso", **kwargs)


class Day(fields.Date):
    """YYYY-MM-DD"""


class Count(fields.Integer):
    """A whole number from `least` to `most`."""

    least, most, zh = 0, 2**31 - 1, "应为非负整数"

    def __init__(self, **kwargs: Any):
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool):
            # to Python true is 1
            raise self.make_error("invalid", input=value)
        number: int = super()._deserialize(value, attr, data, **kwargs)
        if not self.least <= number <= self.most:
            raise ValidationError(self.zh)
        return number


class Flag(fields.Boolean):
    """true or false; `said`: what an officer reads of the one and of the other, where a sentence names it."""

    truthy, falsy = {True}, {False}

    def __init__(self, *, said: tuple[str, str] | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.said = said

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            # to Python 1 is true
            raise self.make_error("invalid", input=value)
        return value


EVENT_FIELDS = (
    PetitionNumber,
    ReferralNumber,
    AidNumber,
    LeadNumber,
    ProceedingNumber,
    AgencyCode,
    Reference,
    Digest,
    Code,
    WordOf,
    Moment,
    Day,
    Count,
    Flag,
)


class Text(fields.String):
    """What people wrote: letters and agency messages only, never events."""

    def __init__(self, longest: int = 10_000, **kwargs: Any):
        super().__init__(**kwargs)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs).strip()
        if _CONTROL.search(text):
            # PostgreSQL refuses NUL and UTF-8 refuses lone surrogates: a 500 instead of a named field
            raise ValidationError("含有不能保存的控制字符")
        if len(text) > self.longest:
            raise ValidationError(f"最长 {self.longest} 字")
        if self.required and not text:
            raise ValidationError("不能为空")
        return text


class FileName(Text):
    """Safe on every disk, whichever way it passes: what was kept under an earlier rule goes on all the same."""

    def __init__(self, **kwargs: Any):
        super().__init__(plain.LONGEST_NAME, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return plain.file_name(value) if isinstance(value, str) else value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return plain.file_name(super()._deserialize(value, attr, data, **kwargs))
