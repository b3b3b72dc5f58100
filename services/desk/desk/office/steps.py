"""One action on many things, a step each, behind the page that shows how far it is; kept closed like a draft.

A step is one request under a key of its own: what goes on after a process, a service or a login was away does nothing
twice.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from desk.client import Away, Client, Refused
from desk.office.door import NOT_THERE
from desk.office.signing import Signing
from desk.office.tables import BatchRow
from vault import Safe, Sealed

log = logging.getLogger(__name__)

SLOWEST = timedelta(seconds=30)  # of a step, the signer's wait and the service's: later than that nobody takes the next
UNABLE = "现在不能这样办理"


@dataclass(slots=True)
class Batch:
    """`of`: petition and address of each, None where it is not offered; `became`: of each that was tried, why not.

    `halted`: why nothing more is tried.
    """

    title: str
    service: str
    of: Sequence[tuple[str, str | None]]
    became: list[str]
    halted: str = ""


def write(safe: Safe, row: BatchRow, batch: Batch) -> None:
    """Into its row, with how many are done; one that is done runs no more."""
    row.key_id, row.content = safe.close(_label(row), json.dumps(asdict(batch), ensure_ascii=False).encode())
    row.total, row.done, row.stepped_at = len(batch.of), len(batch.became), datetime.now(UTC)
    row.running = row.running and row.done < row.total


def read(safe: Safe, row: BatchRow) -> Batch:
    """Empty where no key opens it any more."""
    try:
        content: Mapping[str, Any] = json.loads(safe.open(_label(row), row.key_id, bytes(row.content)))
    except Sealed:
        return Batch("没有密钥能打开", "", [], [])
    return Batch(**content)


def is_running(row: BatchRow) -> bool:
    """Whether somebody takes its steps: not where the process ended that did."""
    return row.running and row.stepped_at > datetime.now(UTC) - SLOWEST


@dataclass(frozen=True, slots=True)
class Steps:
    """Of the batch `id`, in the name of whom `grant` lets in, for as long as it does."""

    id: str
    grant: str
    sessions: sessionmaker[Session]
    safe: Safe
    signing: Signing
    services: Mapping[str, str]

    def run(self) -> None:
        """Until all are taken, its officer stops it, or it cannot go on."""
        try:
            while self._step():
                pass
        except Exception as fault:  # the thread's own end: the page says that it stands
            log.error("batch: %s", type(fault).__name__, exc_info=fault)

    def _step(self) -> bool:
        """Whether another one is to follow."""
        with self.sessions() as session:
            row = session.get(BatchRow, self.id)
            if row is None or not row.running:
                return False
            batch = read(self.safe, row)
        turn = len(batch.became)
        try:
            batch.became.append(self._done(batch, turn))
        except Refused as refusal:
            batch.halted = refusal.sentence
        except Away:
            batch.halted = "系统暂时没有回应"
        with self.sessions() as session:
            row = session.get(BatchRow, self.id, with_for_update=True)
            if row is None or row.done != turn:
                return False  # whoever went on with it took this step
            row.running = row.running and not batch.halted
            write(self.safe, row, batch)
            session.commit()
            return row.running

    def _done(self, batch: Batch, turn: int) -> str:
        """Nothing where it was done, else why not. Raises Refused where the login has ended, Away."""
        href = batch.of[turn][1]
        if href is None:
            return UNABLE
        key = hashlib.sha256(f"{self.id} {turn}".encode()).hexdigest()
        try:
            client = Client(self.services, lambda: self.signing.token(self.grant))
            client.post(batch.service, href, {}, key)
        except Refused as refusal:
            if refusal.asks_who:
                raise
            return NOT_THERE if refusal.status in (403, 404) else refusal.sentence
        return ""


def _label(row: BatchRow) -> str:
    return f"batch|{row.officer}|{row.id}"
