"""Gives what schemathesis makes up a petition that stands where the operation is lawful, in two calls of three.

The other calls keep their random number: they should be refused, and refused well. What was answered is written to
`SEEN_FILE`, a line for each call: operation and status.
"""

import os
import random
import threading
import uuid
from datetime import date, datetime, timedelta, timezone
from typing import Any

import requests
import schemathesis

URL, TOKEN, SEEN = os.environ["INTAKE_URL"], os.environ["INTAKE_TOKEN"], os.environ["SEEN_FILE"]
OTHER = os.environ["INTAKE_OTHER_TOKEN"]  # another officer's
# level → the token of somebody else who decides there of what is D05's
APPROVERS: dict[str, str] = {
    level: os.environ[f"INTAKE_{level.upper()}_TOKEN"] for level in ("department_head", "leader", "chief")
}
CLAIM = {
    "channel": "visit",
    "kind": "claim",
    "line": "support_prosecution",
    "title": "请求支持起诉讨薪",
    "statement": "工地欠薪。",
    "petitioner": {"name": "石大川", "phone": "19900001208"},
}
ACCEPT = ("accept", {"department": "D05"})
BOXES = ("liability", {"criminal": False, "civil": True, "administrative": False, "public_interest": False})
CONCLUDE = ("conclude", {"result": "supported"})
REPLY = ("replies", {"kind": "outcome_reply", "means": "post", "text": "答复书"})
ISSUE = ("issue", {})
PROOF = ("replies/1/proof", {"proof": "post_receipt"})
# what the officer whose token it is, who is everything in D05, may decide where another of that department asked
ENDING = ("terminate", {"reason": "settled"})
ASKED = {"purpose": "verify", "reason": "须当面核实"}
# action → what comes before it, and a body that is right
STORIES: dict[str, tuple[list[tuple[str, dict[str, Any]]], dict[str, Any] | None]] = {
    "accept": ([], ACCEPT[1]),
    "not-accept": ([], {"reason": "not_ours"}),
    "assign": ([ACCEPT], {"department": "D05"}),
    "handler": ([ACCEPT], {"handler": None}),
    "walls": ([], {"officer": "900099", "reason": "recused"}),
    "material-asked": ([], {"lacking": ["身份证复印件"], "means": "post"}),
    "complete": ([("material-asked", {"lacking": ["身份证复印件"], "means": "post"})], {}),
    "guide": ([], {"to": "A10"}),
    "refer": ([], {"to": "A09", "basis": "regulation_31", "petitioner_wish": True}),
    "involve": ([], {"to": "A09", "purpose": "assist", "basis": "cooperation"}),
    "sign": ([], {}),
    "object": ([("sign", {})], {"reason": "not_competent", "text": "应由镇政府处理"}),
    "sender-told": ([("sign", {})], {"text": "正在办理"}),
    "sender-answered": ([("sign", {}), ("withdraw", {})], {"text": "信访人已撤回"}),
    "hardship": ([], {"situations": ["no_income"], "wish": False}),
    "liability": ([ACCEPT], BOXES[1]),
    "conclude": ([ACCEPT, BOXES], CONCLUDE[1]),
    "replies": ([ACCEPT, BOXES, CONCLUDE], REPLY[1]),
    "issue": ([ACCEPT, BOXES, CONCLUDE, REPLY], {}),
    "walls/{wall}/lift": ([("walls", {"officer": "900099", "reason": "recused"})], {"reason": "已查清"}),
    "replies/{seq}/proof": ([ACCEPT, BOXES, CONCLUDE, REPLY, ISSUE], PROOF[1]),
    "impossible": ([], {"reply": "procedural_reply", "reason": "no_answer"}),
    "openings": ([], ASKED),
    "query-code": ([], {}),
    "reveals": ([], {"field": "phone"}),
    "close": ([ACCEPT, BOXES, CONCLUDE, REPLY, ISSUE, PROOF], {}),
    "withdraw": ([], {}),
    "resolution": ([ACCEPT, BOXES, CONCLUDE], {"resolution": "explained"}),
    "suspend": ([], {"reason": "appraisal"}),
    "resume": ([("suspend", {"reason": "appraisal"})], {}),
    "terminate": ([ACCEPT], {"reason": "died"}),
    "reopen": ([("not-accept", {"reason": "not_ours"})], {"reason": "new_evidence"}),
    "link": ([], {"reason": "related"}),
    "matches": ([], {"decision": "different", "reason": "不是一件事"}),
    "corrections": ([], {"title": "另一个标题", "reason": "听错"}),
    "persons/{person}/corrections": ([], {"phone": "19900001209", "reason": "听错"}),
    "classification": ([], {"kind": "proposal", "line": "other", "reason": "登错"}),
    "respondents": ([], {"respondent": {"unit": "A10"}, "reason": "漏登"}),
    "respondents/{respondent}/removal": (
        [("respondents", {"respondent": {"unit": "A10"}, "reason": "漏登"})],
        {"reason": "登错"},
    ),
    "death": ([], {"died_on": "2026-11-02", "proof": "死亡医学证明"}),
    "heirs": (
        [("death", {"died_on": "2026-11-02", "proof": "死亡医学证明"})],
        {"relation": "child", "heir": {"name": "石小川", "phone": "19900001211"}},
    ),
    "guardian": (
        [],
        {"ground": "minor", "proof": "户口簿", "guardian": {"name": "石小川", "phone": "19900001211"}},
    ),
    "void": ([], {"reason": "重复扫描"}),
    "restoration": ([("void", {"reason": "重复扫描"})], {"reason": "并非重复"}),
    "merge": ([], {"reason": "同一封信登记了两次"}),
    "part": ([("merge", {"reason": "同一封信登记了两次"})], {"reason": "实为两事"}),
    "links/{other}/removal": ([("link", {"reason": "related"})], {"reason": "点错"}),
    "replies/{seq}/proof/removal": ([ACCEPT, BOXES, CONCLUDE, REPLY, ISSUE, PROOF], {"reason": "他人的回执"}),
    "replies/{seq}/correction": (
        [ACCEPT, BOXES, CONCLUDE, REPLY, ISSUE],
        {"means": "post", "text": "更正后的答复", "reason": "笔误"},
    ),
    "acts/{act}/removal": (
        [("acts", {"kind": "heard", "done_on": "2026-11-02", "people": ["900105"], "record": "笔录"})],
        {"reason": "记错件"},
    ),
    "receipt-day": ([], {"shift": "earlier", "received_on": "2026-11-02", "postmark": "2026-11-02", "reason": "邮戳"}),
    "acts": ([], {"kind": "heard", "done_on": "2026-11-02", "people": ["900105"], "record": "笔录"}),
    "tasks": ([], {"text": "核实欠薪数额", "due": "2099-01-05", "department": "D05"}),
    "chief-led": ([], {"leader": "900000"}),
    "chief-led/items": ([("chief-led", {"leader": "900000"})], {"item": "heard", "done_on": "2026-11-02"}),
    "risk": ([], {"facts": ["injury"]}),
    "risk/lower": ([("risk", {"facts": ["threat_to_life"]})], {"colour": "blue", "reason": "已当面沟通"}),
    "admission": ([], {"answers": {"weak": True, "evidence": False}}),
    "clocks/{clock}/suspend": ([ACCEPT], {"reason": "appraisal"}),
    "clocks/{clock}/resume": ([ACCEPT], {}),
    "clocks/{clock}/extend": ([ACCEPT], {}),
}
VISITOR = {"name": "来访人", "phone": "19900001208", "matter": "欠薪"}
FILE = b"%PDF-1.7 " + bytes(100)
ENTRY = {"kind": "claim", "text": "工地欠薪。"}
CONTACT = {"channel": "call", "text": "补充一张收据。", "phone": "19900001208"}
PARTS = [{"kind": kind, "line": "other", "title": "一信多诉", "statement": "其一。"} for kind in ("claim", "proposal")]
# what a contact becomes → a body that is right
BECOMES: dict[str, dict[str, Any]] = {
    "consultation": {"answer": "请向法院申请再审。"},
    "join": {"joining": "chase"},
    "split": {"petitioner": CLAIM["petitioner"], "parts": PARTS},
    "reveals": {"field": "phone"},
    "reconsideration": {"reason": "听错"},
}
FILES = [
    "application/pdf",
    "audio/mpeg",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
]
schemathesis.serializer.alias(FILES, "application/octet-stream")
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
DICE, WRITING = random.Random(20261125), threading.Lock()


