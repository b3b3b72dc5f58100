"""`./dev check` says what is imported and not declared, and what is declared and not imported."""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.dev import check

ROOT = Path(__file__).parent.parent.parent
PACKAGE = """
[project]
name = "fengqiao-one"
version = "1"
dependencies = ["fengqiao-two", "kombu", "PyYAML"{}]
"""


def test_a_package_is_held_to_its_own_list(tmp_path: Path) -> None:
    """Both ways, for libraries of others and for our own, and of the checkout by requirements.in."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "requirements.in").write_text("PyYAML\nmarshmallow==4\n")
    for name, more, code in (
        ("one", "", "import eventlet\nimport two\nimport yaml\n"),
        ("two", ', "SQLAlchemy"', "import kombu\nimport one\nimport yaml\n"),
    ):
        (tmp_path / "libs" / name / name).mkdir(parents=True)
        (tmp_path / "libs" / name / name / "__init__.py").write_text(code)
        (tmp_path / "libs" / name / "pyproject.toml").write_text(PACKAGE.format(more).replace("-one", f"-{name}", 1))
    said = []
    for program, *rest in check.declared(tmp_path):
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *rest], cwd=tmp_path, capture_output=True, text=True
        )
        said.append({" ".join(line.split()[1:3]) for line in done.stderr.splitlines() if " DEP00" in line})
    assert said == [
        {"DEP002 'kombu'", "DEP003 'eventlet'"},
        {"DEP002 'fengqiao-two'", "DEP002 'SQLAlchemy'", "DEP001 'one'"},
        {"DEP002 'marshmallow'", "DEP003 'eventlet'", "DEP003 'kombu'"},
    ]
