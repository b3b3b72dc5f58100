"""What is sealed opens only for its row, its reader, and as long as its key lives."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

import vault as package
from vault import Keyring, Safe, Sealed, Vault, WrongKeys, safe
from vault.keyring import change, generate, random_key


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    generate(tmp_path / "keys", ["intake", "notify"])
    return tmp_path / "keys"


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    package.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened


def of(keys: Path, service: str) -> Vault:
    return Vault(Keyring.from_file(keys / f"{service}.keys.json"))


def test_a_value_opens_in_its_own_place_only(keys: Path, session: Session) -> None:
    """A value moved to another column or petition does not open, and the error says nothing of it."""
    vault = of(keys, "intake")
    sealed = vault.seal(session, "信1", "person|name|信1", "张三".encode())
    assert vault.open(session, "信1", "person|name|信1", sealed).decode() == "张三"
    vault.seal(session, "信2", "x", b"x")
    for subject, label in (("信1", "person|phone|信1"), ("信2", "person|name|信1"), ("信3", "person|name|信1")):
        with pytest.raises(Sealed) as refused:
            vault.open(session, subject, label, sealed)
        assert "张三" not in str(refused.value)


def test_destroying_the_data_key_destroys_the_values(keys: Path, session: Session) -> None:
    """Erasure is one row."""
    sealed = of(keys, "intake").seal(session, "信1", "x", b"secret")
    session.execute(text("DELETE FROM data_key"))
    session.commit()
    session.info.clear()
    with pytest.raises(Sealed):
        of(keys, "intake").open(session, "信1", "x", sealed)


def test_a_key_rolled_back_is_not_used_again(keys: Path, session: Session) -> None:
    """A savepoint that takes a new data key's row away takes the key too; what is written next still opens."""
    vault = of(keys, "intake")
    nested = session.begin_nested()
    vault.seal(session, "信1", "x", b"lost")
    nested.rollback()
    sealed = vault.seal(session, "信1", "x", b"kept")
    session.commit()
    session.info.clear()
    assert vault.open(session, "信1", "x", sealed) == b"kept"


def test_a_letter_opens_for_its_reader_only(keys: Path) -> None:
    """Not even the sender can read what it closed to another."""
    intake, notify = of(keys, "intake"), of(keys, "notify")
    letter = intake.address("notify", {"phone": "+8619900001200"})
    assert notify.read(letter) == {"phone": "+8619900001200"}
    for reader, token in ((intake, letter), (notify, letter[:-2] + "AA"), (notify, "nonsense")):
        with pytest.raises(Sealed):
            reader.read(token)


def test_the_longest_letter_is_read(keys: Path) -> None:
    """Whatever a petitioner may say at length is closed and opened again; the library's own bound is 64 KB."""
    personal = {"title": "长" * 200, "statement": "长" * 20_000, "files": [{"name": "长" * 200}] * 50}
    assert personal == of(keys, "notify").read(of(keys, "intake").address("notify", personal))


def test_fingerprints_need_the_key(keys: Path) -> None:
    """Equal values are found by equal fingerprints, of one purpose and one service."""
    vault = of(keys, "intake")
    assert vault.fingerprint("phone", "1") == vault.fingerprint("phone", "1")
    assert vault.fingerprint("phone", "1") != vault.fingerprint("resident_id", "1")
    assert vault.fingerprint("phone", "1") != of(keys, "notify").fingerprint("phone", "1")


def test_an_imprint_proves_as_long_as_its_subject_has_a_key(keys: Path, session: Session) -> None:
    """Of one value, subject and purpose; the key destroyed, nothing is proved, and asking makes no new key."""
    vault = of(keys, "intake")
    imprint = vault.imprint(session, "信1", "letter", "19900001208")
    assert imprint != vault.imprint(session, "信2", "letter", "19900001208")
    assert imprint != vault.imprint(session, "信1", "file", "19900001208")
    session.commit()
    session.info.clear()
    tried = [f"1990000{each:04d}" for each in range(1200, 1220)]
    assert ["19900001208"] == [each for each in tried if vault.proves(session, "信1", "letter", each, imprint)]
    session.execute(text("DELETE FROM data_key WHERE subject = '信1'"))
    session.commit()
    session.info.clear()
    with pytest.raises(Sealed):
        vault.proves(session, "信1", "letter", "19900001208", imprint)
    # whoever has every key of the service has no way to it either
    assert imprint != vault.fingerprint("letter", "19900001208")
    assert imprint != vault.imprint(session, "信1", "letter", "19900001208")


def test_key_files_are_closed_and_never_overwritten(keys: Path) -> None:
    """Readable by the owner alone; a second run changes nothing."""
    before = {path.name: path.read_bytes() for path in keys.iterdir()}
    assert generate(keys, ["intake", "notify"]) == []
    assert before == {path.name: path.read_bytes() for path in keys.iterdir()}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in keys.iterdir()}


