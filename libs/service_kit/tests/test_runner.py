"""What a service writes on its standard output: one JSON object a line, and nothing that a person said."""

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service_kit.logs import lines

FIELDS = ["at", "level", "logger", "message"]


def line_of(record: logging.LogRecord) -> dict[str, object]:
    text = lines().format(record)
    assert "\n" not in text
    return json.loads(text)  # type: ignore[no-any-return]


def raised(fault: Exception) -> logging.LogRecord:
    """As `log.exception` makes it, where the fault came from another."""
    try:
        try:
            raise ValueError(*fault.args)
        except ValueError as first:
            first.add_note(str(fault))
            raise fault from first
    except type(fault):
        return logging.LogRecord("intake", logging.ERROR, __file__, 1, "a worker failed", (), sys.exc_info())


def test_a_line_has_these_fields_and_no_other() -> None:
    """Who reads the logs by program finds the same names; what is passed beside the sentence is in none."""
    record = logging.makeLogRecord(
        {"name": "courier.relay", "levelname": "WARNING", "msg": "refused by the broker: %s", "args": ("A09",),
         "created": 1795723565.987654, "petitioner": "王某", "stack_info": "王某"}
    )  # fmt: skip
    assert line_of(record) == {
        "at": "2026-11-26T20:06:05.987Z",
        "level": "warning",
        "logger": "courier.relay",
        "message": "refused by the broker: A09",
    }
    assert list(line_of(record)) == FIELDS
    assert datetime.fromisoformat(str(line_of(record)["at"])).tzinfo == UTC


def test_a_fault_is_its_class_and_the_last_six_frames() -> None:
    """Enough to find the line of the code."""
    record = raised(LookupError("王某 13800000000"))
    found = line_of(record)
    assert found["fault"] == "LookupError"
    assert [f"test_runner.py:{record.exc_info[2].tb_lineno} raised"] == found["frames"]  # type: ignore[index, union-attr]

    def deeper(n: int) -> None:
        if n:
            deeper(n - 1)
        raise KeyError("王某")

    with pytest.raises(KeyError) as deep:
        deeper(9)
    error = (deep.type, deep.value, deep.tb)
    assert len(line_of(logging.LogRecord("x", 40, "", 1, "", (), error))["frames"]) == 6  # type: ignore[arg-type]


secrets = st.text('甲乙丙丁戊%{}\\"\n\x00\u2028\ud800', min_size=3).map(lambda text: f"‹{text}›")


@given(secrets, st.sampled_from(["intake", "nameko", "nameko.containers", "thread"]))
@example("‹%s %d %(name)s›", "nameko.containers")
def test_nothing_of_what_an_exception_says_is_in_a_line(secret: str, logger: str) -> None:
    """Its text, its notes, its cause and its cause's text stay out, whatever characters they are made of."""

    class WrongError(Exception):
        pass

    record = raised(WrongError(secret, {"petitioner": secret}))
    record.name = logger
    text = lines().format(record)
    assert "‹" not in text
    assert "›" not in text
    assert {*FIELDS, "fault", "frames"} == {*json.loads(text)}


@given(secrets)
def test_of_what_nameko_says_only_what_stands_before_the_first_value(secret: str) -> None:
    """It puts a worker's exception, or a call's arguments, into the sentence itself."""
    record = logging.LogRecord("nameko.containers", 40, "", 1, "error handling worker %s: %s", (secret, secret), None)
    assert "error handling worker" == line_of(record)["message"]


def test_a_line_that_cannot_be_written_shows_no_arguments_elsewhere() -> None:
    """logging, left alone, prints the arguments of such a record on the standard error, which is kept as well."""
    program = (
        "import logging; from service_kit import logs; logs.log_to_stdout();"
        "logging.warning('two %s %s', '王某'); logging.warning('\\ud800 %s', '王某'); logging.warning('after')"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert "" == done.stderr
    assert ["after"] == [json.loads(line)["message"] for line in done.stdout.splitlines()]
