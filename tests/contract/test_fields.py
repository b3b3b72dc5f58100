"""Input as it comes: every field that anybody outside fills in is bounded, and what it lets in can be kept and counted.

The schemas are found by walking, so that a new field without bounds fails here before it fails a petitioner.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, validate
from marshmallow import fields as base

from aid.domain import states as money
from aid.domain.errors import WrongAmount
from clock import levels
from contracts import fields, plain, strict
from contracts import given as outside
from contracts.registry import CONTRACTS
from courier.envelope import EnvelopeError, parse
from statute import Calendar, Law, Unit, due, ends_at
from statute import page as statute_page
from tests.doors import routes
from web.answers import Answer

# whose schemas read what comes from outside: routes, a county's files; agencies' and operators' messages are HEARD
NAMES = ("intake.", "referral.", "aid.", "notify.", "service_kit.", "web.", "courier.", "contracts.office_file")


def leaves(schema: type[Schema], path: str) -> Iterator[tuple[str, base.Field[Any]]]:
    for name, field in schema().fields.items():
        yield from _leaves(field, f"{path}.{name}")


def _leaves(field: base.Field[Any], path: str) -> Iterator[tuple[str, base.Field[Any]]]:
    match field:
        case base.Nested():
            yield from leaves(type(field.schema), path)
        case base.List():
            yield path, field
            yield from _leaves(field.inner, f"{path}[]")
        case base.Dict():
            yield path, field
            yield from _leaves(field.key_field, f"{path}.keys")
            yield from _leaves(field.value_field, f"{path}.values")
        case _:
            yield path, field


def _made_here(schema: type[Schema]) -> Iterator[type[Schema]]:
    for each in schema.__subclasses__():
        if each.__module__.startswith(NAMES) and not issubclass(each, Answer):
            yield each
        yield from _made_here(each)


HEARD = [each for each in CONTRACTS if each.category in ("from_agency", "from_channel")]
EDGES = dict(
    leaf
    for schema in (*_made_here(Schema), *(each.schema for each in HEARD))
    for leaf in leaves(schema, f"{schema.__module__}.{schema.__name__}")
)
# one field of each kind, length and whether it may be none, by the last place that has it
LEAVES = {
    (type(field), getattr(field, "longest", None), field.allow_none, getattr(field, "enum", None)): path
    for path, field in EDGES.items()
    if not isinstance(field, (base.List, base.Dict))
}
OURS = {
    f"{each.category}:{path}": field
    for each in CONTRACTS
    for schema in (each.schema, each.personal)
    if schema is not None
    for path, field in leaves(schema, each.name)
}


def is_bounded(field: base.Field[Any]) -> bool:
    match field:
        case base.List() | base.Dict():
            return any(isinstance(each, validate.Length) and each.max for each in field.validators)
        case fields.Count() | fields.Pattern() | fields.WordOf() | fields.Flag():
            return True
        case outside.Text() | outside.OwnNumber() | outside.FileName() | outside.Day() | outside.Moment():
            return True
        case base.String():
            return any(isinstance(each, validate.OneOf) for each in field.validators)
    return False


def test_every_field_of_others_is_bounded() -> None:
    """Text of people by its own rule and length, each day, number and list within its range: see contracts.given."""
    assert [] == [f"{path}: {type(field).__name__}" for path, field in EDGES.items() if not is_bounded(field)]


def test_the_walk_passes_every_door() -> None:
    """Each body of each route, and each message from outside."""
    bodies = {route.body for _, route in routes() if route.body is not None}
    assert len(bodies) > 40
    assert bodies <= set(_made_here(Schema))


def test_what_we_say_ourselves_is_of_known_kinds() -> None:
    """No plain String, Integer, Float or DateTime of the library, which take anything."""
    known = (*fields.EVENT_FIELDS, fields.Text, outside.OwnNumber, fields.Pattern, base.List)
    assert [] == [path for path, field in OURS.items() if not isinstance(field, known)]


ANYTHING = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None, categories=("Cc", "Cf", "Cs", "Co", "Mn", "Lo", "Nd", "Zs")), max_size=30),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.dates().map(str),
    st.sampled_from(["１００.5", "1e999990", "\x00", "\u200b", "\ud800", "9999-12-31", "0001-01-01", "NaN", "\u202e"]),
)


@pytest.mark.parametrize("path", LEAVES.values())
@given(value=ANYTHING)
@example(value="9999-12-31")
@example(value=True)
@example(value=1)
@example(value="\u200b")
def test_whatever_is_let_in_can_be_kept(path: str, value: Any) -> None:
    """Refused by a sentence in Chinese, or a value that a column, a queue and every rule take."""
    field = EDGES[path]
    try:
        found = field.deserialize(value)
    except ValidationError:
        return
    if found is None or isinstance(field, fields.WordOf):
        return
    match found:
        case bool():
            assert value is found
        case int():
            assert 0 <= found < 2**31
        case str():
            found.encode()
            assert "\x00" not in found
            assert len(found) <= getattr(field, "longest", 128)
            if isinstance(field, fields.Text):
                assert not plain.is_blank(found)
                # a letter of ours takes it on unchanged, else what was let in could never leave
                assert found == fields.Text(field.longest, required=True).deserialize(found)
        case datetime():
            assert found.astimezone(UTC)
        case date():
            assert plain.EARLIEST <= found <= plain.LATEST
        case _:
            pytest.fail(f"{path} lets in a {type(found).__name__}")


# -- days -------------------------------------------------------------------------------------------------------------

LAW = Law.load(None)
RULES = [rule for pack in LAW.packs.packs for rule in pack.rows]


@given(st.dates(plain.EARLIEST, plain.LATEST), st.sampled_from(RULES))
@example(plain.LATEST, RULES[0])
@example(plain.EARLIEST, RULES[0])
def test_from_every_day_that_is_let_in_every_rule_counts(day: date, rule: Any) -> None:
    """No OverflowError: with the rule's extension, and its sentence too."""
    assert ends_at(LAW.due(rule, day, (), rule.extension).due)
    assert LAW.why(rule, day)


