"""Lines and sub-lines as data, and what the answers to a line's questions come to. Plain Python; it only advises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.vocabulary import ActKind, Admission, Line
from statute import Cited, cited
from statute.hearings import Hearing, hearings

BOXES = ("criminal", "civil", "administrative", "public_interest")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer comes to: `text` says what is lacking, or where to turn."""

    result: Admission
    text: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A question before acceptance: what a `yes` and a `no` come to, and the `law` it is asked by.

    `bar`: the rule of the packs that answers it from the day it counts from: in time is a yes, or, with `past`, a no.
    """

    id: str
    ask: str
    yes: Meaning
    no: Meaning
    law: Cited
    bar: str | None = None
    past: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A line, or a sub-line of it."""

    id: str
    zh: str
    department: str
    clocks: tuple[str, ...]  # ids of rules in the packs
    documents: tuple[str, ...]
    liability: tuple[str, ...]  # which boxes matter most; all four are filled in before the end
    checks: tuple[Check, ...]
    acts: tuple[ActKind, ...]  # what may be done or happen in it
    led: bool  # whether a person's first one is led by a leader of our office
    hearing: Hearing | None  # how one is held, where the law knows one; a sub-line has its line's, or its own
    bring_law: Cited  # by which it asks for its documents
    led_law: Cited | None


@dataclass(frozen=True, slots=True)
class Advice:
    """What the answers come to, and why: the questions that speak against acceptance, and those still open."""

    result: Admission
    reasons: tuple[tuple[Check, Meaning], ...]
    open: tuple[Check, ...]  # not answered yet


@dataclass(frozen=True, slots=True)
class Lines:
    """Every line of work, and by line its sub-lines by id."""

    sheets: Mapping[Line, Sheet]
    subs: Mapping[Line, Mapping[str, Sheet]]

    @classmethod
    def load(cls, path: Path) -> "Lines":
        """Raises KeyError or ValueError for a file that leaves a line out or names what does not exist."""
        page: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows = page["lines"]
        sheets = {Line(row["line"]): _sheet(row, row["line"], Line(row["line"]).zh, page) for row in rows}
        subs = {
            Line(row["line"]): {
                sub["id"]: _sheet(sub, sub["id"], sub["zh"], page, row["line"]) for sub in row.get("subs", ())
            }
            for row in rows
        }
        if set(sheets) != set(Line):
            raise ValueError(f"{path.name}: lines are missing: {sorted(set(Line) - set(sheets))}")
        return cls(sheets, subs)

    def sheet(self, line: Line, sub_line: str | None) -> Sheet:
        """Raises KeyError for a sub-line that is not the line's."""
        return self.subs[line][sub_line] if sub_line else self.sheets[line]

    def everything(self) -> Iterator[Sheet]:
        """The lines themselves, then the sub-lines of each."""
        yield from self.sheets.values()
        for subs in self.subs.values():
            yield from subs.values()


@cache
def shipped() -> Lines:
    """The lines that come with the program, read once; no county has a file of its own."""
    return Lines.load(Path(__file__).with_name("lines.yaml"))


_WORST = Admission.NOT_OURS, Admission.OUT_OF_TIME, Admission.LACKING


def advise(checks: Sequence[Check], answers: Mapping[str, bool]) -> Advice:
    """Not ours goes before out of time, that before what is lacking, and what is lacking before what nobody asked."""
    told = [(check, check.yes if answers[check.id] else check.no) for check in checks if check.id in answers]
    unasked = tuple(check for check in checks if check.id not in answers)
    reasons = tuple((check, meaning) for check, meaning in told if meaning.result is not Admission.ACCEPT)
    found = {meaning.result for _, meaning in reasons}
    worst = next((each for each in _WORST if each in found), None)
    result = worst or (Admission.OPEN if unasked else Admission.ACCEPT)
    return Advice(result, reasons, unasked)


def _sheet(row: Mapping[str, Any], id_: str, zh: str, page: Mapping[str, Any], line: str = "") -> Sheet:
    if set(row["liability"]) - set(BOXES):
        raise ValueError(f"{id_}: no such box of liability")
    checks = tuple(_check(each) for each in row["checks"])
    hearing = hearings().get(id_) or hearings().get(line)
    held = [ActKind.HEARING_HELD] if hearing else []
    bring, led = {"sheet": id_, "documents": row["documents"]}, row.get("led", False)
    return Sheet(
        id_,
        zh,
        row["department"],
        tuple(row["clocks"]),
        tuple(row["documents"]),
        tuple(row["liability"]),
        checks,
        tuple(ActKind(each) for each in (*page["common_acts"], *row.get("acts", ()), *held)),
        led,
        hearing,
        cited(bring, id_, row.get("documents_source") or page["documents_source"]),
        cited({"sheet": id_, "led": led}, id_, page["led_source"]) if led else None,
    )


def _check(row: Mapping[str, Any]) -> Check:
    means = _meaning(row.get("if_yes")), _meaning(row.get("if_no"))
    return Check(row["id"], row["ask"], *means, cited(row, row["id"]), row.get("bar"), row.get("past", False))


def _meaning(row: Mapping[str, str] | None) -> Meaning:
    if row is None:
        return Meaning(Admission.ACCEPT)
    [(result, text)] = row.items()
    return Meaning(Admission(result), text)
