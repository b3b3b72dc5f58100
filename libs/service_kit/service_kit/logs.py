"""What a process writes to its standard output: one JSON object a line, and nothing in it that quotes a person."""

import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from typing import Any

import structlog.processors
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict


def lines() -> logging.Formatter:
    """One JSON object a line. A fault is its class and frames: its message may quote a person, so it is left out.

    Nothing but what is named here is in a line: no `extra`, no stack.
    """
    return ProcessorFormatter(processors=[_line, structlog.processors.JSONRenderer(ensure_ascii=False)])


def _line(_: Any, level: str, event: EventDict) -> EventDict:
    record = event["_record"]
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # nameko formats a worker's exception into the sentence itself
    nameko = record.name.startswith("nameko")
    message = str(record.msg).split("%", 1)[0].strip() if nameko else event["event"]
    line: EventDict = {"at": at, "level": level, "logger": record.name, "message": message}
    kind, _, frames = event.get("exc_info") or (None, None, None)
    if kind:
        line["fault"] = kind.__name__
        line["frames"] = [
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(frames)[-6:]
        ]
    return line


def log_to_stdout(level: str = "INFO") -> None:
    """Every log line goes out as JSON, an uncaught fault of a thread included."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # a line that cannot be written is dropped: logging would show its arguments instead
    logging.raiseExceptions = False
    logging.getLogger("amqp").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    threading.excepthook = lambda args: logging.getLogger("thread").error(
        "a thread ended",
        exc_info=(args.exc_type, args.exc_value, args.exc_traceback),  # type: ignore[arg-type]
    )
