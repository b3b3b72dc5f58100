"""What a handler may say of a message it cannot apply, and what may be said of a fault where others can read it."""

import traceback
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum, StrEnum
from typing import ClassVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

__all__ = ["NotYet", "Park", "Reject", "TooEarly", "describe", "is_transient", "legible"]


class Cause(StrEnum):
    """Why a message was set aside, as a column. The sentence beside it is for people: nothing is decided by it."""

    NOT_YET = "not_yet"
    TOO_EARLY = "too_early"
    FAILED = "failed"  # by a `Retry`, or by what nobody foresaw
    LASTING = "lasting"
    OUT_OF_CHAIN = "out_of_chain"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"


class Policy(Exception):  # noqa: N818 - a policy is a word, not an error
    """Base of what a handler raises on purpose. Its text is stored and shown: it must hold nothing personal."""

    cause: ClassVar[Cause] = Cause.FAILED


class NotYet(Policy):
    """Another subject's fact is missing. Tried again soon; spends no attempt."""

    cause = Cause.NOT_YET


class TooEarly(NotYet):
    """A step that the same sender has yet to tell is missing: what it says later may be just that."""

    cause = Cause.TOO_EARLY


class Retry(Policy):
    """Failed for a reason that may pass. Spends an attempt."""

    def __init__(self, reason: str, after: timedelta | None = None):
        super().__init__(reason)
        self.after = after


class Park(Policy):
    """Will not pass by itself: a person has to look."""

    cause = Cause.LASTING


class OutOfChain(Park):
    """Not what follows the event applied last: its source's trail was cut, altered or put back, or it is forged."""

    cause = Cause.OUT_OF_CHAIN


class Answered(Enum):
    """What became of the answer to a sender's mistake."""

    TOLD = "told"
    UNTOLD = "untold"  # by a fault of ours
    BEYOND = "beyond"  # its quota: it is not kept either


class Reject(Policy):
    """The sender's mistake: it is told which field was wrong and why, and the message is kept parked.

    `zh` and `en`: one sentence each. `state` and `allowed`: where the thing stands and what would be lawful now.
    """

    cause = Cause.REJECTED

    def __init__(self, field: str | None, zh: str, en: str, state: str | None = None, allowed: Sequence[str] = ()):
        super().__init__(f"{field}: {en}" if field else en)
        self.field, self.zh, self.en, self.state, self.allowed = field, zh, en, state, list(allowed)
        self.answered: Answered | None = None


_PASSING = {"40001", "40P01", "55P03", "57014"}  # serialization, deadlock, lock timeout, statement timeout


def is_transient(fault: BaseException) -> bool:
    """A fault of the connection, or of two transactions meeting: the message is not to blame, no attempt is spent."""
    if isinstance(fault, PoolTimeout):
        return True
    if not isinstance(fault, DBAPIError):
        return False
    code = getattr(fault.orig, "pgcode", None)
    if _constraint(fault.orig) == "events_pkey":
        return True  # another transaction appended to the same subject: nothing of this one was written
    return bool(fault.connection_invalidated) or code is None or code in _PASSING or code[:2] in {"08", "53", "57"}


def cause_of(fault: BaseException) -> Cause:
    return fault.cause if isinstance(fault, Policy) else Cause.FAILED


def describe(fault: BaseException) -> str:
    """Class and place of a fault. Its message may quote a row or a person, so it never leaves the process."""
    if isinstance(fault, Policy):
        return f"{type(fault).__name__}: {fault}"
    constraint = _constraint(getattr(fault, "orig", None))
    frames = traceback.extract_tb(fault.__traceback__)
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    place = f" at {own[-1].filename.rsplit('/', 1)[-1]}:{own[-1].lineno} {own[-1].name}" if own else ""
    return f"{type(fault).__name__}{f' ({constraint})' if constraint else ''}{place}"


def legible(text: object, longest: int = 128) -> str | None:
    """What others wrote, fit for a column, an answer or a log: what no reader sees is marked, what is too long cut.

    None where nothing is left. PostgreSQL refuses NUL, UTF-8 half a character, our own contracts a blank text: whatever
    of a delivery is put down goes through here, or the report of a mistake fails and its message comes for ever.
    """
    if not isinstance(text, str):
        return None
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:longest]).strip() or None


def _constraint(orig: object) -> str | None:
    name: str | None = getattr(getattr(orig, "diag", None), "constraint_name", None)
    return name
