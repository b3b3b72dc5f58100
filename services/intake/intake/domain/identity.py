"""Resident IDs and phone numbers as people write them. Refuses what is wrong, warns of what is only unusual."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, is_valid_short_number

from contracts import plain
from contracts.masked import BETWEEN
from contracts.vocabulary import IdPaper
from intake.domain.places import knows_area

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_ID = re.compile(r"[1-9]\d{16}[\dX]")
_EXTENSION = re.compile(
    r"(.*?)[\s,;-]*(?:转|轉|分机|分機|extension|ext|x|#)[\s.:=-]*(?:分机|分機)?[\s.:=-]*([0-9]{1,8})", re.IGNORECASE
)
_DASHED = re.compile(r"(.*[0-9])\)?\s*-\s*([0-9]{1,6})")  # 0571-87654321-801
# 2345678-801 is a number and its extension, or a slip: read as one it is somebody's in another city
_NO_ZERO = re.compile(r"(?!400|800|9[56])[2-9]\d{8,10}")
_TOLD = "转"
# of papers whose number has no check character its shape alone
_SHAPES: Mapping[IdPaper, re.Pattern[str]] = {
    IdPaper.HK_MACAU_PERMIT: re.compile(r"[HM][0-9]{8}([0-9]{2})?"),
    IdPaper.TAIWAN_PERMIT: re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"),
    IdPaper.FOREIGNER_CARD: re.compile(r"[A-Z]{3}[0-9]{12}"),
    IdPaper.PASSPORT: re.compile(r"(?=[A-Z0-9]*[0-9])[A-Z0-9]{5,15}"),
    IdPaper.HOUSEHOLD_BOOK: re.compile(r"[A-Z0-9]{4,20}"),
}
# whose 18 digits are those of a resident ID, by what they begin with; the foreigner's card has had another shape before
_BY_ID: Mapping[IdPaper, tuple[str, ...]] = {
    IdPaper.RESIDENCE_PERMIT: ("81", "82", "83"),
    IdPaper.FOREIGNER_CARD: ("9",),
}
_EARLIEST = date(1900, 1, 1)


class IdentityError(ValueError):
    """What is wrong with which field; never with the value."""

    def __init__(self, field: str, reason_zh: str, reason_en: str):
        super().__init__(reason_en)
        self.field, self.reason_zh, self.reason_en = field, reason_zh, reason_en


@dataclass(frozen=True, slots=True)
class ResidentId:
    """GB 11643: 18 characters, upper case. `warning`: the area code is in no list we know (many are historic)."""

    number: str
    born: date
    warning: str | None


@dataclass(frozen=True, slots=True)
class Phone:
    """`number` in E.164, or the short number itself; `kind`: mobile, fixed, service or short."""

    number: str
    kind: str
    extension: str | None

    @property
    def is_mobile(self) -> bool:
        """Whether an SMS reaches it: none is put through."""
        return self.kind == "mobile" and self.extension is None

    @property
    def told(self) -> str:
        """+8657187654321转801: as it is kept and told to whoever calls."""
        return self.number if self.extension is None else f"{self.number}{_TOLD}{self.extension}"


def paper(kind: IdPaper, text: str, *, today: date) -> str:
    """A paper's number as it is kept: of one that says itself what it is, the number; of others behind its name.

    619926198503120014, 护照 E12345678. What is kept already is read as it was. Raises IdentityError.
    """
    kept, of = split(text)
    if kept is not IdPaper.RESIDENT_ID:
        kind, text = kept, of
    if kind is IdPaper.NONE:
        raise IdentityError("resident_id", "未出示证件的不填号码", "without a paper there is no number")
    number = _plain(text)
    if kind not in _SHAPES or (kind in _BY_ID and len(number) == 18):
        number = resident_id(number, today=today).number
        if kind in _BY_ID and not number.startswith(_BY_ID[kind]):
            raise IdentityError("resident_id", f"不是{kind.zh}的号码，请核对", "no number of such a paper")
        return number
    if not _SHAPES[kind].fullmatch(number):
        raise IdentityError("resident_id", f"不是{kind.zh}的号码，请核对", "no number of such a paper")
    return f"{kind.zh} {number}"


def split(kept: str) -> tuple[IdPaper, str]:
    """Which paper a kept number is of, and the number alone; of whatever says itself what it is, a resident ID."""
    name, blank, number = kept.partition(" ")
    found = next((each for each in _SHAPES if blank and each.zh == name), None)
    return (IdPaper.RESIDENT_ID, kept) if found is None else (found, number)


def papers(text: str) -> list[str]:
    """What a number may be kept as that begins with a letter: of which papers it can be."""
    number = _plain(text)
    return [
        f"{kind.zh} {number}" for kind, shape in _SHAPES.items() if number[:1].isalpha() and shape.fullmatch(number)
    ]


def _plain(text: str) -> str:
    # in groups as on the card's copy, by blanks or dashes
    return re.sub(r"[\s.-]", "", plain.typed(text)).upper()


def resident_id(text: str, *, today: date) -> ResidentId:
    """Resident identity card, also of 15 digits, residence permit (81-83) and foreigner's card (9).

    Raises IdentityError.
    """
    number = _plain(text)
    if re.fullmatch(r"[1-9][0-9]{14}", number):
        # of before 1999: born in the 1900s; read as the card that took its place, it is the same person's
        number = f"{number[:6]}19{number[6:]}"
        number += _CHECK[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=True)) % 11]
    if len(number) != 18:
        raise IdentityError("resident_id", "身份证号应为 18 位", "a resident ID has 18 characters")
    if not number.isascii() or not _ID.fullmatch(number):
        raise IdentityError("resident_id", "身份证号应为 17 位数字加校验位", "17 digits and a check character")
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    if _CHECK[total % 11] != number[17]:
        raise IdentityError("resident_id", "身份证号校验位不符，请核对", "the check character does not match")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = None
    if born is None or not _EARLIEST <= born <= today:
        raise IdentityError("resident_id", "身份证号中的出生日期不成立", "the date of birth is not possible")
    usual = number[0] == "9" or number[:2] in ("81", "82", "83") or knows_area(number[:6])
    return ResidentId(number, born, None if usual else "地区代码不在现行区划表中，请核对原件")


def phone(text: str, *, area_code: str) -> Phone:
    """A Chinese phone number; local numbers of 7 or 8 digits get the county's area code. Raises IdentityError."""
    written = plain.typed(text)
    if found := _EXTENSION.fullmatch(written):
        return replace(_bare(found[1], area_code), extension=found[2])
    if found := _DASHED.fullmatch(written):
        # only behind a whole number: 8765-4321 is one in groups
        with suppress(IdentityError):
            whole = _bare(found[1], area_code)
            if not whole.is_mobile:
                return replace(whole, extension=found[2])
    return _bare(written, area_code)


