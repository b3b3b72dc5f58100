#!/usr/bin/env python3
"""An agency's own system, as its vendor might write it: `pika` and the standard library, nothing of Fengqiao's.

It takes what is offered on its queue, signs, accepts, reports and answers. A small store makes it safe to kill at any
moment: what came in and what is to be said are written together, and what was written is said until it is confirmed.
With --by-hand a person decides each step at the keyboard.
"""

import argparse
import hashlib
import json
import os
import queue
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pika
from pika.exceptions import AMQPError

SCHEMA = """
CREATE TABLE IF NOT EXISTS received (id TEXT PRIMARY KEY, type TEXT, at REAL, body TEXT);
CREATE TABLE IF NOT EXISTS outgoing (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, type TEXT, body BLOB, not_before REAL, sent INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS wanted (token TEXT PRIMARY KEY, sha256 TEXT, handed_in INTEGER DEFAULT 0);
"""
OFFICER = "经办员01"
SHANGHAI = timezone(timedelta(hours=8))
STEPS = {
    "signed": [("reply.signed.v1", {})],
    "accepted": [("reply.accepted.v1", {})],
    "answered": [
        ("reply.progress.v1", {"text": "已联系信访人，正在核实。"}),
        ("reply.answered.v1", {"result": "supported", "text": "经核实情况属实，已责令改正并回复信访人。"}),
    ],
}
LEAD_STEPS = {
    "signed": [("aid.lead_signed.v1", {})],
    "accepted": [],
    "answered": [("aid.lead_answered.v1", {"result": "granted", "text": "经入户核查符合条件，已给予临时救助。"})],
}
# what we say to an invitation, to one to mediate, to a task that a meeting gave us
CONVENED = {
    "proceeding.invited.v1": [("proceeding.reply.v1", {"answer": "accepted", "text": "由王某参加。"})],
    "task.offered.v1": [("task.answered.v1", {"result": "done", "text": "已办理完毕。"})],
}
MEDIATED = [
    ("sat", "双方到场，各自陈述了意见。"),
    ("agreed", "双方自愿达成协议，分两次付清。"),
    ("performed", "已全部付清。"),
]
SAYS = {
    "reply.signed.v1": "签收",
    "reply.accepted.v1": "受理",
    "reply.objected.v1": "提出异议",
    "reply.progress.v1": "报告进展",
    "reply.answered.v1": "反馈办理结果",
    "reply.ruling.v1": "裁定对方的异议",
    "proceeding.reply.v1": "答复邀请",
    "mediation.reported.v1": "报告调解进展",
    "task.answered.v1": "反馈会商任务",
    "petition.submitted.v1": "报送信访件",
    "aid.lead_signed.v1": "签收救助线索",
    "aid.lead_answered.v1": "反馈救助线索",
}
# what becomes of a petition we handed in
TOLD = {
    "submission.signed.v1": "已签收",
    "submission.accepted.v1": "已受理",
    "submission.objected.v1": "提出异议",
    "submission.progress.v1": "正在办理",
    "submission.answered.v1": "已答复",
}
# nothing more is to be done for the referral
OVER = {"referral.recalled.v1": "撤回", "referral.stopped.v1": "不必再办", "proceeding.cancelled.v1": "取消"}
# a letter typed at the keyboard → (what it does, the message about a referral, the message about a lead)
KEYS = {
    "s": ("签收", ("reply.signed.v1", {}), ("aid.lead_signed.v1", {})),
    "a": ("受理", ("reply.accepted.v1", {}), None),
    "o": ("异议", ("reply.objected.v1", {"reason": "not_competent", "text": "不属于我单位职责。"}), None),
    "p": (
        "进展",
        ("reply.progress.v1", {"text": "正在办理。"}),
        ("aid.lead_answered.v1", {"result": "pending", "text": "正在核查。"}),
    ),
    "f": (
        "反馈",
        ("reply.answered.v1", {"result": "supported", "text": "已依法办理。"}),
        ("aid.lead_answered.v1", {"result": "granted", "text": "已给予救助。"}),
    ),
    "n": (
        "反馈不支持",
        ("reply.answered.v1", {"result": "not_supported", "text": "经核实不属实。"}),
        ("aid.lead_answered.v1", {"result": "refused", "text": "不符合救助条件。"}),
    ),
}
USAGE = (
    "键盘："
    + "  ".join(f"{key} {what}" for key, (what, *_) in KEYS.items())
    + "；如 f 000001 已责令支付（编号取末几位）；l 列出在办"
)


