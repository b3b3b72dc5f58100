"""The pages have no rule of their own: no state, no role, no right to act is named in what decides or draws."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from authorization.table import ACTIONS
from clock.tables import State
from contracts import vocabulary
from desk.office.words import MENU

DESK = Path(__file__).parents[1] / "desk"
STATES = {word.value for name, each in vars(vocabulary).items() if name.endswith("State") for word in each}
WORDS = STATES | {role.value for role in vocabulary.Role} | {state.value for state in State} | set(ACTIONS)
# what is called like a role or a state and is neither: a service, and what the menu asks `/me` for
NEITHER = {"aid"} | {needs for _, _, needs in MENU}
BLOCK = re.compile(r"{[{%](.*?)[%}]}", re.DOTALL)
QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


def in_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def in_template(text: str) -> Iterator[str]:
    for block in BLOCK.findall(text):
        for one, other in QUOTED.findall(block):
            yield one or other


def named(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    found = in_template(text) if path.suffix == ".html" else in_python(text)
    return (set(found) & WORDS) - NEITHER


@pytest.mark.parametrize(
    "path", sorted([*DESK.glob("office/*.py"), *DESK.glob("pages/**/*.html")]), ids=lambda each: each.name
)
def test_no_state_role_or_right_is_named(path: Path) -> None:
    """What a petition's state allows, and to whom, the services say; a page that asks for itself is wrong some day."""
    assert set() == named(path)


def test_what_is_named_is_seen(tmp_path: Path) -> None:
    """A page that passes because nothing is looked at would pass for ever."""
    (tmp_path / "a.html").write_text("{% if petition.state == 'accepted' %}{{ x if role == \"chief\" }}{% endif %}")
    (tmp_path / "a.py").write_text("def f(x):\n    return x['state'] in ('registered', 'closed')\n")
    assert {"accepted", "chief"} == named(tmp_path / "a.html")
    assert {"registered", "closed"} == named(tmp_path / "a.py")


def test_a_file_is_short() -> None:
    """One noun a file; what is longer has a rule in it, or two nouns."""
    lines = {each.name: len(each.read_text(encoding="utf-8").splitlines()) for each in DESK.glob("office/*.py")}
    assert {} == {name: many for name, many in lines.items() if many > (180 if name == "forms.py" else 150)}


def test_one_place_sends_to_the_login_or_the_second_factor() -> None:
    """A view that drew such a refusal as its own would leave the officer with nowhere to give a proof."""
    named = {each.name for each in DESK.glob("office/*.py") if re.search("no-token|second-factor", each.read_text())}
    assert {"proving.py", "refusals.py"} == named
