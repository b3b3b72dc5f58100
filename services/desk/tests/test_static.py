"""What a browser is given: small, ours alone, and nothing that an old one does not know."""

import gzip
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

DESK = Path(__file__).parents[1] / "desk"
STATIC = DESK / "static"
TEMPLATES = sorted([*DESK.glob("pages/**/*.html"), *DESK.glob("public/pages/*.html")])
HTMX = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"  # as its registry has it, 2.0.11
# Chromium 86 does not know them (caniuse): a whole rule is lost with one
NEWER = re.compile(
    r":has\(|:is\(|:where\(|@layer|@container|@supports selector|\binset:|aspect-ratio|\bclamp\(|accent-color"
)


def test_what_is_vendored_is_what_it_says() -> None:
    """Another file under the same name would be somebody else's script on every page."""
    assert HTMX == hashlib.sha256((STATIC / "htmx-2.0.11.min.js").read_bytes()).hexdigest()
    assert "Zero-Clause BSD" in (STATIC / "htmx-LICENSE.txt").read_text()


def test_it_is_small() -> None:
    """A first visit is a style sheet, a script and htmx: 45 KB packed, with room for a page."""
    assert 16_384 >= len((STATIC / "desk.css").read_bytes())
    assert 8_192 >= len((STATIC / "desk.js").read_bytes())
    packed = sum(len(gzip.compress(each.read_bytes())) for each in STATIC.glob("*.*s"))
    assert packed <= 35_000


def test_nothing_is_newer_than_the_browsers_there_are() -> None:
    """统信's and 奇安信's browsers are Chrome 90 and 93; the baseline is 86."""
    for style in (STATIC / "desk.css", DESK / "public" / "static" / "public.css"):
        assert [] == NEWER.findall(style.read_text())
    script = "".join((STATIC / each).read_text() for each in ("desk.js", "key.js"))
    assert [] == re.findall(r"\?\.|\?\?|\bstatic \{|#[a-z]+\b(?=\()|\.at\(|replaceAll|structuredClone", script)
    assert [] == re.findall(r"localStorage|sessionStorage|indexedDB|\beval\b|innerHTML|document\.write", script)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.name)
def test_a_page_has_no_script_of_its_own_and_fetches_nothing(template: Path) -> None:
    """What the content policy forbids would not run; here nobody writes it."""
    text = template.read_text(encoding="utf-8")
    assert [] == re.findall(
        r"<script(?![^>]*src=\"\{\{ asset)|<style|\sstyle=|\son\w+=|https?:|javascript:|\|\s*safe\b", text
    )
    if template.parent.parent.name == "public":
        return  # nobody is logged in there
    # every form that changes something says which browser it is of
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL):
        assert re.search(r"csrf|url_for\('(login\.(enter|change)|proving\.(prove|sign))'\)", form), form[:120]


def test_the_pages_run_without_the_services_frameworks() -> None:
    """They must outlive a change of what the services stand on, and wait by threads."""
    check = "import sys, desk.server, desk.office.app, desk.public.app, desk.signer.door; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert set() == {"nameko", "eventlet", "kombu", "amqp"} & set(said.stdout.split())
