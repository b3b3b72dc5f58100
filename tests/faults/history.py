"""What was asked and answered, line by line on disk: the checker reads it long after the run."""

import json
import threading
import time
from pathlib import Path
from typing import Any


class History:
    """Append-only JSON lines: {"at": seconds, "op": …, …}."""

    def __init__(self, path: Path):
        self.path = path
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def write(self, op: str, **facts: Any) -> None:
        line = json.dumps({"at": round(time.time(), 3), "op": op, **facts}, ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")

    def close(self) -> None:
        self._file.close()


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
