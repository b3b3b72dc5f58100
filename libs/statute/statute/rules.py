"""Rule packs: what the law gives how long, from when to when, whose duty, by which source. Dated files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from statute.page import Section, pages, read
from statute.periods import Unit

# why a period stands still → as a person reads it: 民诉监督规则 52, 72; 公益诉讼办案规则 48; 条例 36(2); 国家赔偿法 39
PAUSES_ZH = {
    "appraisal": "鉴定、评估",
    "file_request": "调卷",
    "audit": "审计",
    "expert": "专家咨询",
    "inspection": "检验、检测、翻译",
    "review_suspended": "中止审查（决定书已发送当事人）",
    "other_procedure": "等待其他程序的结果",
    "force_majeure": "不可抗力",
    "hearing": "听证",
    "custody": "被羁押等限制人身自由的期间",
}
_SHIPPED = Path(__file__).parent / "packs"
_ID = re.compile(r"[a-z][a-z0-9_]{2,40}")
_LEVEL = re.compile(r"[1-9][0-9]%|target|last_day")


class Confidence(StrEnum):
    """A text read · B official page or press · M from memory · L local promise."""

    A = "A"
    B = "B"
    M = "M"
    L = "L"


class Duty(StrEnum):
    """Whose duty it is: the holder a missed clock names."""

    PETITIONS = "petitions_division"
    DEPARTMENT = "department"
    OFFICE = "office"
    RECEIVER = "receiver"
    UPPER = "upper_procuratorate"
    POLICE = "police"
    ORGAN = "organ_addressed"
    PARTIES = "parties"

    @property
    def zh(self) -> str:
        """Who it is, as a person reads it."""
        return _DUTY_ZH[self]


_DUTY_ZH = {
    Duty.PETITIONS: "控告申诉检察部门",
    Duty.DEPARTMENT: "办案部门",
    Duty.OFFICE: "本院",
    Duty.RECEIVER: "接收单位",
    Duty.UPPER: "上一级检察院",
    Duty.POLICE: "公安机关",
    Duty.ORGAN: "被建议单位",
    Duty.PARTIES: "当事人",
}


class Counting(StrEnum):
    """Which law says how the days are counted."""

    CIVIL = "civil"
    CRIMINAL = "criminal"

    @property
    def zh(self) -> str:
        """The article that says so."""
        return "《民法典》第二百零三条" if self is Counting.CIVIL else "《刑事诉讼法》第一百零五条"


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event by which a clock moves, when its facts are among those listed and not among those excepted.

    `day`: the fact it counts from. `until`: the fact that names the last day; without one there is no period.
    """

    event: str
    when: Mapping[str, tuple[Any, ...]]
    day: str | None = None
    until: str | None = None
    unless: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def fits(self, event: str, facts: Mapping[str, Any]) -> bool:
        """Whether the event moves the clock: its type, its facts, and a last day where one is needed."""
        if event != self.event or (self.until is not None and facts.get(self.until) is None):
            return False
        if any(facts.get(name) in excepted for name, excepted in self.unless.items()):
            return False
        return all(facts.get(name) in allowed for name, allowed in self.when.items())


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from, and how sure that is."""

    law: str
    article: str
    version: str
    confidence: Confidence

    @property
    def zh(self) -> str:
        """The law and its article, as they are cited."""
        return self.law + self.article


@dataclass(frozen=True, slots=True)
class Rule:
    """A period: how long, from when to when, whose duty, by which article.

    `before`: counted back from an event. `lapses`: a right, not a duty: who lets it run out has broken nothing.
    `local`: the region's own length, and what it stands for instead. `variant`: of rows of one id, which; the plain one
    is what is meant where nobody says which. `on_request`: why no event starts it.
    """

    id: str
    pack: str
    zh: str
    length: int
    unit: Unit
    before: bool
    begins: str
    ends: str
    starts: tuple[Trigger, ...]
    stops: tuple[Trigger, ...]
    renews: tuple[Trigger, ...]
    suspends: tuple[str, ...]
    extension: int
    extended_by: str
    duty: Duty
    counting: Counting
    warnings: tuple[str, ...]
    source: Source
    since: date
    until: date | None
    verified: bool
    note: str
    lapses: bool = False
    local: str | None = None
    variant: str = ""
    on_request: str = ""
    signed_by: str = ""  # the county's legal officer, and when

    @property
    def name(self) -> str:
        """Its id, and of several rows of one id which: civil_supervision.other_channels."""
        return f"{self.id}.{self.variant}" if self.variant else self.id

    @property
    def period_zh(self) -> str:
        """How long, as a person reads it: 7日."""
        return self.unit.zh(self.length)

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)

    def overlaps(self, other: "Rule") -> bool:
        """Whether both are in force on some day, and nobody could say which is meant."""
        apart = (self.until or date.max) < other.since or (other.until or date.max) < self.since
        return (self.id, self.variant) == (other.id, other.variant) and not apart


@dataclass(frozen=True)
class Pack:
    """The rows in force from a day on, in order. Several of one id are dated, or are variants."""

    version: str
    since: date
    rows: tuple[Rule, ...]

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """By id the plain row, the newest where they are dated."""
        found: dict[str, Rule] = {}
        for row in self.rows:
            if row.id not in found or _plain_and_new(row) > _plain_and_new(found[row.id]):
                found[row.id] = row
        return found

    @cached_property
    def started(self) -> Mapping[str, Sequence[Rule]]:
        """By event the rows it may start, in order."""
        return _by_event((row, row.starts) for row in self.rows)

    @cached_property
    def stopped(self) -> Mapping[str, Sequence[Rule]]:
        """By event the rows it may stop, in order."""
        return _by_event((row, row.stops) for row in self.rows)

    def row(self, id_: str, day: date, variant: str = "") -> Rule | None:
        """The row of an id as it is in force on a day."""
        return next((row for row in self.rows if (row.id, row.variant) == (id_, variant) and row.covers(day)), None)


@dataclass(frozen=True)
class Packs:
    """Every pack there is, the oldest first: a clock may have started under any of them."""

    packs: Sequence[Pack]

    @classmethod
    def load(cls, extra: Path | None = None, region: Path | None = None) -> "Packs":
        """The shipped packs, those of another folder over them, and a region's own lengths. Raises PageError."""
        return cls.of(pages(_SHIPPED, extra), region)

    @classmethod
    def of(cls, files: Any, region: Path | None = None) -> "Packs":
        """The packs in these files, a region's lengths in place of their own. Raises PageError."""
        known: dict[str, Pack] = {}
        for page in sorted((read(file) for file in files), key=lambda page: str(page.content.get("pack"))):
            # what corrects another has its version and a day more, so it comes after it
            pack = _pack(page, known)
            known[pack.version] = pack
        packs = sorted(known.values(), key=lambda pack: pack.since)
        if region is not None:
            packs = _localized(packs, read(region))
        return cls(packs)

    @cached_property
    def names(self) -> dict[str, str]:
        """Every rule's name: procedural_reply → 程序性回复."""
        return {rule.id: rule.zh for pack in self.packs for rule in pack.rules.values()}

    @cached_property
    def lapsing(self) -> frozenset[str]:
        """The rules of rights that end by silence."""
        return frozenset(row.id for pack in self.packs for row in pack.rows if row.lapses)

    @cached_property
    def heard(self) -> frozenset[str]:
        """The events that start, stop or renew a clock under any pack; no other moves one."""
        rows = [row for pack in self.packs for row in pack.rows]
        return frozenset(each.event for row in rows for each in (*row.starts, *row.stops, *row.renews))

    def in_force(self, day: date) -> Pack:
        """The pack of a clock that starts on a day. Raises LookupError."""
        found = [pack for pack in self.packs if pack.since <= day]
        if not found:
            raise LookupError(f"{day} 没有适用的规则文件")
        return found[-1]

    def rule(self, id_: str, day: date, variant: str = "") -> Rule:
        """A rule as it is in force on a day. Raises LookupError with a Chinese sentence."""
        pack = self.in_force(day)
        if id_ not in pack.rules:
            raise LookupError(f"规则文件 {pack.version} 中没有 {id_}；可用：{'、'.join(pack.rules)}")
        row = pack.row(id_, day, variant)
        if row is None:
            raise LookupError(f"{pack.rules[id_].zh}（{id_}）在 {day} 未生效")
        return row

    def of_version(self, version: str, id_: str, day: date, variant: str = "") -> Rule:
        """A rule of the pack a clock started under, whatever is in force now. Raises LookupError."""
        for pack in self.packs:
            if pack.version == version and id_ in pack.rules:
                return pack.row(id_, day, variant) or pack.rules[id_]
        raise LookupError(f"缺少规则文件 {version} 或其中的 {id_}")


