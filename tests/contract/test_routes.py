"""A service's class is put together from its api files: no route may hide another."""

from collections import Counter

import pytest

from tests.doors import CLASSES
from web.route import by_action


@pytest.mark.parametrize("service", CLASSES)
def test_no_route_hides_another(service: str) -> None:
    """Of two methods of one name nameko sees the first; of two of one address werkzeug takes either."""
    members = [(name, each) for base in CLASSES[service].__mro__ for name, each in vars(base).items()]
    found = [(name, each.route) for name, each in members if hasattr(each, "route")]
    names = Counter(name for name, _ in found)
    addresses = Counter((route.method, route.path) for _, route in found)
    assert len(found) > 5
    assert [] == [each for each, times in (names + addresses).items() if times > 1]


def test_an_action_is_done_where_it_is_done() -> None:
    """What only shows what registering would come to has its action, and is offered to nobody as registering."""
    route = by_action(CLASSES["intake"])["petition.register"]
    assert ("POST", "/petitions") == (route.method, route.path)
