"""An officer and an agency of the county, as the stories need them."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pika
import requests

from statute import day_of
from tests import described
from tools.dev import processes, stack
from tools.dev.stack import Stack

PETITIONER = {
    "name": "石大川",
    "resident_id": "619926198503120014",
    "phone": "19900001208",
    "address": "石桥镇安置房工地",
    "sms_consent": True,
}
CLAIM: dict[str, Any] = {
    "channel": "visit",
    "kind": "claim",
    "line": "support_prosecution",
    "title": "请求支持起诉讨薪",
    "statement": "石桥安置房工地欠我们7人工资11.6万。",
    "petitioner": PETITIONER,
    "respondents": [],
}


SAID = "补充一张收据，独一无二的补充"
BOXES = {"criminal": False, "civil": True, "administrative": False, "public_interest": False}


def today() -> date:
    return day_of(datetime.now(UTC))


def on_day(moment: str) -> str:
    """Of an answer's moment the day here: before eight in the morning UTC is still at yesterday."""
    return day_of(datetime.fromisoformat(moment)).isoformat()


def done(answer: requests.Response) -> dict[str, Any]:
    assert answer.ok, answer.text
    content: dict[str, Any] = answer.json()
    return content


def until(look: Callable[[], Any], what: str, seconds: float = 45) -> Any:
    """Waits for something to be seen; fails by name when it is not."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except requests.RequestException:
            found = None  # a service that was killed is coming back
        if found:
            return found
        assert time.monotonic() < deadline, f"not seen in {seconds} s: {what}"
        time.sleep(0.1)


@dataclass
class Window:
    """An officer at the window."""

    system: Stack
    role: str = "all"
    officer: str = "900001"
    department: str | None = None
    service_point: str | None = None
    token: str = field(init=False)

    def __post_init__(self) -> None:
        place = {"department": self.department, "service_point": self.service_point}
        self.token = stack.token(self.system, self.role, self.officer, **place)

    def request(self, method: str, path: str, service: str = "intake", **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | arguments.pop("headers", {})
        url = self.system.url(service) + path
        answer = requests.request(method, url, headers=headers, timeout=15, **arguments)
        described.check(service, method, path, answer)
        return answer

    def register(self, **changes: Any) -> requests.Response:
        body = {key: value for key, value in (CLAIM | changes).items() if value is not None}
        return self.request("POST", "/petitions", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def number(self, **changes: Any) -> str:
        answer = self.register(**changes)
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["number"]
        return number

    def submitted(self, submission: str) -> str:
        """The petition an agency's system sent under its own number, once it is here."""

        def look() -> str | None:
            found = self.request("GET", "/petitions", params={"state": "submitted"}).json()["petitions"]
            return next((each["number"] for each in found if each["sender"]["number"] == submission), None)

        number: str = until(look, f"submission {submission}")
        return number

    def act(self, number: str, action: str, **body: Any) -> requests.Response:
        """Asks for it, and where another has to approve it, has them; a signed reply is issued. The petition after."""
        asked = self.ask(number, action, **body)
        approval = asked.json().get("approval") if asked.ok else None
        if approval is None or approval["action"] == "wall":  # which holds at once
            return asked
        approve(self.system, approval)
        return self.ask(number, "issue") if action == "replies" else self.request("GET", f"/petitions/{number}")

    def ask(self, number: str, action: str, **body: Any) -> requests.Response:
        """As it is answered: of what waits for an approval nothing is done yet."""
        return self.request("POST", f"/petitions/{number}/{action}", json=body)

    def refer(self, number: str, to: str, basis: str = "regulation_31") -> requests.Response:
        return self.act(number, "refer", to=to, basis=basis, petitioner_wish=True)

    def look(self, number: str) -> dict[str, Any]:
        content: dict[str, Any] = self.request("GET", f"/petitions/{number}").json()
        return content

    def steps(self, number: str) -> list[str]:
        return [step["type"] for step in self.look(number).get("timeline", [])]

    def referral(self, number: str) -> dict[str, Any]:
        """The petition's last referral, once there is one."""
        path = f"/petitions/{number}/referrals"
        look = lambda: self.request("GET", path, service="referral").json().get("referrals")  # noqa: E731
        last: dict[str, Any] = until(look, "a referral")[-1]
        return last

    def holders(self, number: str) -> list[str | None]:
        """Who has held the petition, in order, once referral has heard of it; None: nobody any more."""
        path = f"/petitions/{number}/custody"
        look = lambda: self.request("GET", path, service="referral").json().get("custody")  # noqa: E731
        return [each["agency"] for each in until(look, "custody")]

    def notices(self, number: str) -> dict[str, str]:
        # out of sight until notify has heard where it sits
        found = self.request("GET", f"/petitions/{number}/notices", service="notify").json().get("notices", [])
        return {notice["about"]: notice["state"] for notice in found}


