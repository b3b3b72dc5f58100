"""What an agency's door keeps of what it hears and says, whatever comes late, twice or before what it follows."""

import json
import random
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, inspect, select, text, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.serving import make_server

from contracts import registry
from contracts.registry import CONTRACTS, ContractError
from desk.__main__ import MIGRATIONS
from desk.agency import accounts, enclosures, forms, hearing, history, saying, words
from desk.agency.app import make
from desk.agency.carrier import Carrier
from desk.agency.tables import Account, Base, Enclosed, Entry, Heard, Matter, Said
from desk.settings import AgencySettings
from service_kit.database import migrate
from tests.contract import test_schema
from vault import Safe, safe

BEGAN = datetime(2026, 11, 23, 9, tzinfo=UTC)
OFFER = registry.contract("to_agency", "referral.offered.v1")
SAMPLES = Path(registry.__file__).parent / "samples" / "to_agency"


@pytest.fixture
def own_safe(tmp_path: Path) -> Safe:
    safe.generate(tmp_path / "agency.json")
    return Safe.from_file(tmp_path / "agency.json")


@pytest.fixture
def session(engine: Engine, empty_database: str) -> Iterator[Session]:
    migrate(empty_database, MIGRATIONS / "agency")
    with Session(engine) as made:
        yield made


def message(type_: str, minutes: int, **data: Any) -> bytes:
    """As the other side writes it, so many minutes after it began."""
    sample = json.loads((SAMPLES / f"{type_}.json").read_text(encoding="utf-8"))["data"]
    body = {"id": str(uuid.uuid4()), "type": type_, "time": (BEGAN + timedelta(minutes=minutes)).isoformat()}
    return json.dumps(body | {"data": sample | data}, ensure_ascii=False).encode()


def story(number: str, said: str, ends: str) -> list[bytes]:
    """The life of a referral, in order: signed for, objected to and overruled, urged, and its end."""
    taken = {"message": said, "type": "reply.signed.v1", "state": "signed", "allowed": ["reply.accepted.v1"]}
    return [
        message("referral.offered.v1", 0, referral=number),
        message("message.taken.v1", 1, **taken),
        message("referral.urged.v1", 2, referral=number),
        message("message.taken.v1", 3, **taken | {"state": "objected", "allowed": []}),
        message("referral.ruling.v1", 4, referral=number, ruling="overruled"),
        message("referral.material_added.v1", 5, referral=number),
        message(f"referral.{ends}.v1", 6, referral=number),
    ]


ENDS = {"recalled": ("recalled", []), "rework": ("rework", ["reply.progress.v1", "reply.answered.v1"])}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)])
def test_late_twice_and_out_of_order(session: Session, own_safe: Safe, seed: int) -> None:
    """A thousand messages, each once to three times in any order: each is kept once, a matter stands as it ended."""
    chance, expected, coming = random.Random(seed), {}, list[bytes]()
    for n in range(143):
        number, said, ends = f"移2026-619926-{n:06d}", saying.fresh(), chance.choice(sorted(ENDS))
        matter = hearing.begun("referral", number, BEGAN)
        session.add(matter)
        data = {"referral": number, "officer": "王某"}
        assert saying.plan(session, own_safe, "A12", "reply.signed.v1", data, "王某", said, matter)
        expected[number] = ENDS[ends]
        for each in story(number, said, ends):
            coming += [each] * chance.randint(1, 3)
    assert 1_000 < len(coming)
    chance.shuffle(coming)
    for each in coming:
        hearing.take(session, own_safe, each)
    session.commit()
    rows = session.scalars(select(Matter)).all()
    assert expected == {each.number: (each.state, each.allowed) for each in rows}
    assert len(set(coming)) == session.scalar(select(func.count()).select_from(Heard))
    assert set(expected) == set(session.scalars(select(Said.matter).where(Said.taken_at.is_not(None))))


def test_a_repeat_brings_new_tokens_and_what_is_forgotten_stays_so(session: Session, own_safe: Safe) -> None:
    """The offer's tokens are the newest; once its days are over nothing brings it back."""
    offer = json.loads(message("referral.offered.v1", 0))
    number = offer["data"]["referral"]

    def offered(token: str) -> Any:
        offer["data"]["files"][0]["token"] = token
        hearing.take(session, own_safe, json.dumps(offer).encode())
        session.commit()
        return history.offer(session, own_safe, number)

    assert "first" == offered("first")["files"][0]["token"]
    assert "second" == offered("second")["files"][0]["token"]
    session.execute(text("UPDATE heard SET forget_at = now()"))
    assert 1 == saying.forget(session)
    assert offered("third") is None


