"""By which law a paper says what it says, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.vocabulary import DocumentKind, RefusalReason
from statute import Cited, cited


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a petition is not accepted: by which law, what one can do, and until when. `says`: before the law."""

    says: str
    law: Cited
    way: str
    until: str


@cache
def laws() -> Mapping[DocumentKind, Mapping[str, Cited]]:
    """By paper, and line or sub-line, "" for whoever has no own. Raises KeyError or ValueError for a wrong file."""
    page = _page()
    return {
        kind: {id_: law for row in page[kind] for id_, law in _laws(row, kind)}
        for kind in (DocumentKind.ACCEPTED, DocumentKind.MATERIAL)
    }


def law_of(kind: DocumentKind, line: str, sub_line: str | None) -> Cited:
    """By which law a paper is written for a petition of a line, or sub-line."""
    found = laws()[kind]
    return (sub_line and found.get(sub_line)) or found.get(line) or found[""]


@cache
def grounds() -> Mapping[RefusalReason, Ground]:
    """Every reason. Raises KeyError or ValueError for a wrong file."""
    found = {
        RefusalReason(row["reason"]): Ground(
            row.get("says", "依据"), cited(row, row["reason"]), row["way"], row["until"]
        )
        for row in _page()["refusals"]
    }
    if set(found) != set(RefusalReason):
        raise ValueError("papers.yaml: each reason is told once")
    return found


def _laws(row: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Cited]]:
    law = cited({"paper": kind, **row}, kind)
    for id_ in row.get("for", [""]):
        yield id_, law


def _page() -> Mapping[str, Any]:
    page: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("papers.yaml").read_text(encoding="utf-8"))
    return page
