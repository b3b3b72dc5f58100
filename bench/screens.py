"""Pictures of every page of the desk and of the other doors into docs/desk, by `./dev bench screens`.

A county's week, all people invented.
Which name has which page stands in SHOWN; what takes more than an address has a function of its own.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import template
import turns
from playwright.sync_api import Page, expect

from tests import agency_states, goals, public_states, scenery
from tests.browser import MISSING, PROGRAM, Screen, chromium, screen
from tests.scenery import AID, CHIEF, HANDLER, HEAD, LEADER, OPERATIONS, STATION, WINDOW, Scenery
from tools.dev import stack

PICTURES = Path(__file__).parents[1] / "docs" / "desk"
Show = Callable[[Screen, Scenery], None]


def at(path: str) -> Show:
    """The page of an address; a petition's is named by what it shows."""
    return lambda desk, seen: _go(desk, path.format(**{name: quote(each) for name, each in vars(seen).items()}))


def _go(desk: Screen, path: str) -> None:
    desk.page.goto(path)


def checked(desk: Screen, _: Scenery) -> None:
    goals.fill_in(desk, "19900001300", "石桥工地的工资还是没有发，请再催一催。")
    desk.press("核对")
    expect(desk.page.locator("#checked")).to_contain_text("期限")


def registered(desk: Screen, _: Scenery) -> None:
    goals.fill_in(desk, "19900001377")
    desk.press("登记并打印回执")
    desk.page.wait_for_url("**/registered/*")


def found(desk: Screen, _: Scenery) -> None:
    desk.page.goto("/find")
    desk.page.locator("#search").fill("石大川")
    desk.page.locator("#search").press("Enter")
    desk.page.wait_for_url("**/find?last*")


def refused(desk: Screen, seen: Scenery) -> None:
    desk.page.goto(f"/petitions/{quote(seen.fresh)}")
    with desk.action("补正") as form:
        desk.control("lacking", form).fill("收" * 201)
        desk.control("means", form).select_option("post")
        form.get_by_role("button", name="补正").click()
    expect(desk.page.locator("#wrong")).to_be_visible()


def conflict(desk: Screen, _: Scenery) -> None:
    window = scenery.Window(desk.system, "window", WINDOW, department="D05", service_point="12309")
    number = window.number(title="请求讨要工钱")
    desk.page.goto(f"/petitions/{quote(number)}")
    with desk.action("补正") as form:
        desk.control("lacking", form).fill("身份证复印件\n劳动合同")
        desk.control("means", form).select_option("post")
        scenery.done(window.request("POST", f"/petitions/{number}/withdraw", json={}))
        form.get_by_role("button", name="补正").click()
    desk.says("当前不能这样办理")


def together(desk: Screen, _: Scenery) -> None:
    desk.page.goto("/flow?inbound=false&clear=1")
    for box in desk.page.locator("td input[type=checkbox]").all():
        box.check()
    desk.page.get_by_role("button", name="催办选中的").click()
    desk.says("一并办理")


def batch(desk: Screen, seen: Scenery) -> None:
    together(desk, seen)
    desk.page.get_by_role("button", name=re.compile("^催办 \\d+ 件$")).click()
    desk.says("已办理")


def followed(link: str, path: str) -> Show:
    """Behind the first link of this name on a page."""

    def show(desk: Screen, seen: Scenery) -> None:
        at(path)(desk, seen)
        desk.page.get_by_role("link", name=link).first.click()
        desk.page.wait_for_load_state()

    return show


def keys(desk: Screen, _: Scenery) -> None:
    desk.page.goto("/today")
    desk.page.keyboard.press("?")
    expect(desk.page.locator("#keys")).to_be_visible()


def offline(desk: Screen, _: Scenery) -> None:
    desk.page.goto("/register")
    desk.page.context.set_offline(True)
    desk.control("title").fill("网络中断时写的")
    desk.page.keyboard.press("Control+s")
    expect(desk.page.locator("#said")).to_contain_text("网络中断")


def locked(desk: Screen, _: Scenery) -> None:
    desk.page.goto("/today")
    desk.page.keyboard.press("F2")
    desk.page.wait_for_url("**/locked**")


def printed(path: str) -> Show:
    """As it goes to paper."""

    def show(desk: Screen, seen: Scenery) -> None:
        at(path)(desk, seen)
        desk.page.emulate_media(media="print")

    return show


