"""Every list has one shape: a route that answers rows is declared as a list, or is here with why it is none."""

from collections.abc import Iterator

import pytest
from marshmallow import Schema

from tests.doors import routes
from web.route import Route

# what answers rows that no page is cut of: county data that clients fetch whole, or one thing's own, as many as it has
WHOLE = {
    "/agencies": "the directory",
    "/calendar": "one week's",
    "/departments": "the office's departments",
    "/lines": "the lines",
    "/purposes": "the purposes and their bases",
    "/claim-routes": "the six ways of a claim",
    "/guides": "the guides, by their lines",
    "/service-points": "the county's points",
    "/places": "the divisions under one",
    "/vocabulary": "the words",
    "/agencies/<code>/revisions": "one agency's",
    "/officers/<number>/revisions": "one officer's",
    "/officers/<number>/roles": "one officer's",
    "/petitions/<number>/acts": "one petition's",
    "/petitions/<number>/aid-cases": "one petition's, with what may be done",
    "/petitions/<number>/bookings": "one petition's, with what may be done",
    "/petitions/<number>/clocks": "one petition's",
    "/petitions/<number>/custody": "one petition's",
    "/petitions/<number>/corrections": "one petition's",
    "/petitions/<number>/documents": "one petition's",
    "/petitions/<number>/escalations": "one petition's",
    "/petitions/<number>/matches": "one petition's",
    "/petitions/<number>/notices": "one petition's",
    "/petitions/<number>/owed": "one petition's",
    "/petitions/<number>/proceedings": "one petition's, with which it may have",
    "/petitions/<number>/receivers": "one petition's",
    "/petitions/<number>/remarks": "one petition's",
    "/petitions/<number>/tasks": "one petition's",
    "/petitions/<number>/referrals": "one petition's, with what may be done",
    "/petitions/<number>/team/notes": "one petition's, with what may be done",
    "/referral-tabs": "seven counts",
    "/rooms": "the office's rooms",
    "/roster": "the office's roster",
    "/rates": "counts, one for each rule",
    # between services and to operations, each with an order of its own
    "/operations/heads": "digests for a reconciliation",
    "/operations/placements": "sealed for a service",
}
# what answers one thing; where the address ends with its name no row is needed
ONE = {
    "/health/live",
    "/health/ready",
    "/me",
    "/metrics",
    "/openapi.json",
    "/parked/count",
    "/openings/<opening>/person",
    "/online",
    "/petitions/<number>/admission",
    "/petitions/<number>/risk",
    "/petitions/<number>/team",
    "/guides/page",
    "/proceedings/<number>/words",
    "/guides/<guide>/page",
}


def reads() -> Iterator[tuple[str, Route]]:
    for service, route in routes():
        if route.method == "GET" and not route.path.endswith(">"):
            yield service, route


def is_list(route: Route) -> bool:
    """Declared by `web.listing`: its pages are asked for alike everywhere."""
    return {"limit", "after"} <= set(route.query().fields)


@pytest.mark.parametrize(
    ("service", "route"), [pytest.param(*each, id=f"{each[0]} {each[1].path}") for each in reads()]
)
def test_a_route_that_answers_rows_is_a_list(service: str, route: Route) -> None:
    """Filters that refuse what they do not know, a limit, a cursor; a new one that has them not says here why."""
    assert is_list(route) != (route.path in WHOLE or route.path in ONE), (
        f"{service} {route.path}: declare it by web.listing.Listing, or say in tests/contract/test_lists.py why not"
    )
    if is_list(route):
        query: Schema = route.query()
        assert 50 == query.load({})["limit"]
        assert route.path == "/worklist" or query.load({})["sort"].removeprefix("-") in str(
            query.fields["sort"].validate
        )
