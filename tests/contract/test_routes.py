"""A service's class is put together from its api files: no route may hide another."""

from collections import Counter

import pytest

from tests.doors import CLASSES


@pytest.mark.parametrize("service", CLASSES)
def test_no_route_hides_another(service: str) -> None:
    """Of two methods of one name nameko sees the first; of two of one address werkzeug takes either."""
    members = [(name, each) for base in CLASSES[service].__mro__ for name, each in vars(base).items()]
    found = [(name, each.route) for name, each in members if hasattr(each, "route")]
    names = Counter(name for name, _ in found)
    addresses = Counter((route.method, route.path) for _, route in found)
    assert len(found) > 5
    assert [] == [each for each, times in (names + addresses).items() if times > 1]
