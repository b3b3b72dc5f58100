"""Law as data: a wrong file is refused where it is wrong, a region's length is visible, the sentence says why."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from statute import Calendar, Packs, PageError, Status, due, sentence
from statute.__main__ import main

PACKS, CALENDAR = Packs.load(), Calendar.load()
SHIPPED = Path(__file__).parent.parent / "statute"
PACK = (SHIPPED / "packs" / "2022-05-01.yaml").read_text(encoding="utf-8")
NOTICE = (SHIPPED / "calendars" / "2026.yaml").read_text(encoding="utf-8")
RECEIVED = date(2026, 9, 28)


def test_every_rule_says_where_it_comes_from_and_what_is_not_read_is_unverified() -> None:
    """B, M and L wait for a legal officer; whatever is shown of them says 未核验."""
    for rule in PACKS.in_force(RECEIVED).rules.values():
        assert rule.source.law
        assert rule.verified == (rule.source.confidence == "A"), rule.id
        if not rule.before:
            text = sentence(rule, due(RECEIVED, rule.length, rule.unit, calendar=CALENDAR), CALENDAR)
            assert ("未核验" in text) != rule.verified


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("length: 7\n", "length: seven\n", "length 应为正整数"),
        ("length: 7\n", "length: 0\n", "length 应为正整数"),
        ("length: 7\n", "length: true\n", "length 应为正整数"),
        ("unit: calendar_days\n", "unit: weeks\n", "unit 应为 calendar_days、working_days、months、named_day 之一"),
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
    assert ("2022-05-01/fenghe", "working_days", False) == (rule.pack, rule.unit, rule.verified)
    text = sentence(rule, due(RECEIVED, rule.length, rule.unit, calendar=CALENDAR), CALENDAR)
    assert "本地按省院通知定为7个工作日，国家规定为7日" in text
    assert packs.of_version("2022-05-01", "procedural_reply").unit == "calendar_days"
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
    assert 7 == packs.of_version("2022-05-01", "procedural_reply").length


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
