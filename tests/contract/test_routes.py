"""A service's class is put together from its api files: no route may hide another."""

from collections import Counter

import pytest

from service_kit.worklist import Asking
from tests.doors import CLASSES
from web.route import by_action, href, routes_of


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


@pytest.mark.parametrize("service", CLASSES)
def test_what_only_shows_stands_behind_what_does(service: str) -> None:
    """Of the routes of one action the first is the one that is offered: no preview is."""
    shows = [each.path for each in by_action(CLASSES[service]).values() if each.path.endswith("/preview")]
    assert [] == shows


@pytest.mark.parametrize(
    ("action", "part", "path"),
    [
        ("approval.decide", "approval", "/approvals/<approval>/approve"),
        ("task.end", "task", "/tasks/<task>/done"),
        ("reception.plan", "reception", "/receptions/<reception>/change"),
    ],
)
def test_a_row_offers_the_first_route_of_its_action(action: str, part: str, path: str) -> None:
    """As a page does: of two of one address's parts the other one undoes or refuses."""
    class_ = CLASSES["intake"]
    alike = [each.path for each in routes_of(class_) if each.action == action and f"<{part}>" in each.path]
    assert path == alike[0] != alike[-1]
    asking = Asking(class_.__new__(class_), None, None, action, {})  # type: ignore[arg-type] - neither is asked
    assert href(path, **{part: "1"}) == asking.link(action, "do", "办理", **{part: "1"})["href"]