def test_what_is_not_sent_is_not_forgotten(session: Session, own_safe: Safe) -> None:
    """It was promised to whoever pressed the button."""
    saying.plan(session, own_safe, "A12", "inbox.resync.v1", {}, "王某", saying.fresh(), None)
    session.execute(text("UPDATE said SET forget_at = now()"))
    assert 0 == saying.forget(session)
    session.execute(text("UPDATE said SET sent_at = now()"))
    assert 1 == saying.forget(session)


def test_what_cannot_be_read_is_kept_for_a_person(session: Session, own_safe: Safe) -> None:
    """It would come again for ever; a person is told that there is one."""
    for body in (b"{", b"[]", b'{"id": "x"}', message("referral.offered.v1", 0).replace(b"2026-11-23T", b"T")):
        hearing.take(session, own_safe, body)
        hearing.take(session, own_safe, body)
    assert ["unreadable"] * 4 == list(session.scalars(select(Heard.type)))


def test_nothing_that_was_said_is_in_clear(session: Session, own_safe: Safe, engine: Engine) -> None:
    """Of a whole database the number and the codes can be read, and no name, phone or text."""
    hearing.take(session, own_safe, message("referral.offered.v1", 0))
    data = {"referral": "移2026-619926-000001", "officer": "王某", "result": "supported", "text": "独一无二的话"}
    matter = session.get_one(Matter, data["referral"])
    saying.plan(session, own_safe, "A12", "reply.answered.v1", data, "王某", saying.fresh(), matter)
    session.commit()
    found = ""
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            found += "".join(bytes(one).decode(errors="replace") if isinstance(one, memoryview) else str(one)
                             for row in rows for one in row)  # fmt: skip
    for secret in ("石大川", "19900001208", "请求支持起诉讨薪", "欠我们7人工资", "独一无二的话"):
        assert secret not in found


@pytest.fixture
def pages(session: Session, engine: Engine, own_safe: Safe, tmp_path: Path) -> FlaskClient:
    """Somebody of the agency is logged in; nothing comes and nothing goes."""
    settings = AgencySettings(
        code="A12", name="县教育局", database_url="", key_file=tmp_path, amqp_url="", http_address="", files_url="",
        office="人民检察院", our_agency="A00", directory_file=None,
    )  # fmt: skip
    client = make(settings, engine, own_safe).test_client()
    once = accounts.create(session, "wang", "王某", False, "command")
    session.execute(update(Account).values(change=False))
    session.commit()
    assert 302 == _sent(client, "/login", login="wang", password=once)
    return client


def _sent(client: FlaskClient, path: str, **typed: str) -> int:
    headers = {"Sec-Fetch-Site": "same-origin"}
    return client.post(path, data=typed, headers=headers, base_url="https://door").status_code


def _read(client: FlaskClient, path: str = "/") -> str:
    return client.get(path, base_url="https://door").text


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found is not None
    return found[1]


def _heard(session: Session, own_safe: Safe, type_: str, minutes: int, **data: Any) -> None:
    hearing.take(session, own_safe, message(type_, minutes, **data))
    session.commit()


def test_a_request_to_coordinate_waits_until_somebody_knows_of_it(
    pages: FlaskClient, session: Session, own_safe: Safe
) -> None:
    """It has no step, and stood at once among what is done; asked once more, it waits once more."""
    asked = "coordination.requested.v1"
    _heard(session, own_safe, asked, 0)
    number = session.scalars(select(Matter.number)).one()
    assert "待办（1）" in _read(pages)
    shown = _read(pages, f"/matter?number={number}")
    assert "知道了" in shown
    assert 302 == _sent(pages, "/noted", csrf=_csrf(shown), matter=number)
    assert "现在没有要办的" in _read(pages)
    assert "知道了" not in _read(pages, f"/matter?number={number}")
    assert ["logged-in", "noted"] == session.scalars(select(Entry.what).order_by(Entry.id)).all()[-2:]
    _heard(session, own_safe, asked, 1)
    assert "待办（1）" in _read(pages)


def test_a_row_says_by_when_what_is_still_to_be_done(pages: FlaskClient, session: Session, own_safe: Safe) -> None:
    """A referral is signed by its day, and has none after; a lead is answered by its own; what was urged says so."""
    referral, lead, past = "移2026-619926-000007", "线2026-619926-000007", "2026-11-20"
    _heard(session, own_safe, "referral.offered.v1", 0, referral=referral, sign_by=past)
    assert ("已逾期" in (shown := _read(pages)), "已催办" in shown) == (True, False)
    _heard(session, own_safe, "referral.urged.v1", 1, referral=referral)
    assert "检察院已催办" in _read(pages)
    matter = session.get_one(Matter, referral)
    matter.state, matter.allowed = "signed", ["reply.accepted.v1"]
    session.commit()
    shown = _read(pages)
    assert ("期限" in shown, "检察院已催办" in shown) == (False, True)
    matter.allowed = []
    _heard(session, own_safe, "aid.lead_offered.v1", 2, lead=lead, answer_by=past)
    its = session.get_one(Matter, lead)
    its.state, its.allowed = "signed", ["aid.lead_answered.v1"]
    session.commit()
    shown = _read(pages)
    assert ("已逾期" in shown, "已催办" in shown) == (True, False)


