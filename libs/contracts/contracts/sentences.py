"""marshmallow's complaints in the Chinese a person reads, field by field."""

import re
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def faults(messages: Any, path: str = "") -> list[tuple[str, str]]:
    """Returns (dotted field, sentence) for every complaint in marshmallow's nested messages, in order."""
    if isinstance(messages, dict):
        found = []
        for key, inner in messages.items():
            # a member somebody made up may be a person's name: it is said nowhere, not even to who sent it
            step = "" if key == "_schema" else str(key) if _NAME.fullmatch(str(key)) else "?"
            found += faults(inner, ".".join(part for part in (path, step) if part))
        return found
    sentences = messages if isinstance(messages, list) else [messages]
    return [(path, _ZH.get(str(sentence), str(sentence))) for sentence in sentences]


_ZH = {
    "Missing data for required field.": "必填",
    "Field may not be null.": "不能为空",
    "Unknown field.": "不认识的字段",
    "Not a valid string.": "应为文字",
    "Not a valid integer.": "应为整数",
    "Not a valid boolean.": "应为 true 或 false",
    "Not a valid date.": "应为日期，如 2026-09-28",
    "Not a valid datetime.": "应为带时区的时间，如 2026-09-28T09:00:00+08:00",
    "Not a valid aware datetime.": "应为带时区的时间，如 2026-09-28T09:00:00+08:00",
    "Not a valid list.": "应为列表",
    "Not a valid mapping type.": "应为对象",
    "Invalid input type.": "应为对象",
    "Invalid value.": "取值不正确",
}
