"""How well what is the same is found among real letters, and what it costs where a million petitions are stored.

`./dev bench matches --json FILE`. Quality: the letters of MATCH_TEXTS, else of the folder FENGQIAO_TEXTS (its CSV files
with a column text, and where it is there subject, author, issue) are registered and indexed as intake does, and each is
asked about as a window would that has typed it. Cost: the county of `find`, with what texts are compared by beside it.
FIND_STORED: how many petitions instead of a million; 0: none.
"""

import csv
import http.client
import json
import os
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import finding
import in_process
import lists
import template
import turns
from sqlalchemy import select, text

from contracts.vocabulary import Kind, Role
from courier.envelope import Actor
from intake.domain import texts
from intake.tables import Petition
from intake.use_cases import matches, people, registration, word_counts
from intake.use_cases.drafts import DraftInput
from tools.dev import stack
from tools.dev.stack import Stack
from web.tokens import Officer

OFFICER = Officer("A00", "900001", frozenset({Role.ALL}))
AT_ONCE = 10
FIRST = 5
_KEYS = """
INSERT INTO text_index SELECT petition, ARRAY(
    SELECT (random() * 4294967295 - 2147483648)::bigint::integer FROM generate_series(1, 24 + 0 * length(petition))
) FROM word_index ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Letter:
    title: str
    said: str
    author: str
    issue: str


def letters() -> list[Letter]:
    """All that there are; none where there is no such folder."""
    folder = Path(os.environ.get("FENGQIAO_TEXTS", Path(__file__).parents[2] / "shared" / "data"))
    files = [Path(each) for each in os.environ.get("MATCH_TEXTS", "").split(":") if each] or sorted(
        folder.glob("*.csv")
    )
    found = []
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                if (row.get("text") or "").strip():
                    known = (row.get("subject") or "", row["text"], row.get("author") or "", row.get("issue") or "")
                    found.append(Letter(*(each.strip() for each in known)))
    return found


def quality(place: in_process.InProcess, given: Sequence[Letter]) -> dict[str, Any]:
    """Recall and precision of the same text, and how often one of the same issue is among the first five."""
    for begin in range(0, len(given), AT_ONCE):
        with place.context.begin(in_process.OFFICER) as work:
            for n, each in enumerate(given[begin : begin + AT_ONCE], begin):
                who = people.PetitionerInput(f"某{n}", None, None, None, sms_consent=False)
                said = {"title": each.title[:200] or None, "statement": each.said[:20_000], "petitioner": who}
                command = replace(in_process.CLAIM, kind=Kind.CLAIM, group_size=1, **said)
                registration.register(work, command)
        while finding._index(place):
            pass
    with place.context.begin(in_process.OFFICER) as work:
        word_counts.count(work)
        work.session.execute(text("ANALYZE"))
        # one after another and without a gap: as they were registered
        numbers = work.session.scalars(select(Petition.number).order_by(Petition.year, Petition.serial)).all()
    index = {number: n for n, number in enumerate(numbers)}
    alike = _alike(given)
    found, issues, took = set[tuple[int, int]](), dict[int, list[int]](), []
    for n, each in enumerate(given):
        draft = DraftInput(title=each.title[:200] or None, statement=each.said)
        with place.context.begin(Actor("A00", OFFICER.id, "all")) as work:
            begun = time.perf_counter()
            its = matches.of_draft(work, OFFICER, draft)
            took.append(time.perf_counter() - begun)
        found |= {(n, index[number]) for number in its.likeness if index[number] != n}
        issues[n] = [index[number] for number in its.issues if index[number] != n]
    asked = [n for n in alike if alike[n]]
    pairs = {(n, other) for n in asked for other in alike[n]}
    of_issue = [n for n, each in enumerate(given) if each.issue]
    right = [n for n in of_issue if any(given[other].issue == given[n].issue for other in issues[n][:FIRST])]
    wanted = Counter(given[n].issue for n in of_issue)
    of_issue = [n for n in of_issue if wanted[given[n].issue] > 1]
    return {
        "letters": len(given),
        "same text": {
            "pairs": len(pairs),
            "recall": round(len(pairs & found) / len(pairs), 4) if pairs else None,
            "precision": round(len(found & pairs) / len(found), 4) if found else None,
        },
        "same issue": {
            "letters": len(of_issue),
            "right among the first five": round(len(set(right) & set(of_issue)) / len(of_issue), 4)
            if of_issue
            else None,
        },
        "ms": finding._spread(took),
    }


def _alike(given: Sequence[Letter]) -> dict[int, set[int]]:
    """Whose texts say half the same or more, by looking at all pairs; a text too short to tell is left out."""
    shingles, pairs = ([of(each.said) for each in given] for of in (texts.shingles, texts.pairs))
    having: dict[str, list[int]] = defaultdict(list)
    alike: dict[int, set[int]] = {n: set() for n in range(len(given))}
    for n, its in enumerate(shingles):
        if len(its) < texts.SHORTEST:
            continue
        common = Counter(other for each in its for other in having[each])
        for other, both in common.items():
            # half of the pairs, but not a sixth of the shingles: nobody wrote that
            far = both / (len(its) + len(shingles[other]) - both) < texts.ALIKE / 3
            if not far and texts.likeness(pairs[n], pairs[other]) >= texts.ALIKE:
                alike[n].add(other)
                alike[other].add(n)
        for each in its:
            having[each].append(n)
    return alike


def cost(place: Stack, inside: in_process.InProcess) -> dict[str, Any]:
    """Milliseconds of a question over HTTP, by each officer."""
    made = finding.Made(inside)
    finding.fill(place, made)
    with template.asking(place.database_admin.rpartition("/")[0] + "/intake") as cursor:
        cursor.execute("SET session_replication_role = replica; SET statement_timeout = 0")
        cursor.execute(_KEYS)
        cursor.execute("VACUUM ANALYZE text_index")
    begun = time.perf_counter()
    with inside.context.begin(in_process.OFFICER) as work:
        word_counts.count(work)
    counted = time.perf_counter() - begun
    weight = finding.weights(place)
    with template.asking(place.database_admin.rpartition("/")[0] + "/intake") as cursor:
        cursor.execute(
            "SELECT name, pg_total_relation_size(name::regclass) FROM unnest(%s) AS name",
            (["text_index", "word_count"],),
        )
        weight |= {name: int(size) for name, size in cursor.fetchall()}
    stack.serve(place, "intake")
    log = place.folder / "log" / "intake.log"
    stack.until(lambda: stack._is_ready(place.url("intake")), 60, "intake 没有就绪", log)
    every: list[float] = []
    found: dict[str, Any] = {}
    for who, (role, seat) in lists.OFFICERS.items():
        connection = http.client.HTTPConnection("127.0.0.1", place.ports["intake"])
        headers = {"Authorization": f"Bearer {stack.token(place, role, lists.OFFICER, **seat)}"}
        headers["Content-Type"] = "application/json"
        dice, took = random.Random(who), []  # noqa: S311 - the same each time
        for turn in range(finding.ASKED + 3):
            n = dice.randint(1, finding.STORED)
            said = "，".join(dice.choices(made.words, cum_weights=made.usual, k=120))
            who_came = {"name": made.name(n), "resident_id": made.resident_id(n), "phone": made.phone(n)}
            body = {"petitioner": who_came, "title": said[:12], "statement": said, "place": None}
            begun = time.perf_counter()
            connection.request("POST", "/matches", json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status == 403:
                break
            if answer.status != 200:
                raise SystemExit(f"{who}: {answer.status} {content.decode()}")
            if turn >= 3:  # those before warm up
                took.append(time.perf_counter() - begun)
        if took:
            every += took
            found[who] = finding._spread(took)
            sys.stdout.write(f"{who:<12}{found[who]}\n")
            sys.stdout.flush()
    spread = finding._spread(every) | {"mean": round(1000 * statistics.mean(every), 1)}
    return {
        "stored": finding.STORED,
        "unit": "ms",
        "all": spread,
        "officers": found,
        "bytes": weight,
        "count_s": counted,
    }


def main() -> int:
    asked = turns.arguments()
    result: dict[str, Any] = {}
    place = template.fresh(asked.folder)
    turns.halt(place, "intake")
    if given := letters():
        inside = in_process.start(place, "intake")
        result["quality"] = quality(inside, given)
        sys.stdout.write(f"{json.dumps(result['quality'], ensure_ascii=False)}\n")
        inside.leave()
    else:
        sys.stdout.write("没有可比对的文本，略过：请用 FENGQIAO_TEXTS 指明文件夹\n")
    if finding.STORED:
        if given:
            place = template.fresh(asked.folder)
            turns.halt(place, "intake")
        inside = in_process.start(place, "intake")
        result["cost"] = cost(place, inside)
        inside.leave()
        sys.stdout.write(f"查重 p99 {result['cost']['all']['p99']} 毫秒\n")
    template.forget(place)
    turns.write(asked.json, "matches", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