def _bare(written: str, area_code: str) -> Phone:
    digits = re.sub(r"[\s\-().]", "", written)
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        written = f"{area_code}{digits}"
    elif _NO_ZERO.fullmatch(digits):
        raise IdentityError("phone", "电话号码不正确，请核对；外地座机须写区号，如 0571-", "an area code begins with 0")
    try:
        number = phonenumbers.parse(written, "CN")
        # 12309 is a number to call and no number to write to; a number with *** in it is only "possible"
        if len(digits) <= 6 and is_valid_short_number(number):
            return Phone(digits, "short", None)
        valid = phonenumbers.is_valid_number(number) and number.country_code == 86
    except NumberParseException:
        valid = False
    if not valid or not re.fullmatch(r"\+?[\d\s\-().]+", written):
        raise IdentityError("phone", "电话号码不正确，请核对", "not a valid Chinese phone number")
    kind = {
        PhoneNumberType.MOBILE: "mobile",
        PhoneNumberType.FIXED_LINE: "fixed",
        PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed",
    }.get(phonenumbers.number_type(number), "service")
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind, None)


def numbers(person: Mapping[str, str | None]) -> list[str]:
    """By which somebody can be called, of what is kept of them: the first first, each once, without extensions."""
    told = [person.get("phone") or "", *(person.get("other_phones") or "").split(BETWEEN)]
    return list(dict.fromkeys(each.partition(_TOLD)[0] for each in told if each))