SHOWN: dict[str, dict[str, Show]] = {
    WINDOW: {
        "today-window": at("/today"),
        "register": checked,
        "registered": registered,
        "find": found,
        "find-empty": at("/find"),
        "notices": at("/notices"),
        "call": at("/notices/calls"),
        "receptions": at("/receptions"),
        "contact-new": at("/new/contact"),
        "missing": at("/petitions/nowhere"),
    },
    HANDLER: {
        "today": at("/today"),
        "matter": at("/petitions/{red}"),
        "timeline": at("/petitions/{red}/timeline"),
        "files": at("/petitions/{red}/files"),
        "transfers": at("/petitions/{referred}/transfers"),
        "petition-notices": at("/petitions/{called}/notices"),
        "team": at("/petitions/{red}/team"),
        "calendar": at("/calendar?day=下周一"),
        "calendar-print": printed("/calendar?day=下周一"),
        "roster": at("/roster"),
        "matter-print": printed("/petitions/{red}"),
        "refused": refused,
        "conflict": conflict,
        "flow": at("/flow?inbound=false&clear=1"),
        "flow-empty": at("/flow?inbound=true&clear=1"),
        "together": together,
        "batch": batch,
        "keys": keys,
        "offline": offline,
        "locked": locked,
    },
    HEAD: {
        "officers": at("/officers?department=D05"),
        "officer": at("/officers/900106"),
        "handover": at("/handover"),
    },
    LEADER: {"led": at("/led"), "today-leader": at("/today")},
    CHIEF: {
        "chief": at("/chief"),
        "chief-print": printed("/chief"),
        "accounts": at("/accounts"),
        "approvals": at("/approvals"),
        "approval": followed("办理", "/approvals"),
    },
    AID: {"aid": at("/petitions/{aided}/aid"), "today-aid": at("/today")},
    STATION: {"today-empty": at("/today")},
    OPERATIONS: {
        "running": at("/running"),
        "parked": at("/running/intake"),
        "discard": followed("作废", "/running/intake"),
        "sessions": at("/sessions"),
    },
}


# under what each stands in docs/desk/README.md, in that order
CAPTIONS = {
    "login": "登录",
    "today": "今日：承办检察官",
    "today-window": "今日：窗口",
    "today-leader": "今日：院领导",
    "today-aid": "今日：救助",
    "today-empty": "今日：没有事项时",
    "register": "登记：边填边核对，右侧是可能相同的前件、提示和期限",
    "registered": "已登记：编号、查询码、回执",
    "contact-new": "登记来信来电来访，不编号",
    "find": "查找：为什么找到",
    "find-empty": "查找：还没有查",
    "matter": "一件：办理",
    "timeline": "一件：时间线",
    "transfers": "一件：移交",
    "petition-notices": "一件：告知",
    "files": "一件：材料",
    "aid": "救助：不办理信访件的救助人员所见",
    "matter-print": "一件：打印时",
    "refused": "填写有误：句子在栏目旁，所填都在",
    "conflict": "别人先办了：说明现状，所填都在，列出现在可以办理的",
    "flow": "流转：转出",
    "flow-empty": "流转：没有事项时",
    "together": "一并催办：先列出是哪些",
    "batch": "批量办理：进度和结果，已阅才收起",
    "notices": "告知",
    "call": "逐个打电话",
    "receptions": "接访",
    "team": "一件：团队",
    "calendar": "日程：一周的会议室和人员",
    "calendar-print": "日程：打印时",
    "roster": "专业人员库",
    "led": "包案",
    "chief": "院领导：一页五栏",
    "chief-print": "院领导：打印时",
    "approvals": "审批",
    "approval": "审批一项：先看申请的是什么",
    "officers": "人员",
    "officer": "一名人员",
    "handover": "交接",
    "accounts": "账户",
    "running": "运行",
    "parked": "停放的消息：只有信封",
    "discard": "作废一条",
    "sessions": "我的登录",
    "keys": "快捷键",
    "offline": "网络中断时",
    "locked": "锁屏",
    "missing": "没有找到，或者不在办理范围内",
}


@dataclass(frozen=True)
class Door:
    """One of the others. `shown`: a state of its pages → its caption; `wide`, `narrow`: at a desk, by telephone.

    A state is one of those that `tests/agency_states.py` and `public_states.py` name.
    """

    name: str
    title: str
    shown: Mapping[str, str]
    wide: Collection[str]
    narrow: Collection[str]

    @property
    def captions(self) -> dict[str, str]:
        """Name of a picture → what it stands under."""
        found = {}
        for state, zh in self.shown.items():
            file = f"{self.name}-{state.replace(' ', '-')}"
            found |= {file: f"{self.title}：{zh}"} if state in self.wide else {}
            found |= {f"{file}-telephone": f"{self.title}，手机上：{zh}"} if state in self.narrow else {}
        return found

    def draw(self, states: Callable[[Page], Iterator[str]]) -> None:
        """All of it, of the states that a browser is put into one after the other."""
        left = set(self.shown)
        with chromium() as browser:
            page = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
            for state in states(page):
                file = f"{self.name}-{state.replace(' ', '-')}"
                for width, name, which in ((1280, file, self.wide), (360, f"{file}-telephone", self.narrow)):
                    if state in self.shown and state in which:
                        page.set_viewport_size({"width": width, "height": 800})
                        _picture(page, name)
                left.discard(state)
                if not left:
                    return