@given(
    st.dates(statute_page.EARLIEST, statute_page.LATEST),
    st.integers(1, statute_page.LONGEST),
    st.sampled_from([Unit.CALENDAR_DAYS, Unit.MONTHS, Unit.NAMED_DAY]),
)
@example(statute_page.LATEST, statute_page.LONGEST, Unit.MONTHS)
def test_what_a_page_may_say_can_be_counted(day: date, length: int, unit: Unit) -> None:
    """The bounds of pages and commands are wider than those of people, and still within the calendar."""
    assert statute_page.EARLIEST <= plain.EARLIEST
    assert plain.LATEST <= statute_page.LATEST
    assert ends_at(due(day, length, unit, calendar=Calendar.load(), extension=1000).due)


def test_a_named_day_from_before_the_bound_ends_with_the_calendar() -> None:
    """An answer wanted by 9999-12-31 was signed once: what waits behind it goes on."""
    day = date(2026, 11, 24)
    for rule in (each for each in RULES if each.unit is Unit.NAMED_DAY):
        found = LAW.due(replace(rule, length=(date.max - day).days), day)
        assert date.max == found.due
        assert levels.moments(rule, found, LAW.calendar)[-1][1].astimezone(UTC).year == 9999


OFFSETS = st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-1439, 1439))


@given(st.datetimes(timezones=OFFSETS))
@example(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))
@example(datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))))
def test_a_time_that_is_let_in_is_one_in_utc(moment: datetime) -> None:
    """An envelope's and an operator's alike: what overflows on its way to UTC is refused with the field."""
    body = ENVELOPE.replace("TIME", moment.isoformat())
    if plain.is_reckonable(moment):
        assert parse(body.encode()).time.astimezone(UTC) == outside.Moment().deserialize(moment.isoformat())
        return
    with pytest.raises(EnvelopeError, match="time is not between") as refused:
        parse(body.encode())
    assert "time" == refused.value.field
    with pytest.raises(ValidationError, match=plain.DAYS_ZH):
        outside.Moment().deserialize(moment.isoformat())


ENVELOPE = """{"specversion": "1.0", "id": "1", "source": "/agencies/A09", "type": "reply.signed.v1",
 "subject": "SUBJECT", "time": "TIME", "data": {}}"""


@pytest.mark.parametrize(
    ("subject", "taken"),
    [("综转〔2026〕12号", True), ("综转（2026）12号", True), ("〇䶮𠮷", True), ("A 12", True), ("㐀字第1号", True),
     ("", False), (" 1", False), ("1\\n", False), ("1\\u200b", False), ("1\\u202e2", False), ("\\u3164", False),
     ("\\ue000", False), ("\\u0000", False), ("e\\u0301", False)],
)  # fmt: skip
def test_an_agencys_own_number_may_be_a_subject(subject: str, taken: bool) -> None:
    """Whatever is to be seen, in one spelling; the same for the number in the data."""
    body = ENVELOPE.replace("TIME", "2026-11-24T09:00:00+08:00").replace("SUBJECT", subject)
    written = strict.read(body.encode())["subject"]
    if taken:
        assert written == parse(body.encode()).subject
        assert written == outside.OwnNumber().deserialize(written)
    else:
        with pytest.raises(EnvelopeError) as refused:
            parse(body.encode())
        assert refused.value.field == "subject"


# -- money ------------------------------------------------------------------------------------------------------------


