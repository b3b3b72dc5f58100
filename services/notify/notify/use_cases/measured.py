"""What is measured of notices: nothing here names a petition, a number or a person."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from contracts.vocabulary import NoticeState
from courier import counters
from courier.ops import metrics
from notify.domain import states
from notify.domain.states import Carrier, Verdict
from notify.tables import NoticeRow

ENDS = ("delivered", "failed", "refused", "impossible")
ENDED = Counter("fengqiao_notices_ended", "Notices that ended, by how.", ["state"], registry=counters.REGISTRY)
ANSWERS = Counter(
    "fengqiao_provider_answers", "What the SMS provider said, or did not.", ["verdict"], registry=counters.REGISTRY
)
# shown from 0 on: the first one would be no rise otherwise
for _state in ENDS:
    ENDED.labels(_state)
for _verdict in Verdict:
    ANSWERS.labels(_verdict.value)

_OPEN = (NoticeState.PLANNED, NoticeState.SENDING, NoticeState.SENT, NoticeState.UNKNOWN)
# since when each has waited for what it waits for; one that may not go yet is not late
_SINCE: Mapping[NoticeState, Any] = {
    NoticeState.PLANNED: func.coalesce(NoticeRow.due_at, NoticeRow.not_before),
    NoticeState.SENDING: NoticeRow.changed_at,
    NoticeState.SENT: NoticeRow.left_at,
    NoticeState.UNKNOWN: NoticeRow.changed_at,
}


def open_notices(session: Session) -> dict[str, float]:
    """State → how many, each counted to `metrics.MOST`."""
    return {state.value: _count(session, NoticeRow.state == state) for state in _OPEN}


def ages(session: Session) -> dict[str, float]:
    """Of what the provider carries; an operator has days, and its silence makes a notice unknown."""
    found = {}
    for state, since in _SINCE.items():
        oldest = select(func.extract("epoch", func.now() - func.min(since))).where(NoticeRow.state == state)
        if state in (NoticeState.SENDING, NoticeState.SENT):
            oldest = oldest.where(NoticeRow.carrier == Carrier.PROVIDER)
        found[state.value] = max(0.0, float(session.scalar(oldest) or 0))
    return found


def limited(session: Session) -> int:
    """How many wait for their number's next day."""
    return _count(session, (NoticeRow.state == NoticeState.PLANNED) & (NoticeRow.reason == states.LIMIT))


def _count(session: Session, which: ColumnElement[bool]) -> int:
    some = select(NoticeRow.id).where(which).limit(metrics.MOST).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


COUNTS: metrics.Counts = {
    "notices": (f"Notices that have not ended, by state, counted to {metrics.MOST}.", open_notices),
    "notice_age_seconds": ("How long the oldest notice of a state has waited.", ages),
    "notices_limited": ("Notices put off since their number had its messages of the day.", limited),
}
