"""A crowd at the windows: 200 registrations at once from 20 officers."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests
from county import CLAIM, Window

from tools.dev import stack
from tools.dev.stack import Stack

OFFICERS, EACH = 20, 10


@pytest.mark.timeout(180)
def test_numbers_have_no_gap_and_no_double(system: Stack) -> None:
    """Every one gets a number, the next of the year's; what an officer's screen sent twice gets the same one."""
    first = serial(Window(system).number())
    tokens = [stack.token(system, officer=f"9001{n:02d}") for n in range(OFFICERS)]
    together = Barrier(OFFICERS * EACH)

    def register(n: int) -> tuple[int, int]:
        officer, which = divmod(n, EACH)
        # the last one repeats the one before it, key and all
        headers = {
            "Authorization": f"Bearer {tokens[officer]}",
            "Idempotency-Key": f"crowd-{first}-{officer}-{min(which, 8)}",
        }
        together.wait(60)
        answer = requests.post(f"{system.url('intake')}/petitions", json=CLAIM, headers=headers, timeout=90)
        while answer.status_code == 503:  # busy: the same request again, as the answer says
            time.sleep(float(answer.headers.get("Retry-After", "1")))
            answer = requests.post(f"{system.url('intake')}/petitions", json=CLAIM, headers=headers, timeout=90)
        return answer.status_code, serial(answer.json()["number"]) if answer.ok else 0

    with ThreadPoolExecutor(OFFICERS * EACH) as pool:
        answers = list(pool.map(register, range(OFFICERS * EACH)))
    assert {201: len(answers)} == Counter(status for status, _ in answers)
    given = Counter(number for _, number in answers)
    assert list(range(first + 1, first + 1 + OFFICERS * (EACH - 1))) == sorted(given)
    assert sorted(given.values()) == [1] * (OFFICERS * (EACH - 2)) + [2] * OFFICERS


def serial(number: str) -> int:
    return int(number[-6:])
