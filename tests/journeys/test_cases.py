"""Sixty cases as an office has them: every paper, party and line, each with something that was wrong, to the end.

A case is a row. What was wrong is put right where it comes up: at registration, in handling, once it is answered, or
after closing; what stood there is kept, and the petition is closed with everything told.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from county import BOXES, PETITIONER, Window, approve, done, recorded, until
from pages import Browser

from contracts.vocabulary import Corrected, IdPaper, Line, Party, PartyRole
from intake.domain import lines
from tools.dev.stack import Stack

PAPERS: Mapping[str, dict[str, Any]] = {
    "身份证": {"resident_id": "619926198503120014"},
    "15 位身份证": {"resident_id": "619926850312001"},
    "港澳通行证": {"paper": "hk_macau_permit", "resident_id": "H12345678"},
    "台胞证": {"paper": "taiwan_permit", "resident_id": "12345678"},
    "港澳居民居住证": {"paper": "residence_permit", "resident_id": "810000199408230021"},
    "台湾居民居住证": {"paper": "residence_permit", "resident_id": "830000199408230025"},
    "旧版外国人证": {"paper": "foreigner_card", "resident_id": "CHN320987654321"},
    "新版外国人证": {"paper": "foreigner_card", "resident_id": "911124198108030024"},
    "护照": {"paper": "passport", "resident_id": "E12345678"},
    "户口簿": {"paper": "household_book", "resident_id": "001234567"},
    "未出示": {"paper": "none", "resident_id": None},
}
SECOND = {"name": "温某", "phone": "19900001299"}
PARTIES: Mapping[str, dict[str, Any]] = {
    "本人": {},
    "共同": {"party": "joint", "others": [SECOND]},
    "群体": {"party": "group", "others": [SECOND | {"role": "representative"}], "group_size": 9},
    # the first of whom left no number
    "群体由代表接听": {"party": "group", "others": [SECOND | {"role": "representative"}], "first": {"phone": None}},
    "单位": {"party": "organisation", "organisation": "石桥建材厂"},
    "律师代理": {"others": [SECOND | {"role": "lawyer"}]},
    "亲属代理": {"others": [SECOND | {"role": "agent"}]},
    "监护人陪同": {"others": [SECOND | {"role": "guardian"}]},
}
ACT = {"kind": "heard", "done_on": "2026-11-02", "people": ["900105"], "record": "当面听取意见"}
WHY = {"reason": "登记有误"}


class Wrong(NamedTuple):
    """When it comes up, what is done about it, and what is kept of it. `{twin}`, `{act}`, `{contact}`: known only then.

    A path is the petition's own, unless it begins with a slash.
    """

    at: str
    steps: list[tuple[str, dict[str, Any]]]
    kept: list[str]


def _person(**right: Any) -> list[tuple[str, dict[str, Any]]]:
    return [("persons/1/corrections", right | WHY)]


WRONGS: Mapping[str, Wrong] = {
    "电话": Wrong("registered", _person(phone="19900001277"), ["phone"]),
    "姓名": Wrong("registered", _person(name="石大山"), ["name"]),
    "证件": Wrong("registered", _person(paper="passport", resident_id="G7654321"), ["resident_id"]),
    "地址": Wrong("registered", _person(drop=["resident_id"], address="柿子坪2组"), ["address"]),
    "其他电话": Wrong("registered", _person(other_phones=["0571-87654321转801"]), ["other_phones"]),
    "约定方式": Wrong("registered", _person(safe_contact="村妇联"), ["safe_contact"]),
    "短信意愿": Wrong("registered", _person(sms_consent=True), ["sms_consent"]),
    "行政区划": Wrong("registered", [("corrections", {"place": "330102"} | WHY)], ["place"]),
    "信访人类型": Wrong(
        "registered",
        [("corrections", {"party": "organisation", "organisation": "石桥小吃店"} | WHY)],
        ["party", "organisation"],
    ),
    "单位名称": Wrong("registered", [("corrections", {"organisation": "石桥镇建材厂"} | WHY)], ["organisation"]),
    "标题": Wrong("registered", [("corrections", {"title": "更正后的标题"} | WHY)], ["title"]),
    "人数": Wrong("registered", [("corrections", {"group_size": 12} | WHY)], ["group_size"]),
    "类别": Wrong("registered", [("classification", {"kind": "proposal", "line": "other"} | WHY)], ["kind"]),
    "条线": Wrong(
        "registered",
        [("classification", {"kind": "claim", "line": "civil_supervision", "sub_line": "enforcement"} | WHY)],
        ["line", "sub_line"],
    ),
    "漏登被反映人": Wrong("registered", [("respondents", {"respondent": {"unit": "A12"}} | WHY)], ["added"]),
    "错登被反映人": Wrong(
        "registered",
        [("respondents", {"respondent": {"unit": "A12"}} | WHY), ("respondents/1/removal", WHY)],
        ["added", "removed"],
    ),
    "收到日期": Wrong(
        "registered",
        [("receipt-day", {"shift": "earlier", "received_on": "2026-11-02", "postmark": "2026-11-02"} | WHY)],
        ["received_on"],
    ),
    "去世": Wrong(
        "registered",
        [
            ("death", {"died_on": "2026-11-02", "proof": "死亡医学证明"}),
            ("heirs", {"relation": "child", "heir": {"name": "石小川", "phone": "19900001211"}}),
        ],
        [],
    ),
    "无民事行为能力": Wrong(
        "registered",
        [("guardian", {"ground": "no_capacity", "proof": "判决书", "guardian": {"name": "石小川"}})],
        [],
    ),
    "误作废": Wrong("registered", [("void", WHY), ("restoration", WHY)], ["voided", "restored"]),
    "误并案": Wrong("registered", [("merge", {"into": "{twin}"} | WHY), ("part", WHY)], ["merged", "parted"]),
    "误关联": Wrong(
        "registered",
        [("links", {"to": "{twin}", "reason": "related"}), ("links/{twin}/removal", WHY)],
        ["link"],
    ),
    "误并来件": Wrong(
        "registered",
        [
            ("/contacts/{contact}/join", {"petition": "{number}", "joining": "supplement"}),
            ("/contacts/{contact}/reconsideration", WHY),
        ],
        ["joined"],
    ),
    "误设回避": Wrong("registered", [("walls", {"officer": "900104", "reason": "recused"}), ("walls/1/lift", WHY)], []),
    "误记行为": Wrong("accepted", [("acts", ACT), ("acts/{act}/removal", WHY)], ["act"]),
    "误登送达": Wrong(
        "replied", [("replies/1/proof", {"proof": "post_receipt"}), ("replies/1/proof/removal", WHY)], ["proof"]
    ),
    "答复笔误": Wrong("replied", [("replies/1/correction", {"means": "post", "text": "更正"} | WHY)], ["reply"]),
    "新证据": Wrong("closed", [("reopen", {"reason": "new_evidence"})], []),
}


class Case(NamedTuple):
    """Who came with what, and what was wrong with it."""

    story: str
    paper: str
    party: str
    line: str
    wrong: str


# every sixth is in the suite, the others in --all
CASES = [Case(*row) for row in (
    ("工地来访讨薪，窗口听错一位电话", "身份证", "本人", "support_prosecution", "电话"),
    ("老人持旧证申诉，名字写成同音字", "15 位身份证", "本人", "criminal_appeal", "姓名"),
    ("香港居民举报环境污染，证件种类选错", "港澳通行证", "本人", "public_interest", "证件"),
    ("台胞投资纠纷申请监督，地址写成旧厂", "台胞证", "本人", "civil_supervision", "地址"),
    ("律师阅卷被拒，来函留了值班分机", "身份证", "律师代理", "complaint_appeal/lawyer_obstructed", "其他电话"),
    ("家暴受害人来访，手机在丈夫手里", "港澳居民居住证", "本人", "judicial_aid", "约定方式"),
    ("建材厂不服行政处罚，标题写反", "身份证", "单位", "administrative_supervision", "标题"),
    ("拆迁户集体来访，人数点漏", "身份证", "群体", "other", "人数"),
    ("来信提建议，误登为求决", "未出示", "本人", "other", "类别"),
    ("不服不立案，漏登办案单位", "身份证", "本人", "complaint_appeal/filing_supervision", "漏登被反映人"),
    ("反映办案违法，单位登错", "身份证", "亲属代理", "complaint_appeal/procedure_complaint", "错登被反映人"),
    ("挂号信压在收发室，收到日期晚登", "户口簿", "本人", "criminal_appeal", "收到日期"),
    ("申诉人住院去世，儿子接着办", "身份证", "本人", "criminal_appeal", "去世"),
    ("赔偿请求人被宣告无行为能力", "身份证", "本人", "complaint_appeal/state_compensation", "无民事行为能力"),
    ("个体户以店名来信，登成了个人", "护照", "本人", "administrative_supervision", "信访人类型"),
    ("两封相似的信误并为一件", "身份证", "共同", "other", "误并案"),
    ("听取意见记到了别的件上", "身份证", "本人", "complaint_appeal", "误记行为"),
    ("把别人的邮寄回执登了进来", "身份证", "本人", "support_prosecution", "误登送达"),
    ("答复书写错金额，更正后重新送达", "身份证", "本人", "support_prosecution", "答复笔误"),
    ("结案后交来新的转账记录", "身份证", "本人", "civil_supervision/judgment", "新证据"),
    ("港澳居民来电，起初不愿收短信，后来愿意", "港澳通行证", "本人", "other", "短信意愿"),
    ("外商配偶持旧证，姓名译法不同", "旧版外国人证", "本人", "civil_supervision", "姓名"),
    ("外国人换发新证，证号登旧", "新版外国人证", "本人", "administrative_supervision", "证件"),
    ("渔民来访，事发地登成船籍港", "身份证", "共同", "public_interest", "行政区划"),
    ("厂里几个人轮流接电话", "身份证", "群体", "support_prosecution", "其他电话"),
    ("未成年人遭侵害，只能联系学校老师", "户口簿", "监护人陪同", "complaint_appeal/minors_protection", "约定方式"),
    ("建材厂申请支持起诉，名称少一个字", "身份证", "单位", "support_prosecution", "单位名称"),
    ("业主代表来访，带头的没有电话，人数点漏", "身份证", "群体由代表接听", "public_interest", "人数"),
    ("咨询性来信误登民事监督", "身份证", "本人", "civil_supervision", "类别"),
    ("被打伤不立案，补登派出所", "港澳居民居住证", "本人", "complaint_appeal/filing_supervision", "漏登被反映人"),
    ("听说的单位与实际不符", "台胞证", "本人", "complaint_appeal/procedure_complaint", "错登被反映人"),
    ("节前来信节后才登记", "身份证", "律师代理", "administrative_supervision", "收到日期"),
    ("救助申请人病故，由女儿承接", "15 位身份证", "本人", "judicial_aid", "去世"),
    ("车祸后成植物人，妻子代为办理", "身份证", "亲属代理", "judicial_aid", "无民事行为能力"),
    ("举报材料扫描两次，误作废", "身份证", "本人", "complaint_appeal/report", "误作废"),
    ("夫妻各写一封，误登为关联事项", "身份证", "本人", "judicial_aid", "误关联"),
    ("阅卷日期记错，撤销重记", "身份证", "律师代理", "criminal_appeal", "误记行为"),
    ("退信被当成签收", "未出示", "本人", "other", "误登送达"),
    ("反映干警作风，答复书漏写救济途径", "身份证", "本人", "complaint_appeal/colleague", "答复笔误"),
    ("撤回后发现被人冒名", "身份证", "本人", "other", "新证据"),
    ("外国人来电，号码念错", "新版外国人证", "本人", "other", "电话"),
    ("农妇不识字，姓名由人代写", "户口簿", "亲属代理", "judicial_aid", "姓名"),
    ("护照过期换号", "护照", "本人", "complaint_appeal/state_compensation", "证件"),
    ("搬家后地址没改", "台湾居民居住证", "本人", "judicial_aid", "地址"),
    ("律所前台转分机", "身份证", "律师代理", "civil_supervision", "其他电话"),
    ("举报邻居排污，怕家里人知道", "身份证", "本人", "public_interest", "约定方式"),
    ("外企来函，标题照译", "旧版外国人证", "单位", "administrative_supervision", "标题"),
    ("库区移民联名，名单补了三人", "身份证", "共同", "other", "人数"),
    ("把执行监督登成救助", "身份证", "本人", "judicial_aid", "条线"),
    ("侦查员姓名不详，补登单位", "身份证", "监护人陪同", "complaint_appeal/procedure_complaint", "漏登被反映人"),
    ("反映审判人员，登错被反映单位", "身份证", "单位", "civil_supervision/judges", "错登被反映人"),
    ("邮戳看不清，核对后提前一日", "台胞证", "亲属代理", "civil_supervision", "收到日期"),
    ("独居老人去世，侄子承接", "户口簿", "本人", "complaint_appeal", "去世"),
    ("精神障碍患者由父亲代为申诉", "身份证", "监护人陪同", "criminal_appeal", "无民事行为能力"),
    ("来访登记与来信登记混淆", "港澳通行证", "律师代理", "administrative_supervision", "误作废"),
    ("与被反映人同名的同事被误设回避", "身份证", "律师代理", "civil_supervision/enforcement", "误设回避"),
    ("别人的补充材料误并进来", "身份证", "共同", "public_interest", "误并来件"),
    ("电话确认记成当面签收", "15 位身份证", "本人", "administrative_supervision", "误登送达"),
    ("更正答复书中的法条", "身份证", "群体", "public_interest", "答复笔误"),
    ("终审改判后重新审查", "护照", "单位", "administrative_supervision", "新证据"),
)]  # fmt: skip


def _case(system: Stack, case: Case) -> None:
    window, wrong = Window(system), WRONGS[case.wrong]
    party = dict(PARTIES[case.party])
    person = PETITIONER | {"resident_id": None, "sms_consent": False} | PAPERS[case.paper] | party.pop("first", {})
    line, _, sub = case.line.partition("/")
    asked = {"petitioner": person, "line": line, "sub_line": sub or None, "title": case.story, **party}
    number = window.number(**asked)
    known = {"number": number}
    makes: Mapping[str, Callable[[], str]] = {
        "twin": lambda: window.number(**asked),
        "act": lambda: str(done(window.request("GET", f"/petitions/{number}/acts"))["acts"][0]["act"]),
        "contact": lambda: recorded(window),
    }

    def put_right(at: str) -> None:
        for path, body in wrong.steps if wrong.at == at else ():
            for name, make in makes.items():
                if f"{{{name}}}" in f"{path} {body}" and name not in known:
                    known[name] = make()
            filled = {name: value.format(**known) if isinstance(value, str) else value for name, value in body.items()}
            if path.startswith("/"):
                done(window.request("POST", path.format(**known), json=filled))
            else:
                done(window.act(number, path.format(**known), **filled))

    put_right("registered")
    _handle(window, number, lambda: put_right("accepted"), lambda: put_right("replied"))
    if wrong.at == "closed":
        put_right("closed")
        _handle(window, number)
    kept = done(window.request("GET", f"/petitions/{number}/corrections"))["corrections"]
    assert wrong.kept == [word for each in kept for word in each["what"] if word in wrong.kept]
    assert {"登记有误"} >= {each["reason"] for each in kept}
    assert "closed" == window.look(number)["state"]


def _handle(window: Window, number: str, *meanwhile: Callable[[], None]) -> None:
    accepted, replied = meanwhile or (lambda: None, lambda: None)
    done(window.act(number, "accept", department="D05"))
    accepted()
    done(window.act(number, "liability", **BOXES))
    adopted = {"adoption": "adopted"} if window.look(number)["kind"] == "proposal" else {}
    done(window.act(number, "conclude", result="supported", **adopted))
    done(window.act(number, "replies", kind="outcome_reply", means="post", text="答复书"))
    replied()
    assert 409 == window.ask(number, "close").status_code, "the outcome is owed"
    last = done(window.request("GET", f"/petitions/{number}/owed"))["told"][-1]["seq"]
    done(window.act(number, f"replies/{last}/proof", proof="post_receipt"))
    done(window.ask(number, "close"))
    until(lambda: window.look(number)["state"] == "closed", f"{number} closed")


def test_the_sixty_are_of_every_sort() -> None:
    """Each paper, party, line, sub-line and correction there is, sixty stories of their own."""
    assert 60 == len({each.story for each in CASES})
    subs = {f"{line}/{sub}" for line, known in lines.shipped().subs.items() for sub in known}
    for name, known in (("paper", PAPERS), ("party", PARTIES), ("line", subs | set(Line)), ("wrong", WRONGS)):
        assert set(known) == {getattr(each, name) for each in CASES}, name
    assert set(IdPaper) == {each.get("paper", "resident_id") for each in PAPERS.values()}
    assert set(Party) == {each.get("party", "individual") for each in PARTIES.values()}
    roles = {other.get("role", "petitioner") for each in PARTIES.values() for other in each.get("others", ())}
    assert set(PartyRole) - {PartyRole.HEIR} == roles, "who goes on after a death is a wrong"
    assert set(Corrected) == {word for each in WRONGS.values() for word in each.kept}


@pytest.mark.parametrize("case", CASES[::6], ids=lambda each: each.wrong)
def test_a_case_from_registration_to_closing(system: Stack, case: Case) -> None:
    """Registered by whatever paper and party, put right, handled, answered, closed."""
    _case(system, case)


@pytest.mark.long
@pytest.mark.parametrize("case", [each for seq, each in enumerate(CASES) if seq % 6], ids=lambda each: each.story)
def test_another_case_from_registration_to_closing(system: Stack, case: Case) -> None:
    """The rest of the sixty."""
    _case(system, case)


def test_one_letter_registered_twice_goes_on_as_one(system: Stack) -> None:
    """Merged with a head's approval, shown as such, parted and voided; the desk draws each from its description."""
    window, clerk = Window(system), Window(system, "window", "900100")
    first, second = window.number(), window.number()
    asked = done(clerk.ask(first, "merge", into=second, reason="同一封信登记了两次"))["approval"]
    assert "registered" == window.look(first)["state"]
    approve(system, asked)
    assert "已并案" == window.look(first)["state_zh"]
    assert [second] == [each["number"] for each in window.look(first)["linked"]]
    parting = done(clerk.ask(first, "part", reason="实为两事"))["approval"]
    approve(system, parting)
    assert "registered" == window.look(first)["state"]
    names = {each["action"]: each for each in window.look(first)["allowed_actions"]}
    assert {"void", "merge", "correct", "correct-person", "reclassify", "record-death"} <= names.keys()
    assert "department_head" == names["void"]["approval"]["by"]
    approve(system, done(clerk.ask(first, "void", reason="重复扫描"))["approval"])
    assert "已作废" == window.look(first)["state_zh"]
    done(window.ask(first, "close"))
    until(lambda: window.look(first)["state"] == "closed", "closed")


