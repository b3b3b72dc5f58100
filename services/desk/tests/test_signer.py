"""Whoever gets a token has shown all that was asked of them, in whatever order they try it."""

from desk_context import STEPS, Listed, Person
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.booleans(), st.booleans(), st.lists(st.sampled_from(STEPS), max_size=10))
def test_a_token_is_for_who_has_shown_everything(
    signer: FlaskClient, engine: Engine, office: Listed, proves: bool, changes: bool, steps: list[str]
) -> None:
    """Password, then the second factor where one is needed, then a password of their own: nothing less, in no order."""
    office.proves = proves
    person = Person(signer, engine, proves, changes)
    for step in ("", *steps):
        person.try_(step)
        shown = person.passed and (person.proved or not person.needs) and not person.changes
        assert (200 if shown else 401) == person.token(), (steps, step)


def test_codes_are_proposed_for_one_login(signer: FlaskClient, engine: Engine) -> None:
    """The same until its owner shows one of them; after another password others: who saw them has none that count."""
    person = Person(signer, engine, False, False)
    person.try_("password")
    proposed = person.ask("/grants/code").json["secret"]
    assert proposed == person.ask("/grants/code").json["secret"]
    person.try_("end")
    person.try_("password")
    assert proposed != person.ask("/grants/code").json["secret"]


def test_failures_close_a_login_longer_each_time(signer: FlaskClient, engine: Engine) -> None:
    """From the third on a second, and twice as long each time; from the tenth half an hour, for the right one too."""
    person, waits = Person(signer, engine, False, False), list[int]()
    for _ in range(11):
        with engine.begin() as connection:
            connection.execute(text("UPDATE attempt SET closed_until = NULL"))
        assert person.ask("/grants", login=person.login, password="wrong").status_code == 401
        with engine.connect() as connection:
            closed = connection.scalar(text("SELECT extract(epoch FROM closed_until - last_at) FROM attempt"))
        waits.append(round(closed or 0))
        if closed:
            assert person.ask("/grants", login=person.login, password=person.password).status_code == 429
    assert [0, 0, 1, 2, 4, 8, 16, 32, 64, 1800, 1800] == waits


def test_who_lost_their_roles_gets_no_token(signer: FlaskClient, engine: Engine, office: Listed) -> None:
    """Whatever they have shown."""
    person = Person(signer, engine, False, False)
    person.try_("password")
    assert person.token() == 200
    office.roles = frozenset()
    try:
        assert person.token() == 403
    finally:
        office.roles = frozenset({"handler"})
