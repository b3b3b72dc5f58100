"""What agencies and we write to each other is kept, once each, under the petition's own key."""

from pathlib import Path

import pytest
from referral_context import AGENCY, OFFICER, build_context, signed
from sqlalchemy import Engine, text

from contracts.vocabulary import ObjectionReason
from referral.tables import Agency
from referral.use_cases import officers, remarks
from vault import Sealed

PETITION = "信2026-619926-000001"
SAID = "紫貂异议：应由镇政府处理"


def test_what_is_written_goes_with_the_petitions_key(engine: Engine, tmp_path: Path) -> None:
    """By hand with who of ours wrote it down; a move without words leaves nothing; nobody reads it without the key."""
    context, _ = build_context(engine, tmp_path)
    number = signed(context, PETITION)
    with context.begin(OFFICER) as work:
        work.session.get_one(Agency, AGENCY).transport = "file"
    with context.begin(OFFICER) as work:
        officers.record(work, number, "object", reason=ObjectionReason.NOT_COMPETENT, text=SAID)
    with context.begin(OFFICER) as work:
        (said,) = remarks.of_petition(work, PETITION)
    assert ("object", SAID, False, OFFICER.officer, None) == (
        said["move"], said["text"], said["ours"], said["officer"], said["by"],
    )  # fmt: skip
    with context.begin(OFFICER) as work:
        assert SAID.encode() not in bytes(work.session.execute(text("SELECT words FROM remark")).scalar_one())
        work.session.execute(text("DELETE FROM data_key WHERE subject = :s"), {"s": PETITION})
    with context.begin(OFFICER) as work, pytest.raises(Sealed):
        remarks.of_petition(work, PETITION)