def decide(message: dict[str, Any], manner: argparse.Namespace) -> list[tuple[str, dict[str, Any]]]:
    """What this agency says to a message: (type, data) in order. It keeps no state."""
    if manner.silent or manner.by_hand:
        return []
    reached = list(STEPS)[: list(STEPS).index(manner.until) + 1]
    match message["type"]:
        case "referral.offered.v1" if manner.object:
            says = [*STEPS["signed"], KEYS["o"][1]]
        case "referral.offered.v1":
            says = [step for name in reached for step in STEPS[name]]
        case "referral.ruling.v1" if message["data"].get("ruling") == "overruled":
            says = [step for name in reached[1:] for step in STEPS[name]]
        case "referral.stopped.v1" if manner.until != "signed":
            # what we have so far; nothing more is expected
            result = "withdrawn" if message["data"]["reason"] == "withdrawn" else "terminated"
            says = [("reply.answered.v1", {"result": result, "text": "信访件已结束，停止办理。"})]
        case "submission.objected.v1":
            says = [("reply.ruling.v1", {"ruling": "overruled" if manner.overrule else "upheld"})]
        case "aid.lead_offered.v1" if manner.object:
            says = [*LEAD_STEPS["signed"], KEYS["n"][2]]
        case "aid.lead_offered.v1":
            says = [step for name in reached for step in LEAD_STEPS[name]]
        case "proceeding.invited.v1" if manner.object:
            says = [("proceeding.reply.v1", {"answer": "declined", "text": "不能参加。"})]
        case "proceeding.invited.v1":
            says = [*CONVENED["proceeding.invited.v1"]]
            if message["data"]["role"] == "mediator" and manner.until == "answered":
                says += [("mediation.reported.v1", mediated(step, text)) for step, text in MEDIATED]
        case "task.offered.v1" if manner.until == "answered":
            says = CONVENED["task.offered.v1"]
        case _:
            says = []
    if manner.enclose:
        says = [
            (type_, extra | ({"files": [named(manner.enclose)]} if type_ == "reply.answered.v1" else {}))
            for type_, extra in says
        ]
    return [(type_, about(message["data"]) | extra) for type_, extra in says]


def mediated(step: str, text: str) -> dict[str, Any]:
    """How a mediation goes, today; an agreement says how it was made."""
    said = {"step": step, "on": datetime.now(SHANGHAI).date().isoformat(), "text": text}
    return said | ({"agreement": "written"} if step == "agreed" else {})


def named(file: Path) -> dict[str, Any]:
    """A file as an answer names it."""
    content = file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return {"sha256": sha256, "size": len(content), "media_type": "application/pdf", "name": file.name}


def about(data: dict[str, Any]) -> dict[str, Any]:
    """Which matter an answer is about, and who answers."""
    keys = ("proceeding", "item") if "proceeding" in data else ("lead", "submission", "referral")
    return {key: data[key] for key in keys if key in data} | {"officer": OFFICER}


def subject(data: dict[str, Any]) -> str:
    """The number of what a message is about."""
    found: str = next(data[key] for key in ("lead", "submission", "proceeding", "referral") if key in data)
    return found


