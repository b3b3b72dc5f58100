"""People at the window while things break: each story is repeated under its keys until it is answered.

Of a hundred petitions seventy-five are anonymous, ten are to be told by SMS, five more are marked with hardship, ten go
to an agency, come back answered, and are closed. What was asked and answered goes into the history.
"""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests
from sqlalchemy import create_engine, text

from tests.faults.history import History
from tools.dev import stack as stacks
from tools.dev.stack import Stack

AGENCY = "A09"
ANONYMOUS, TOLD, AIDED, REFERRED = "anonymous", "told", "aided", "referred"
CLAIM: dict[str, Any] = {
    "channel": "visit",
    "kind": "claim",
    "line": "support_prosecution",
    "title": "请求支持起诉讨薪",
    "statement": "石桥安置房工地欠我们工资。",
    "respondents": [],
}
PERSON = {"name": "石大川", "phone": "19900001208", "address": "石桥镇", "sms_consent": True}


@dataclass
class Load:
    """Threads that register and refer, and one that closes what was answered."""

    stack: Stack
    history: History
    seed: int
    threads: int = 4
    pause: float = 0.0  # seconds after each petition of a window
    registered: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _running: list[threading.Thread] = field(default_factory=list)
    _referred: dict[str, str] = field(default_factory=dict)
    _closing: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._log_in()
        self.engine = create_engine(self.stack.database("intake"), pool_pre_ping=True, hide_parameters=True)

    def start(self, most: int | None = None) -> None:
        """Until `stop`, or until `most` petitions are registered."""
        for n in range(self.threads):
            self._spawn(self._register, random.Random(self.seed * 1000 + n), most)
        self._spawn(self._close)

    def stop(self) -> None:
        """No new petition; what was begun is finished."""
        self._stop.set()
        for thread in self._running[: self.threads]:
            thread.join()

    def finish(self, seconds: float) -> bool:
        """Waits until every referred petition is closed. Call when everything is healed."""
        deadline = time.monotonic() + seconds
        while self._referred and time.monotonic() < deadline:
            time.sleep(0.1)
        self._finished = True
        self._running[-1].join()
        self.engine.dispose()
        return not self._referred

    _finished = False

    def _spawn(self, run: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._running.append(thread)
        thread.start()

    def _register(self, choice: random.Random, most: int | None) -> None:
        session = requests.Session()
        while not self._stop.wait(self.pause):
            with self._lock:
                if most is not None and self.registered >= most:
                    return
                self.registered += 1
            story = choice.choices([ANONYMOUS, TOLD, AIDED, REFERRED], [75, 10, 5, 10])[0]
            # one key for one petition, whatever becomes of the answer
            key = f"{choice.getrandbits(64):016x}"
            body = CLAIM | ({"petitioner": PERSON} if story in (TOLD, AIDED) else {"anonymous": True})
            self.history.write("register", key=key, story=story)
            answer = self._until_answered(session, "/petitions", body, key)
            if answer is None:
                return
            self.history.write("registered", key=key, number=answer["number"])
            if story == REFERRED:
                self._refer(session, answer["number"])
            elif story == AIDED:
                number, found = answer["number"], {"situations": ["no_income"], "wish": True}
                self._until_answered(session, f"/petitions/{number}/hardship", found, f"aid-{number[-11:]}")

    def refer_to(self, agency: str) -> None:
        """One more petition, to an agency that need not answer."""
        session, key = requests.Session(), f"{self.seed}-{agency}-0000"
        self.history.write("register", key=key, story=ANONYMOUS)
        answer = self._until_answered(session, "/petitions", CLAIM | {"anonymous": True}, key)
        assert answer is not None
        self.history.write("registered", key=key, number=answer["number"])
        self._hand_over(session, answer["number"], agency)

    def _refer(self, session: requests.Session, number: str) -> None:
        self._hand_over(session, number, AGENCY)
        with self._lock:
            self._referred[number] = "referred"

    def _hand_over(self, session: requests.Session, number: str, agency: str) -> None:
        body = {"to": agency, "basis": "regulation_31", "petitioner_wish": True}
        self._until_answered(session, f"/petitions/{number}/refer", body, f"refer-{number[-11:]}")

    def _close(self) -> None:
        """Concludes, answers and closes whatever an agency answered."""
        session = requests.Session()
        while not self._finished:
            time.sleep(0.2)
            try:
                ready = self._answered()
            except Exception:  # noqa: BLE001 - the database is one of the things that break
                continue
            for number in ready:
                for step, body in (
                    ("conclude", {"result": "supported"}),
                    ("replies", {"kind": "outcome_reply", "means": "post", "text": "答复书"}),
                    ("issue", {}),
                    ("close", {}),
                ):
                    key = f"{step}-{number[-11:]}"
                    asked = self._until_answered(session, f"/petitions/{number}/{step}", body, key)
                    approval = (asked or {}).get("approval")
                    if approval is not None:
                        path = f"/approvals/{approval['id']}/approve"
                        self._until_answered(session, path, {}, f"{key}-approve", approves=True)
                self._closing.add(number)

    def _answered(self) -> list[str]:
        with self._lock:
            open_ = list(self._referred)
        if not open_:
            return []
        query = text("SELECT number, state, awaits_answer FROM petition WHERE number = ANY(:numbers)")
        with self.engine.connect() as connection:
            rows = connection.execute(query, {"numbers": open_}).all()
        for row in rows:
            if row.state == "closed":
                with self._lock:
                    del self._referred[row.number]
        # a closing that referral turned back comes again: it is asked for under a new key
        return [
            row.number
            for row in rows
            if row.state == "handling" and not row.awaits_answer and row.number not in self._closing
        ]

    def _log_in(self) -> None:
        self.token, self.issued = stacks.token(self.stack), time.monotonic()
        # in charge of the department of the officer whose token that is
        self.approver = stacks.token(self.stack, "leader", "900002", department="D05")

    def _until_answered(
        self, session: requests.Session, path: str, body: Any, key: str, approves: bool = False
    ) -> dict[str, Any] | None:
        """The answer below 500, asked for again under the same key; None when everything is over.

        `approves`: as the leader in charge of the first officer's department.
        """
        while not self._finished:
            if time.monotonic() - self.issued > 6 * 3600:
                self._log_in()
            token = self.approver if approves else self.token
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            try:
                answer = session.post(self.stack.url("intake") + path, json=body, headers=headers, timeout=15)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status_code < 500:
                content: dict[str, Any] = answer.json()
                if not answer.ok:
                    self.history.write("refused", path=path, status=answer.status_code, detail=content.get("detail"))
                return content
            time.sleep(0.2)
        return None