@given(st.one_of(st.text(max_size=25), st.from_regex(r"[0-9１２３.,eE+-]{1,20}", fullmatch=True)))
@example("1e999990")
@example("１００.5")
@example("NaN")
@example("9" * 20)
@example("1_000")
def test_money_is_plain_decimal_or_refused(written: str) -> None:
    """What the field lets in is ASCII and exact; what the rule then says is an amount is the same to the fen."""
    try:
        found = outside.Money().deserialize(written)
    except ValidationError:
        return
    assert plain.AMOUNT.fullmatch(found)
    try:
        fen = money.fen(found)
    except WrongAmount:
        return
    assert 0 < fen < 2**31
    assert fen == money.fen(money.yuan(fen))


@pytest.mark.parametrize("written", [b"1e400", b"-1e400", b"1" * 5000, b"[1e999999]"])
def test_a_number_that_no_column_holds_is_no_json(written: bytes) -> None:
    """Infinity by another spelling, and digits without end."""
    with pytest.raises(ValueError, match=r".+"):
        strict.read(written)


# -- names and files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"),
    [("𠮷〇䶮", "𠮷〇䶮"), ("买买提•吐尔逊", "买买提·吐尔逊"), ("阿・卜", "阿·卜"), ("\u202a张三\u202c", "张三"),
     ("张\u200b三", "张三"), ("\ufeff张三", "张三"), (" 张三\u3000", "张三"), ("张\n三", "张 三"),
     ("\U00031350三", "\U00031350三"), ("张×", "张×"), ("Anna O’Neil", "Anna O’Neil"),
     ("某派出所（城东）", "某派出所（城东）")],
)  # fmt: skip
def test_a_name_is_kept_as_it_is_read(written: str, kept: str) -> None:
    """Rare ideographs stay, middle dots become one, what cannot be seen goes."""
    assert kept == outside.Name(100).deserialize(written)


@pytest.mark.parametrize(
    "written", ["\u200b\u200c\ufeff", "\u3164", "\u2800", "张\u202e三", "张😀", "···", "张\x00三", "\ue863三", "\u034f"]
)
def test_a_name_that_nobody_could_read_is_refused(written: str) -> None:
    """Nothing to be seen, turned round, a picture, a character of somebody's own."""
    with pytest.raises(ValidationError):
        outside.Name(100, required=True).deserialize(written)


FILES = st.one_of(
    st.text(max_size=300),
    st.text("./\\:%'\u202e\x00\x7fＡ材cCoOnN1 \ud800e\u0301\u200b", max_size=40),
    st.builds(
        "{}{}".format, st.sampled_from(["CON", "..\\", "../", "材" * 90, "%B2%C4", "UTF-8''"]), st.text(max_size=9)
    ),
)  # fmt: skip


@given(FILES)
@example("..\\..\\x")
@example("..")
@example("x\u202efdp.exe")
@example("a\x7fb.pdf")
@example("e\u200b\u0301.pdf")
@example("材" * 200)
@example("")
def test_a_files_name_has_one_rule(written: str) -> None:
    """What the upload takes the letter takes unchanged; whatever was kept before leaves by a name safe on any disk."""
    field = fields.FileName(required=True)
    safe = plain.file_name(written)
    assert safe == plain.file_name(safe) == field.deserialize(field.serialize("name", {"name": written}))
    assert 0 < len(safe.encode()) <= 255
    assert not set(safe) & set('/\\:*?"<>|\x00\x7f\u202e')
    assert safe.strip(" .") == safe or safe == plain.UNNAMED
    try:
        taken = plain.file_name_given(written)
    except plain.NotPlain:
        return
    assert taken == plain.file_name(taken) == field.deserialize(taken)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("..\\..\\x", "x"), ("/etc/passwd", "passwd"), ("证据.pdf", "证据.pdf"), ("%B2%C4%C1%CF.pdf", "材料.pdf"),
     ("UTF-8''%E6%9D%90.pdf", "材.pdf"), ("x\u202efdp.exe", "xfdp.exe"), ("CON.txt", "_CON.txt"), ("a.pdf. ", "a.pdf")],
)  # fmt: skip
def test_a_files_name_is_its_last_part(written: str, kept: str) -> None:
    """Folders go, what turns the reading goes, an encoded name is read."""
    assert kept == plain.file_name_given(written)


@pytest.mark.parametrize(
    "written", ["..", "", " . ", "a/", "\x00", "a\x7f", "=?GBK?B?xx?=", "%FF%FF", "材" * 90, "\u200b"]
)
def test_a_files_name_that_is_none_is_refused(written: str) -> None:
    """By a sentence, before a byte of the file is read."""
    with pytest.raises(plain.NotPlain):
        plain.file_name_given(written)
