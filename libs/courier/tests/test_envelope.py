"""What an envelope is, and everything that is none."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courier.envelope import Actor, Envelope, EnvelopeError, digest, parse

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "a-1",
    "source": "/agencies/A09",
    "type": "reply.signed.v1",
    "subject": "移2026-619926-000001",
    "time": "2026-11-24T09:00:00+08:00",
    "data": {"referral": "移2026-619926-000001"},
}


@given(
    st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=20), st.integers(-(2**53) + 1, 2**53 - 1))),
    st.one_of(st.none(), st.integers(1, 2**31 - 1)),
)
def test_what_is_written_is_read(data: dict[str, Any], version: int | None) -> None:
    """An envelope survives its own bytes, and equal envelopes have equal bytes."""
    said = Envelope("/619926/intake", "x.v1", "s", datetime.now(UTC), data, Actor("A00", "9", "all"), version)
    assert parse(said.to_bytes()) == said
    assert digest(said.to_bytes()) == digest(parse(said.to_bytes()).to_bytes())


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("body", b"{"),
        ("body", b"\xff\xfe"),
        ("body", b"[1]"),
        ("body", b"[" * 100_000),
        ("body", b'{"x": NaN}'),
        ("body", b" " * (1024 * 1024 + 1)),
        ("specversion", {"specversion": "0.3"}),
        ("id", {"id": None}),
        ("id", {"id": "a b"}),
        ("id", {"id": "x" * 129}),
        ("type", {"type": 7}),
        ("subject", {"subject": ""}),
        ("source", {"source": ["x"]}),
        ("data", {"data": "text"}),
        ("time", {"time": "yesterday"}),
        ("time", {"time": "2026-11-24T09:00:00"}),
        ("version", {"version": True}),
        ("version", {"version": 0}),
        ("version", {"version": 2**31}),
        ("actor", {"actoragency": "A09"}),
        ("critical", {"critical": []}),
        ("critical", {"critical": None}),
        ("critical", {"critical": ["referral", "referral"]}),
        ("critical", {"critical": ["referral "]}),
        ("critical", {"critical": [7]}),
        ("critical", {"critical": "referral  x"}),
        ("critical", {"critical": [f"x{n}" for n in range(33)]}),
    ],
)
def test_what_is_no_envelope_is_refused_by_field(field: str, body: bytes | dict[str, Any]) -> None:
    """Whatever arrives is either an envelope or an EnvelopeError that names the field; nothing else escapes."""
    raw = body if isinstance(body, bytes) else json.dumps(GOOD | body).encode()
    with pytest.raises(EnvelopeError) as refused:
        parse(raw)
    assert field == refused.value.field


@given(st.binary(max_size=200))
def test_noise_is_refused_in_words(noise: bytes) -> None:
    """No bytes at all make parse raise anything but EnvelopeError."""
    with pytest.raises(EnvelopeError):
        parse(noise)


@pytest.mark.parametrize("spelt", [["referral", "traceparent", "priority"], "referral traceparent priority"])
def test_what_is_critical_is_left_to_be_understood_in_the_data(spelt: object) -> None:
    """As a list or, for a library that knows CloudEvents' own types alone, a text; an attribute of ours is known."""
    raw = GOOD | {"critical": spelt, "traceparent": "zz", "priority": 1}
    assert ("referral", "priority") == parse(json.dumps(raw).encode()).critical
    assert ("referral", "traceparent") == parse(
        json.dumps(GOOD | {"critical": "referral traceparent"}).encode()
    ).critical


def test_a_broken_trace_is_not_carried_on() -> None:
    """A traceparent that is not W3C's is dropped, the message is not."""
    assert None is parse(json.dumps(GOOD | {"traceparent": "zz"}).encode()).trace