def post(path: str, body: dict[str, Any], token: str = TOKEN) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
    answer = requests.post(URL + path, json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    return content


def make_lawful(case: Any) -> None:
    """Gives the case a petition, a clock and a body with which it should succeed."""
    path = case.operation.path
    if case.operation.method.upper() == "POST" and path == "/petitions":
        case.body, case.headers["Idempotency-Key"] = dict(CLAIM), uuid.uuid4().hex
        return
    if path.startswith("/lookup"):
        look_up(case)
        return
    if path.startswith("/online") and case.operation.method.upper() == "POST":
        write_online(case)
        return
    if "{opening}" in path:
        case.path_parameters["opening"] = opening_for(path.rsplit("/", 1)[1])
        return
    if "{approval}" in path:
        what = path.rsplit("/", 1)[1]
        case.path_parameters["approval"] = approval_for(what)
        case.body = {"reason": "理由不足"} if what == "refuse" else {}
        return
    if path == "/approvals":
        case.query = {}
    if path.startswith(("/departments", "/officers", "/role-requests")):
        make_office_lawful(case)
    if path.startswith("/handovers"):
        case.body = {"handler": "900105", "to": None, "reason": "rotation"}
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if path.startswith("/contacts"):
        make_contact_lawful(case)
    if path.startswith("/tasks"):
        make_task_lawful(case)
    if path.startswith("/guides/{guide}"):
        case.path_parameters["guide"] = "civil_supervision.judgment"
    if path in ("/tasks", "/receptions", "/chief-led") and case.operation.method.upper() == "GET":
        case.query = {}
    if path == "/risks":
        case.query = {}
    if path == "/registrations/preview":
        case.body = CLAIM
    if path == "/cards":
        case.body = {"numbers": [post("/petitions", CLAIM)["number"]]}
    if path.startswith("/receptions") and (case.operation.method.upper() == "POST" or "{reception}" in path):
        make_reception_lawful(case)
    if not path.startswith("/petitions/{number}"):
        return
    action = path.removeprefix("/petitions/{number}").removeprefix("/")
    before, body = STORIES.get(action, ([], None)) if case.operation.method.upper() == "POST" else ([], None)
    registered = post("/petitions", CLAIM | how_it_comes(action))
    number = registered["number"]
    if action == "receipt":
        body = {"query_code": registered["query_code"]}
    other = post("/petitions", CLAIM)["number"] if {"link", "merge"} & {step for step, _ in before} else ""
    for step, given in before:
        whom = {"link": {"to": other}, "merge": {"into": other}}.get(step, {})
        take(number, step, given | whom)
    if "{other}" in path:
        case.path_parameters["other"] = other
    if "{act}" in path:
        done = requests.get(f"{URL}/petitions/{number}/acts", headers=HEADERS, timeout=30).json()["acts"]
        case.path_parameters["act"] = done[0]["act"]
    case.path_parameters["number"] = number
    if "{sha256}" in path:
        case.path_parameters["sha256"] = give(number)
    if action == "files":
        case.body, case.media_type, case.query = FILE, "application/pdf", {"name": "a.pdf"}
        return
    if "{kind}" in path:
        case.path_parameters["kind"] = "receipt"
    for part in ("seq", "wall", "person", "respondent"):
        if f"{{{part}}}" in path:
            case.path_parameters[part] = 1
    if "{clock}" in path:
        clocks = requests.get(f"{URL}/petitions/{number}/clocks", headers=HEADERS, timeout=30).json()["clocks"]
        running = next(each for each in clocks if each["rule"] == "outcome_promise")
        case.path_parameters["clock"] = running["clock"]
        if action.endswith("resume"):
            post(f"/petitions/{number}/clocks/{running['clock']}/suspend", {"reason": "appraisal"})
    if body is not None:
        case.body = dict(body)
        if action in ("link", "matches"):
            case.body["to"] = post("/petitions", CLAIM)["number"]
        if action == "merge":
            case.body["into"] = post("/petitions", CLAIM)["number"]
        if case.headers is not None:
            case.headers.pop("Idempotency-Key", None)


def take(number: str, step: str, body: dict[str, Any]) -> None:
    """A step, with the approval of whoever of D05 and above it lies with; a wall holds without."""
    approval = post(f"/petitions/{number}/{step}", body).get("approval")
    if approval is not None and step != "walls":
        post(f"/approvals/{approval['id']}/approve", {}, APPROVERS[approval["by"]])


def approval_for(what: str) -> str:
    """An approval that stands where this may be done: asked for by the officer to withdraw it, else by another."""
    number = post("/petitions", CLAIM)["number"]
    asker = TOKEN if what == "withdraw" else OTHER
    approval: str = post(f"/petitions/{number}/{ENDING[0]}", ENDING[1], asker)["approval"]["id"]
    return approval


def how_it_comes(action: str) -> dict[str, Any]:
    if action == "openings":
        return {"secrecy": True}
    if action in ("sign", "object", "sender-told", "sender-answered"):
        return {"channel": "forwarded", "forwarded": {"by": "A01", "number": uuid.uuid4().hex}}
    return {}


def give(number: str) -> str:
    """A file of the petition's."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/pdf"}
    path = f"{URL}/petitions/{number}/files?name=a.pdf"
    digest: str = requests.post(path, data=FILE, headers=headers, timeout=30).json()["sha256"]
    return digest


def make_reception_lawful(case: Any) -> None:
    # one a day for a leader: each call has a day of its own
    day = date(2099, 1, 4) + timedelta(days=DICE.randrange(1_000_000))
    reception = {"day": day.isoformat(), "leader": "900000", "places": 1}
    if case.operation.path == "/receptions":
        case.body = reception
        if case.headers is not None:
            case.headers.pop("Idempotency-Key", None)
        return
    what = case.operation.path.rsplit("/", 1)[1]
    if what == "outcome":
        # of a day that has come, on which a leader receives at most once
        reception |= {"day": datetime.now(timezone(timedelta(hours=8))).date().isoformat(), "leader": a_leader()}
    planned = post("/receptions", reception)["reception"]
    case.path_parameters["reception"] = planned
    petition = {"petition": post("/petitions", CLAIM)["number"]}
    bodies: dict[str, dict[str, Any]] = {
        "bookings": petition,
        "visitors": VISITOR,
        "change": {"room": "信访接待室"},
        "cancel": {"reason": "院领导外出"},
        "outcome": {"outcome": "met", "decision": "限期答复"},
        "visitor": {"reason": "通知改期"},
    }
    if what == "move":
        other = reception | {"day": (day + timedelta(days=1)).isoformat()}
        bodies["move"] = {"to": post("/receptions", other)["reception"], "reason": "另有安排"}
    if "{booking}" in case.operation.path:
        at, taker = ("visitors", VISITOR) if what == "visitor" else ("bookings", petition)
        taken = post(f"/receptions/{planned}/{at}", taker)
        case.path_parameters["booking"] = taken["booking"]
    if case.operation.method.upper() == "POST":
        case.body = bodies[what]
    if case.headers is not None:
        case.headers.pop("Idempotency-Key", None)


def a_leader() -> str:
    """A new one, by two officers: the list has them, and nobody receives twice on one day."""
    number = f"L{uuid.uuid4().hex[:12]}"
    post("/officers", {"number": number, "name": "新院领"})
    request = post(f"/officers/{number}/roles", {"roles": ["leader"]}, OTHER)["request"]
    post(f"/role-requests/{request}/approve", {})
    return number


def make_task_lawful(case: Any) -> None:
    """A task that stands where this may be done."""
    if "{task}" not in case.operation.path:
        return
    number, what = post("/petitions", CLAIM)["number"], case.operation.path.rsplit("/", 1)[1]
    task = post(f"/petitions/{number}/tasks", STORIES["tasks"][1] or {})["task"]
    if what == "reopen":
        post(f"/tasks/{task}/done", {"record": "已核实"})
    case.path_parameters["task"] = task
    bodies: dict[str, dict[str, Any]] = {
        "done": {"record": "已核实"},
        "impossible": {"record": "当事人已撤回"},
        "reopen": {"due": "2099-01-05", "reason": "数额有误"},
        "give": {"officer": "900105", "reason": "承办人更换"},
    }
    if what in bodies:
        case.body = bodies[what]
    if case.headers is not None:
        case.headers.pop("Idempotency-Key", None)


def make_office_lawful(case: Any) -> None:
    """A department or an officer of the case's own; a role that another officer asked for."""
    path, code = case.operation.path, f"T{uuid.uuid4().hex[:12]}"
    if case.operation.method.upper() == "GET":
        case.query = {}
        if "{number}" in path:
            case.path_parameters["number"] = "900105"
        return
    department, officer = {"code": code, "name": "未检部"}, {"number": code, "name": "新来人"}
    if path in ("/departments", "/officers"):
        case.body = department if path == "/departments" else officer
    elif "{code}" in path:
        case.path_parameters["code"] = post("/departments", department)["code"]
        case.body = {"active": False}
    else:
        case.path_parameters["number"] = post("/officers", officer)["number"]
        bodies: dict[str, dict[str, Any]] = {
            "roles": {"roles": ["handler"]},
            "leaves": {"since": "2099-01-05", "until": "2099-01-06"},
        }
        case.body = bodies.get(path.rsplit("/", 1)[1], {"deputy": "900100"})
    if "{role_request}" in path:
        case.path_parameters = {
            "role_request": post(f"/officers/{code}/roles", {"roles": ["handler"]}, OTHER)["request"]
        }
        case.body = {}
    if case.headers is not None:
        case.headers.pop("Idempotency-Key", None)


def make_contact_lawful(case: Any) -> None:
    path, posts = case.operation.path, case.operation.method.upper() == "POST"
    if path == "/contacts":
        if posts:
            case.body, case.headers["Idempotency-Key"] = dict(CONTACT), uuid.uuid4().hex
        else:
            case.query = {}
        return
    case.path_parameters["contact"] = post("/contacts", CONTACT)["contact"]
    if posts:
        what = path.rsplit("/", 1)[1]
        case.body = dict(BECOMES[what])
        if what == "reconsideration":
            post(f"/contacts/{case.path_parameters['contact']}/consultation", BECOMES["consultation"])
        if what == "join":
            case.body["petition"] = post("/petitions", CLAIM)["number"]
        if case.headers is not None:
            case.headers.pop("Idempotency-Key", None)


def look_up(case: Any) -> None:
    """From an address of its own: who is turned away as too many has not been answered."""
    registered = post("/petitions", CLAIM)
    number = registered["number"]
    case.body = {"number": number, "code": registered["query_code"]}
    if case.operation.path.endswith("rating"):
        post(f"/petitions/{number}/replies", {"kind": "progress_reply", "means": "call", "text": "正在办理"})
        case.body |= {"seq": 1, "stars": 5}
    case.headers["X-Forwarded-For"] = somewhere()


def somewhere() -> str:
    """An address that nobody asked from before, by way of the door."""
    return f"10.{DICE.randrange(256)}.{DICE.randrange(256)}.{DICE.randrange(256)}, 192.0.2.2"


def write_online(case: Any) -> None:
    """What somebody writes at the petitioners' door; by its code, a look and a file."""
    key, path = uuid.uuid4().hex, case.operation.path
    case.headers["X-Forwarded-For"] = somewhere()
    if path == "/online":
        case.body, case.headers["Idempotency-Key"] = dict(ENTRY), key
        return
    headers = {"Idempotency-Key": key, "X-Forwarded-For": somewhere()}
    answer = requests.post(f"{URL}/online", json=ENTRY, headers=headers, timeout=30)
    if not answer.ok:
        return  # so many were written that nobody may write now
    code = answer.json()["code"]
    if path.endswith("files"):
        case.body, case.media_type, case.query = FILE, "application/pdf", {"name": "a.pdf"}
        case.headers["Authorization"] = f"Bearer {code}"
    else:
        case.body = {"code": code}


def opening_for(what: str) -> str:
    """An opening that stands where this may be done: who asks and who decides are two officers."""
    number = post("/petitions", CLAIM | {"secrecy": True})["number"]
    asker = TOKEN if what == "person" else OTHER
    opening: str = post(f"/petitions/{number}/openings", ASKED, asker)["opening"]
    if what == "person":
        post(f"/openings/{opening}/approve", {}, OTHER)
    return opening


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    # what is wrong on purpose stays wrong
    if DICE.random() < 2 / 3 and "negative" not in str(getattr(case.meta, "generation", "")).lower():
        make_lawful(case)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    with WRITING, open(SEEN, "a", encoding="utf-8") as file:
        file.write(f"{case.operation.method.upper()} {case.operation.path} {response.status_code}\n")
