"""Resident IDs and phones as people write them."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.identity import IdentityError, Phone, phone, resident_id
from intake.domain.places import Places

COUNTY = Path(__file__).parent.parent.parent.parent / "examples" / "county" / "divisions.yaml"
TODAY = date(2026, 11, 24)
WEIGHTS = [2**power % 11 for power in range(17, 0, -1)]  # GB 11643: 2^(n-1) mod 11


def with_check(digits: str) -> str:
    rest = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    return digits + str((12 - rest) % 11).replace("10", "X")


valid_ids = st.builds(
    lambda area, born, order: with_check(f"{area}{born:%Y%m%d}{order:03d}"),
    st.sampled_from(["619926", "110101", "330102", "810000", "820000", "830000", "910000"]),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


@given(valid_ids)
def test_a_valid_id_is_read_as_written(number: str) -> None:
    """Full-width digits, a small x and blanks around are how people write."""
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    for written in (number, number.lower(), f"  {number}\u3000", wide):
        assert number == resident_id(written, today=TODAY).number


@given(valid_ids, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_refused(number: str, place: int, shift: int) -> None:
    """The check character finds every single wrong digit."""
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(IdentityError) as refused:
        resident_id(wrong, today=TODAY)
    assert refused.value.field == "resident_id"


@pytest.mark.parametrize(
    "number", ["", "123", "61992619850312001", with_check("61992620990101001"), with_check("61992618000101001"),
               with_check("61992620260230001"), "６１９９２６" * 3, "abcdefghijklmnopqr"],
)  # fmt: skip
def test_what_cannot_be_is_refused(number: str) -> None:
    """Birth years to come or long gone, days that do not exist, other lengths."""
    with pytest.raises(IdentityError):
        resident_id(number, today=TODAY)


def test_an_unknown_area_is_a_warning_only() -> None:
    """Many old cards carry codes that are in no list today."""
    assert resident_id(with_check("61992619850312001"), today=TODAY).warning
    assert resident_id(with_check("11010119850312001"), today=TODAY).warning is None


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("13800138000", Phone("+8613800138000", "mobile", None)),
        ("+86 138-0013-8000", Phone("+8613800138000", "mobile", None)),
        ("１３８００１３８０００", Phone("+8613800138000", "mobile", None)),
        ("13800138000转2", Phone("+8613800138000", "mobile", "2")),
        ("0571-87654321", Phone("+8657187654321", "fixed", None)),
        ("87654321", Phone("+8657187654321", "fixed", None)),
        ("400-812-3123", Phone("+864008123123", "service", None)),
        ("12309", Phone("12309", "short", None)),
    ],
)
def test_phones_are_told_apart(written: str, found: Phone) -> None:
    """Only a mobile number gets an SMS."""
    assert found == phone(written, area_code="0571")


@pytest.mark.parametrize("written", ["138****8000", "1380013800", "+12125551234", "没有", "", "138001380001"])
def test_masked_short_and_foreign_numbers_are_refused(written: str) -> None:
    """A masked number is only possible, not valid."""
    with pytest.raises(IdentityError):
        phone(written, area_code="0571")


@given(st.text(max_size=40))
def test_any_text_is_a_phone_or_an_error_that_names_it(text: str) -> None:
    """Nothing people type makes the window fail."""
    with suppress(IdentityError):
        assert phone(text, area_code="0571").number


def test_places_are_the_countrys_and_the_countys() -> None:
    """GB/T 2260 and the county's own list beside it."""
    places = Places.load(COUNTY)
    assert [places.knows(c) for c in ("110101", "619926", "619926101", "999999")] == [True, True, True, False]


def test_every_place_is_found_from_the_country_down() -> None:
    """Each belongs to one that is known, and is listed there; the county's own beside the national table's."""
    places = Places.load(COUNTY)
    front, found = ["000000"], set[str]()
    while front:
        for each, holds in places.under(front.pop()):
            assert each.code not in found
            found.add(each.code)
            front += [each.code] if holds else []
    assert {"110000", "110101", "619900", "619926", "619926101"} <= found
    assert all(places.knows(code) and places.find(code) for code in found)
    assert ["619926001", "619926101", "619926102", "619926103", "619926201"] == [
        each.code for each, _ in places.under("619926")
    ]
