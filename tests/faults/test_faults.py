"""Real servers break in every way we know while petitions flow; healed, everything has come to its end, once."""

import random
import signal
from collections.abc import Iterator

import pytest

from tests.faults.field import FAULTS, Field, inject, report
from tools.dev.stack import ROOT

COUNT = 30
SEED = 20261125


@pytest.fixture
def field(request: pytest.FixtureRequest) -> Iterator[Field]:
    copies = getattr(request, "param", 1)
    made = Field(ROOT / ".run" / "faults", SEED, copies=copies)
    made.load.pause = 0.8  # five a second: the faults are the test here, not the backlog
    yield made
    made.close()


@pytest.mark.timeout(600)
def test_thirty_random_faults(field: Field) -> None:
    """Each kind at least once, the rest by chance: 0 lost, 0 doubled, order kept in every lane."""
    names = [*FAULTS, *random.Random(SEED).choices(list(FAULTS), k=COUNT - len(FAULTS))]
    random.Random(SEED).shuffle(names)
    field.load.start()
    for name in names:
        inject(field, name)
    violations = field.settle(240)
    assert not violations, report(violations)
    assert len(field.history.path.read_text().splitlines()) > 3 * COUNT


@pytest.mark.long
@pytest.mark.parametrize("field", [3], indirect=True)
@pytest.mark.timeout(300)
def test_three_replicas_of_everything(field: Field) -> None:
    """Three consumers and relays of each service, doubled and shuffled events, copies killed: still once, in order."""
    field.load.start()
    for source in ("intake", "referral", "notify"):
        field.repeat_what_is_there(source)
    for name in ("intake-2", "referral-3", "notify-2"):
        field.kill(name)
    inject(field, "sleep_service")
    field.signal("referral-2", signal.SIGTERM)
    violations = field.settle(120)
    assert not violations, report(violations)
