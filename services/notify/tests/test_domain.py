"""What becomes of a notice: at most one SMS, never at night, never a word too many."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Notice, NoticeState, Reach
from courier import waits
from notify.domain import states
from notify.domain.states import QuietHours, Verdict
from notify.domain.wording import LATE, TEMPLATES, OfficeCard, write, write_late
from statute import SHANGHAI, Calendar

CALENDAR = Calendar.load()
FACTS = {
    "tail": "000123",
    "received_on": date(2026, 9, 28),
    "reply_by": date(2026, 12, 28),
    "count": "12",
    "rule": "结果答复（件件有回复）",
    "what": "今日届满",
    "department": "第五检察部第二办案组",
    "phone": "0571-55512309",
    "agency": "青岭市生态环境局枫禾分局",
    "signed_on": date(2026, 10, 28),
    "contact_by": date(2026, 11, 23),
    "issued_on": date(2026, 12, 20),
    "held_on": date(2026, 12, 30),
}


@given(st.sampled_from(NoticeState), st.lists(st.sampled_from(Verdict), max_size=6))
def test_what_has_ended_stays_ended(state: NoticeState, verdicts: list[Verdict]) -> None:
    """Receipts come late, twice and out of order: the end of a notice is its end."""
    ended = {NoticeState.DELIVERED, NoticeState.FAILED, NoticeState.REFUSED, NoticeState.IMPOSSIBLE}
    for verdict in verdicts:
        before, state = state, states.follows(state, verdict)
        if before in ended:
            assert before is state


@given(st.lists(st.sampled_from(Verdict), max_size=12))
def test_what_was_taken_is_never_planned_again(verdicts: list[Verdict]) -> None:
    """From the provider's word that it has it: whatever it says or keeps to itself later, it is not sent again."""
    state = NoticeState.SENT
    for verdict in verdicts:
        before, state = state, states.follows(state, verdict, taken=True)
        assert state in (
            NoticeState.SENT,
            NoticeState.DELIVERED,
            NoticeState.FAILED,
            NoticeState.UNKNOWN,
            NoticeState.REFUSED,
        )
        # a question nobody answered makes nothing unknown that was known
        assert state is before or verdict is not Verdict.AMBIGUOUS


@given(st.sampled_from(NoticeState))
def test_only_certainty_sends_again(state: NoticeState) -> None:
    """An ambiguous answer never leads back to planned; only the provider's word that it knows nothing does."""
    assert NoticeState.PLANNED is not states.follows(NoticeState.SENDING, Verdict.AMBIGUOUS)
    if state in (NoticeState.SENT, NoticeState.DELIVERED):
        assert state is states.follows(state, Verdict.NOT_SENT)


@given(st.integers(0, 330 * 24 * 60))
def test_no_sms_at_night_or_on_a_rest_day(minute: int) -> None:
    """21 to 8 o'clock and rest days are kept; in working hours nothing waits."""
    now = datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)
    found = states.earliest(now, QuietHours(), CALENDAR.is_rest_day).astimezone(SHANGHAI)
    assert 8 <= found.hour < 21
    assert not CALENDAR.is_rest_day(found.date())
    assert found >= now
    if 8 <= now.hour < 21 and not CALENDAR.is_rest_day(now.date()):
        assert found == now


@pytest.mark.parametrize("about", list(TEMPLATES))
def test_every_text_fits_two_segments_and_says_no_more_than_the_tail(about: Notice) -> None:
    """With the longest names of the county; never a whole number, never a name of a person."""
    wording = write(about, "枫禾县检察院", FACTS, date(2026, 9, 28))
    assert states.segments(wording.text) <= states.SEGMENTS
    assert wording.text.startswith("【枫禾县检察院】")
    assert "信2026" not in wording.text
    assert "{" not in wording.text


