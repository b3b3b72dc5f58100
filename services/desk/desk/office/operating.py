"""运行: how each service stands, what waits for a person; envelopes and counts, never what a message says."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from desk.client import Away, Refused
from desk.office import lists, offers
from desk.office.door import ASKED, at, client, door, page
from desk.office.words import FIGURES, PARKED

pages = Blueprint("operating", __name__)

_LINE = re.compile(r"(\w+)(?:\{(.*)\})? ([0-9.eE+-]+)")


@pages.get("/running")
def stands() -> Any:
    """All services: whether they answer, what stands still, what is parked, what is late."""
    client().get("intake", "/parked/count")  # who may not ask has no such page
    read = client().many(*((each, "/health/ready") for each in ASKED), *((each, "/parked/count") for each in ASKED))
    health, parked = read[: len(ASKED)], read[len(ASKED) :]
    services = [
        {
            "service": each,
            "health": None if isinstance(well, Refused | Away) else well,
            "parked": None if isinstance(waits, Refused | Away) else waits["parked"],
            "figures": {} if isinstance(well, Away) else _figures(each),
        }
        for each, well, waits in zip(ASKED, health, parked, strict=True)
    ]
    return page("operating.html", services=services, figures=FIGURES)


@pages.get("/running/<service>")
def parked(service: str) -> Any:
    """The envelopes of what one service has parked, the first kept first, each with what may be done with it."""
    if service not in ASKED:
        raise Refused(404, {"detail": "没有找到"})
    narrowed = lists.narrowing(service, "/operations/parked", more=("source", "type"))
    answer = client().get(service, "/operations/parked", **narrowed.query, **lists.after())
    states = door().names.words(client(), "Kept")
    for each in answer["messages"]:
        each["steps"] = offers.makes(service, [at(path, str(each["id"])) for path in PARKED])
    return page("parked.html", service=service, answer=answer, narrowed=narrowed, states=states)


def _figures(service: str) -> Mapping[str, float]:
    """What its `/metrics` say of each of FIGURES, the parts of one added up."""
    found: dict[str, float] = {}
    try:
        said = client().send("GET", service, "/metrics").text
    except (Refused, Away):
        return found
    for line in said.splitlines():
        if (read := _LINE.fullmatch(line)) is not None and read[1] in FIGURES:
            found[read[1]] = found.get(read[1], 0.0) + float(read[3])
    return found
