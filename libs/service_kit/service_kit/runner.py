"""Starts one service class under nameko and ends it cleanly on SIGTERM. Call `monkey_patch` before anything else."""

import gc
import logging
import signal
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import eventlet
from nameko.runners import ServiceRunner

from courier import waits

MAX_WORKERS = 20
GARBAGE = 50_000  # objects more than before, until it is looked for


def serve(service: type, given: Mapping[str, Any]) -> None:
    """Returns when the service was told to stop and what it had in hand is settled.

    Garbage is collected from here on: who imports much before it may turn that off.

    `given`: nameko's configuration (AMQP_URL, WEB_SERVER_ADDRESS) and whatever the class takes by `Injected`.
    """
    # what was imported stays: looking through it for garbage again and again took a twentieth of a busy service's time
    gc.collect()
    gc.freeze()
    # a request makes thousands of objects, nearly all of which go without it
    gc.set_threshold(GARBAGE)
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
