"""A petitioner on the internet, with a browser that has no script."""

import html
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests
from county import Window, becomes, done
from pages import Browser, Drawn, Shown

from tools.dev.stack import Stack

TRIAGE = "900101"  # as the county's office.yaml names
WRONG = "2222-2222-2222-2222"
File = tuple[str, bytes, str]  # its name, what is in it, what the browser says it is
PDF: File = ("收据.pdf", b"%PDF-1.7 " + bytes(300_000), "application/pdf")


@dataclass
class Visitor(Browser):
    """From an address nobody asked from before, unless one is given."""

    address: str = ""
    chosen: list[File] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.system.url("public")

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = more.pop("headers", {}) | {"X-Forwarded-For": self.address or uuid.uuid4().hex}
        if method == "POST" and self.chosen:
            more["files"] = [("file", each) for each in self.chosen]
        return super()._ask(method, path, headers=headers, **more)

    def asked(self, number: str, code: str, path: str = "/") -> Shown:
        return self.send(self.get(path).form("查询"), number=number, code=code)

    def hands_in(self, form: Drawn, *files: File, **typed: Any) -> Shown:
        """As `send`, with files."""
        self.chosen = list(files)
        try:
            return self.send(form, **typed)
        finally:
            self.chosen = []

    def writes(self, *files: File, form: Drawn | None = None, **typed: Any) -> Shown:
        """What becomes of a form that was filled in: a claim, signed, unless it says otherwise."""
        said = {"kind": "claim", "who": "named", "name": "石大川", "phone": "19900001208", "sure": "1"}
        said |= {"text": "石桥工地欠我们七个人的工资。"} | typed
        return self.hands_in(form or self.get("/online/entry").form("提交"), *files, **said)

    def comes_back(self, code: str) -> Shown:
        return self.send(self.get("/online/back").form("查看"), code=code)


def code_on(page: Shown) -> str:
    """The code that a page shows."""
    _, _, behind = page.answer.text.partition(' class="now code">')
    code = behind.partition("<")[0]
    assert len(code) == 19, page.text
    return code


def decide_all(system: Stack) -> None:
    """Answers what came online and waits: only so many may."""
    triage = Window(system, "window", TRIAGE, department="D05", service_point="12309")
    listed = triage.request("GET", "/contacts", params={"undecided": "true", "channel": "online"})
    for each in done(listed)["contacts"]:
        done(becomes(triage, each["contact"], "consultation", answer="已阅"))


def waiting(desk: Browser) -> list[Shown]:
    """What came online and waits for who is logged in, each as it is read where it is decided."""
    found, page = list[Shown](), desk.get("/today/intake/contacts")
    while True:
        # what came by telephone in another story is not looked at
        rows = page.answer.text.split("<tr>")
        found += [
            desk.get(html.unescape(link[1]))
            for each in rows
            if "网上待处理" in each and (link := re.search(r'class="step" href="([^"]+)"', each))
        ]
        later = [address for address, zh in page.links if zh == "下一页"]
        if not later:
            return found
        page = desk.get(later[0])
