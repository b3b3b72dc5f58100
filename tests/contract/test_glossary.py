"""The glossary names what the code has: who looks a word up finds it, and finds one."""

import re
from pathlib import Path

import pytest

from contracts import vocabulary
from contracts.registry import CONTRACTS

ROOT = Path(__file__).parent.parent.parent
LINES = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in LINES if re.match(r"\| (?!中文)[一-鿿]", line)
]
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for path in (*ROOT.glob("libs/*/*/**/*.py"), *ROOT.glob("services/*/*/**/*.py"))
)
WORDS = frozenset(re.findall(r"\w+", SOURCE))
TYPES = {contract.name.rsplit(".", 1)[0] for contract in CONTRACTS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2].strip("`"))
def test_the_name_in_the_code_is_there(row: list[str]) -> None:
    """A word of the vocabulary with the Chinese that officers see; a type that travels; else a name of the code."""
    chinese, english, code = row[0], row[1], row[2]
    assert re.fullmatch(r"[一-鿿]+", chinese)
    assert english
    assert re.fullmatch(r"`[\w.-]+`", code)
    name = code.strip("`")
    if re.fullmatch(r"[A-Z][a-z]\w+\.[A-Z_]+", name):
        words, member = name.split(".")
        assert chinese == getattr(vocabulary, words)[member].zh
    elif "." in name or "-" in name:
        assert name in TYPES or f'"{name}"' in SOURCE
    else:
        assert name in WORDS


def test_no_word_stands_for_two_things() -> None:
    """Neither in Chinese nor in the code."""
    assert len(ROWS) > 60
    for column in (0, 2):
        named = [row[column] for row in ROWS]
        assert set() == {each for each in named if named.count(each) > 1}
