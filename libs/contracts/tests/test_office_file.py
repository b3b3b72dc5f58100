"""The office's own file is read by one set of rules, and a mistake is named in the words of whoever wrote it."""

from pathlib import Path

import pytest

from contracts.office_file import OfficeFileError, read

COUNTY = Path(__file__).parents[3] / "examples" / "county" / "office.yaml"
HEAD = "signature: 甲\nphone: 12309\n"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("- 甲", "本院名册 文件：应为对象"),
        ("phone: '1'", "本院名册 文件.signature：必填"),
        (HEAD + "mobile: '199'", "本院名册 文件.mobile：应为手机号"),
        (HEAD + "departments: D01", "本院名册 departments：应为列表"),
        (HEAD + "departments: [{code: D01, name: 乙}]", r"本院名册 departments\[0\].phone：必填"),
        (
            HEAD + "departments: [{code: D01, name: 乙, phone: '2', mobile: '199'}]",
            r"departments\[0\].mobile：应为手机号",
        ),
        (HEAD + "departments: [{code: D, name: 乙, phone: '2'}, {code: D, name: 丙, phone: '2'}]", "1.：D 重复"),
        (HEAD + "officers: [{number: '1', name: 乙}, {number: 1, name: 丙}]", r"officers\[1\]：1 重复"),
        (HEAD + "officers: [{number: '1', name: 乙, roles: [all]}]", r"officers\[0\].roles"),
        (HEAD + "signature: 乙", "“signature”写了两次"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, written: str, said: str) -> None:
    """Whichever service reads it, before it has taken anything over."""
    file = tmp_path / "office.yaml"
    file.write_text(written)
    with pytest.raises(OfficeFileError, match=said):
        read(file)


def test_what_is_well_formed_is_read(tmp_path: Path) -> None:
    """The fictional county's; a number where a text belongs; what this release does not know is left alone."""
    assert (6, "枫禾县检察院") == (len(read(COUNTY).departments), read(COUNTY).signature)
    file = tmp_path / "office.yaml"
    file.write_text(HEAD + "area_code: 0571\nmobile: ''\nofficers: [{number: 900001, name: 乙, since: 2026-01-01}]\n")
    found = read(file)
    assert ("12309", "", ()) == (found.phone, found.mobile, found.departments)
    assert ["900001"] == [each["number"] for each in found.officers]
