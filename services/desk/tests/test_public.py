"""The petitioners' door while intake does not answer, and what is typed that no browser sends."""

import tempfile
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from requests import Request

from desk.public.app import make
from desk.public.door import typed
from desk.settings import PublicSettings

SETTINGS = PublicSettings(http_address="", intake="http://127.0.0.1:9", office="人民检察院", online=True)
OURS = {"Sec-Fetch-Site": "same-origin"}
NONCE = "a" * 32


@pytest.fixture
def visitor() -> FlaskClient:
    return make(SETTINGS).test_client()


def test_away_is_not_closed(visitor: FlaskClient) -> None:
    """Whoever comes while intake is restarted is told to come again, not that nothing is taken."""
    for path in ("/online", "/online/entry"):
        answer = visitor.get(path)
        assert (503, False) == (answer.status_code, "没有开放" in answer.text), path
        assert "请过几分钟再试" in answer.text


def test_what_was_written_while_it_is_away_stays(visitor: FlaskClient) -> None:
    """On the page; of the files, which no page keeps, it is said that they are to be chosen anew."""
    given = {"kind": "claim", "who": "anonymous", "text": "写了很久的一段话", "nonce": NONCE}
    given |= {"file": (BytesIO(b"%PDF-1.7"), "a.pdf")}
    answer = visitor.post("/online/entry", data=given, headers=OURS)
    assert 503 == answer.status_code
    for said in ("写了很久的一段话", f'value="{NONCE}"', "请过几分钟再按一次", "刚才选的附件没有保存"):
        assert said in answer.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of the file that could not be made
def test_a_form_for_which_there_is_no_room_is_a_page(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others fill the container's disk with theirs for a moment."""
    whole = {"file": ("a.pdf", b"%PDF-" + bytes(1024**2), "application/pdf")}
    sent = Request("POST", "http://door", data={"nonce": NONCE}, files=whole).prepare()
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    headers = {**OURS, "Content-Type": sent.headers["Content-Type"]}
    answer = visitor.post("/online/entry", data=sent.body, headers=headers)
    assert (503, True) == (answer.status_code, "同时上传的人太多" in answer.text)


@pytest.mark.parametrize("seq", ["9" * 5_000, "-1", "٣", "1e3", ""])
def test_no_number_is_an_error_of_ours(visitor: FlaskClient, seq: str) -> None:
    """However long, and in whatever digits: looked at before it is one."""
    answer = visitor.post("/rating", data={"number": "000001", "code": "x", "seq": seq, "stars": "5"}, headers=OURS)
    assert 503 == answer.status_code  # as intake is away


def test_a_line_ends_in_one_character() -> None:
    """As the browser counts them: a text of many lines is not too long here that was not too long there."""
    with make(SETTINGS).test_request_context("/", method="POST", data={"text": " 一\r\n二\r\n"}):
        assert "一\n二" == typed("text")
