"""`python -m house.health`: ends with 0 when the service beside it takes requests. Standard library only: run often."""

import json
import os
import sys
import urllib.request


def main() -> int:
    """Asks `/health/ready`, which looks at the database's schema and at the broker; a process alone is no health."""
    port = os.environ["HTTP_ADDRESS"].rpartition(":")[2]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=6) as answer:
            status: str = json.load(answer)["status"]
    except (OSError, ValueError, KeyError) as fault:
        status = type(fault).__name__
    # docker keeps the last lines of it
    sys.stdout.write(f"{status}\n")
    # degraded is told, and takes requests: to restart it would mend nothing
    return 0 if status in {"ready", "degraded"} else 1


if __name__ == "__main__":
    sys.exit(main())
