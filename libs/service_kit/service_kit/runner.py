"""Starts one service class under nameko and ends it cleanly on SIGTERM. Call `monkey_patch` before anything else."""

import gc
import logging
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import eventlet
import structlog.processors
from nameko.runners import ServiceRunner
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict

from courier import waits

MAX_WORKERS = 20


def serve(service: type, given: Mapping[str, Any]) -> None:
    """Returns when the service was told to stop and what it had in hand is settled.

    Garbage is collected from here on: who imports much before it may turn that off.

    `given`: nameko's configuration (AMQP_URL, WEB_SERVER_ADDRESS) and whatever the class takes by `Injected`.
    """
    # what was imported stays: looking through it for garbage again and again took a twentieth of a busy service's time
    gc.collect()
    gc.freeze()
    gc.enable()
    runner = ServiceRunner({**given, "max_workers": MAX_WORKERS})
    runner.add_service(service)
    runner.start()
    stop = eventlet.event.Event()

    def end(*_: Any) -> None:
        if not stop.ready():
            # from a signal handler only a greenlet may switch
            eventlet.spawn_after(0, stop.send)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log = logging.getLogger(__name__)
    log.info("serving %s on %s", service.__name__, given["WEB_SERVER_ADDRESS"])
    while not stop.ready():
        eventlet.sleep(waits.SIGNAL_LOOK)
    log.info("stopping: what is in hand is settled first")
    with eventlet.Timeout(waits.STOP_TIMEOUT, False):
        runner.stop()
        log.info("stopped")
        return
    # nothing is lost by it: what is not committed is not acked, and comes again
    log.warning("work in hand did not end in %d s; it is left to whoever takes it next", waits.STOP_TIMEOUT)


def within(seconds: float) -> AbstractContextManager[object]:
    """Raises TimeoutError in what takes longer, also where no socket's timeout reaches: names, handshakes."""
    bound: AbstractContextManager[object] = eventlet.Timeout(seconds, TimeoutError(f"not done within {seconds:g} s"))
    return bound


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
