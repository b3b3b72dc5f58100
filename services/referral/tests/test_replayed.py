"""What-if of the law's corrections on handovers: their clocks are gone through again, move by move."""

from dataclasses import replace
from pathlib import Path

from referral_context import AGENCY, OFFICER, build_context, signed
from sqlalchemy import Engine, select, text

from clock.tables import Clock
from referral.use_cases import rule_changes
from statute import Duty, Law, Packs
from tests.before_corrections import KINDS_OF_HANDOVER, LAW, handed_over

ALIKE = 4


def test_a_signature_starts_what_its_receiver_owes(engine: Engine, tmp_path: Path) -> None:
    """By agreement, of who is no sender that 条例 23(3) binds: five working days to object, fifteen to tell."""
    context, _ = build_context(engine, tmp_path)
    signed(context, "信2026-619926-000001")
    with context.sessions() as session:
        open_ = session.scalars(select(Clock).where(Clock.stopped_by.is_(None)).order_by(Clock.rule)).all()
    found = {each.rule: (each.length, each.unit, each.holder) for each in open_}
    assert {"receiver_objects": (5, "working_days", AGENCY), "receiver_tells": (15, "calendar_days", AGENCY)} == found


def test_whom_the_corrections_move_of_what_was_handed_over(engine: Engine, tmp_path: Path) -> None:
    """By today's rows as by the old: no clock of a handover moves, for only their sources were wrong.

    A row whose duty or length was wrong moves exactly its own, once, with an event each.
    """
    context, _ = build_context(engine, tmp_path)
    handed_over(context, ALIKE * KINDS_OF_HANDOVER, context.sessions)
    assert [] == list(rule_changes.differing(context, OFFICER, apply=False))
    rows = tuple(
        replace(row, length=3, duty=Duty.OFFICE) if row.id == "referral_sign" else row
        for row in LAW.packs.packs[-1].rows
    )
    wrong = Law(Packs([*LAW.packs.packs[:-1], replace(LAW.packs.packs[-1], rows=rows)]), LAW.calendar)
    changed = replace(context, tools=replace(context.tools, law=wrong))
    found = list(rule_changes.differing(changed, OFFICER, apply=False))
    assert {("referral_sign", "office")} == {(each.rule, each.duty) for each in found}
    assert len(found) == ALIKE * KINDS_OF_HANDOVER // 5, "what was offered and is not signed for"
    assert all(each.days > 0 for each in found)
    assert found == list(rule_changes.differing(changed, OFFICER, apply=True))
    assert [] == list(rule_changes.differing(changed, OFFICER, apply=False))
    with context.sessions() as session:
        query = "SELECT count(*) FROM events WHERE type = 'clock.recomputed.v1'"
        assert len(found) == session.execute(text(query)).scalar_one()
