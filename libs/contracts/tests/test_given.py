"""What is read costs no more than what is kept: a text of any length and make is refused in no time."""

import time
from contextlib import suppress
from unicodedata import normalize

import pytest
from marshmallow import ValidationError

from contracts import fields, given

# putting marks in order takes the square of their number: these take seconds, and a message holds five times as many
MARKS = ("\u0301\u0316", "\u0f73", "\uff9e\u0316", "\u200d\u0301\u0316", "\u034f\u0301\u0316")


@pytest.mark.parametrize("marks", MARKS)
@pytest.mark.parametrize(
    ("kind", "longest"),
    [(given.Text, 20_000), (given.Line, 300), (given.Name, 200), (given.Typed, 64), (given.OwnNumber, 64)],
)
def test_a_pile_of_marks_holds_nobody(kind: type[fields.Text], longest: int, marks: str) -> None:
    """One processor serves all: who sends a million marks must not have it for minutes."""
    for written in ("a" + marks * 50_000, "a" + marks * (2 * longest // len(marks))):
        begun = time.process_time()
        with suppress(ValidationError):
            kind(longest).deserialize(written)
        assert time.process_time() - begun < 1


def test_what_people_write_is_read() -> None:
    """Letters with their marks apart, as some systems send them, up to the field's length; and what no reader sees."""
    apart = normalize("NFD", "Nguyễn Thị 각") * 5
    assert normalize("NFC", apart) == given.Name(100).deserialize(apart)
    assert "字" * 100 == given.Line(100).deserialize("\u200b字\u2060" * 100)
    assert given.Text(100).deserialize("a" + "\u0301" * 30)
