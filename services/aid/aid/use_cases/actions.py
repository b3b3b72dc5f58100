"""What can be done with a case now: one row for each action, with what must be so beside who asks.

`allowed_actions` is drawn from here. `services/aid/tests/test_actions.py` tries every row, offered or not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from aid.domain import states
from aid.tables import Case, Held
from aid.use_cases import cases, directory
from contracts.vocabulary import AgencyKind, AidRefusal, AidState
from courier.unit_of_work import UnitOfWork
from service_kit.actions import Target, words_of


@dataclass(frozen=True, slots=True)
class Row:
    """`zh`: what an officer reads; `targets`: what of it can be done now, nothing where it cannot."""

    zh: str
    targets: Callable[[UnitOfWork, Case], Iterable[Target]]


def _grant(work: UnitOfWork, case: Case) -> Iterable[Target]:
    grounds = states.grounds(cases.determination(work, case.situations))
    if grounds and case.now_in is AidState.OPENED and cases.given_before(work, case) is None:
        yield Target(words={"ground": grounds})


def _refuse(_: UnitOfWork, case: Case) -> Iterable[Target]:
    if case.now_in is AidState.OPENED:
        yield Target(words={"ground": words_of(each for each in AidRefusal if not each.discretionary)})
        some = words_of(each for each in AidRefusal if each.discretionary)
        yield Target(words={"ground": some}, needs=("opinion",), about="一般不予救助的")


def _offer_lead(work: UnitOfWork, case: Case) -> Iterable[Target]:
    asked = {lead.agency for lead in case.leads if lead.now_in in states.OPEN_LEADS}
    held, fitting = work.session.get(Held, case.petition), cases.determination(work, case.situations)
    for agency in directory.agencies(work):
        kinds = states.kinds_for(fitting, AgencyKind(agency.kind))
        if kinds and agency.code not in asked and (held is None or agency.code in held.released):
            words = {"to": {agency.code: agency.name}, "kinds": words_of(kinds)}
            # of who asked for secrecy at that person's own wish alone
            yield Target(words=words, needs=("wish",) if case.sealed else (), about=agency.name)


ROWS: Mapping[str, Row] = {
    "grant": Row("给予司法救助", _grant),
    "refuse": Row("不予司法救助", _refuse),
    "offer-lead": Row("转送线索", _offer_lead),
}


def of_case(work: UnitOfWork, case: Case, may: Callable[[str], bool]) -> Iterable[tuple[str, Row, Target]]:
    """What can be done with it now by who may, in the table's order; `may`: by the name of the row."""
    for name, row in ROWS.items():
        if may(name):
            yield from ((name, row, target) for target in row.targets(work, case))