def test_what_was_typed_for_a_step_that_is_gone_is_shown(pages: FlaskClient, session: Session, own_safe: Safe) -> None:
    """The procuratorate recalled it while somebody wrote; and after another login of the same browser, to be sent."""
    number = "移2026-619926-000008"
    _heard(session, own_safe, "referral.offered.v1", 0, referral=number)
    csrf = _csrf(_read(pages, f"/matter?number={number}"))
    _heard(session, own_safe, "referral.recalled.v1", 1, referral=number)
    step = {"matter": number, "type": "reply.answered.v1", "id": saying.fresh(), "f.text": "写了很久的一段话"}
    for word, status in ((csrf, 409), ("of an earlier login", 403)):
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = pages.post("/matter", data=step | {"csrf": word}, headers=headers, base_url="https://door")
        assert (status, True) == (answer.status_code, "写了很久的一段话" in answer.text)
    assert csrf == _csrf(answer.text.partition("<main")[2])
    assert 0 == session.scalar(select(func.count()).select_from(Said))


def test_every_form_says_what_the_contract_takes() -> None:
    """What is typed into the forms of a sample, and read from them, is the sample: no member has no control."""
    for each in CONTRACTS:
        if each.category != "from_agency" or each.name == "inbox.resync.v1":
            continue
        sample = json.loads((SAMPLES.parent / "from_agency" / f"{each.name}.json").read_text(encoding="utf-8"))["data"]
        typed = forms.typed_of(sample)
        chosen = {name: sample[name] for name in ("files",) if name in sample}
        assert bool(chosen) == any(one.kind == "files" for one in forms.drawn(each.name))
        controls = {f"f.{one.name}": one for one in forms.drawn(each.name)}
        known = {f"f.{name}" for name in (*forms.KNOWN, "submission")}
        assert typed.keys() - known <= controls.keys(), each.name
        about = {name: sample[name] for name in (*forms.KNOWN, "submission") if name in sample}
        said = about | chosen | forms.read(each.name, typed)
        assert registry.load("from_agency", each.name, sample) == registry.load("from_agency", each.name, said)
        assert all(one.label != one.name for one in controls.values()), each.name
        assert each.name in words.SAYS


def given(content: bytes, name: str) -> FileStorage:
    return FileStorage(BytesIO(content), name)


def test_a_file_that_may_not_come_is_refused_in_the_form() -> None:
    """By its own bytes, whatever it is called; too large, too many, empty, without a name: each says why."""
    pdf = b"%PDF-1.4 x"
    wrong = {
        "类型不支持": [given(b"MZ a program", "照片.jpg")],
        "空文件": [given(b"", "空.pdf")],
        "应填写文件名": [given(pdf, "...")],
        "合计不超过 20 MiB": [given(pdf + bytes([n]) + bytes(11 << 20), f"{n}.pdf") for n in range(2)],
        "至多 20 份": [given(pdf + bytes([n]), f"{n}.pdf") for n in range(21)],
    }
    for sentence, files in wrong.items():
        with pytest.raises(ContractError) as refused:
            enclosures.chosen(files, [])
        assert ("files", True) == (refused.value.field, sentence in refused.value.zh)
    one = enclosures.chosen([given(pdf, "C:\\决定书.pdf"), given(pdf, "再选一次.pdf"), given(b"", "")], [])
    assert [("决定书.pdf", "application/pdf", len(pdf))] == [
        tuple(each.named[name] for name in ("name", "media_type", "size")) for each in one
    ]


def answered(session: Session, own_safe: Safe, number: str, *contents: bytes) -> tuple[str, list[dict[str, Any]]]:
    """An answer with files, written as the page writes it: its id, and what it names."""
    files = enclosures.chosen([given(each, f"{n}.pdf") for n, each in enumerate(contents)], [])
    data = {"referral": number, "officer": "王某", "result": "supported", "text": "已办",
            "files": [each.named for each in files]}  # fmt: skip
    id_, matter, at = saying.fresh(), session.get_one(Matter, number), datetime.now(UTC)
    saying.plan(session, own_safe, "A12", "reply.answered.v1", data, "王某", id_, matter)
    enclosures.keep(session, own_safe, id_, number, at + timedelta(days=1), at, files)
    session.commit()
    return id_, [dict(each.named) for each in files]


