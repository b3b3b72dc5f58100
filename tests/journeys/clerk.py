"""An agency without a system: its door, and a clerk who presses the buttons of its pages.

Run as the example systems are and with their options, so that what is tried of a vendor's program is tried of the door.
It is one process: who kills the one kills the other.
"""

import argparse
import html
import json
import re
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

import requests
import waitress
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parent))

from pages import Browser, Drawn, Shown

from desk import passwords
from desk.agency import accounts
from desk.agency.app import make
from desk.settings import AgencySettings
from service_kit import database
from vault import Safe

UNTIL = ("signed", "accepted", "answered")
PASSWORD = "月落乌啼霜满天江枫渔火"


class Clerk(Browser):
    """`manner`: how the examples' options have it answer."""

    address = ""
    manner: argparse.Namespace

    @property
    def origin(self) -> str:
        return self.address

    def run(self) -> None:
        """For ever."""
        told: set[str] = set()
        if self.manner.submit:
            self.submit(json.loads(self.manner.submit.read_text(encoding="utf-8")))
        while True:
            shown = self.get("/")
            if "被退回的消息" in shown.text:
                print("消息被退回", flush=True)
            todo = shown.answer.text.partition("<h2>已办")[0]
            for address in dict.fromkeys(html.unescape(each) for each in re.findall(r'href="(/matter\?[^"]+)"', todo)):
                page = self.get(address)
                if address not in told:
                    told.add(address)
                    print(page.text, flush=True)
                self.step(page)
            time.sleep(max(0.2, self.manner.pause))

    def step(self, page: Shown) -> None:
        """The next one that is offered, if the manner has one."""
        offered = {each.value("type"): each for each in page.forms if "type" in each.controls}
        found = None if self.manner.silent else self.chosen(offered, page.text)
        if found is not None:
            type_, given = found
            enclosed = type_ == "reply.answered.v1" and self.manner.enclose
            chosen = [("f.files", (enclosed.name, enclosed.read_bytes(), "application/pdf"))] if enclosed else None
            self.send(offered[type_], chosen=chosen, **{f"f.{name}": value for name, value in given.items()})
            print(f"{type_} {offered[type_].value('matter')}", flush=True)

    def chosen(self, offered: dict[str, Drawn], text: str) -> tuple[str, dict[str, str]] | None:
        """The message and what is typed into its form."""
        reached = UNTIL.index(self.manner.until)
        if "信访件已在检察院结束" in text and reached and "reply.answered.v1" in offered:
            return "reply.answered.v1", {"result": "withdrawn", "text": "信访件已结束，停止办理。"}
        if "reply.ruling.v1" in offered:
            return "reply.ruling.v1", {"ruling": "overruled" if self.manner.overrule else "upheld"}
        if self.manner.object and "reply.objected.v1" in offered and "检察院裁定异议" not in text:
            return "reply.objected.v1", {"reason": "not_competent", "text": "不属于我单位职责。"}
        reports = "正在核实" not in text
        for type_, given, least in (
            ("reply.signed.v1", {}, 0),
            ("aid.lead_signed.v1", {}, 0),
            ("reply.accepted.v1", {}, 1),
            ("reply.progress.v1" if reports else "", {"text": "已联系信访人，正在核实。"}, 2),
            ("reply.answered.v1", {"result": "supported", "text": "经核实情况属实，已责令改正。"}, 2),
            ("aid.lead_answered.v1", {"result": "granted", "text": "经核查符合条件，已给予救助。"}, 2),
        ):
            if type_ in offered and reached >= least:
                return type_, given
        return None

    def submit(self, data: dict[str, Any]) -> None:
        """What was handed in before under its number is not handed in again."""
        typed = {f"f.{name}": value for name, value in data.items() if value is not None}
        self.send(self.get("/submit").form("移送"), **typed)


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ("--object", "--silent", "--overrule"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--submit", type=Path)
    parser.add_argument("--enclose", type=Path)
    parser.add_argument("--pause", type=float, default=0.5)
    parser.add_argument("--until", choices=UNTIL, default="answered")
    settings = AgencySettings.from_environment()
    engine = database.engine(settings.database_url, pool=10)
    app = make(settings, engine, Safe.from_file(settings.key_file))
    app.start()
    serve = {"listen": settings.http_address, "threads": 4}
    Thread(target=waitress.serve, args=[app], kwargs=serve, daemon=True).start()
    with Session(engine) as session:
        if session.get(accounts.Account, "clerk") is None:
            accounts.create(session, "clerk", "经办员", False, "command")
        account = session.get_one(accounts.Account, "clerk")
        account.password, account.change = passwords.hashed(PASSWORD), False
        session.commit()
    clerk = Clerk(None)  # type: ignore[arg-type]
    clerk.address, clerk.manner = f"http://{settings.http_address}", parser.parse_args()
    while True:
        try:
            clerk.send(clerk.get("/login").form("登录"), login="clerk", password=PASSWORD)
            break
        except requests.RequestException:
            time.sleep(0.1)
    print("已连接", flush=True)
    clerk.run()


if __name__ == "__main__":
    main()
