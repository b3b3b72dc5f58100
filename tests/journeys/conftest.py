"""Every agency a story opened is closed after it, also when the story failed."""

from collections.abc import Iterator

import county
import pytest
from playwright.sync_api import Browser

from tests import described
from tests.browser import chromium
from tools.dev import stack
from tools.dev.stack import Stack


@pytest.fixture(autouse=True, scope="session")
def a09_answers(system: Stack) -> None:
    """The example system plays A09; the other agencies' queues are for the stories to read by hand."""
    stack.play(system, "A09")


@pytest.fixture(autouse=True, scope="session")
def every_member_is_described() -> Iterator[None]:
    """Of all that the stories were answered; a new member has its line in `api/answers.py`."""
    yield
    assert not described.UNDESCRIBED, sorted(described.UNDESCRIBED)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(autouse=True)
def agencies_closed() -> Iterator[None]:
    yield
    while county.OPENED:
        county.OPENED.pop().close()