class Procuratorate:
    """Takes files by their tokens: (token, path, type, bytes) of each that it was given."""

    def __init__(self, answers: dict[str, int]):
        self.answers, self.had = answers, list[tuple[str, str, str, bytes]]()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        token = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        self.had.append((token, environ["PATH_INFO"], environ["CONTENT_TYPE"], body))
        status = self.answers.get(token, 201)
        start_response(f"{status} x", [("Content-Type", "application/json")])
        return [json.dumps({"detail": "文件内容与所填类型不符"}).encode()]


def test_files_are_handed_in_when_they_are_asked_for(session: Session, own_safe: Safe, engine: Engine) -> None:
    """Not before the answer was taken; then each by its token, closed until then and gone after; one that must wait
    keeps no other; what is refused says why."""
    offer = json.loads(message("referral.offered.v1", 0))
    number = offer["data"]["referral"]
    hearing.take(session, own_safe, json.dumps(offer).encode())
    pdfs = [b"%PDF-1.4 " + word for word in (b"late", b"good", b"wrong")]
    id_, named = answered(session, own_safe, number, *pdfs)
    there = Procuratorate({"late": 503, "wrong": 422})
    server = make_server("127.0.0.1", 0, there, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        carrier = Carrier(f"http://127.0.0.1:{server.server_port}", engine, own_safe)
        assert carrier.carry()
        assert [] == there.had
        tokens = zip(named, ("late", "good", "wrong"), strict=True)
        wanted = [{"sha256": each["sha256"], "token": token} for each, token in tokens]
        asked = message("referral.files_wanted.v1", 1, referral=number, message=id_, files=wanted)
        hearing.take(session, own_safe, asked)
        session.commit()
        assert not carrier.carry()
        came = {token: (path, media, body) for token, path, media, body in there.had}
        assert (f"/files/{named[1]['sha256']}", "application/pdf", pdfs[1]) == came["good"]
        session.expire_all()
        entry = next(each for each in history.of(session, own_safe, session.get_one(Matter, number)) if each.files)
        assert [
            ("0.pdf", "等待送交"),
            ("1.pdf", "已送到"),
            ("2.pdf", "没有收下：文件内容与所填类型不符"),
        ] == entry.files
        there.answers["late"] = 201
        assert carrier.carry()
        assert ["late"] == [token for token, *_ in there.had[3:]]
    finally:
        server.shutdown()
    assert [None, None] == session.scalars(select(Enclosed.content).where(Enclosed.refused.is_(None))).all()


def test_what_was_chosen_goes_with_the_answer_that_is_put_right(session: Session, own_safe: Safe) -> None:
    """Turned back for its text: the files that were ticked again are the next one's, and no longer the first's."""
    hearing.take(session, own_safe, message("referral.offered.v1", 0))
    number = session.scalars(select(Matter.number)).one()
    earlier, named = answered(session, own_safe, number, b"%PDF-1.4 kept", b"%PDF-1.4 left out")
    files = enclosures.carry_over(session, own_safe, earlier, enclosures.chosen([], named[:1]))
    at = datetime.now(UTC)
    enclosures.keep(session, own_safe, "next", number, at + timedelta(days=1), at, files)
    session.commit()
    assert [b"%PDF-1.4 kept"] == [each.content for each in files]
    held = session.scalars(select(Enclosed.said).where(Enclosed.content.is_not(None))).all()
    assert ["next"] == held


def test_everything_that_is_heard_has_a_word() -> None:
    """A type that the contract gains is not passed over on the page."""
    about_ours = {"message.taken.v1", "message.rejected.v1"}
    assert {each.name for each in CONTRACTS if each.category == "to_agency"} - about_ours <= words.HEARS.keys()


def test_what_is_wrong_is_refused_before_it_is_written(session: Session, own_safe: Safe) -> None:
    """By the contract's own rules, naming the field."""
    data = {"referral": "移2026-619926-000001", "officer": "王某", "result": "won", "text": "x"}
    with pytest.raises(ContractError) as refused:
        saying.plan(session, own_safe, "A12", "reply.answered.v1", data, "王某", saying.fresh(), None)
    assert "result" == refused.value.field
    assert [] == session.scalars(select(Said)).all()


def test_migrations_make_what_the_mapping_says(session: Session, engine: Engine) -> None:
    """As for every other database; and what was done can only be added to."""
    with engine.connect() as connection:
        migrated = test_schema._catalog(connection)
    session.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    session.commit()
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        assert {} == test_schema._differences(migrated, test_schema._catalog(connection))
