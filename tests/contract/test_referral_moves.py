"""The page of moves is the table: every arrow of it is a row, every row is on it."""

import re
from pathlib import Path

from contracts import registry
from contracts.vocabulary import ReferralState
from intake.use_cases import files
from referral.domain import diagram, proceedings
from referral.domain.states import ENDED, MOVES
from statute import Law

PAGE = Path(__file__).parent.parent.parent / "docs" / "referral.md"


def test_what_is_committed_is_what_the_table_says() -> None:
    """Who changes a move draws the page again: `python -m referral.domain.diagram docs`."""
    assert diagram.markdown(Law.load()) == PAGE.read_text(encoding="utf-8")


def test_the_page_of_proceedings_is_what_their_tables_say() -> None:
    """The same of mediation, hearing, meeting and talk."""
    page = PAGE.with_name("proceedings.md").read_text(encoding="utf-8")
    assert diagram.proceedings_markdown() == page
    arrows = re.findall(r"^ {4}(\w+) --> (\w+): (.+)$", page, re.MULTILINE)
    rows = [
        (source.value, (move.target or source).value, move.zh)
        for moves in proceedings.MOVES.values()
        for move in moves.values()
        for source in move.sources
    ]
    assert sorted(rows) == sorted(arrows)


def test_every_arrow_is_a_lawful_move() -> None:
    """Read back from the page by another way than it was drawn."""
    arrows = set(re.findall(r"^ {4}(\w+) --> (\w+): (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    rows = {
        (source.value, (move.target or source).value, move.zh) for move in MOVES.values() for source in move.sources
    }
    assert rows == arrows


def test_every_move_is_told_and_every_reply_is_a_type() -> None:
    """One event each, so that a history can be folded; what an agency says is registered."""
    assert len(MOVES) == len({move.event for move in MOVES.values()})
    for move in MOVES.values():
        assert registry.contract("event", move.event)
        assert move.reply is None or registry.contract("from_agency", move.reply)


def test_no_state_is_without_a_way_in() -> None:
    """A state nobody can reach would be a word without a meaning."""
    assert set(ReferralState) - {ReferralState.DRAFTED} == {move.target for move in MOVES.values() if move.target}


def test_intake_knows_every_move_that_ends_a_referral() -> None:
    """A file's token ends with it: a new end that intake does not know would leave tokens open for ever."""
    assert {move.event for move in MOVES.values() if move.target in ENDED} == files.ENDING