def test_who_types_in_an_officials_crime_is_shown_where_it_belongs(system: Stack) -> None:
    """A page of its own, before anything is registered; insisted on, the same registration goes on under its key."""
    clerk = Browser(system)
    clerk.login("900100")
    form = clerk.get("/register").form("登记并打印回执")
    said = {"title": "反映村支书", "statement": "村支书收了老板五万元现金好处费，克扣低保款私分。"}
    person = {"petitioner.name": "石大川", "petitioner.phone": "19900001208"}
    shown = clerk.send(form, channel="visit", kind="accusation", line="complaint_appeal", **said, **person)
    assert 409 == shown.status
    for way in ("机要", "12388", "当面"):
        assert way in shown.text
    back = clerk.send(shown.form("返回修改"))
    assert "反映村支书" == back.form("登记并打印回执").value("f.title~line")
    made = clerk.send(shown.form("已经告知，举报人仍要求登记"))
    assert "已登记" in made.text


def test_the_desk_draws_each_correction_by_itself(system: Stack) -> None:
    """A phone put right through the pages, what it was beneath the timeline; a death, and who goes on."""
    window, handler = Window(system), Browser(system)
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    handler.login("900105")
    matter = handler.get(f"/petitions/{number}")
    for button in (
        "更正登记内容",
        "更正信访人信息",
        "更正类别和条线",
        "补充被反映人",
        "更正收到日期（提前）",
        "作废登记",
    ):
        assert matter.form(button), button
    after = handler.send(matter.form("更正信访人信息"), phone="19900001277", reason="听错一位")
    assert 200 == after.status
    line = handler.get(after.link("时间线"))
    for word in ("更正登记：电话", "听错一位", "199****1208"):
        assert word in line.text, word
    gone = handler.send(handler.get(f"/petitions/{number}").form("登记信访人死亡"), died_on="2026-11-02", proof="证明")
    assert 200 == gone.status
    went_on = handler.send(
        gone.form("承接信访事项"), relation="child", **{"heir.name": "石小川", "heir.phone": "19900001211"}
    )
    assert (200, "石小川") == (went_on.status, window.look(number)["others"][-1]["name"])
