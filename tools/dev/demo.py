"""`./dev demo`: the county's matters are registered, two are followed from the window to the petitioner's phone."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import requests
import yaml

from contracts import office_file
from contracts.vocabulary import Role
from statute import SHANGHAI, day_of
from tools.dev import stack as stacks
from tools.dev.agency_page import AgencyPage
from tools.dev.machine import MachineError, say
from tools.dev.stack import COUNTY, Stack

PATIENCE = 90.0
FOLLOWED, AIDED, CALLED, EXPLAINED = 8, 7, 9, 4
SENDER = "A04"  # hands a matter in to us
PAGED = "A12"  # has no system of its own, and answers on its page
PLAYED = {"A09": "python", "A08": "javascript"}  # agency → the language its example system is written in


class DemoError(RuntimeError):
    """Something did not come about in time, in a sentence."""


@dataclass
class Demo:
    stack: Stack
    verbose: bool
    token: str
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    steps: list[dict[str, Any]] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def step(self, name: str, sentence: str, **detail: Any) -> None:
        self.steps.append(
            {"step": name, "seconds": round(time.monotonic() - self.begun, 3), "text": sentence, **detail}
        )
        say(sentence)
        if self.verbose and detail:
            say("      " + "  ".join(f"{key}={value}" for key, value in detail.items()))

    def get(self, service: str, path: str) -> Any:
        """What it answers; what intake has registered is out of sight elsewhere until they heard where it sits."""

        def told() -> list[requests.Response]:
            answer = self.answer("GET", service, path)
            return [answer] if answer.status_code != 403 or service == "intake" else []

        return _content(path, self.until(f"{service} 可以查看 {path}", told)[0])

    def post(self, service: str, path: str, body: Any, key: str) -> Any:
        """Safe to repeat by its key, so a service killed in the middle is only waited for."""
        return _content(path, self.answer("POST", service, path, json=body, key=f"demo-{self.run}-{key}"))

    def approved(self, path: str, body: Any, key: str) -> None:
        """What one officer asks for is approved by another on whose desk it lies. Raises DemoError where nobody is."""
        approval = self.post("intake", path, body, key)["approval"]
        here = yaml.safe_load((COUNTY / "office.yaml").read_text(encoding="utf-8"))["officers"]
        for each in (each for each in here if approval["by"] in each["roles"]):
            token = stacks.token(self.stack, approval["by"], each["number"], department=each.get("department"))
            mine = self.answer("GET", "intake", f"/approvals?petition={approval['petition']}", token=token).json()[
                "approvals"
            ]
            if any(one["id"] == approval["id"] and "approve" in one["can"] for one in mine):
                sentence = f"  {approval['by_zh']}（{each['number']}）批准：{approval['action_zh']}"
                self.step("approved", sentence, action=approval["action"], officer=each["number"])
                at, key = f"/approvals/{approval['id']}/approve", f"demo-{self.run}-{key}-approve"
                _content(at, self.answer("POST", "intake", at, json={}, key=key, token=token))
                return
        raise DemoError(f"没有人可以审批：{approval['action_zh']}（{approval['by_zh']}）")

    def answer(
        self, method: str, service: str, path: str, key: str | None = None, token: str | None = None, **arguments: Any
    ) -> Any:
        """The service's answer below 500, asked again until there is one: a service that was killed comes back."""
        headers = {"Authorization": f"Bearer {token or self.token}"} | ({"Idempotency-Key": key} if key else {})

        def ask() -> list[requests.Response]:
            try:
                url = f"{self.stack.url(service)}{path}"
                answer = requests.request(method, url, headers=headers, timeout=10, **arguments)
            except requests.RequestException:
                return []
            # a Response is false when it is a refusal: wrapped, so that a refusal is an answer
            return [answer] if answer.status_code < 500 else []

        return self.until(f"{service} 的回应", ask)[0]

    def until(self, what: str, look: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            if time.monotonic() > deadline:
                raise DemoError(f"{PATIENCE:.0f} 秒内没有等到：{what}")
            time.sleep(0.1)
        return found


def _content(path: str, answer: requests.Response) -> Any:
    content = answer.json()
    if not answer.ok:
        raise DemoError(f"{path}：{content.get('detail', answer.status_code)}")
    return content


Numbers = dict[tuple[int, int | None], str]


def run(
    stack: Stack,
    verbose: bool,
    json_path: Path | None,
    more: Callable[[Demo, list[dict[str, Any]], Numbers], None] = lambda *_: None,
) -> int:
    """0 when every step came about. `more`: what else to do with the matters and their numbers."""
    demo = Demo(stack, verbose, stacks.token(stack))
    failure = None
    try:
        _staff(demo)
        _play(demo, more)
    except DemoError as fault:
        failure = str(fault)
        say(f"\n演示未完成：{failure}\n日志在 {stack.folder / 'log'}")
    finally:
        for name in (*(f"agency-{code}" for code in (*PLAYED, SENDER)), "desk-phone"):
            stacks.leave(stack, name)
    if json_path:
        result = {"ok": failure is None, "failure": failure, "steps": demo.steps}
        stacks.write_json(json_path, result | {"seconds": round(time.monotonic() - demo.begun, 3)})
    return 1 if failure else 0


def _staff(demo: Demo) -> None:
    for code, language in PLAYED.items():
        try:
            stacks.play(demo.stack, code, language)
        except MachineError as fault:
            say(f"{fault}；{code} 改由 Python 示例扮演")
            stacks.play(demo.stack, code)
    stacks.staff(demo.stack, "phone")


def _play(demo: Demo, more: Callable[[Demo, list[dict[str, Any]], Numbers], None]) -> None:
    matters = yaml.safe_load((COUNTY / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    say("\n一、12309 窗口登记十二件事项（人物、单位均为虚构）")
    numbers = dict(_register(demo, matters))
    _explain(demo, numbers[EXPLAINED, None])
    followed = next(matter for matter in matters if matter["matter"] == FOLLOWED)
    number = numbers[FOLLOWED, None]
    say(f"\n二、跟踪第 {FOLLOWED} 件：{followed['petition']['title']}（{number}）")
    _hand_over(demo, number, followed)
    say("\n三、办结、答复、归档")
    _finish(demo, number)
    say("\n四、信访人手机收到的短信（原文）")
    _show_messages(demo, number, {"receipt", "accepted", "transferred", "outcome"})
    say("\n五、谁在什么时候承办（任一时刻有且只有一个承办单位）")
    for holding in demo.get("referral", f"/petitions/{number}/custody")["custody"]:
        demo.step("custody", f"  {_clock(holding['since'])} 起  {holding['agency_zh']}", agency=holding["agency"])
    aided = next(matter for matter in matters if matter["matter"] == AIDED)
    number = numbers[AIDED, None]
    say(f"\n六、跟踪第 {AIDED} 件：{aided['petition']['title']}（{number}）")
    granted = _help(demo, number, aided)
    _show_messages(demo, number, {"receipt", "aid_answered"} | ({"aid_decided"} if granted else set()))
    say("\n七、没有同意接收短信的，由电话告知")
    _call(demo, numbers[CALLED, None])
    say("\n八、依法不能转出的，系统说明理由")
    _refuse_accusation(demo, numbers[2, None])
    more(demo, matters, numbers)
    say("\n演示完成。接下来可以看：")
    _show_logins(demo.stack)
    say(f"  接口说明  {demo.stack.url('intake')}/openapi.json")
    say("  凭证地址  ./dev up --json 文件    一件事项经过的代码  README.md    停止  ./dev down")


# one of the county's officers for each kind of work
LOGINS = ("900100", "900105", "900108", "900002", "900000", "900009", "900120", "900007")


def _show_logins(stack: Stack) -> None:
    """Where the pages are, and a login of each role; a role that needs a second factor shows what its codes are of."""
    say(f"  信访人查询进展  {stack.url('public')}")
    say(f"  工作页面  {stack.pages}")
    if stack.database_admin:
        login, password = stacks.agency_account(stack, PAGED)
        say(f"  县教育局的页面  {stacks.agency_url(stack, PAGED)}  {login}  {password}")
    else:
        say("  账户  docker compose run --rm desk-signer account create --login 登录名 --officer 工号")
        return
    office = office_file.read(COUNTY / "office.yaml")
    for officer in (each for each in office.officers if each["number"] in LOGINS):
        login, password, secret = stacks.account(stack, officer["number"])
        roles = "、".join(Role(role).zh for role in officer["roles"])
        code = f"  动态口令密钥 {secret}" if secret else ""
        say(f"    {login}  {password}  {officer['name']}（{roles}）{code}")
    say("  动态口令  echo 密钥 | .venv/bin/python -m desk code")


def _register(demo: Demo, matters: list[dict[str, Any]]) -> Iterator[tuple[tuple[int, int | None], str]]:
    today = day_of(datetime.now(UTC))
    for matter in matters:
        body = dict(matter["petition"])
        received = body["received_on"]
        day = received if isinstance(received, date) else date.fromisoformat(received)
        body["received_on"] = day.isoformat()
        if not 0 <= (today - day).days <= 360:
            # the samples' year is 2026: in another one they are received today
            del body["received_on"]
        name = f"{matter['matter']}" + (f"-{matter['part']}" if matter["part"] else "")
        if "sent_by" in matter:
            petition = _hand_in(demo, matter["sent_by"], body, day if 0 <= (today - day).days <= 4 else today)
        else:
            petition = demo.post("intake", "/petitions", body, f"register-{name}")
        title = body.get("title") or f"机要件 {body['sealed_post']['number']}"
        demo.step(
            "registered",
            f"  {name:>4} {petition['number']}  {petition['kind_zh']}·{petition['line_zh']}  {title}"
            f"（{_day(petition['received_on'])}收，{_day(petition['reply_by'])}前回复）",
            matter=name,
            number=petition["number"],
            reply_by=petition["reply_by"],
            expect=matter["expect"],
        )
        yield (matter["matter"], matter["part"]), petition["number"]


def _hand_in(demo: Demo, code: str, petition: dict[str, Any], received: date) -> dict[str, Any]:
    """Another agency's own system hands it in under its own number; an officer here signs.

    Received days ago, the time for an objection would be over.
    """
    submission = f"综治{received.year}-{demo.run[:8]}"
    file = demo.stack.folder / "agency" / f"{code}-{demo.run[:8]}.json"
    file.parent.mkdir(exist_ok=True)
    data = petition | {"submission": submission, "received_on": received.isoformat()}
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    stacks.play(demo.stack, code, manner=["--submit", str(file)])

    def here() -> dict[str, Any] | None:
        found = demo.get("intake", "/petitions?state=submitted")["petitions"]
        return next((each for each in found if each["sender"]["number"] == submission), None)

    found: dict[str, Any] = demo.until(f"{code} 报送的信访件", here)
    signed: dict[str, Any] = demo.post("intake", f"/petitions/{found['number']}/sign", {}, "sign")
    return signed


def _explain(demo: Demo, number: str) -> None:
    """What is owed by when, and why: the working target first, the law's last day below."""
    today = day_of(datetime.now(UTC)).isoformat()

    def swept() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = demo.get("intake", f"/petitions/{number}/clocks")["clocks"]
        return found if all(each["state"] != "running" or each["due"] >= today for each in found) else None

    say(f"\n    第 {EXPLAINED} 件的办理时限（{number}）")
    for clock in demo.until("到期的时限标为逾期", swept):
        ends = f"办理目标 {_day(clock['target'])}，最后一日 {_day(clock['due'])}"
        demo.step(
            "clock",
            f"  {clock['rule_zh']}（{clock['state_zh']}）：{ends}\n  {clock['sentence']}",
            rule=clock["rule"],
            due=clock["due"],
            target=clock["target"],
        )


def _hand_over(demo: Demo, number: str, matter: dict[str, Any]) -> None:
    demo.post("intake", f"/petitions/{number}/accept", {"department": "D05"}, "accept")
    basis = {"to": matter["refer_to"], "basis": "regulation_31", "petitioner_wish": True}
    demo.post("intake", f"/petitions/{number}/refer", basis, "refer")
    demo.until("单位反馈", lambda: _happened(demo, number, "referral.answered.v1"))
    for step in _timeline(demo, number):
        who = "本院  " if step["agency"] in ("A00", "-") else ""
        demo.step(step["type"], f"  {_clock(step['at'])}  {who}{step['sentence']}", agency=step["agency"])


def _finish(demo: Demo, number: str) -> None:
    seen = len(_timeline(demo, number))
    boxes = {"criminal": False, "civil": True, "administrative": True, "public_interest": False}
    demo.post("intake", f"/petitions/{number}/liability", boxes, "liability")
    demo.approved(f"/petitions/{number}/conclude", {"result": "supported"}, "conclude")
    text = "你们反映的欠薪问题，县人社局已责令支付。如对答复有异议，可向本院控告申诉检察部门提出。"
    reply = {"kind": "outcome_reply", "means": "post", "text": text}
    demo.approved(f"/petitions/{number}/replies", reply, "reply")
    demo.post("intake", f"/petitions/{number}/issue", {}, "issue")
    demo.post("intake", f"/petitions/{number}/replies/1/proof", {"proof": "post_receipt"}, "proof")
    demo.post("intake", f"/petitions/{number}/close", {}, "close")
    demo.until("归档", lambda: _happened(demo, number, "petition.closed.v1"))
    for step in _timeline(demo, number)[seen:]:
        if not step["type"].startswith("notice."):
            demo.step(step["type"], f"  {_clock(step['at'])}  {step['sentence']}", agency=step["agency"])


def _help(demo: Demo, number: str, matter: dict[str, Any]) -> bool:
    """Hardship is found, aid is decided here and asked of those who decide on social aid. Whether we gave any."""
    seen = len(_timeline(demo, number))
    demo.post("intake", f"/petitions/{number}/hardship", matter["hardship"], "hardship")
    find = lambda: demo.get("aid", f"/petitions/{number}/aid-cases")["aid_cases"]  # noqa: E731
    case = demo.until("救助立案", find)[0]
    for row in case["determination"]:
        sentence = (
            f"  初判  {row['kind_zh']}（{row['decided_by_zh']}）：{row['reason']}；{row['source']}（{row['verified']}）"
        )
        demo.step("determined", sentence, rule=row["rule"])
    here = f"/aid-cases/{case['number']}"
    given = {name: matter["aid"][name] for name in ("amount", "ground", "opinion")}
    decided = demo.answer("POST", "aid", f"{here}/grant", key=f"demo-{demo.run}-grant", json=given)
    if not decided.ok:
        # the same person is aided once a case: a second demonstration on the same data is told so
        demo.step("not_granted", f"  {decided.json()['detail']}", status=decided.status_code)
    for agency in matter["aid"]["leads"]:
        demo.post("aid", f"{here}/leads", {"to": agency}, f"lead-{agency}")
    if demo.stack.database_admin:
        _answer_on_its_page(demo, here)
    demo.until("县民政局反馈", lambda: _happened(demo, number, "aid.lead_answered.v1"))
    for step in _timeline(demo, number)[seen:]:
        if not step["type"].startswith("notice."):
            demo.step(step["type"], f"  {_clock(step['at'])}  {step['sentence']}", agency=step["agency"])
    for lead in demo.get("aid", here)["leads"]:
        text = f"：{lead['text']}" if lead["text"] else f"，{_day(lead['answer_by'])}前应反馈"
        demo.step("lead", f"  {lead['number']} {lead['agency_zh']}  {lead['result_zh'] or lead['state_zh']}{text}")
    return decided.ok


def _answer_on_its_page(demo: Demo, case: str) -> None:
    """The education department has no system: somebody there signs for its lead and answers it on its page."""
    page = AgencyPage(stacks.open_agency(demo.stack, PAGED))
    page.enter(*stacks.agency_account(demo.stack, PAGED))

    def lead() -> dict[str, Any]:
        found: dict[str, Any] = next(each for each in demo.get("aid", case)["leads"] if each["agency"] == PAGED)
        return found

    number, text = lead()["number"], "经核实，已免除学杂费并给予助学金，孩子继续在校就读。"
    demo.until("线索到达县教育局的页面", lambda: page.say(number, "aid.lead_signed.v1"))
    answered = lambda: page.say(number, "aid.lead_answered.v1", result="granted", text=text)  # noqa: E731
    demo.until("县教育局在页面上签收", answered)
    demo.until("县教育局在页面上反馈", lambda: lead()["result_zh"])
    demo.step("paged", f"  县教育局没有自己的系统，在它的页面上签收并反馈了 {number}", agency=PAGED)


def _call(demo: Demo, number: str) -> None:
    def called() -> list[dict[str, Any]]:
        notices = demo.get("notify", f"/petitions/{number}/notices")["notices"]
        return [each for each in notices if each["carrier"] == "phone" and each["state"] == "delivered"]

    for notice in demo.until("电话告知", called):
        demo.step("called", f"  {notice['about_zh']} {notice['state_zh']}：{notice['text']}", key=notice["notice"])


def _show_messages(demo: Demo, number: str, wanted: set[str]) -> None:
    def delivered() -> list[dict[str, Any]] | None:
        notices = demo.get("notify", f"/petitions/{number}/notices")["notices"]
        told = [notice for notice in notices if notice["state"] == "delivered"]
        return told if wanted <= {notice["about"] for notice in told} else None

    ours = {notice["notice"]: notice for notice in demo.until("短信送达", delivered)}
    sent = [message for message in demo.get("sms_provider", "/control/messages")["messages"] if message["key"] in ours]
    if len(sent) != len(ours):
        raise DemoError(f"短信应各发一次：应有 {len(ours)} 条，平台实收 {len(sent)} 条")
    for message in sent:
        demo.step("sms", f"  {message['text']}", key=message["key"], state=message["state"])


def _refuse_accusation(demo: Demo, number: str) -> None:
    body = {"to": "A06", "basis": "regulation_30", "petitioner_wish": True}
    answer = demo.answer("POST", "intake", f"/petitions/{number}/refer", json=body)
    if answer.status_code != 409:
        raise DemoError(f"检举控告本应拒绝转出，却得到 {answer.status_code}")
    demo.step("refused", f"  {number}：{answer.json()['detail']}", status=answer.status_code)


def _timeline(demo: Demo, number: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = demo.get("intake", f"/petitions/{number}")["timeline"]
    return steps


def _happened(demo: Demo, number: str, type_: str) -> bool:
    return any(step["type"] == type_ for step in _timeline(demo, number))


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%m月%d日 %H:%M:%S")


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.month}月{day.day}日"
