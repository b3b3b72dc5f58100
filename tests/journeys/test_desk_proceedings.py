"""Mediations, hearings, meetings and talks on the officers' pages, without a script."""

from county import Window, done, until
from pages import Browser, Drawn, Shown

from tools.dev.stack import Stack


def test_a_talk_is_proposed_and_read(system: Stack) -> None:
    """From the petition's tab to the page of the talk: who takes part, what was written, who may not read that."""
    handler, clerk = Browser(system), Browser(system)
    handler.login("900105")
    clerk.login("900100")
    officer = Window(system, "handler", "900105", department="D05")
    number = Window(system).number(title="督办不力的件")
    done(officer.act(number, "accept", department="D05", handler="900105"))
    tab = f"/petitions/{number}/proceedings"
    until(lambda: _form(handler.get(tab), "talk"), "the forms of what may be proposed")
    proposed = handler.send(_form(handler.get(tab), "talk"), kind="talk", subject="other", text="独一无二的约谈事由")
    assert "拟办" in proposed.text
    talk = handler.get(next(address for address, text in proposed.links if text.startswith("议")))
    assert "独一无二的约谈事由" in talk.text
    assert "督办不力的件" in talk.text
    joins = next(each for each in talk.forms if "host" in getattr(each.controls.get("f.role~choice"), "choices", ()))
    joined = handler.send(joins, role="host", colleague="900108")
    assert "未主任" in joined.text
    path = talk.answer.url
    assert "独一无二的约谈事由" not in clerk.get(path).text
    assert "拟办" in clerk.get("/proceedings").text


def _form(shown: Shown, kind: str) -> Drawn | None:
    kinds = ((each, each.controls.get("f.kind~choice")) for each in shown.forms)
    return next((each for each, control in kinds if control and kind in control.choices), None)