_OF_AN_AGENCY = {
    "login": "登录",
    "list-todo": "待办",
    "offered": "检察院移送来的一件：原样内容，一步一个按钮",
    "signed": "签收以后：受理、异议、转由他单位",
    "passing-on": "转由他单位",
    "waiting": "已发出，等检察院回复收到",
    "answering": "反馈结果，可以附材料",
    "file-wrong": "材料不合规定：说明原因，所填都在",
    "answered": "已反馈，材料已送到",
    "rework": "检察院退回补办",
    "stopped": "信访件已在检察院结束",
    "submit": "移送给检察院",
    "list-turned-back": "被退回的消息和原因",
    "mend": "改正再发",
    "account-made": "管理员开立账户",
    "factor": "启用动态口令",
    "again": "登录失效前填写的内容还在",
}
_OF_PROGRESS = {
    "home": "查询进展",
    "wrong": "没有查到；无论哪里不对，都是这一页",
    "accepted": "到哪一步，应在何日前答复",
    "replied": "已答复，请评价",
    "replied large": "大字",
    "rated": "已评价",
}
_OF_WRITING = {
    "question": "先问是不是反映国家工作人员",
    "officials": "反映国家工作人员的，不在网上写",
    "entry": "提出诉求或者建议",
    "entry-wrong": "还缺什么，所填都在",
    "not-typed-in": "像是反映国家工作人员的，没有提交，也没有保存",
    "received-with-files": "提交以后：只显示一次的查询码，附件收到没有",
    "waiting": "凭查询码查看，可以补充附件",
    "answered": "已答复",
    "taken-in": "已登记为信访件",
}
CODE = "A12"
AGENCY = Door(
    "agency", "单位页面", _OF_AN_AGENCY, _OF_AN_AGENCY,
    ("list-todo", "offered", "signed", "answering", "answered", "list-turned-back"),
)  # fmt: skip
PROGRESS = Door("progress", "进展查询", _OF_PROGRESS, ("home", "replied"), _OF_PROGRESS)
ONLINE = Door("online", "网上信访", _OF_WRITING, ("question", "entry"), _OF_WRITING)
DOORS = (AGENCY, PROGRESS, ONLINE)


def draw_doors(place: turns.Stack) -> None:
    """All of DOORS."""
    stack.open_agency(place, CODE)
    AGENCY.draw(lambda page: agency_states.states(page, place, CODE))
    stack.leave(place, f"agency-{CODE}")
    PROGRESS.draw(lambda page: public_states.progress(page, place))
    ONLINE.draw(lambda page: public_states.online(page, place))


def _picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=name not in ("keys", "offline", "register"))
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()


def main() -> int:
    arguments = turns.arguments()
    if PROGRAM is None:
        raise SystemExit(MISSING)
    place = template.fresh(arguments.folder)
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    draw(place, scenery.set_up(place))
    draw_doors(place)
    (PICTURES / "README.md").write_text(_index(), encoding="utf-8")
    template.forget(place)
    return 0


def draw(place: turns.Stack, seen: Scenery) -> None:
    """All of SHOWN; of the login what nobody is logged in for."""
    with chromium() as browser:
        for officer, pages in SHOWN.items():
            with screen(browser, place, viewport={"width": 1280, "height": 860}) as desk:
                desk.page.goto("/login")
                if officer == WINDOW:
                    _picture(desk.page, "login")
                desk.login(officer)
                for name, show in pages.items():
                    show(desk, seen)
                    _picture(desk.page, name)
                    desk.page.emulate_media(media="screen")
                    desk.page.context.set_offline(False)


def _index() -> str:
    """The page that shows them all."""
    captions = CAPTIONS | {name: zh for door in DOORS for name, zh in door.captions.items()}
    rows = [f"## {zh}\n\n![{zh}]({name}.png)\n" for name, zh in captions.items()]
    by = "人物、单位、事由均为虚构，由 `./dev bench screens` 所画。All people are invented; drawn by that command."
    head = f"# 工作页面图样 The pages\n\n{by}\n"
    return "\n".join([head, *rows])


if __name__ == "__main__":
    sys.exit(main())