# level → who of the county's office is there, and of which department
APPROVERS: dict[str, list[tuple[str, str | None]]] = {
    "department_head": [("900108", "D05"), ("900109", "D03"), ("900110", "D06")],
    "leader": [("900002", "D05"), ("900003", None), ("900004", None)],
    "chief": [("900000", None)],
}


def approver(system: Stack, approval: dict[str, Any]) -> Window:
    """Somebody on whose desk it lies."""
    for officer, department in APPROVERS[approval["by"]]:
        window = Window(system, approval["by"], officer, department=department)
        mine = done(window.request("GET", "/approvals", params={"petition": approval["petition"]}))["approvals"]
        if any((each["id"], each["can"]) == (approval["id"], ["approve", "refuse"]) for each in mine):
            return window
    raise AssertionError(f"nobody decides {approval}")


def approve(system: Stack, approval: dict[str, Any]) -> dict[str, Any]:
    """The approval, given by somebody on whose desk it lies."""
    return done(approver(system, approval).request("POST", f"/approvals/{approval['id']}/approve", json={}))


def sentences(window: Window, number: str) -> list[str]:
    """The petition's timeline as an officer reads it."""
    return [step["sentence"] for step in window.look(number)["timeline"]]


def recorded(window: Window, **changes: Any) -> str:
    """A contact that is recorded and not decided yet."""
    body = {"channel": "call", "name": "石大川", "phone": "19900001208", "text": SAID} | changes
    contact: str = done(window.request("POST", "/contacts", json=body, headers={"Idempotency-Key": uuid.uuid4().hex}))[
        "contact"
    ]
    return contact


def becomes(window: Window, contact: str, what: str, **body: Any) -> requests.Response:
    return window.request("POST", f"/contacts/{contact}/{what}", json=body)


class Agency:
    """An agency's system by hand: says what a test wants said."""

    def __init__(self, system: Stack, code: str, user: str | None = None):
        self.code, self.user = code, user or code
        parameters = pika.URLParameters(system.amqp(self.user))
        self.connection = pika.BlockingConnection(parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        OPENED.append(self)

    def say(self, type_: str, data: dict[str, Any], **changes: Any) -> str:
        message = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": f"/agencies/{self.code}",
            "type": type_,
            "subject": data.get("referral") or data.get("submission") or "x",
            "time": datetime.now(UTC).isoformat(),
            "data": data,
        } | changes
        self.send(json.dumps(message).encode(), type_)
        id_: str = message["id"]
        return id_

    def send(self, body: bytes, key: str, user_id: str | None = "own", exchange: str | None = None) -> None:
        user = self.user if user_id == "own" else user_id
        properties = pika.BasicProperties(user_id=user, delivery_mode=2)
        self.channel.basic_publish(
            f"agency.{self.code}.out" if exchange is None else exchange, key, body, properties, mandatory=True
        )

    def hear(self, type_: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next message of a type that is the one; others are taken and forgotten."""

        def get() -> dict[str, Any] | None:
            method, _, body = self.channel.basic_get(f"agency.{self.code}.inbox", auto_ack=True)
            message: dict[str, Any] | None = json.loads(body) if method and body else None
            return message if message and message["type"] == type_ and wanted(message["data"]) else None

        heard: dict[str, Any] = until(get, type_)
        return heard

    def reply(self, what: str, referral: str, **data: Any) -> str:
        return self.say(f"reply.{what}.v1", {"referral": referral, "officer": "经办员"} | data)

    def close(self) -> None:
        if self.connection.is_open:
            self.connection.close()


OPENED: list[Agency] = []


def kill(system: Stack, name: str) -> None:
    """kill -9 by the recorded pid."""
    pid = processes.recorded(system.folder / "running" / name)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def sent_texts(system: Stack) -> list[dict[str, Any]]:
    """What the SMS provider really sent."""
    url = f"{system.url('sms_provider')}/control/messages"
    messages: list[dict[str, Any]] = requests.get(url, timeout=5).json()["messages"]
    return messages


def logs(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in (folder / "log").iterdir())
