"""Every agency a story opened is closed after it, also when the story failed."""

from collections.abc import Iterator

import county
import pytest

from tools.dev import stack
from tools.dev.stack import Stack


@pytest.fixture(autouse=True, scope="session")
def a09_answers(system: Stack) -> None:
    """The example system plays A09; the other agencies' queues are for the stories to read by hand."""
    stack.play(system, "A09")


@pytest.fixture(autouse=True)
def agencies_closed() -> Iterator[None]:
    yield
    while county.OPENED:
        county.OPENED.pop().close()