class Agency:
    def __init__(self, code: str, url: str, store: str, manner: argparse.Namespace):
        self.code, self.url, self.manner, self.hand_in_at = code, url, manner, 0.0
        self.store = sqlite3.connect(store, isolation_level=None)
        self.store.execute("PRAGMA synchronous=FULL")
        self.store.executescript(SCHEMA)
        self.typed: queue.Queue[str] = queue.Queue()
        if manner.by_hand:
            self.tell(USAGE)
            threading.Thread(target=lambda: [self.typed.put(line) for line in sys.stdin], daemon=True).start()

    def run(self) -> None:
        """For ever; a broker that is away is waited for."""
        wait = 0.5
        if self.manner.submit:
            self.submit(json.loads(self.manner.submit.read_text(encoding="utf-8")))
        while True:
            try:
                self.connect()
                wait = 0.5
                while True:
                    self.connection.process_data_events(time_limit=0.2)
                    self.obey()
                    self.say_what_is_due()
                    self.hand_in_what_is_wanted()
            except (AMQPError, OSError) as fault:
                self.tell(f"与消息服务器的连接中断（{type(fault).__name__}），{wait:.0f} 秒后重连")
                time.sleep(wait)
                wait = min(10.0, wait * 2)

    def connect(self) -> None:
        parameters = pika.URLParameters(self.url)
        parameters.heartbeat = 30
        self.connection = pika.BlockingConnection(parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.channel.basic_qos(prefetch_count=50)
        self.channel.basic_consume(f"agency.{self.code}.inbox", self.on_message)
        self.tell("已连接，等待来件")

    def on_message(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        message = json.loads(body)
        if self.keep(message):
            self.tell_about(message)
        channel.basic_ack(method.delivery_tag)  # only after the store has it

    def keep(self, message: dict[str, Any]) -> bool:
        """Writes the message and what will be said to it, together; False for a repeat."""
        self.store.execute("BEGIN IMMEDIATE")
        try:
            row = (message["id"], message["type"], time.time(), json.dumps(message, ensure_ascii=False))
            new = self.store.execute("INSERT OR IGNORE INTO received VALUES (?,?,?,?)", row).rowcount == 1
            if new and message["type"] in OVER:
                # what was still to be said of it would only be rejected
                of = "DELETE FROM outgoing WHERE NOT sent AND json_extract(CAST(body AS TEXT), '$.subject') = ?"
                self.store.execute(of, (subject(message["data"]),))
            if new and message["type"] == "referral.files_wanted.v1":
                rows = [(each["token"], each["sha256"]) for each in message["data"]["files"]]
                self.store.executemany("INSERT OR IGNORE INTO wanted (token, sha256) VALUES (?,?)", rows)
            due = time.time()
            for type_, data in decide(message, self.manner) if new else []:
                self.plan(type_, data, due)
                due += self.manner.pause
            self.store.execute("COMMIT")
        except BaseException:
            self.store.execute("ROLLBACK")
            raise
        return new

    def submit(self, data: dict[str, Any]) -> None:
        """Hands a petition in, once: our own number gives the message its id."""
        id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.code}/{data['submission']}"))
        if not self.store.execute("SELECT 1 FROM outgoing WHERE id=?", (id_,)).fetchone():
            self.plan("petition.submitted.v1", data, time.time(), id_)

    def plan(self, type_: str, data: dict[str, Any], due: float, id_: str | None = None) -> None:
        envelope = self.envelope(type_, data)
        envelope["id"] = id_ or envelope["id"]
        row = (envelope["id"], type_, json.dumps(envelope, ensure_ascii=False).encode(), due)
        self.store.execute("INSERT INTO outgoing (id, type, body, not_before) VALUES (?,?,?,?)", row)

    def obey(self) -> None:
        """Does what was typed: a letter, the matter's number or its last digits, words of one's own."""
        while not self.typed.empty():
            key, _, rest = self.typed.get().strip().partition(" ")
            if key == "l":
                for matter in self.matters():
                    self.tell(f"在办 {about(matter)}")
            elif key in KEYS:
                self.answer(key, rest.strip())
            elif key:
                self.tell(USAGE)

    def answer(self, key: str, rest: str) -> None:
        digits, _, words = rest.partition(" ")
        found = [each for each in self.matters() if (each.get("lead") or each["referral"]).endswith(digits)]
        if len(found) != 1:
            return self.tell("没有这件事项" if not found else f"有 {len(found)} 件事项，请写明编号末几位")
        says = KEYS[key][2 if "lead" in found[0] else 1]
        if says is None:
            return self.tell("救助线索没有这一步：s 签收，p 进展，f 已救助，n 不符合条件")
        type_, data = says
        if words and "text" in data:
            data = data | {"text": words}
        return self.plan(type_, about(found[0]) | data, time.time())

    def matters(self) -> list[dict[str, Any]]:
        """What was ever offered; the other side knows what is still open, and says so."""
        offers = "SELECT body FROM received WHERE type IN ('referral.offered.v1', 'aid.lead_offered.v1') ORDER BY at"
        return [json.loads(body)["data"] for (body,) in self.store.execute(offers)]

    def envelope(self, type_: str, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": f"/agencies/{self.code}",
            "type": type_,
            "subject": subject(data),
            "time": datetime.now(UTC).isoformat(),
            "datacontenttype": "application/json",
            "data": data,
            # a receiver that would ignore it must refuse the whole
            **({"critical": ["secrecy"]} if data.get("secrecy") else {}),
        }

    def say_what_is_due(self) -> None:
        rows = self.store.execute(
            "SELECT n, id, type, body FROM outgoing WHERE sent=0 AND not_before<=? ORDER BY n LIMIT 100", (time.time(),)
        ).fetchall()
        for n, id_, type_, body in rows:
            self.channel.basic_publish(
                f"agency.{self.code}.out",
                type_,
                b"{garbage" if self.manner.garbage else body,
                pika.BasicProperties(
                    content_type="application/cloudevents+json", delivery_mode=2, message_id=id_, user_id=self.code
                ),
                mandatory=True,
            )
            # confirmed: were we killed before this line, the same id goes again and is known there
            self.store.execute("UPDATE outgoing SET sent=1 WHERE n=?", (n,))
            self.tell(f"{SAYS.get(type_, type_)} {json.loads(body)['subject']}")

    def hand_in_what_is_wanted(self) -> None:
        """The bytes of what an answer named; there already is as good, so that a kill in between does no harm."""
        if self.manner.enclose is None or time.time() < self.hand_in_at:
            return
        for token, sha256 in self.store.execute("SELECT token, sha256 FROM wanted WHERE NOT handed_in").fetchall():
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/pdf"}
            address, content = f"{os.environ['AGENCY_FILES_URL']}/files/{sha256}", self.manner.enclose.read_bytes()
            try:
                urllib.request.urlopen(
                    urllib.request.Request(address, content, headers, method="PUT"), timeout=20
                ).close()
            except urllib.error.URLError as fault:
                self.tell(f"材料暂未送到（{fault}），稍后再试")  # not known there yet, or away for a moment
                self.hand_in_at = time.time() + 2
                return
            self.store.execute("UPDATE wanted SET handed_in=1 WHERE token=?", (token,))
            self.tell(f"已交送材料 {self.manner.enclose.name}")

    def tell_about(self, message: dict[str, Any]) -> None:
        data = message["data"]
        match message["type"]:
            case "referral.offered.v1":
                self.tell(f"收到移送 {data['referral']}（{data['petition']}），{data['sign_by']} 前签收")
            case "aid.lead_offered.v1":
                self.tell(f"收到救助线索 {data['lead']}，{data['answer_by']} 前反馈")
            case "proceeding.invited.v1":
                self.tell(f"受邀 {data['proceeding']}：{data['starts_at'] or '时间由我单位定'}")
            case "task.offered.v1":
                self.tell(f"会商任务 {data['proceeding']} 第{data['item']}项，{data['due']} 前落实")
            case "message.rejected.v1":
                self.tell(f"消息被退回：{data['field'] or ''} {data['reason_zh']}")
            case "referral.files_wanted.v1":
                self.tell(f"{data['referral']} 的随附材料待交送：{len(data['files'])} 份")
            case told if told in TOLD:
                self.tell(f"报送的 {data['submission']}（{data['petition']}）{TOLD[told]} {data.get('text', '')}")
            case over if over in OVER:
                self.tell(f"{subject(data)} {OVER[over]}")
            case other:
                self.tell(f"收到 {other} {data.get('referral') or data.get('proceeding', '')}")

    def tell(self, sentence: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {self.code} {sentence}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="单位业务系统示例：签收、受理、反馈。")
    parser.add_argument("--by-hand", action="store_true", help="每一步由人在键盘上决定")
    parser.add_argument("--object", action="store_true", help="签收后提出异议（救助线索：不符合条件）")
    parser.add_argument("--silent", action="store_true", help="只收不答")
    parser.add_argument(
        "--submit", type=Path, metavar="文件", help="先报送一件信访件（petition.submitted 的 data，JSON）"
    )
    parser.add_argument(
        "--enclose", type=Path, metavar="文件", help="反馈时随附的 PDF（送到 AGENCY_FILES_URL 的 /files/摘要）"
    )
    parser.add_argument("--overrule", action="store_true", help="对方提出异议时坚持由其办理（默认同意退回）")
    parser.add_argument("--garbage", action="store_true", help="发送无法读取的消息")
    parser.add_argument("--pause", type=float, default=0.5, metavar="秒", help="各步骤间隔")
    parser.add_argument("--until", choices=list(STEPS), default="answered", help="办到哪一步为止")
    manner = parser.parse_args()
    missing = [name for name in ("AGENCY_CODE", "AGENCY_AMQP_URL", "AGENCY_STORE") if name not in os.environ]
    if manner.enclose and "AGENCY_FILES_URL" not in os.environ:
        missing.append("AGENCY_FILES_URL")
    if missing:
        sys.exit(f"缺少环境变量：{'、'.join(missing)}")
    environment = os.environ
    agency = Agency(environment["AGENCY_CODE"], environment["AGENCY_AMQP_URL"], environment["AGENCY_STORE"], manner)
    try:
        agency.run()
    except KeyboardInterrupt:
        agency.tell("已停止；未发出的下次启动时继续")


if __name__ == "__main__":
    main()
