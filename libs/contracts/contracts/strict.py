"""JSON as strangers send it: what two could understand differently is refused (RFC 8259 section 4, RFC 7493)."""

import json
from typing import Any

# what is said of whatever `read` refuses
WRONG_ZH = "不是有效的 UTF-8 JSON，或有字符残缺、字段重复、数值超出范围"
WRONG_EN = "the body is not UTF-8 JSON, or has half a character, a member twice, a number out of range"


def read(content: bytes) -> Any:
    """Returns what JSON says; a byte order mark is passed over.

    Raises ValueError for what is not UTF-8 JSON, a member named twice, half a character, NaN or Infinity, a number that
    would be one, and for nesting too deep to read.
    """
    try:
        # not json.loads on bytes: it would guess UTF-16 and UTF-32, too
        found = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refuse_constant, parse_float=_finite
        )
        if b"\\ud" in content.lower():
            # half of a surrogate pair is a text that no column and no queue takes
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    return found


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        # of `"secrecy": true, "secrecy": false` the sender's system means the one, ours the other
        raise ValueError("the same member twice")
    return found


def _finite(written: str) -> float:
    number = float(written)
    if number in (float("inf"), float("-inf")):
        # 1e400 is a number to its sender and none to a column
        raise ValueError("a number out of range")
    return number


def _refuse_constant(_: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")
