"""What the other side says: written down once, with what follows from it, before the broker hears that we have it.

A message may come late, twice, and before the one it follows; it may be the last before a crash. Its id says whether it
was heard, and the time at which it was written whether what it says of a matter's state is newer than what is known.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts import registry
from desk.agency.tables import Heard, Matter, Said
from desk.written import ZONE
from vault import Safe

RETAIN_DAYS = 180  # of what comes with no days of its own
URGED = "referral.urged.v1"
OFFERS = ("referral.offered.v1", "aid.lead_offered.v1", "proceeding.invited.v1", "task.offered.v1")
# first part of a type → the kind of its matter, and the member of its data that is the matter's number
_ABOUT = {
    "referral": ("referral", "referral"),
    "aid": ("lead", "lead"),
    "submission": ("submission", "submission"),
    "coordination": ("coordination", "petition"),
    "proceeding": ("proceeding", "proceeding"),
}
# type → where its matter stands from then on, and what may be said next; of the others nothing follows
_STANDS: Mapping[str, tuple[str, list[str]]] = {
    "referral.offered.v1": ("sent", ["reply.signed.v1"]),
    "referral.recalled.v1": ("recalled", []),
    "referral.rework.v1": ("rework", ["reply.progress.v1", "reply.answered.v1"]),
    "aid.lead_offered.v1": ("offered", ["aid.lead_signed.v1"]),
    "proceeding.invited.v1": ("invited", ["proceeding.reply.v1"]),
    "proceeding.changed.v1": ("adjourned", []),
    "proceeding.cancelled.v1": ("cancelled", []),
    "task.offered.v1": ("open", ["task.answered.v1"]),
    # asked once more, somebody looks at it once more
    "coordination.requested.v1": ("", []),
    "submission.signed.v1": ("signed", []),
    "submission.accepted.v1": ("accepted", []),
    "submission.objected.v1": ("objected", ["reply.ruling.v1"]),
    "submission.progress.v1": ("in_progress", []),
    "submission.answered.v1": ("answered", []),
}
_RULED: Mapping[str, tuple[str, list[str]]] = {
    "upheld": ("returned", []),
    "overruled": ("signed", ["reply.accepted.v1", "reply.objected.v1", "reply.pass_on.v1"]),
}
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Message:
    """What was read of one. `said_at`: when the other side wrote it."""

    id: str
    type: str
    said_at: datetime
    data: Mapping[str, Any]

    @property
    def about(self) -> tuple[str, str] | None:
        """The kind and the number of its matter; None of what is about a message of ours."""
        if self.type.startswith("task."):
            return "task", f"{self.data['proceeding']}/{self.data['item']}"
        kind, member = _ABOUT.get(self.type.partition(".")[0], (None, None))
        return (kind, str(self.data[member])) if kind and member else None


def take(session: Session, safe: Safe, body: bytes) -> None:
    """Writes a message down; the caller commits, and acknowledges after that. A repeat brings new tokens, no more."""
    at = datetime.now(UTC)
    message = _read(body, at)
    key_id, content = safe.close(label(message.id), body)
    fresh = insert(Heard).values(
        id=message.id, type=message.type, said_at=message.said_at, at=at, key_id=key_id, content=content,
        forget_at=at + timedelta(days=RETAIN_DAYS),
    )  # fmt: skip
    if session.scalar(fresh.on_conflict_do_nothing().returning(Heard.id)) is None:
        if message.type == "referral.offered.v1":
            # the tokens of its files are new; what was forgotten stays so
            renewed = update(Heard).where(Heard.id == message.id, Heard.content.is_not(None))
            session.execute(renewed.values(key_id=key_id, content=content))
        return
    matter = _of_ours(session, message) if message.about is None else _of_theirs(session, message, at)
    if matter is None:
        return
    matter.last_at = max(matter.last_at, at)
    until = at + timedelta(days=matter.retain_days)
    session.execute(update(Heard).where(Heard.id == message.id).values(matter=matter.number, forget_at=until))


def label(id_: str) -> str:
    """What the content of a message that was heard is closed with."""
    return f"heard|content|{id_}"


def _read(body: bytes, at: datetime) -> _Message:
    """Of what cannot be read a person is told; it would come again for ever."""
    try:
        raw = json.loads(body)
        message = _Message(str(raw["id"]), str(raw["type"]), datetime.fromisoformat(raw["time"]), dict(raw["data"]))
        _ = message.about, message.said_at - at
        if ("to_agency", message.type) in registry.REGISTRY:
            registry.load("to_agency", message.type, message.data)
    except (ValueError, KeyError, TypeError):
        return _Message(hashlib.sha256(body).hexdigest(), "unreadable", at, {})
    return message


def _of_theirs(session: Session, message: _Message, at: datetime) -> Matter:
    assert message.about is not None
    kind, number = message.about
    matter = session.get(Matter, number, with_for_update=True)
    if matter is None:
        matter = begun(kind, number, at)
        session.add(matter)
        session.flush()
    data = message.data
    matter.petition = data.get("petition", matter.petition)
    if message.type in OFFERS:
        matter.retain_days = int(data.get("retain_days", RETAIN_DAYS))
        matter.due_on = _due_on(data)
        # what came before it goes with it
        until = Heard.at + func.make_interval(0, 0, 0, matter.retain_days)
        earlier = update(Heard).where(Heard.matter == number, Heard.forget_at > until)
        session.execute(earlier.values(forget_at=until))
    if message.type == "referral.stopped.v1":
        matter.stopped = str(data["reason"])
    stands = _RULED.get(str(data.get("ruling"))) if message.type == "referral.ruling.v1" else _STANDS.get(message.type)
    if stands is not None:
        _stand(matter, message.said_at, *stands)
    return matter


def _due_on(data: Mapping[str, Any]) -> date | None:
    """By when something is to be done; of an invitation the day of it, where that is known."""
    given = next((data[name] for name in ("sign_by", "answer_by", "due", "starts_at") if data.get(name)), None)
    if given is None:
        return None
    return date.fromisoformat(given) if len(given) == 10 else datetime.fromisoformat(given).astimezone(ZONE).date()


def _of_ours(session: Session, message: _Message) -> Matter | None:
    """What became of a message of ours; None where it is about none of a matter's."""
    said = session.scalar(select(Said).where(Said.id == str(message.data.get("message"))).with_for_update())
    if said is None:
        return None
    if message.type == "message.taken.v1":
        said.taken_at, said.rejected = message.said_at, None
    elif message.type == "message.rejected.v1" and said.taken_at is None:
        said.rejected = message.id
    matter = session.get(Matter, said.matter, with_for_update=True) if said.matter else None
    if matter is None:
        return None
    state, allowed = message.data.get("state"), message.data.get("allowed") or []
    if state is not None:
        _stand(matter, message.said_at, str(state), [str(each) for each in allowed])
    elif said.rejected and said.type == "petition.submitted.v1" and matter.state == "":
        matter.state = "rejected"
    return matter


def begun(kind: str, number: str, at: datetime) -> Matter:
    """A matter of which nothing is known yet."""
    made = Matter(number=number, kind=kind, state="", allowed=[], stood_at=_LONG_AGO, begun_at=at, last_at=at)
    made.retain_days = RETAIN_DAYS
    return made


def _stand(matter: Matter, at: datetime, state: str, allowed: list[str]) -> None:
    """Newer than what is known: what comes late tells where it stood, not where it stands."""
    if at >= matter.stood_at:
        matter.state, matter.allowed, matter.stood_at = state, allowed, at
