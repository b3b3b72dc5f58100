"""Every agency a story opened is closed after it, also when the story failed."""

from collections.abc import Iterator

import county
import pytest


@pytest.fixture(autouse=True)
def agencies_closed() -> Iterator[None]:
    yield
    while county.OPENED:
        county.OPENED.pop().close()
