import pytest

from contracts import strict


@pytest.mark.parametrize(
    "content",
    [
        b'{"secrecy": true, "secrecy": false}',
        b'[{"a": {"b": 1, "b": 1}}]',
        b'{"a": NaN}',
        b'{"a": "\\ud83d"}',
        b'{"\\uDC00": 1}',
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b"",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(content: bytes) -> None:
    """A member named twice, half a character, another encoding, no number: ValueError, nothing else."""
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own errors are ValueErrors
        strict.read(content)


def test_what_can_be_read_is_read() -> None:
    """A byte order mark, a character beyond the first plane written as a pair, the same name in two objects."""
    assert [{"a": 1}, {"a": "𠮷"}] == strict.read(b'\xef\xbb\xbf[{"a": 1}, {"a": "\\uD842\\uDFB7"}]')