def test_a_part_is_counted_as_operators_count_it() -> None:
    """In UTF-16 units, no character cut in two; in seven bits where all of it is in the table."""
    for text, parts in (
        ("", 1),
        ("𠮷" * 35, 1),
        ("𠮷" * 36, 2),
        ("中" * 70, 1),
        ("中" * 71, 2),
        ("中" * 134, 2),
        ("中" * 135, 3),
        ("中" * 66 + "𠮷" + "中" * 66, 3),  # 134 units, but the pair would be cut
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 153, 3),
        ("a" * 70 + "—", 2),  # one that is not in the table, and all of it is wide
    ):
        assert parts == states.segments(text), text


@given(
    st.text(min_size=1, max_size=60), st.sampled_from([each for each in TEMPLATES if "{agency}" in TEMPLATES[each][1]])
)
def test_no_name_makes_a_third_part(name: str, about: Notice) -> None:
    """A provider refuses three: the person would be told nothing, over an agency's long name."""
    wording = write(about, "枫禾县检察院", FACTS | {"agency": name}, date(2026, 9, 28))
    assert states.segments(wording.text) <= states.SEGMENTS
    assert wording.params["agency"] in wording.text


@pytest.mark.parametrize("about", list(LATE))
def test_what_is_said_late_fits_too(about: Notice) -> None:
    """And every template has another name: the provider approves each text."""
    wording = write_late(about, "枫禾县检察院", {name: str(value) for name, value in FACTS.items()})
    assert states.segments(wording.text) <= states.SEGMENTS
    assert wording.template != TEMPLATES[about][0]


@given(st.integers(0, 20))
def test_asking_slows_down(asked: int) -> None:
    """Soon at first, for a receipt that was lost; then hourly, for a provider that is away."""
    wait = waits.until_asked(asked, timedelta(seconds=30))
    assert timedelta(seconds=30) <= wait <= timedelta(hours=1)
    assert wait <= waits.until_asked(asked + 1, timedelta(seconds=30))


def test_a_date_that_has_passed_is_not_promised() -> None:
    """A paper that lay too long gets the wording without a date."""
    for about in (Notice.RECEIPT, Notice.ACCEPTED):
        assert LATE[about][0] == write(about, "枫禾县检察院", FACTS, date(2026, 12, 29)).template
    assert "9月28日" in write(Notice.RECEIPT, "枫禾县检察院", FACTS, date(2026, 12, 29)).text


@pytest.mark.parametrize("reach", list(Reach))
def test_only_who_chose_it_is_told_by_sms_or_phone(reach: Reach) -> None:
    """Everybody else's notice says why there is none."""
    assert (states.impossible(reach) is None) == (reach in (Reach.SMS, Reach.CALL))


@given(st.integers(0, 730 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=n)))
def test_peer_fault_officers_are_told_at_midnight(now: datetime) -> None:
    """Missed at 24:00 is told in the morning; a digest is written by day, on a working day."""
    moment = states.officers_moment(now).astimezone(SHANGHAI)
    assert 8 <= moment.hour < 21
    assert moment == now or moment - now <= timedelta(hours=11)
    day = states.digest_day(now, CALENDAR.is_rest_day)
    if day is not None:
        assert now.time() >= time(8, 30)
        assert now.hour < 21
        assert not CALENDAR.is_rest_day(day)


def test_a_signature_no_notice_has_room_for_is_refused_when_the_file_is_read(tmp_path: Path) -> None:
    """Every message would be refused as too long; 𠮷 takes the room of two."""
    file = tmp_path / "office.yaml"
    for signature, fits in (("枫禾县检察院", True), ("𠮷" * 12, True), ("某" * 100, False), ("𠮷" * 50, False)):
        file.write_text(f'signature: {signature}\nphone: "0571-55512309"\ndepartments: []\n')
        if fits:
            OfficeCard.load(file)
        else:
            with pytest.raises(ValueError, match="短信要分三条"):
                OfficeCard.load(file)


def test_a_number_no_provider_takes_is_refused_when_the_file_is_read(tmp_path: Path) -> None:
    """Not at the first missed deadline."""
    file = tmp_path / "office.yaml"
    file.write_text('signature: 甲\nphone: "1"\ndepartments: [{code: D01, name: 乙, phone: "2", mobile: "199"}]\n')
    with pytest.raises(ValueError, match="mobile"):
        OfficeCard.load(file)