def test_a_safe_opens_with_its_own_key_for_its_own_row(tmp_path: Path) -> None:
    """A new current key leaves what the older one closed to be opened; another row, file or lost key opens nothing."""
    path = tmp_path / "apart" / "sealed.key.json"
    assert (True, False) == (safe.generate(path), safe.generate(path))
    assert 0o600 == path.stat().st_mode & 0o777
    first = Safe.from_file(path)
    key, closed = first.close("sealed_person|person|信1", "张三".encode())
    newer = Safe({**first.keys, "s2": bytes(32)}, "s2")
    assert ("s1", "s2") == (key, newer.close("x", b"y")[0])
    assert "张三" == newer.open("sealed_person|person|信1", key, closed).decode()
    safe.generate(tmp_path / "other.json")
    other = Safe.from_file(tmp_path / "other.json")
    for opener, label, named in (
        (newer, "sealed_person|person|信2", "s1"),
        (newer, "sealed_person|person|信1", "s2"),
        (other, "sealed_person|person|信1", "s1"),
        (Safe({"s2": bytes(32)}, "s2"), "sealed_person|person|信1", "s1"),
    ):
        with pytest.raises(Sealed) as refused:
            opener.open(label, named, closed)
        assert "张三" not in str(refused.value)


def cut(path: Path) -> None:
    path.write_text(path.read_text()[:-20])


def twice(path: Path) -> None:
    path.write_text(path.read_text().replace('"w1": ', '"w1": "AAAA", "w1": ', 1))


def short(path: Path) -> None:
    change_by(path, lambda raw: raw["wrap"]["keys"].update(w1="AAAA"))


def no_base64(path: Path) -> None:
    change_by(path, lambda raw: raw.update(index="*" * 44))


def not_there(path: Path) -> None:
    change_by(path, lambda raw: raw["wrap"].update(current="w9"))


def not_named(path: Path) -> None:
    change_by(path, lambda raw: raw.pop("letter"))


def no_letter(path: Path) -> None:
    change_by(path, lambda raw: raw.update(letter={"kty": "OKP"}))


def same(path: Path) -> None:
    change_by(path, lambda raw: raw["wrap"]["keys"].update(w2=raw["wrap"]["keys"]["w1"]))


def a_list(path: Path) -> None:
    path.write_text("[]")


def gbk(path: Path) -> None:
    path.write_bytes("密钥".encode("gbk"))


def anybodys(path: Path) -> None:
    path.chmod(0o666)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def change_by(path: Path, how: Callable[[dict[str, Any]], Any]) -> None:
    raw = json.loads(path.read_text())
    how(raw)
    path.write_text(json.dumps(raw))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (Path.unlink, "没有密钥文件"),
        (cut, "不是完整的 JSON"),
        (twice, "w1 出现两次"),
        (short, "w1 不是 32 字节"),
        (no_base64, "index 不是 32 字节"),
        (not_there, "w9"),
        (not_named, "缺少 letter"),
        (no_letter, "letter 或 readers"),
        (same, "同一把"),
        (a_list, "缺少 service"),
        (gbk, "不是 UTF-8"),
        (anybodys, "改写"),
        (a_folder, "无法读取"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_refused_in_a_sentence(
    keys: Path, spoil: Callable[[Path], None], said: str
) -> None:
    """Named: the file, the member, what to do. Never a key, never a traceback's KeyError."""
    path = keys / "intake.keys.json"
    content = path.read_text()
    spoil(path)
    with pytest.raises(WrongKeys, match=said) as refused:
        Keyring.from_file(path)
    assert json.loads(content)["wrap"]["keys"]["w1"] not in refused.value.zh


def test_another_services_key_file_is_refused(keys: Path) -> None:
    """Its own, with a reader for everybody it writes to, and its letter key the one that the others close to."""
    ring = Keyring.from_file(keys / "intake.keys.json")
    ring.check("intake", ["intake", "notify"])
    with pytest.raises(WrongKeys, match="不是 notify 的"):
        ring.check("notify", ["intake", "notify"])
    with pytest.raises(WrongKeys, match="缺少 aid"):
        ring.check("intake", ["aid", "intake", "notify"])
    generate(keys.parent / "others", ["intake", "notify"])
    foreign = Keyring.from_file(keys.parent / "others" / "intake.keys.json")
    with pytest.raises(WrongKeys, match="不是一套"):
        replace(ring, letter=foreign.letter).check("intake", ["intake"])


def test_a_key_file_is_changed_whole_or_not_at_all(keys: Path) -> None:
    """A change that would leave no readable file leaves the one that was there; the mode stays."""
    path = keys / "intake.keys.json"
    path.chmod(0o444)
    before = path.read_bytes()
    with pytest.raises(WrongKeys):
        change(path, lambda raw: raw["keys"].clear())
    assert before == path.read_bytes()
    change(path, lambda raw: raw["keys"].update(w2=random_key()))
    assert {"w1", "w2"} == set(Keyring.from_file(path).wrap)
    assert 0o444 == path.stat().st_mode & 0o777