def _by_event(rows: Iterable[tuple[Rule, Sequence[Trigger]]]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for row, triggers in rows:
        for event in {each.event for each in triggers}:
            found.setdefault(event, []).append(row)
    return found


def _plain_and_new(row: Rule) -> tuple[bool, date]:
    return not row.variant, row.since


def _pack(page: Section, known: Mapping[str, Pack]) -> Pack:
    version, since = page.text("pack"), page.day("effective_from")
    ended = _triggers(page, "ended")
    rows: list[Rule] = []
    for section in page.sections("rules", least=1):
        row = _rule(section, version, ended)
        if any(row.overlaps(each) for each in rows):
            raise section.wrong("id", f"“{row.id}”已有同名规则")
        rows.append(row)
    if page.has("corrects"):
        base = known.get(page.text("corrects"))
        if base is None or version.rpartition("/")[0] != base.version or since != base.since:
            raise page.wrong("corrects", "应为已有的规则文件；pack 在其后加“/”和更正日，effective_from 与其相同")
        rows = _corrected(base, rows, version)
    page.done()
    return Pack(version, since, tuple(rows))


def _corrected(base: Pack, rows: Sequence[Rule], version: str) -> list[Rule]:
    """A corrected rule stands where it stood, with all of its rows; what is new comes after."""
    by_id: dict[str, list[Rule]] = {row.id: [] for row in (*base.rows, *rows)}
    for row in rows:
        by_id[row.id].append(row)
    for row in base.rows:
        if not any(each.pack == version for each in by_id[row.id]):
            by_id[row.id].append(replace(row, pack=version))
    return [row for found in by_id.values() for row in found]


def _rule(row: Section, pack: str, ended: tuple[Trigger, ...]) -> Rule:
    id_, variant = row.text("id"), row.text("variant", "")
    if not _ID.fullmatch(id_) or (variant and not _ID.fullmatch(variant)):
        raise row.wrong("id", "只能用小写字母、数字和下划线")
    source = row.section("source")
    origin = Source(
        source.text("law"),
        source.text("article", ""),
        source.text("version", ""),
        source.word("confidence", Confidence),
    )
    source.done()
    verified = row.flag("verified")
    if verified and origin.confidence is not Confidence.A and not row.has("verified_by"):
        raise row.wrong("verified", "仅 A 级依据可直接标为已核验，其他须填 verified_by")
    row.text("verified_by", "-")
    rule = Rule(
        id=id_,
        pack=pack,
        zh=row.text("zh"),
        # of a named day there is none before it is named
        length=row.number("length") if row.has("length") or row.text("unit") != Unit.NAMED_DAY else 1,
        unit=row.word("unit", Unit),
        before=row.flag("before") if row.has("before") else False,
        begins=row.text("begins"),
        ends=row.text("ends"),
        starts=_triggers(row, "starts"),
        stops=(*_triggers(row, "stops"), *(ended if row.has("until_ended") and row.flag("until_ended") else ())),
        renews=_triggers(row, "renews"),
        suspends=row.texts("suspends"),
        extension=row.number("extension") if row.has("extension") else 0,
        extended_by=row.text("extended_by", "") if not row.has("extension") else row.text("extended_by"),
        duty=row.word("duty", Duty),
        counting=row.word("counting", Counting, Counting.CIVIL),
        warnings=row.texts("warnings"),
        source=origin,
        since=row.day("effective_from"),
        until=row.day("effective_to") if row.has("effective_to") else None,
        verified=verified,
        note=row.text("note", ""),
        lapses=row.flag("lapses") if row.has("lapses") else False,
        variant=variant,
        on_request=row.text("on_request", ""),
    )
    if set(rule.suspends) - set(PAUSES_ZH):
        raise row.wrong("suspends", f"应为 {'、'.join(PAUSES_ZH)} 之中的")
    if any(not _LEVEL.fullmatch(level) for level in rule.warnings) or len(set(rule.warnings)) != len(rule.warnings):
        raise row.wrong("warnings", "应为 10% 至 99%、target、last_day，各一次")
    if rule.unit is Unit.HOURS and (rule.length < 24 or rule.suspends or rule.extension or rule.renews):
        raise row.wrong("unit", "按小时计的期限不少于 24 小时，不中止、不延长、不续期")
    if rule.unit is Unit.HOURS and any(not level.endswith("%") for level in rule.warnings):
        raise row.wrong("warnings", "按小时计的期限只按比例提醒")
    if rule.before and rule.unit in (Unit.MONTHS, Unit.HOURS, Unit.NAMED_DAY):
        raise row.wrong("unit", "倒推的期限只能按日计算")
    if any((each.until is None) == (rule.unit is Unit.NAMED_DAY) for each in rule.starts):
        raise row.wrong("starts", "unit 为 named_day 的须有 until，其他的不能有")
    if rule.until is not None and rule.until < rule.since:
        raise row.wrong("effective_to", "早于 effective_from")
    if rule.starts and not rule.stops:
        raise row.wrong("stops", "会开始的时限须有停止的事件")
    if rule.starts and rule.on_request:
        raise row.wrong("on_request", "会开始的时限不能写仅供查询的原因")
    row.done()
    return rule


def _triggers(row: Section, key: str) -> tuple[Trigger, ...]:
    found = []
    for each in row.sections(key):
        when, unless = (
            {name: tuple(v) if isinstance(v, list) else (v,) for name, v in each.values(key).items()}
            for key in ("when", "unless")
        )
        day, until = (each.text(name) if each.has(name) else None for name in ("day", "until"))
        found.append(Trigger(each.text("event"), when, day, until, unless))
        each.done()
    return tuple(found)


def _localized(packs: Sequence[Pack], page: Section) -> list[Pack]:
    """A region sets unit or length of a rule; its name becomes part of the pack's version, so that it can be seen."""
    region, rows = page.text("region"), page.sections("rules", least=1)
    page.done()
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", region):
        raise page.wrong("region", "只能用字母、数字、下划线和连字符")
    changes = {}
    for row in rows:
        id_ = row.text("id")
        if not any(id_ in pack.rules for pack in packs):
            raise row.wrong("id", f"没有规则“{id_}”")
        changes[id_] = (row.number("length"), row.word("unit", Unit), row.text("source"), row.flag("verified"))
        row.done()
    # a clock that started before the region had its say still finds its own pack
    return [*packs, *(_with(pack, region, changes) for pack in packs)]


def _with(pack: Pack, region: str, changes: Mapping[str, tuple[int, Unit, str, bool]]) -> Pack:
    version = f"{pack.version}/{region}"
    rows = []
    for rule in pack.rows:
        if rule.id not in changes:
            rows.append(replace(rule, pack=version))
            continue
        length, unit, source, verified = changes[rule.id]
        local = f"本地按{source}定为{unit.zh(length)}，国家规定为{rule.period_zh}"
        rows.append(replace(rule, pack=version, length=length, unit=unit, verified=verified, local=local))
    return Pack(version, pack.since, tuple(rows))
