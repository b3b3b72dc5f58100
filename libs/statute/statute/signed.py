"""What a legal officer of the county has verified, by name and day: rows of the packs and of all other data.

What was signed is verified as long as it says what was signed, by its digest. The names are the county's, in
`signed.yaml` beside its packs; the shipped files stay as they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import yaml

from statute.datum import digest_of
from statute.page import Section, read
from statute.rules import Packs, Rule

FILE = "signed.yaml"


@dataclass(frozen=True, slots=True)
class Signed:
    """A legal officer's word on one row, as it then was. `pack` and `name`: where it stood."""

    pack: str
    name: str
    digest: str
    by: str
    on: date


def digest(rule: Rule) -> str:
    """Of all that a row says but whether it is verified: what is changed afterwards is not what was signed."""
    said = {name: value for name, value in asdict(rule).items() if name not in ("verified", "pack", "signed_by")}
    return digest_of(said)


def keep(folder: Path, signed: Iterable[Signed]) -> None:
    """Adds to the county's `signed.yaml`; a row that was signed before keeps its first signature."""
    known = load(folder)
    rows = [*known.values(), *({each.digest: each for each in signed if each.digest not in known}).values()]
    content = {"signed": [asdict(each) for each in rows]}
    head = "# What a legal officer of the county has verified; written by `python -m statute review --signed`.\n"
    text = head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    (folder / FILE).write_text(text, encoding="utf-8")


def load(folder: Path | None) -> Mapping[str, Signed]:
    """By digest what a county has signed; nothing where it has no such file. Raises PageError."""
    if folder is None or not (folder / FILE).exists():
        return {}
    page = read(folder / FILE)
    found = [_signed(row) for row in page.sections("signed")]
    page.done()
    return {each.digest: each for each in found}


def applied(packs: Packs, signed: Mapping[str, Signed]) -> Packs:
    """The packs with what was signed verified, and by whom and when; a row that says another thing now is not."""
    if not signed:
        return packs
    return Packs([replace(pack, rows=tuple(_verified(row, signed) for row in pack.rows)) for pack in packs.packs])


def _verified(row: Rule, signed: Mapping[str, Signed]) -> Rule:
    found = None if row.verified else signed.get(digest(row))
    return row if found is None else replace(row, verified=True, signed_by=f"{found.by}，{found.on}")


def _signed(row: Section) -> Signed:
    found = Signed(row.text("pack"), row.text("name"), row.text("digest"), row.text("by"), row.day("on"))
    row.done()
    return found
