"""A county's files say each thing once, and a mistake is named."""

from pathlib import Path

import pytest

from contracts import county


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"a: 1\nb: 2\na: 3\n", "county.yaml 第 3 行：“a”写了两次"),
        (b"x: [{a: 1, a: 2}]\n", "写了两次"),
        (b"a: [\n", "不是有效的 YAML"),
        (b"a: 2026-02-30\n", "不存在的日期"),
        (b"a: " + b"9" * 5000, "过长的数字"),
        (b"\xb2\xc4: 1", "不是 UTF-8 文字"),
        (b"[" * 5000, "county.yaml"),
        (b"a: !!python/object:os.system x", "不是有效的 YAML"),
    ],
)
def test_a_mistake_in_a_countys_file_is_named(tmp_path: Path, written: bytes, said: str) -> None:
    """By file and, where there is one, line; nobody reads a stack trace, and the last of two does not win silently."""
    file = tmp_path / "county.yaml"
    file.write_bytes(written)
    with pytest.raises(ValueError, match=said):
        county.read(file)


def test_what_is_well_formed_is_read(tmp_path: Path) -> None:
    """Anchors and merge keys too."""
    file = tmp_path / "county.yaml"
    file.write_text("one: &one {a: 1}\ntwo: {<<: *one, b: 2}\n", encoding="utf-8")
    assert {"one": {"a": 1}, "two": {"a": 1, "b": 2}} == county.read(file)
