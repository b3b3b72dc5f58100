"""Before a registration: what it would come to is shown while it is typed, and is what it then comes to."""

import json
from datetime import timedelta
from typing import Any

from county import CLAIM, Window, done, logs, today

from tools.dev.stack import Stack

SECRET = "独一无二的预览内容"
BRIBE = f"村支书收了我三千元现金才给盖章，{SECRET}"


def preview(window: Window, **known: Any) -> dict[str, Any]:
    return done(window.request("POST", "/registrations/preview", json=known))


def test_what_is_shown_before_is_what_comes_of_it(system: Stack) -> None:
    """From an empty form to a registered petition: its kind, its questions, whom it may not reach, its last day."""
    window = Window(system)
    empty = preview(window)
    assert ([], [], None) == (empty["kinds"], empty["lines"], empty["admission"])
    typed: dict[str, Any] = {"statement": BRIBE, "petitioner": {"phone": "1990000"}}
    suggested = preview(window, **typed)
    assert "检举控告" == suggested["kinds"][0]["kind_zh"]
    assert suggested["kinds"][0]["words"]
    assert suggested["duty_crime"]
    assert suggested["ban"]["holds"]
    day = (today() - timedelta(days=3)).isoformat()
    whole = CLAIM | {
        "kind": "accusation",
        "line": "complaint_appeal",
        "sub_line": "report",
        "statement": BRIBE,
        "received_on": day,
        "received_reason": "来信在途",
        "respondents": [{"unit": "A09", "name": "某科"}],
    }
    shown = preview(window, **whole)
    assert "举报" == shown["admission"]["sheet_zh"]
    assert shown["admission"]["checks"]
    made = done(window.register(**whole))
    assert made["reply_by"] == shown["clocks"][0]["due"]
    clocks = done(window.request("GET", f"/petitions/{made['number']}/clocks"))["clocks"]
    assert {each["rule"]: each["sentence"] for each in clocks} == {
        each["rule"]: each["sentence"] for each in shown["clocks"]
    }
    refused = window.refer(made["number"], "A09", "regulation_30")
    assert refused.json()["detail"] == next(
        each["sentence"] for each in shown["ban"]["barred"] if each["agency"] == "A09"
    )
    assert SECRET not in logs(system.folder)
    assert SECRET not in json.dumps(shown, ensure_ascii=False)


def test_who_may_register_may_look_before(system: Stack) -> None:
    """And nobody else; at a service point of one's own, as there. A day that cannot be is said."""
    assert 403 == Window(system, "leader", "900003").request("POST", "/registrations/preview", json={}).status_code
    window = Window(system)
    refused = window.request("POST", "/registrations/preview", json={"received_on": "2099-01-01"})
    assert (422, "received_on") == (refused.status_code, refused.json()["field"])
    assert 422 == window.request("POST", "/registrations/preview", json={"nothing": 1}).status_code
