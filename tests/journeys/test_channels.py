"""Calls and SMS by operators of others: a task on their queue, its result back."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pika
import pytest
from county import PETITIONER, Window, done, kill, until

from tools.dev import stack
from tools.dev.stack import Stack

CALLED = PETITIONER | {"sms_consent": False}


class Operator:
    """An operator's program by hand."""

    def __init__(self, system: Stack, channel: str):
        self.name = channel
        self.connection = pika.BlockingConnection(pika.URLParameters(system.amqp(channel)))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def hear(self, type_: str, wanted: str = "") -> dict[str, Any]:
        def get() -> dict[str, Any] | None:
            method, _, body = self.channel.basic_get(f"notify.{self.name}", auto_ack=True)
            message: dict[str, Any] | None = json.loads(body) if method and body else None
            return message["data"] if message and message["type"] == type_ and wanted in body.decode() else None

        heard: dict[str, Any] = until(get, type_)
        return heard

    def report(self, task: str, state: str, **changes: object) -> None:
        now = datetime.now(UTC).isoformat()
        body = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": f"/channels/{self.name}",
            "type": "notice.result.v1",
            "subject": task,
            "time": now,
            "data": {"task": task, "state": state, "at": now},
        } | changes
        properties = pika.BasicProperties(user_id=self.name, delivery_mode=2)
        content = json.dumps(body).encode()
        self.channel.basic_publish(f"notify.{self.name}.out", "notice.result.v1", content, properties, mandatory=True)


@pytest.fixture
def phone(system: Stack) -> Iterator[Operator]:
    operator = Operator(system, "phone")
    yield operator
    operator.connection.close()


def test_who_chose_no_sms_is_called(system: Stack, phone: Operator) -> None:
    """The task has the number and the words to say; accepted, then delivered; nothing went to the SMS provider."""
    window = Window(system)
    number = window.number(petitioner=CALLED)
    task = phone.hear("notice.task.v1", number[-6:])
    assert f"+86{CALLED['phone']}" == task["to"]
    assert "检察服务中心" in task["text"]
    assert CALLED["name"] not in task["text"]
    for state in ("accepted", "delivered", "delivered"):
        phone.report(task["task"], state)
    until(lambda: window.notices(number) == {"receipt": "delivered"}, "called")


def test_where_nobody_answers_the_other_numbers_are_there(system: Stack, phone: Operator) -> None:
    """One task with all of them, in order; where an agreed way is named it is recalled, and nobody is called."""
    window = Window(system)
    number = window.number(petitioner=CALLED | {"other_phones": ["0571-87654321转801"]})
    task = phone.hear("notice.task.v1", number[-6:])
    assert [{"to": "+8657187654321", "extension": "801"}] == task["others"]
    done(window.ask(number, "persons/1/corrections", safe_contact="村妇联", reason="家人会接"))
    assert task["task"] == phone.hear("notice.recalled.v1", task["task"])["task"]
    done(window.act(number, "accept", department="D05"))
    until(lambda: window.notices(number).get("accepted") == "impossible", "nobody is called")
    shown = done(window.request("GET", f"/petitions/{number}"))
    assert ("safe", "村妇联") == (shown["reach"], shown["petitioner"]["safe_contact"])


@pytest.mark.parametrize("state", ["no_answer", "wrong_number", "declined", "failed"])
def test_a_call_that_reached_nobody_is_known(system: Stack, phone: Operator, state: str) -> None:
    """It ends as not reached, with the operator's word as the reason: the duty is not met."""
    window = Window(system)
    number = window.number(petitioner=CALLED)
    phone.report(phone.hear("notice.task.v1", number[-6:])["task"], state)
    until(lambda: window.notices(number) == {"receipt": "failed"}, "not reached")
    shown = window.request("GET", f"/petitions/{number}/notices", service="notify").json()["notices"][0]
    assert state == shown["reason"]


@pytest.mark.parametrize("code", ["", 0, "空号", "x" * 300, ["a"]])
def test_an_odd_code_costs_no_result(system: Stack, phone: Operator, code: object) -> None:
    """The state is the operator's word; what stands beside it is made safe."""
    window = Window(system)
    number = window.number(petitioner=CALLED)
    task = phone.hear("notice.task.v1", number[-6:])["task"]
    at = datetime.now(UTC).isoformat()
    phone.report(task, "", data={"task": task, "state": "delivered", "at": at, "code": code})
    until(lambda: window.notices(number) == {"receipt": "delivered"}, "called")


def test_an_operators_mistake_is_told(system: Stack, phone: Operator) -> None:
    """Another's task, a result after the last one, a word of its own: message.rejected on its own queue."""
    window = Window(system)
    number = window.number(petitioner=CALLED)
    task = phone.hear("notice.task.v1", number[-6:])["task"]
    phone.report("0" * 32, "delivered")
    assert "task" == phone.hear("message.rejected.v1")["field"]
    phone.report(task, "shouted")
    assert "state" == phone.hear("message.rejected.v1")["field"]
    phone.report(task, "delivered")
    phone.report(task, "no_answer")
    told = phone.hear("message.rejected.v1")
    assert ("state", "delivered") == (told["field"], told["state"])


def test_sms_by_an_operator_instead_of_the_provider(system: Stack) -> None:
    """With SMS_CARRIER=sms the message waits on notify.sms, signed and with its template, and its result comes back."""
    window, operator = Window(system), Operator(system, "sms")
    stack.serve(system, "notify", {"SMS_CARRIER": "sms"})
    kill(system, "notify")
    try:
        number = window.number()
        task = operator.hear("notice.task.v1", number[-6:])
        assert task["text"].startswith("【枫禾县检察院】")
        assert "FQ-RECEIPT-1" == task["template"]
        operator.report(task["task"], "delivered")
        until(lambda: window.notices(number) == {"receipt": "delivered"}, "sent by the operator")
    finally:
        stack.serve(system, "notify")
        kill(system, "notify")
        operator.connection.close()
    number = window.number()
    until(lambda: window.notices(number) == {"receipt": "delivered"}, "sent by the provider again")
