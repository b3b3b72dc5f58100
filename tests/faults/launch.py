"""Runs a service as it is, but for what a test asks of it: points at which it dies, bugs it has.

`python -m tests.faults.launch SERVICE COMMAND`, with FAULTS_FOLDER, and FAULTS_BUGS naming bugs of `bugs.py`.
"""

import importlib
import os
import sys
from pathlib import Path


def main() -> None:
    service = sys.argv[1]
    if "serve" in sys.argv:
        # before anything that keeps a socket or a lock of its own is imported
        import eventlet

        eventlet.monkey_patch()
    from tests.faults import bugs, points

    points.install(Path(os.environ["FAULTS_FOLDER"]), service)
    for name in filter(None, os.environ.get("FAULTS_BUGS", "").split(",")):
        bugs.BUGS[name].seed()
    sys.argv = [service, *sys.argv[2:]]
    importlib.import_module(f"{service}.__main__").main()


if __name__ == "__main__":
    main()
