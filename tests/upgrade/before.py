"""An installation of before: the older code whole, with its own `local`, and a county's matters in every state.

Filled over its own HTTP and AMQP, and stopped where it hurts: queues unread, an outbox unsent, a message parked.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from county import BOXES, CLAIM, PETITIONER, Agency, Window, becomes, done, recorded, today, until
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.faults.state import lengths
from tests.journeys.test_files import give
from tests.journeys.test_inbound import TEXT, Sent
from tools.dev import broker, processes
from tools.dev import stack as stacks
from tools.dev.stack import ROOT, SERVICES, Stack

# the older code's own script (`local`, later tools.dev) knows nothing of another code than the installed: its children
# are told
UP = """
import json, os, sys
from pathlib import Path
try:
    from tools.dev import stack
except ImportError:
    from local import stack
base = stack._base
stack._base = lambda: base() | {"PYTHONPATH": os.environ["PYTHONPATH"]}
running = stack.up(Path(sys.argv[1]), progress=lambda _: None)
names = ("ports", "passwords", "amqp_admin", "management", "database_admin")
print(json.dumps({name: getattr(running, name) for name in names}))
"""
DIRECTORY = "examples/county/agencies.yaml"
LEAVES = "  - {code: A15, name: 县水利局, kind: town, transport: queue, own_system: true}\n"
PDF = b"%PDF-1.7 of before"
KEY = "of-before"
# who asked for secrecy, as what was joined shows them
NAME, PHONE = "紫貂人", "19900006611"
ENDED = "19900007711"  # of somebody who died
UNKNOWN = "900777"  # an officer the office's file does not have
AGAINST_US: dict[str, Any] = {
    "respondents": [{"unit": "A00", "name": "吴某", "officer": "900103", "department": "D03"}],
    "line": "judicial_aid",
}
SUBMISSION: dict[str, Any] = {
    "submission": "前-在途",
    "kind": "claim",
    "line": "other",
    "title": "邻里纠纷",
    "statement": "通道被占",
    "petitioner": {"name": "孙长根", "resident_id": None, "phone": None, "address": "石桥镇"},
}
PARKED = "SELECT source, subject, type FROM inbox WHERE state = 'parked' ORDER BY id"
ABOUT = {
    "intake": ("", "/clocks"),
    "referral": ("/custody", "/referrals", "/clocks"),
    "aid": ("/aid-cases",),
    "notify": ("/notices",),
}


@dataclass
class Before:
    """What is known of it when it is stopped."""

    system: Stack
    code: Path
    numbers: dict[str, str] = field(default_factory=dict)  # what for → the petition
    known: dict[str, Any] = field(default_factory=dict)  # other numbers, and what an agency was offered
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)  # what for → what each service answered of it
    parked: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def __getitem__(self, what: str) -> str:
        return self.numbers[what]


def code(within: Path) -> Path:
    """The older code in a folder of its own: before the one authorization, unless FENGQIAO_OLD names another."""
    commit = os.environ.get("FENGQIAO_OLD")
    if not commit:
        added = ["git", "log", "--diff-filter=A", "--format=%H", "--", "libs/authorization/pyproject.toml"]
        commit = subprocess.run(added, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()[-1] + "^"
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    folder = within / "before"
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    with (folder / DIRECTORY).open("a", encoding="utf-8") as directory:
        directory.write(LEAVES)
    return folder


def up(folder: Path, older: Path) -> Stack:
    """As its own `./dev up`: what runs already goes on, a changed directory is loaded."""
    paths = [older, *(path for pattern in ("libs/*", "services/*") for path in sorted(older.glob(pattern)))]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    made = subprocess.run(
        [sys.executable, "-c", UP, str(folder)], cwd=older, env=environment, capture_output=True, text=True
    )
    assert 0 == made.returncode, made.stdout + made.stderr
    running = Stack(folder=folder, **json.loads(made.stdout.splitlines()[-1]))
    for service in SERVICES:
        pid = processes.recorded(folder / "running" / service)
        assert f"{older}/services/{service}" in Path(f"/proc/{pid}/environ").read_text()
    return running


def rows(system: Stack, service: str, query: str, **values: Any) -> list[tuple[Any, ...]]:
    engine = create_engine(system.database(service))
    with engine.begin() as connection:
        found = connection.execute(text(query), values)
        answer = [tuple(row) for row in found] if found.returns_rows else []
    engine.dispose()
    return answer


# -- filled ----------------------------------------------------------------------------------------------------------


def fill(before: Before) -> None:
    """A petition in every state but the one that passes, and what else an office has by then."""
    window = Window(before.system)
    _states(before, window)
    _walls(before, window)
    _secrets(before, window)
    _referrals(before, window)
    _left(before, window)
    _aid(before, window)
    key = {"Idempotency-Key": KEY}
    registered = window.request("POST", "/petitions", json=CLAIM, headers=key)
    before.numbers["by a key"] = done(registered)["number"]
    before.known["undecided"] = recorded(window, text="还没有决定")
    _parked(before, window)
    called = PETITIONER | {"sms_consent": False}
    before.numbers["to be called"] = window.number(petitioner=called)
    until(lambda: window.notices(before["to be called"]), "a task of the operator")
    _ended(before, window)
    # of these something is under way when it is stopped
    before.numbers["closing"] = window.number()
    before.numbers["signed late"] = window.number()
    done(window.refer(before["signed late"], "A12"))
    before.known["signed late"] = window.referral(before["signed late"])["number"]


def _ended(before: Before, window: Window) -> None:
    """Withdrawn while an agency had not signed, of which the older code told nobody; accepted and given back."""
    withdrawn = before.numbers["withdrawn, offered"] = window.number()
    done(window.refer(withdrawn, "A12"))
    before.known["withdrawn, offered"] = window.referral(withdrawn)["number"]
    done(window.act(withdrawn, "withdraw"))
    back = before.numbers["accepted, given back"] = window.number()
    done(window.act(back, "accept", department="D05"))
    done(window.refer(back, "A12"))
    path = f"/referrals/{window.referral(back)['number']}/recall"
    done(window.request("POST", path, service="referral", json={}))
    until(lambda: window.look(back)["state"] in ("registered", "accepted"), "back with us")
    for what in ("died", "of the same number"):
        before.numbers[what] = window.number(petitioner=PETITIONER | {"name": "故去人", "phone": ENDED})
        until(lambda what=what: {*window.notices(before[what]).values()} == {"delivered"}, "told")  # type: ignore[misc]
    done(window.act(before["died"], "accept", department="D05"))
    until(lambda: window.notices(before["died"]).get("accepted") == "delivered", "told")
    done(window.act(before["died"], "terminate", reason="died"))


def _states(before: Before, window: Window) -> None:
    system, numbers = before.system, before.numbers
    numbers["submitted"] = Sent(system, "前-1").number
    for name in ("objected", "sent_back"):
        sent = Sent(system, f"前-{name}")
        numbers[name] = sent.number
        done(sent.act("sign"))
        done(sent.act("object", reason="other_competent", text=TEXT))
        sent.hear("objected")
    sent.rule("upheld")
    until(lambda: sent.state == "sent_back", "taken back")
    accept: tuple[str, dict[str, Any]] = ("accept", {"department": "D05"})
    conclude = [accept, ("liability", BOXES), ("conclude", {"result": "supported"})]
    steps: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "registered": [],
        "awaiting_material": [("material-asked", {"lacking": ["合同"], "means": "post"})],
        "accepted": [accept],
        "not_accepted": [("not-accept", {"reason": "out_of_time"})],
        "guided": [("guide", {"to": "A02"})],
        "suspended": [accept, ("suspend", {"reason": "appraisal"})],
        "concluded": conclude,
        "replied": [*conclude, ("replies", {"kind": "outcome_reply", "means": "post", "text": "答复"})],
        "closed": [("withdraw", {}), ("close", {})],
        "withdrawn": [("withdraw", {})],
        "terminated": [accept, ("terminate", {"reason": "settled"})],
        "reopened": [("not-accept", {"reason": "out_of_time"}), ("reopen", {"reason": "new_evidence"})],
    }
    for name, acts in steps.items():
        numbers[name] = window.number()
        for action, body in acts:
            done(window.act(numbers[name], action, **body))


def _walls(before: Before, window: Window) -> None:
    """In the aid path, so that every service has something of it."""
    walls: dict[str, dict[str, Any]] = {
        "walled": AGAINST_US,
        "walled, unknown": {},
        "walled, department": {},
        "walled, unnamed": {"respondents": [{"unit": "A00", "name": "吴某"}]},
    }
    for name, body in walls.items():
        number = before.numbers[name] = window.number(**body)
        done(window.act(number, "accept", department="D05"))
        done(window.act(number, "involve", to="A09", purpose="assist", basis="cooperation"))
        done(window.act(number, "hardship", situations=["no_income"], wish=True))
    walled = window.act(before["walled, unknown"], "walls", reason="recused", officer=UNKNOWN)
    if not walled.ok:
        # since the office is data nobody unknown can be named
        assert 422 == walled.status_code, walled.text
        before.numbers["not walled"] = before.numbers.pop("walled, unknown")
    done(window.act(before["walled, department"], "walls", reason="recused", department="D03"))


def _secrets(before: Before, window: Window) -> None:
    secret = {"kind": "accusation", "line": "complaint_appeal", "secrecy": True}
    about = [{"unit": "A12", "name": "某科长"}]
    before.numbers["sealed"] = window.number(**secret, respondents=about)
    before.numbers["sealed, joined"] = window.number(**secret, respondents=about)
    contact = before.known["joined"] = recorded(window, name=NAME, phone=PHONE, text="补充")
    done(becomes(window, contact, "join", petition=before["sealed, joined"], joining="supplement"))
    letter = recorded(window, name=NAME, phone=PHONE, text="两件事")
    parts = [
        {"kind": "claim", "line": "other", "title": "欠薪", "statement": "欠薪", "respondents": []},
        {**secret, "title": "回扣", "statement": "收回扣", "respondents": about},
    ]
    person = PETITIONER | {"name": NAME, "phone": PHONE}
    made = done(becomes(window, letter, "split", petitioner=person, parts=parts))["petitions"]
    before.numbers |= {"open part": made[0]["number"], "secret part": made[1]["number"]}


def _referrals(before: Before, window: Window) -> None:
    """One a state, all with the same agency; a file goes with one that is not signed for, and with one that ended."""
    agency, working = Agency(before.system, "A12"), ["signed", "accepted"]
    told = {
        "objected": {"reason": "not_competent", "text": "不属职责"},
        "progress": {"text": "正在办"},
        "suspend": {"text": "等鉴定", "suspended": True},
        "answered": {"result": "supported", "text": "已办"},
        "pass_on": {"to": "A13", "text": "属市场监管"},
    }
    ours = {"rework": {"text": "请补"}, "rule": {"ruling": "upheld"}, "recall": {}, "void": {"reason": "misdirected"}}
    # what the agency says until it stands there, and what we do then
    ways: dict[str, tuple[list[str], str, str]] = {
        "sent": ([], "sent", ""),
        "signed": (["signed"], "signed", ""),
        "accepted": (working, "accepted", ""),
        "in_progress": ([*working, "progress"], "in_progress", ""),
        "suspended": ([*working, "suspend"], "suspended", ""),
        "objected": (["signed", "objected"], "objected", ""),
        "answered": ([*working, "answered"], "answered", ""),
        "rework": ([*working, "answered"], "answered", "rework"),
        "closed": ([*working, "answered"], "answered", "close"),
        "passed_on": (["signed", "pass_on"], "passed_on", ""),
        "returned": (["signed", "objected"], "objected", "rule"),
        "recalled": ([], "sent", "recall"),
        "voided": (working, "accepted", "void"),
    }
    for state, (says, then, action) in ways.items():
        number = before.numbers[f"referral {state}"] = window.number()
        if state in ("sent", "recalled"):
            assert 201 == give(window, number, PDF + state.encode()).status_code
        done(window.refer(number, "A12"))
        offer = agency.hear("referral.offered.v1", lambda data, number=number: data["petition"] == number)["data"]  # type: ignore[misc]
        path = f"/referrals/{offer['referral']}"
        before.known[f"file {state}"] = next(iter(offer["files"]), None)

        def stands(in_: str, path: str = path) -> None:
            until(lambda: window.request("GET", path, service="referral").json().get("state") == in_, in_)

        for step in says:
            agency.reply("progress" if step == "suspend" else step, offer["referral"], **told.get(step, {}))
        stands(then)
        if action == "close":
            until(lambda number=number: "referral.answered.v1" in window.steps(number), "answered")  # type: ignore[misc]
            done(window.act(number, "conclude", result="supported"))
            done(window.act(number, "replies", kind="outcome_reply", means="post", text="答复"))
            done(window.act(number, "replies/1/proof", proof="post_receipt"))
            done(window.act(number, "close"))
        elif action:
            done(window.request("POST", f"{path}/{action}", service="referral", json=ours[action]))
        stands(state)
    agency.reply("signed", "移2026-619926-999999")
    agency.hear("message.rejected.v1")
    agency.close()


def _left(before: Before, window: Window) -> None:
    """An agency left the directory and had not signed."""
    number = before.numbers["referral undelivered"] = window.number()
    done(window.refer(number, "A15"))
    until(lambda: window.referral(number)["state"] == "sent", "sent")
    directory = before.code / DIRECTORY
    directory.write_text(directory.read_text(encoding="utf-8").removesuffix(LEAVES), encoding="utf-8")
    up(before.system.folder, before.code)
    until(lambda: window.look(number)["state"] == "registered", "back with us")


def _aid(before: Before, window: Window) -> None:
    """Cases and leads in every state; of one the petition is tied to an accusation of the very agency."""
    civil = Agency(before.system, "A08")
    for state in ("opened", "granted", "refused", "linked"):
        person = PETITIONER | {"name": f"求助{state}", "resident_id": None}
        number = before.numbers[f"aid {state}"] = window.number(line="judicial_aid", petitioner=person)
        done(window.act(number, "hardship", situations=["no_income", "medical_cost"], wish=True))
        path = f"/petitions/{number}/aid-cases"
        look = lambda p=path: window.request("GET", p, service="aid").json().get("aid_cases")  # noqa: E731
        case = before.known[f"aid {state}"] = until(look, "a case")[0]["number"]
        here = f"/aid-cases/{case}"
        if state in ("granted", "refused"):
            body, action = ({"amount": "1000"}, "grant") if state == "granted" else ({"ground": "own_fault"}, "refuse")
            done(window.request("POST", f"{here}/{action}", service="aid", json=body))
        done(window.request("POST", f"{here}/leads", service="aid", json={"to": "A08"}))
        lead = civil.hear("aid.lead_offered.v1")["data"]["lead"]
        before.known[f"lead {state}"] = lead
        about = {"lead": lead, "officer": "经办员"}
        if state in ("granted", "refused"):
            civil.say("aid.lead_signed.v1", about)
        if state == "granted":
            civil.say("aid.lead_answered.v1", about | {"result": "granted", "text": "已给予"})
            answered = lambda h=here: window.request("GET", h, service="aid").json()["leads"][0]["state"]  # noqa: E731
            until(lambda answered=answered: answered() == "answered", "answered")  # type: ignore[misc]
    accused = window.number(kind="accusation", line="complaint_appeal", respondents=[{"unit": "A08", "name": "某"}])
    before.numbers["accusation"] = accused
    done(window.act(before["aid linked"], "link", to=accused, reason="related"))
    civil.close()


def _parked(before: Before, window: Window) -> None:
    """An event that notify could not apply: the administrator may break its table, whichever code it is."""
    number = before.numbers["parked"] = window.number()
    until(lambda: "receipt" in window.notices(number), "a notice")
    refuse = (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NEW.petition = '{number}' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    _as_administrator(before.system, "notify", refuse)
    done(window.act(number, "accept", department="D05"))
    hurry = "UPDATE inbox SET attempts = 7, next_at = now() WHERE state = 'retry' AND subject = :n"
    found = "SELECT id FROM inbox WHERE state = 'parked' AND subject = :n"

    def parked() -> Any:
        rows(before.system, "notify", hurry, n=number)
        return rows(before.system, "notify", found, n=number)

    before.known["parked"] = until(parked, "parked")[0][0]
    _as_administrator(before.system, "notify", "DROP FUNCTION refuse CASCADE")


def _as_administrator(system: Stack, service: str, statement: str) -> None:
    database = make_url(system.database(service))
    admin = make_url(system.database_admin)
    engine = create_engine(database.set(username=admin.username, password=admin.password))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


# -- stopped ---------------------------------------------------------------------------------------------------------


def settle(before: Before) -> None:
    """Nothing under way between the services; then what each of them says of each petition is written down."""
    waits = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM inbox WHERE state = 'retry')"
    for service in SERVICES:
        until(lambda each=service: rows(before.system, each, waits) == [(0,)], f"{service} settled", 60)  # type: ignore[misc]
    before.seen = {what: look(before.system, number) for what, number in before.numbers.items()}


def look(system: Stack, number: str) -> dict[str, Any]:
    """What each service answers of a petition, and of its cases and referrals."""
    window = Window(system)

    def get(service: str, path: str) -> dict[str, Any]:
        answer = window.request("GET", path, service=service)
        # where a lane is held, a petition's placement is not known either; it is seen again once that is replayed
        return {"refused": True} if answer.status_code == 403 else done(answer)

    answers = {
        f"{service}{path}": get(service, f"/petitions/{number}{path}")
        for service, paths in ABOUT.items()
        for path in paths
    }
    for case in answers["aid/aid-cases"].get("aid_cases", []):
        answers[case["number"]] = get("aid", f"/aid-cases/{case['number']}")
    for referral in answers["referral/referrals"].get("referrals", []):
        answers[referral["number"]] = get("referral", f"/referrals/{referral['number']}")
    return answers


def stop(before: Before) -> None:
    """One service after another, so that what is said waits for who would have heard it; then all."""
    system, window = before.system, Window(before.system)
    requests.post(f"{system.url('sms_provider')}/control", json={"mode": "drop", "count": 1}, timeout=5)
    number = before.numbers["sent or not"] = window.number()
    until(lambda: window.notices(number) == {"receipt": "unknown"}, "sent or not")
    for name in ("sms_provider", "referral", "notify"):
        _leave(system, name)
    number = before.numbers["in the queues"] = window.number()
    done(window.act(number, "accept", department="D05"))
    done(window.refer(number, "A12"))
    for action in ("withdraw", "close"):
        done(window.act(before["closing"], action))
    assert "closing" == window.look(before["closing"])["state"]
    agency, centre = Agency(system, "A12"), Agency(system, "A04")
    for step in ("signed", "accepted"):
        agency.reply(step, before.known["signed late"])
    centre.say("petition.submitted.v1", SUBMISSION | {"received_on": today().isoformat()})
    for each in (agency, centre):
        each.close()
    until(lambda: rows(system, "intake", "SELECT count(*) FROM outbox") == [(0,)], "all in the queues")

    server = system.folder / "wanted" / "rabbitmq.json"
    wanted = server.read_text()
    _leave(system, "rabbitmq")
    number = before.numbers["in the outbox"] = window.number(**AGAINST_US)
    done(window.act(number, "accept", department="D05"))
    done(window.act(number, "hardship", situations=["no_income"], wish=True))
    _leave(system, "intake")

    server.write_text(wanted)
    until(lambda: broker.is_up(system.ports, system.passwords["admin"]), "the broker again", 90)
    grant = f"/aid-cases/{before.known['aid opened']}/grant"
    done(window.request("POST", grant, service="aid", json={"amount": "500"}))
    until(lambda: rows(system, "aid", "SELECT count(*) FROM outbox") == [(0,)], "in intake's queue", 60)
    _leave(system, "aid")
    civil = Agency(system, "A08")
    civil.say("aid.lead_signed.v1", {"lead": before.known["lead opened"], "officer": "经办员"})
    civil.close()
    _waits(before)
    stacks.down(system.folder)


def _waits(before: Before) -> None:
    """Every service has a queue that it did not read; intake has something to say."""
    unread = {name.partition(".")[0] for name, length in lengths(before.system).items() if length}
    assert {*SERVICES} <= unread
    assert rows(before.system, "intake", "SELECT count(*) FROM outbox") > [(2,)]
    states = {state for (state,) in rows(before.system, "notify", "SELECT state FROM notice")}
    assert {"unknown", "delivered"} <= states
    before.parked = {each: rows(before.system, each, PARKED) for each in SERVICES}
    assert before.parked["notify"]


def _leave(system: Stack, name: str) -> None:
    stacks.leave(system, name)
    until(lambda: processes.recorded(system.folder / "running" / name) is None, f"{name} ended", 60)
