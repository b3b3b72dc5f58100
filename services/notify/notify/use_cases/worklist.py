"""Notify's boxes of the worklist: calls to make, what nobody knows to have arrived, what reached nobody."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from authorization.placements import placement
from contracts.vocabulary import Notice, NoticeState, WorkBox
from notify.domain import states
from notify.domain.states import Carrier
from notify.tables import NoticeRow
from service_kit.worklist import Asking, Box, placed, placed_item, placed_step
from web.listing import Rows

READ = "notice.read"
S = NoticeState
KEYS = (NoticeRow.changed_at, NoticeRow.id)
# that one failed is on its petition for good; who has not told the petitioner otherwise by then is owed there
FAILED_FOR = timedelta(days=30)


def _notices(asking: Asking) -> Rows:
    its = (NoticeRow.id, NoticeRow.about, NoticeRow.state, NoticeRow.carrier, NoticeRow.planned_at)
    return placed(asking, *its, beside=NoticeRow).join(NoticeRow, NoticeRow.petition == placement.c.petition)


def _calls(asking: Asking) -> Rows:
    begun = [str(state) for state in sorted(states.UNFINISHED)]
    return _notices(asking).where(
        NoticeRow.carrier == Carrier.PHONE, NoticeRow.state.in_(begun), NoticeRow.not_before <= asking.work.now
    )


def _unknown(asking: Asking) -> Rows:
    return _notices(asking).where(NoticeRow.state == S.UNKNOWN)


def _failed(asking: Asking) -> Rows:
    lately = NoticeRow.changed_at > asking.work.now - FAILED_FOR
    return _notices(asking).where(NoticeRow.state.in_((S.FAILED, S.REFUSED)), lately)


def _show(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        state, about = S(row.state), Notice(row.about)
        action = None
        if row.carrier == Carrier.PHONE and state in states.CALLING:
            action = placed_step(asking, row, "notice.record-call", "登记通话结果", key=row.id)
        elif state is S.UNKNOWN:
            action = placed_step(asking, row, "notice.settle", "人工认定是否已发出", key=row.id)
        yield placed_item(
            row,
            notice=row.id,
            sentence=f"{about.zh}：{state.zh}",
            since=row.planned_at.isoformat(),
            action=action,
        )


BOXES = (
    Box(WorkBox.CALLS, READ, KEYS, _calls, _show),
    Box(WorkBox.UNKNOWN, READ, KEYS, _unknown, _show),
    Box(WorkBox.FAILED, READ, KEYS, _failed, _show, descending=True),
)
