"""A key is added, used, and the older one retired while registrations go on; without a needed key nothing starts."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from contracts.vocabulary import Kind
from courier.unit_of_work import ServiceContext
from intake.use_cases import people, petitions
from intake.use_cases.registration import register
from service_kit import keys
from service_kit.commands import Plain
from vault import Keyring, Safe, Vault, WrongKeys, used
from vault.__main__ import main as vault_command
from vault.keyring import random_key


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def file_of(folder: Path, purpose: str) -> Path:
    return folder / ("intake.keys.json" if purpose == "wrap" else "sealed.key.json")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(vault_command, arguments)


def again(context: ServiceContext, folder: Path) -> Sequence[used.Store]:
    """What a process that begins now has of the key files, which it is checked by."""
    ring, safe = Keyring.from_file(file_of(folder, "wrap")), Safe.from_file(file_of(folder, "sealed"))
    object.__setattr__(context, "cipher", Vault(ring))
    object.__setattr__(context.tools, "safe", safe)
    stores = [used.data_keys(Vault(ring)), people.boxes(safe)]
    keys.check(context, stores, begins=True)
    return stores


def registered(context: ServiceContext, *, secrecy: bool = False) -> str:
    with context.begin(OFFICER) as work:
        given = petition(Kind.ACCUSATION if secrecy else Kind.CLAIM, secrecy=secrecy)
        return str(register(work, given).number)


def name(context: ServiceContext, number: str) -> str | None:
    with context.begin(OFFICER) as work:
        found = petitions.load(work, number, lock=False)
        if found.secrecy:
            return people.concealed(work, found)[0]["name"]
        return people.disclose(work, found, "name")


def rewrapped(context: ServiceContext, store: used.Store, batches: int = 1000) -> int:
    after, done = None, 0
    for _ in range(batches):
        with context.sessions() as session, session.begin():
            after, count = used.rewrap(session, store, after)
        done += count
        if after is None:
            break
    return done


def rows(context: ServiceContext, store: used.Store) -> dict[str, int]:
    with context.sessions() as session:
        return {key.id: key.rows for key in used.listed(session, store)}


def retire(context: ServiceContext, store: used.Store, id_: str) -> None:
    with context.sessions() as session, session.begin():
        used.retire(session, store, id_, "900001")


@pytest.mark.parametrize(("purpose", "place"), [("wrap", 0), ("sealed", 1)])
def test_a_key_is_rotated_rewrapped_and_retired_and_all_is_readable(
    context: ServiceContext, tmp_path: Path, purpose: str, place: int
) -> None:
    """Every step as the runbook has it, on a database with rows of both kinds; the old key is gone at the end."""
    again(context, tmp_path)
    numbers = [registered(context), registered(context, secrecy=True)]
    file, old = file_of(tmp_path, purpose), "w1" if purpose == "wrap" else "s1"
    new = old[0] + "2"
    assert new in run("add", "--file", str(file)).output
    again(context, tmp_path)
    assert 0 == run("use", "--file", str(file), "--key", new).exit_code
    store = again(context, tmp_path)[place]
    numbers += [registered(context), registered(context, secrecy=True)]
    assert min(rows(context, store).values()) > 0, "old and new side by side"
    with pytest.raises(WrongKeys, match="rewrap"):
        retire(context, store, old)
    assert rewrapped(context, store) > 0
    assert 0 == rewrapped(context, store), "again finds nothing"
    assert 0 == rows(context, store)[old]
    with pytest.raises(WrongKeys, match="current"):
        retire(context, store, new)
    retire(context, store, old)
    assert 0 == run("remove", "--file", str(file), "--key", old).exit_code
    assert old not in again(context, tmp_path)[place].keys
    assert ["石大川"] * 4 == [name(context, number) for number in numbers]
    registered(context)


def test_a_copy_that_was_not_restarted_cannot_write_by_a_retired_key(context: ServiceContext, tmp_path: Path) -> None:
    """Otherwise the key is taken out of the file, and what it wrote meanwhile never opens again."""
    again(context, tmp_path)
    registered(context)
    stale = context.cipher
    run("add", "--file", str(file_of(tmp_path, "wrap")))
    run("use", "--file", str(file_of(tmp_path, "wrap")), "--key", "w2")
    store = again(context, tmp_path)[0]
    rewrapped(context, store)
    retire(context, store, "w1")
    object.__setattr__(context, "cipher", stale)
    with pytest.raises(DBAPIError, match="retired"):
        registered(context)


def test_rewrapping_that_broke_off_goes_on_and_nobody_waits_for_it(context: ServiceContext, tmp_path: Path) -> None:
    """Killed between two batches: the next finds what is left. A registration in the middle of a batch is not held up,
    and every row opens before, between and after."""
    again(context, tmp_path)
    numbers = [registered(context) for _ in range(5)]
    run("add", "--file", str(file_of(tmp_path, "wrap")))
    run("use", "--file", str(file_of(tmp_path, "wrap")), "--key", "w2")
    store, whole = again(context, tmp_path)[0], used.BATCH
    before = rows(context, store)["w1"]
    used.BATCH = 2
    try:
        assert 2 == rewrapped(context, store, batches=1)
        with context.sessions() as session, session.begin():
            used.rewrap(session, store, None)
            # rows are locked now
            numbers.append(registered(context))
            assert ["石大川"] * 6 == [name(context, number) for number in numbers]
            session.rollback()
        assert ["石大川"] * 6 == [name(context, number) for number in numbers]
        assert before - 2 == rows(context, store)["w1"]
        assert before - 2 == rewrapped(context, store)
    finally:
        used.BATCH = whole
    assert ["石大川"] * 6 == [name(context, number) for number in numbers]


def lose(raw: dict[str, Any]) -> None:
    raw["wrap"] = {"current": "w2", "keys": {"w2": random_key()}}


def other_key(raw: dict[str, Any]) -> None:
    raw["wrap"]["keys"]["w1"] = random_key()


def other_index(raw: dict[str, Any]) -> None:
    raw["index"] = random_key()


@pytest.mark.parametrize(("how", "named"), [(lose, "w1"), (other_key, "w1"), (other_index, "index")])
@pytest.mark.parametrize("proved", [True, False])
def test_who_lacks_a_needed_key_does_not_start(
    context: ServiceContext, tmp_path: Path, how: Callable[[dict[str, Any]], None], named: str, proved: bool
) -> None:
    """Lost, or another under the same id, also where an older release wrote and left no proof: a sentence names it.
    Before, it started, and each request that met such a row was answered 500."""
    if proved or how is other_index:
        again(context, tmp_path)
    registered(context)
    file = file_of(tmp_path, "wrap")
    raw = json.loads(file.read_text())
    how(raw)
    file.write_text(json.dumps(raw))
    with pytest.raises(WrongKeys) as refused:
        again(context, tmp_path)
    assert named in refused.value.zh


def test_the_sealed_key_is_needed_too(context: ServiceContext, tmp_path: Path) -> None:
    """Who asked for secrecy opens with it alone."""
    again(context, tmp_path)
    registered(context, secrecy=True)
    file_of(tmp_path, "sealed").write_text(json.dumps({"current": "s2", "keys": {"s2": random_key()}}))
    with pytest.raises(WrongKeys, match="s1"):
        again(context, tmp_path)


def test_a_key_nobody_needs_may_be_missing_and_the_check_looks_at_no_row(
    context: ServiceContext, tmp_path: Path
) -> None:
    """Ten million rows must not be counted at every start: what the check asks is the same however many there are."""
    stores = again(context, tmp_path)
    registered(context)
    with context.sessions() as session:
        session.execute(text("ALTER TABLE data_key RENAME TO not_to_be_read"))
        used.check(session, stores, Keyring.from_file(file_of(tmp_path, "wrap")).index)
        session.rollback()


def test_keys_that_cannot_be_used_are_said_in_a_sentence(tmp_path: Path) -> None:
    """By every command of every service: exit code 1, no traceback."""

    @Plain().command("serve")
    def serve() -> None:
        Keyring.from_file(tmp_path / "none.json")

    group = Plain(commands={"serve": serve})
    answer = CliRunner().invoke(group, ["serve"])
    assert (1, True, False) == (answer.exit_code, "没有密钥文件" in answer.output, "Traceback" in answer.output)
