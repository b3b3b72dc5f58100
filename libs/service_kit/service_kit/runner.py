"""Starts one service class under nameko and ends it cleanly on SIGTERM. Call `monkey_patch` before anything else."""

import gc
import json
import logging
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any

import eventlet
from nameko.runners import ServiceRunner

MAX_WORKERS = 20
STOP_WITHIN = 25  # seconds; nameko itself waits for workers without a bound


def serve(service: type, given: Mapping[str, Any]) -> None:
    """Returns when the service was told to stop and what it had in hand is settled.

    Garbage is collected from here on: who imports much before it may turn that off.

    `given`: nameko's configuration (AMQP_URL, WEB_SERVER_ADDRESS) and whatever the class takes by `Given`.
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
        # a short sleep, since a signal is only seen when the hub runs Python code
        eventlet.sleep(0.2)
    log.info("stopping: what is in hand is settled first")
    with eventlet.Timeout(STOP_WITHIN, False):
        runner.stop()
        log.info("stopped")
        return
    # nothing is lost by it: what is not committed is not acked, and comes again
    log.warning("work in hand did not end in %d s; it is left to whoever takes it next", STOP_WITHIN)


class Lines(logging.Formatter):
    """One JSON object a line. A fault is its class and frames: its message may quote a person, so it is left out."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])[-6:]
            line["fault"] = record.exc_info[0].__name__
            line["frames"] = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in frames]
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    if record.name.startswith("nameko"):
        # nameko formats a worker's exception into the sentence itself
        return str(record.msg).split("%", 1)[0].strip()
    return record.getMessage()


def log_to_stdout(level: str = "INFO") -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("amqp").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    threading.excepthook = lambda args: logging.getLogger("thread").error(
        "a thread ended",
        exc_info=(args.exc_type, args.exc_value, args.exc_traceback),  # type: ignore[arg-type]
    )
