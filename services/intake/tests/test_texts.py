"""Text made comparable: how it was typed, broken and pointed does not count; which characters it has does."""

from hypothesis import given
from hypothesis import strategies as st

from intake.domain import texts


def test_text_is_folded_alike_however_it_was_typed() -> None:
    """Width, case, blanks, line ends and punctuation are one; a new ideograph is a letter."""
    assert texts.folded("（2026）枫0623民初12号，\n拖欠 Ａ 公司") == "2026枫0623民初12号拖欠a公司"
    assert texts.folded("我叫𠮷\u3000\u00a0\t田！！") == "我叫𠮷田"
    assert texts.pieces("占地。没有补偿……请查") == ["占地", "没有补偿", "请查"]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """What is kept folded finds itself."""
    assert texts.folded(texts.folded(text)) == texts.folded(text)
