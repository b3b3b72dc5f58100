"""What a legal officer of the county has verified, by name and day.

A row that was signed is verified as long as it says what was signed, by its digest. The names are the county's, in
`signed.yaml` beside its packs; the shipped files stay as they are.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import yaml

from statute.page import Section, read
from statute.rules import Packs, Rule

FILE = "signed.yaml"


@dataclass(frozen=True, slots=True)
class Signed:
    """A legal officer's word on one row, as it then was."""

    rule: str
    variant: str
    since: date
    digest: str
    by: str
    on: date


def digest(rule: Rule) -> str:
    """Of all that a row says but whether it is verified: what is changed afterwards is not what was signed."""
    said = {name: value for name, value in asdict(rule).items() if name not in ("verified", "pack", "signed_by")}
    return hashlib.sha256(json.dumps(said, default=str, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def keep(folder: Path, signed: Iterable[Signed]) -> None:
    """Adds to the county's `signed.yaml`; a row that was signed before keeps its first signature."""
    file = folder / FILE
    old = load(file) if file.exists() else []
    known = {each.digest for each in old}
    rows = [*old, *(each for each in signed if each.digest not in known)]
    content = {"signed": [asdict(each) for each in rows]}
    head = "# What a legal officer of the county has verified; written by `python -m statute review --signed`.\n"
    file.write_text(head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def load(file: Path) -> list[Signed]:
    """Raises PageError."""
    page = read(file)
    found = [_signed(row) for row in page.sections("signed")]
    page.done()
    return found


def applied(packs: Packs, signed: Sequence[Signed]) -> Packs:
    """The packs with what was signed verified, and by whom and when; a row that says another thing now is not."""
    by = {each.digest: each for each in signed}
    return Packs([replace(pack, rows=tuple(_verified(row, by) for row in pack.rows)) for pack in packs.packs])


def _verified(row: Rule, by: Mapping[str, Signed]) -> Rule:
    found = None if row.verified else by.get(digest(row))
    return row if found is None else replace(row, verified=True, signed_by=f"{found.by}，{found.on}")


def _signed(row: Section) -> Signed:
    found = Signed(
        row.text("rule"), row.text("variant", ""), row.day("since"), row.text("digest"), row.text("by"), row.day("on")
    )
    row.done()
    return found
