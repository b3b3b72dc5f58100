"""A printed page: whatever was written by hand stays text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from intake.domain.page import Sheet, html

written = st.text(min_size=1, max_size=80).filter(str.strip)
OURS = {"html", "head", "meta", "title", "style", "body", "p", "h1", "div"}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


@given(written | st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=a>', "</style><b>", "&lt;i&gt;"]))
def test_nothing_that_was_said_becomes_markup(text: str) -> None:
    """In every place a petitioner's or an officer's words come to."""
    reader = Reader()
    reader.feed(html(Sheet(text, text, text, text, [text, "第二段\n第三段"], text, text)))
    assert OURS == set(reader.tags)
    assert {"lang", "charset", "class"} == set(reader.attributes)
