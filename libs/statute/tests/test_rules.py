"""Law as data: a wrong file is refused where it is wrong, a region's length is visible, the sentence says why."""

from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from statute import SHANGHAI, Calendar, Law, Packs, PageError, Status, due, sentence
from statute.__main__ import main

PACKS, CALENDAR = Packs.load(), Calendar.load()
SHIPPED = Path(__file__).parent.parent / "statute"
PACK = (SHIPPED / "packs" / "2022-05-01.yaml").read_text(encoding="utf-8")
NOTICE = (SHIPPED / "calendars" / "2026.yaml").read_text(encoding="utf-8")
RECEIVED = date(2026, 9, 28)


def test_every_rule_says_where_it_comes_from_and_what_is_not_read_is_unverified() -> None:
    """B, M and L wait for a legal officer; whatever is shown of them says 未核验."""
    for rule in (row for pack in PACKS.packs for row in pack.rows):
        assert rule.source.law
        assert rule.verified == (rule.source.confidence == "A"), rule.id
        assert ("未核验" in Law(PACKS, CALENDAR).why(rule, RECEIVED)) != rule.verified


def test_each_rule_in_force_is_started_by_an_event_or_says_why_not() -> None:
    """What nobody starts and nobody explains would be law that is silently not kept."""
    for row in PACKS.in_force(RECEIVED).rows:
        assert bool(row.starts) != bool(row.on_request), (row.id, row.variant)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("length: 7\n", "length: seven\n", "length 应为正整数"),
        ("length: 7\n", "length: 0\n", "length 应为正整数"),
        ("length: 7\n", "length: true\n", "length 应为正整数"),
        (
            "unit: calendar_days\n",
            "unit: weeks\n",
            "unit 应为 calendar_days、working_days、months、hours、named_day 之一",
        ),
        ("length: 7\n    unit: calendar_days\n", "unit: named_day\n", "unit 为 named_day 的须有 until"),
        ("    duty: petitions_division\n", "", "duty 必填"),
        ("duty: petitions_division", "duty: anybody", "duty 应为"),
        ("effective_from: 2019-12-30", "effective_from: soon", "effective_from 应为日期"),
        ("effective_from: 2019-12-30", "effective_from: 2026-02-30", "不存在的日期"),
        ("    verified: true\n", "    verified: ja\n", "verified 应为 true 或 false"),
        ("    ends: ", "    endz: ", "ends 必填"),
        ("counting: criminal\n", "counting: criminal\n    colour: red\n", "colour 不是可用的字段"),
        ("counting: criminal\n", "counting: criminal\n    zh: 二\n", "写了两次"),
        ('["50%", target, last_day]', '["50%", "50%"]', "warnings 应为"),
        ('["50%", target, last_day]', "[soon]", "warnings 应为"),
        ("confidence: A}", "confidence: C}", "confidence 应为"),
        ("confidence: A}", "confidence: B}", "仅 A 级依据可直接标为已核验"),
        ("id: anonymous_diversion", "id: procedural_reply", "已有同名规则"),
        ("rules:\n", "rules: [\n", "不是有效的 YAML"),
    ],
)
def test_a_wrong_pack_is_refused_with_file_line_and_reason(tmp_path: Path, good: str, bad: str, said: str) -> None:
    """The first place where the good text stands is made bad; the sentence names file, line and reason."""
    file = tmp_path / "2027-01-01.yaml"
    assert good in PACK
    file.write_text(PACK.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(PageError) as refused:
        Packs.of([file])
    assert said in refused.value.reason
    assert refused.value.file == "2027-01-01.yaml"
    assert str(refused.value).startswith(f"2027-01-01.yaml 第 {refused.value.line} 行：")
    if bad and bad.strip() and "不存在" not in said and "YAML" not in said:
        here = PACK[: PACK.index(good)].count("\n") + 1
        assert abs(here - refused.value.line) <= 20, "the line is the rule's or the field's own"


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("status: published", "status: rumoured", "status 应为 published、predicted 之一"),
        ("to: 2026-10-07", "to: 2026-09-30", "to 应在 from 之后"),
        ("2026-01-04,", "2026-10-02,", "不能既放假又上班"),
        ("2026-01-04,", "2026-01-05,", "不是周末"),
        ("from: 2026-06-19, to: 2026-06-21", "from: 2028-06-19, to: 2028-06-21", "不在 2026 年"),
        ("notice: ", "notify: ", "notice 必填"),
    ],
)
def test_a_wrong_notice_is_refused(tmp_path: Path, good: str, bad: str, said: str) -> None:
    """A calendar that contradicts itself never decides a date."""
    file = tmp_path / "2026.yaml"
    file.write_text(NOTICE.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(PageError) as refused:
        Calendar.of([file])
    assert said in refused.value.reason


def test_a_notice_that_arrives_takes_the_predictions_place(tmp_path: Path) -> None:
    """2027 as data in another folder: published, no longer provisional, and its make-up workday is worked."""
    (tmp_path / "2027.yaml").write_text(
        "year: 2027\nstatus: published\nnotice: 测试\nrest:\n  - {name: 春节, from: 2027-02-05, to: 2027-02-12}\n"
        "work: [2027-02-14]\n",
        encoding="utf-8",
    )
    told = Calendar.load(tmp_path)
    assert (Status.PREDICTED, Status.PUBLISHED) == (CALENDAR.status(2027), told.status(2027))
    assert told.is_rest_day(date(2027, 2, 12))
    assert not told.is_rest_day(date(2027, 2, 14))


def region(folder: Path, rule: str = "procedural_reply") -> Path:
    file = folder / "region.yaml"
    file.write_text(
        f"region: fenghe\nrules:\n"
        f"  - {{id: {rule}, length: 7, unit: working_days, source: 省院通知, verified: false}}\n",
        encoding="utf-8",
    )
    return file


def test_a_region_sets_unit_or_length_visibly(tmp_path: Path) -> None:
    """The pack's version names the region, the sentence both lengths, and a clock of before keeps its own."""
    packs = Packs.load(region=region(tmp_path))
    rule = packs.rule("procedural_reply", RECEIVED)
    assert ("2022-05-01/2026-11-27/fenghe", "working_days", False) == (rule.pack, rule.unit, rule.verified)
    text = sentence(rule, due(RECEIVED, rule.length, rule.unit, calendar=CALENDAR), CALENDAR)
    assert "本地按省院通知定为7个工作日，国家规定为7日" in text
    assert packs.of_version("2022-05-01", "procedural_reply", RECEIVED).unit == "calendar_days"
    with pytest.raises(PageError, match="没有规则"):
        Packs.load(region=region(tmp_path, "no_such_rule"))


def test_the_pack_in_force_when_a_clock_starts_stays_with_it(tmp_path: Path) -> None:
    """A later pack rules from its day on; who started before is still found under the old one."""
    later = PACK.replace(
        'pack: "2022-05-01"\neffective_from: 2022-05-01', 'pack: "2027-07-01"\neffective_from: 2027-07-01'
    )
    (tmp_path / "2027-07-01.yaml").write_text(later.replace("length: 7\n", "length: 9\n", 1), encoding="utf-8")
    packs = Packs.load(tmp_path)
    assert (7, 9) == tuple(packs.rule("procedural_reply", day).length for day in (date(2027, 6, 30), date(2027, 7, 1)))
    assert 7 == packs.of_version("2022-05-01", "procedural_reply", RECEIVED).length


CORRECTION = (SHIPPED / "packs" / "2022-05-01-corrected-2026-11-27.yaml").read_text(encoding="utf-8")


def test_a_correction_leaves_what_it_corrects_as_it_was() -> None:
    """A clock of before finds its own row, law and all; whoever starts now finds the corrected one."""
    old, new = PACKS.of_version("2022-05-01", "receiver_tells", RECEIVED), PACKS.rule("receiver_tells", RECEIVED)
    assert ("《信访工作条例》第二十三条第三款", True) == (old.source.zh, old.verified)
    assert ("移送协作协议", False, "2022-05-01/2026-11-27") == (new.source.zh, new.verified, new.pack)
    untouched = PACKS.rule("referral_sign", RECEIVED)
    assert (2, "2022-05-01/2026-11-27") == (untouched.length, untouched.pack), "what is not corrected stands in both"
    assert list(PACKS.packs[0].rules) == list(PACKS.packs[1].rules)[: len(PACKS.packs[0].rules)], "where it stood"


def test_rows_of_one_rule_are_dated_or_of_different_matters() -> None:
    """民诉法 216 until 2023, 220 since: the day decides; of variants the plain one is meant where nobody says which."""
    articles = {day: PACKS.rule("civil_supervision", day).source.article for day in (date(2023, 12, 31), RECEIVED)}
    assert ["第二百一十六条、第五十二条", "第二百二十条、第五十二条"] == list(articles.values())
    with pytest.raises(LookupError, match="未生效"):
        PACKS.rule("civil_supervision", date(2021, 12, 31).replace(year=2022, month=5, day=1), "no_such")
    plain, other = PACKS.rule("procedural_reply", RECEIVED), PACKS.rule("procedural_reply", RECEIVED, "other_channels")
    assert (True, False, 7, 7) == (plain.verified, other.verified, plain.length, other.length)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('corrects: "2022-05-01"', 'corrects: "2021-01-01"', "corrects 应为已有的规则文件"),
        ("effective_from: 2022-05-01\nended", "effective_from: 2022-06-01\nended", "corrects 应为已有的规则文件"),
        ("    variant: other_channels\n", "", "已有同名规则"),
        ("effective_to: 2023-12-31", "effective_to: 2024-01-01", "已有同名规则"),
        ("length: 24\n    unit: hours", "length: 23\n    unit: hours", "不少于 24 小时"),
        ('["50%", "80%"]', "[target, last_day]", "只按比例提醒"),
        ("    before: true\n", "    before: true\n    starts: [{event: petition.closed.v1}]\n", "须有停止的事件"),
        ("until_ended: true", "until_ended: 1", "until_ended 应为 true 或 false"),
        ("duty: receiver\n    warnings", "duty: receiver\n    on_request: 无\n    warnings", "不能写仅供查询的原因"),
    ],
)
def test_a_wrong_correction_is_refused(tmp_path: Path, good: str, bad: str, said: str) -> None:
    """It names what it corrects, and no day has two rows that mean the same."""
    assert good in CORRECTION
    (tmp_path / "1.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "2.yaml").write_text(CORRECTION.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(PageError) as refused:
        Packs.of(tmp_path.glob("*.yaml"))
    assert said in refused.value.reason


def test_a_detainees_request_is_passed_on_within_a_day_to_the_minute() -> None:
    """Asked on the eve of National Day at 18:20: until 18:20 on the holiday, and the sentence says so."""
    law = Law(PACKS, CALENDAR)
    rule = PACKS.rule("legal_aid_transfer", RECEIVED)
    asked = datetime(2026, 9, 30, 18, 20, tzinfo=SHANGHAI)
    assert datetime(2026, 10, 1, 18, 20, tzinfo=SHANGHAI) == law.due(rule, asked).at
    assert "2026年9月30日18时20分起，2026年10月1日18时20分届满，节假日不顺延" in law.why(rule, asked)


def test_who_is_held_waits_for_no_holiday() -> None:
    """刑事诉讼法 105(4): seven days from 09-28 end on 10-05, in National Day; of a civil period nothing changes."""
    law = Law(PACKS, CALENDAR)
    rule = PACKS.rule("police_reasons", RECEIVED)
    assert (date(2026, 10, 5), date(2026, 10, 8)) == tuple(
        law.due(rule, RECEIVED, in_custody=held).due for held in (True, False)
    )
    assert "不因节假日延长" in law.why(rule, RECEIVED, in_custody=True)
    civil = PACKS.rule("compensation_service", date(2026, 9, 25))
    assert law.due(civil, date(2026, 9, 25), in_custody=True) == law.due(civil, date(2026, 9, 25))


def test_matter_four_says_why() -> None:
    """Received 09-28, seven days end in National Day: 10-08, with law, article and the days that moved it."""
    rule = PACKS.rule("procedural_reply", RECEIVED)
    text = sentence(rule, due(RECEIVED, rule.length, rule.unit, calendar=CALENDAR), CALENDAR)
    for part in (
        "《人民检察院刑事诉讼规则》第一百六十一条",
        "算至2026年10月5日（国庆节假期，2026年10月1日至2026年10月7日休息）",
        "《刑事诉讼法》第一百零五条",
        "2026年10月8日（星期四），当日24时届满",
        "办理目标为2026年9月30日",
    ):
        assert part in text, part


def test_the_shell_speaks() -> None:
    """due, explain and check; a wrong argument is told in Chinese."""
    run = CliRunner().invoke
    asked = run(main, ["due", "--from", "2026-09-28", "--length", "7", "--unit", "calendar_days", "--json"])
    for part in ('"due": "2026-10-08"', '"target": "2026-09-30"', '"provisional": false'):
        assert part in asked.output
    paused = ["--suspend", "2026-03-04..2026-03-06", "--suspend", "2026-03-10..2026-03-10"]
    asked = run(main, ["due", "--from", "2026-03-02", "--length", "7", "--unit", "calendar_days", *paused])
    assert "2026-03-13" in asked.output
    explained = run(main, ["explain", "--rule", "procedural_reply", "--from", "2026-09-28"]).output
    assert "28始  29    30标" in explained
    assert " 5满   6休   7休   8止" in explained
    checked = run(main, ["check"])
    assert (0, True) == (checked.exit_code, "条一致" in checked.output)
    for wrong, said in ((["--rule", "nothing"], "没有 nothing"), (["--rule", "judicial_aid"], "未生效")):
        day = "2026-09-28" if "nothing" in wrong else "2020-01-01"
        refused = run(main, ["explain", *wrong, "--from", day])
        assert refused.exit_code != 0
        assert said in refused.output or "没有适用的规则文件" in refused.output
    bad = run(main, ["due", "--from", "2026-03-02", "--length", "7", "--unit", "months", "--suspend", "2026-3..4"])
    assert "含首尾两日" in bad.output
