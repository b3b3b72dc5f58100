"""What a search costs where a million petitions are stored, what the indexes weigh, what they cost a registration.

`./dev bench find --json FILE`. Petitions, their places and states are those of `lists`; each has a name, a title, keys
of a person and of eighty words beside it, made and closed as intake does, and put in by COPY. Words come as unevenly as
people use them. FIND_STORED: how many petitions instead of a million.
"""

import http.client
import io
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import accumulate
from typing import Any
from unittest import mock

import in_process
import lists
import template
import turns
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake.domain import finding
from intake.use_cases import index_keys, indexes, registration
from tools.dev import stack
from tools.dev.stack import Stack
from vault import Vault

STORED, ASKED = int(os.environ.get("FIND_STORED", "1000000")), 60
VOCABULARY, OF_EACH = 20_000, 80
ROUNDS, AT_ONCE = 12, 40
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # of an ID's check character, GB 11643
TABLES = ("word_index", "person", "to_index")
_COLUMNS = "n, wrapped, title, name, phone, id_index, phone_index, name_index, initials, words"


class Made:
    """What the n-th petition says, and what it is found by: the same for whoever asks again."""

    def __init__(self, place: in_process.InProcess):
        self.context = place.context
        vault = place.context.cipher
        assert isinstance(vault, Vault)
        self.vault = vault
        pairs = [a + b for a in _characters(0x5E00) for b in _characters(0x6E00)]
        self.words = random.Random(3).sample(pairs, VOCABULARY)  # noqa: S311
        # as words come in texts: the commonest in every tenth petition
        self.usual = list(accumulate(1 / (n + 60) for n in range(VOCABULARY)))

    def name(self, n: int) -> str:
        dice = random.Random(n)  # noqa: S311 - the same each time
        return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=2))

    def phone(self, n: int) -> str:
        return f"+86199{n:08d}"

    def resident_id(self, n: int) -> str:
        born = date(1930, 1, 1) + timedelta(days=n // 999)
        digits = f"619926{born:%Y%m%d}{n % 999:03d}"
        total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
        return digits + "10X98765432"[total % 11]


def _characters(first: int) -> str:
    return "".join(chr(first + n) for n in range(300))


def _rows(made: Made, county: Sequence[tuple[int, str]]) -> Iterator[str]:
    """Lines of a COPY."""
    vault, dice = made.vault, random.Random(4)  # noqa: S311
    keys: dict[str, list[int]] = {}
    with made.context.begin(in_process.OFFICER) as work:
        for n, number in county:
            name, key, year = made.name(n), AESGCM.generate_key(256), int(number[1:5])

            def closed(label: str, plain: str, key: bytes = key, number: str = number) -> str:
                nonce = os.urandom(12)
                sealed = AESGCM(key).encrypt(nonce, plain.encode(), f"{label}|{number}".encode())
                return _bytes(nonce + sealed)

            label = f"{year}Q{1 + (n - 1) % 100_000 // 25_000}"
            if label not in keys:
                keys[label] = index_keys.of_words(work, label, made.words)
            words = sorted({*dice.choices(keys[label], cum_weights=made.usual, k=OF_EACH)})
            initials = sorted(index_keys.of_initials(work, year, each) for each in finding.initials(name))
            yield (
                "\t".join(
                    [
                        str(n),
                        _bytes(vault.wrap(number, key)),
                        closed("petition|title", "反映工地的事"),
                        closed("person|name", name),
                        closed("person|phone", made.phone(n)),
                        _bytes(index_keys.resident_id(work, made.resident_id(n))),
                        _bytes(index_keys.phone_number(work, made.phone(n))),
                        _bytes(index_keys.named(work, year, name)),
                        _array(initials),
                        _array(words),
                    ]
                )
                + "\n"
            )


def _bytes(value: bytes) -> str:
    return "\\\\x" + value.hex()


def _array(values: Sequence[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


class _Lines(io.TextIOBase):
    """What psycopg2 reads a COPY from, without the whole of it in memory."""

    def __init__(self, lines: Iterator[str]):
        self.lines = lines

    def read(self, size: int | None = -1) -> str:
        taken, length = [], 0
        for line in self.lines:
            taken.append(line)
            length += len(line)
            if size is not None and 0 < size <= length:
                break
        return "".join(taken)


def fill(place: Stack, made: Made) -> None:
    """A county's petitions with all that they are found by. What match finds by goes in here, beside the words."""
    with template.asking(place.database_admin.rpartition("/")[0] + "/intake") as cursor:
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        cursor.execute("SET work_mem = '64MB'; SET maintenance_work_mem = '512MB'; SET statement_timeout = 0")
        cursor.execute((lists.SQL / "county.sql").read_text().replace(":stored", str(STORED)))
        cursor.execute("SELECT n, number FROM county ORDER BY n")
        county = cursor.fetchall()
        cursor.execute(
            "CREATE TEMP TABLE closed (n int, wrapped bytea, title bytea, name bytea, phone bytea, id_index bytea,"
            " phone_index bytea, name_index bytea, initials integer[], words integer[])"
        )
        cursor.copy_expert(f"COPY closed ({_COLUMNS}) FROM STDIN", _Lines(_rows(made, county)), 1 << 20)
        cursor.execute("CREATE INDEX ON closed (n); ANALYZE closed")
        made_title = "decode(repeat(md5(n::text), 3), 'hex')"
        petitions = (lists.SQL / "intake.sql").read_text().replace(":stored", str(STORED))
        cursor.execute(petitions.replace(made_title, "(SELECT title FROM closed WHERE closed.n = county.n)", 1))
        cursor.execute((lists.SQL / "find.sql").read_text())
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def questions(made: Made, dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    """What is typed, by what it is: of somebody who is there, and common, middling and rare words."""

    def some(of: Any) -> list[dict[str, Any]]:
        return [{"q": of(dice.randint(1, STORED))} for _ in range(ASKED)]

    word = lambda low, high: made.words[dice.randrange(low, high)]  # noqa: E731
    return {
        "ID": some(made.resident_id),
        "phone": some(made.phone),
        "tail": some(lambda n: f"{n % 100_000:06d}"),
        "name": some(made.name),
        "initials": some(lambda n: min(finding.initials(made.name(n)))),
        "common word": some(lambda _: word(0, 20)),
        "word": some(lambda _: word(20, 2000)),
        "rare word": some(lambda _: word(2000, VOCABULARY)),
        "two words": some(lambda _: f"{word(0, 300)} {word(0, 300)}"),
        "word of a year": [{"q": word(0, 300), "year": dice.randint(2017, 2025)} for _ in range(ASKED)],
        "nobody": some(lambda n: "欧阳" + chr(0x4E00 + n % 5000)),
    }


def searches(place: Stack, made: Made) -> dict[str, Any]:
    """Milliseconds of each kind of question by each officer."""
    found: dict[str, Any] = {}
    every: list[float] = []
    for who, (role, seat) in lists.OFFICERS.items():
        connection = http.client.HTTPConnection("127.0.0.1", place.ports["intake"])
        headers = {"Authorization": f"Bearer {stack.token(place, role, lists.OFFICER, **seat)}"}
        headers["Content-Type"] = "application/json"
        for what, asked in questions(made, random.Random(who)).items():  # noqa: S311
            took, hits = [], 0
            for turn, body in enumerate([*asked[:3], *asked]):
                begun = time.perf_counter()
                connection.request("POST", "/find", json.dumps(body), headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    raise SystemExit(f"{what}: {answer.status} {content.decode()}")
                if turn >= 3:  # those before warm up
                    took.append(time.perf_counter() - begun)
                    hits += json.loads(content)["total"]
            every += took
            found.setdefault(what, {})[who] = {**_spread(took), "hits": round(hits / len(asked), 1)}
            sys.stdout.write(f"{what:<16}{who:<12}{_spread(took)}  {hits / len(asked):.1f} 件\n")
            sys.stdout.flush()
    return {"unit": "ms", "all": _spread(every), "kinds": found}


def _spread(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50": round(1000 * statistics.median(ordered), 1), "p99": round(1000 * worst, 1)}


def weights(place: Stack) -> dict[str, int]:
    """Bytes of each table and index on the disk."""
    with template.asking(place.database_admin.rpartition("/")[0] + "/intake") as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[]) UNION ALL SELECT name, pg_table_size(name::regclass)"
            " FROM unnest(%s) AS name UNION ALL SELECT 'petition_submission', pg_relation_size('petition_submission')"
            " UNION ALL SELECT 'step_referral', pg_relation_size('step_referral')",
            ([*TABLES], [*TABLES]),
        )
        return {name: int(size) for name, size in cursor.fetchall()}


@contextmanager
def unindexed() -> Iterator[None]:
    """Registration as it was: the ID and the phone alone."""
    whole = index_keys.of_person

    def alone(*given: Any) -> dict[str, Any]:
        kept = ("id_index", "phone_index")
        return {name: value for name, value in whole(*given).items() if name in kept}

    with mock.patch.object(index_keys, "of_person", alone), mock.patch.object(indexes, "registered"):
        yield


def registrations(place: in_process.InProcess) -> dict[str, Any]:
    """Seconds for so many registrations, each in its own transaction, with what is indexed after; in turns."""

    def register() -> float:
        begun = time.perf_counter()
        for _ in range(AT_ONCE):
            with place.context.begin(in_process.OFFICER) as work:
                registration.register(work, in_process.CLAIM)
        while _index(place):
            pass
        return AT_ONCE / (time.perf_counter() - begun)

    def bare() -> float:
        with unindexed():
            return register()

    found = turns.take({"indexed": register, "bare": bare}, ROUNDS, "件/秒")
    cost = turns.ratio(found["bare"], found["indexed"])
    return {"indexed": turns.spread(found["indexed"]), "bare": turns.spread(found["bare"]), "cost": cost}


def _index(place: in_process.InProcess) -> int:
    with place.context.begin(in_process.OFFICER) as work:
        return indexes.write(work)


def main() -> int:
    asked = turns.arguments()
    place = template.fresh(asked.folder)
    turns.halt(place, "intake")
    inside = in_process.start(place, "intake")
    made, begun = Made(inside), time.monotonic()
    fill(place, made)
    sys.stdout.write(f"存入 {STORED:,} 件（{time.monotonic() - begun:.0f} 秒）\n")
    written = registrations(inside)
    sys.stdout.write(f"建索引的登记用时为不建的 {written['cost']['median']:.2f} 倍\n")
    weight = weights(place)
    stack.serve(place, "intake")
    log = place.folder / "log" / "intake.log"
    stack.until(lambda: stack._is_ready(place.url("intake")), 60, "intake 没有就绪", log)
    result = {"stored": STORED, "registering": written, "bytes": weight, "finding": searches(place, made)}
    inside.leave()
    template.forget(place)
    sys.stdout.write(f"查找 p99 {result['finding']['all']['p99']} 毫秒\n")
    turns.write(asked.json, "find", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
