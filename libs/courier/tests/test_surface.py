"""What courier gives is what is asked of it: `__all__`, the README and the imports of all others are one list."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COURIER = ROOT / "libs" / "courier"
FILES = [path for path in (COURIER / "courier").rglob("*.py") if path.name not in {"__init__.py", "waits.py"}]
MODULES = {".".join(path.relative_to(COURIER).with_suffix("").parts) for path in FILES}


def _others() -> Iterator[Path]:
    for top in ("libs", "services"):
        for path in (ROOT / top).rglob("*.py"):
            if path not in FILES and not {"tests", "migrations"} & {*path.relative_to(ROOT).parts}:
                yield path


def _imported(path: Path) -> Iterator[str]:
    """`courier.inbox.Inbox`, whether the name is imported or reached by its module."""
    tree, modules = ast.parse(path.read_text("utf-8")), dict[str, str]()
    for each in ast.walk(tree):
        if isinstance(each, ast.ImportFrom) and each.module and each.module.split(".")[0] == "courier":
            for name in each.names:
                full = f"{each.module}.{name.name}"
                if full in MODULES:
                    modules[name.asname or name.name] = full
                elif each.module in MODULES:
                    yield full
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in modules:
            yield f"{modules[each.value.id]}.{each.attr}"


def _public() -> set[str]:
    return {f"{module}.{name}" for module in MODULES for name in import_module(module).__all__}


def test_every_public_name_is_there_and_asked_for() -> None:
    """No name is given that nobody takes, none taken that is not given: what is courier's own may change."""
    assert [] == [
        each for each in _public() if not hasattr(import_module(each.rpartition(".")[0]), each.rpartition(".")[2])
    ]
    assert {name for path in _others() for name in _imported(path)} == _public()


def test_the_readme_lists_the_public_names() -> None:
    """One line each, whatever module it is in."""
    listed = re.findall(r"^- `(courier\.[\w.]+)`: \S", (COURIER / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(_public()) == sorted(listed)
