"""The fields of whatever comes from outside: HTTP bodies, agencies' and operators' messages, a county's files.

What they let in is normalised and bounded, so that nothing behind them fails on it. Our own events and letters are read
by `contracts.fields`: what was let in once must be read for ever. `tests/contract/test_fields.py` walks every schema.
"""

import re
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError

from contracts import enclosure, fields, plain

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

UNREAD = 4  # times the longest text, that one may be shorter for once it is read; what is longer is not read


class Text(fields.Text):
    """What people wrote, in several lines. Nothing to be seen is None, or refused where that may not be."""

    read = staticmethod(plain.text)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            if len(value) > UNREAD * self.longest:
                raise ValidationError(f"最长 {self.longest} 字")
            try:
                value = self.read(value)
            except plain.NotPlain as fault:
                raise ValidationError(str(fault)) from None
            if plain.is_blank(value):
                if self.allow_none:
                    return None
                raise ValidationError("不能为空")
        return super()._deserialize(value, attr, data, **kwargs)


class Line(Text):
    """The same on one line: a title, an address, a reason."""

    read = staticmethod(plain.line)


class Name(Text):
    """Of a person or a unit."""

    read = staticmethod(plain.name)


class Typed(Text):
    """Digits and letters of a number or code, in half width: who reads it says what it must be."""

    read = staticmethod(plain.typed)

    def __init__(self, longest: int = 64, **kwargs: Any):
        super().__init__(longest, **kwargs)


class OwnNumber(fields.Text):
    """A number of the sender's own, 综转〔2026〕12号: never changed, for it goes back to them and is compared."""

    def __init__(self, longest: int = 64, **kwargs: Any):
        super().__init__(longest, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not plain.is_visible(text):
            raise ValidationError("应为可见字符（Unicode 规范形式 NFC），不含换行、控制字符和不可见字符")
        return text


class FileName(fields.FileName):
    """Of a file that comes in: a path loses its folders, what nobody can read or keep is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str):
            if len(value) > UNREAD * self.longest:
                raise ValidationError(f"最长 {self.longest} 字")
            try:
                value = plain.file_name_given(value)
            except plain.NotPlain as fault:
                raise ValidationError(str(fault)) from None
        return super()._deserialize(value, attr, data, **kwargs)


class Size(fields.Count):
    """Of a file, in bytes."""

    least, most, zh = 1, enclosure.LARGEST, f"文件应为 1 字节至 {enclosure.LARGEST_ZH}"


class Money(Typed):
    """Yuan, exact, as text: 20000 or 20000.50. Never a float, never an exponent, never a digit of another kind."""

    def __init__(self, **kwargs: Any):
        super().__init__(20, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and not value.isascii():
            raise ValidationError("金额请用半角数字填写，如 20000.00")
        found = super()._deserialize(value, attr, data, **kwargs)
        if found is not None and not plain.AMOUNT.fullmatch(found):
            raise ValidationError("金额应为大于 0 的元数，至多两位小数，如 20000.00")
        return found


class Positive(fields.Count):
    """How many, 1 to 100 000."""

    least, most, zh = 1, 100_000, "应为 1 至 100000"


class Day(fields.Day):
    """A date written 2026-11-24 and in no other way, within the years we reckon with."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValidationError("应为日期，如 2026-11-24")  # the library reads 20261124 and 2026-W48-2, too
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not plain.EARLIEST <= day <= plain.LATEST:
            raise ValidationError(plain.DAYS_ZH)
        return day


class Moment(fields.Moment):
    """A moment with its offset from UTC, within the years we reckon with."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not plain.is_reckonable(moment):
            raise ValidationError(plain.DAYS_ZH)
        return moment
