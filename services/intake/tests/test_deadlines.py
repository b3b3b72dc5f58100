"""A petition that stands still, and its periods with it."""

from pathlib import Path

from intake_context import OFFICER, build_context, registered
from sqlalchemy import Engine, select, text

from clock.tables import Clock
from contracts.vocabulary import Pause, PetitionState
from intake.use_cases import deadlines, petitions


def test_what_has_run_out_unnoticed_keeps_no_petition_from_standing_still(engine: Engine, tmp_path: Path) -> None:
    """Until the sweep has come by, a period that ran out is still called running."""
    context = build_context(engine, tmp_path)
    number = registered(context)
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D03")
    with context.sessions.begin() as session:
        over = "UPDATE clock_level SET at = now() - interval '1 s' WHERE level = 'missed'"
        for each in (over, "UPDATE clock SET next_at = now() - interval '1 s'"):
            session.execute(text(each))
    with context.begin(OFFICER) as work:
        petition = deadlines.suspend(work, number, Pause.FORCE_MAJEURE)
        assert PetitionState.SUSPENDED == petition.state
        assert "suspended" not in work.session.scalars(select(Clock.state).where(Clock.petition == number)).all()
