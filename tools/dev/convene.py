"""`./dev demo --all`: a mediation, a hearing and a meeting, as far as a day can bring them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from statute import SHANGHAI, day_of
from tools.dev import stack as stacks
from tools.dev.demo import Demo, Numbers
from tools.dev.machine import say

MEDIATED, HEARD, MET = (12, 3), (4, None), (12, 3)
JUSTICE, CIVIL = "A07-1", "A08"


def convene(demo: Demo, numbers: Numbers) -> None:
    say("\n十、调解、听证、会商")
    stacks.play(demo.stack, JUSTICE)
    try:
        _mediate(demo, numbers[MEDIATED])
    finally:
        stacks.leave(demo.stack, f"agency-{JUSTICE}")
    _hear(demo, numbers[HEARD])
    _meet(demo, numbers[MET])


def _mediate(demo: Demo, petition: str) -> None:
    """Both sides consent; the justice office's system takes it on, reports and is believed."""
    number = _propose(demo, petition, "mediation", subject="injury", form="people", text="双方就医疗费愿意调解。")
    _do(demo, number, "parts", {"role": "other_side", "name": "学校代表"}, "side")
    _do(demo, number, "parts", {"role": "mediator", "agency": JUSTICE}, "mediator")
    _do(demo, number, "ask", {}, "ask")
    for part in _look(demo, number)["parts"]:
        if part["agency"] is None:
            _do(demo, number, f"parts/{part['part']}/consent", {"consent": "given"}, f"consent-{part['role']}")
    _do(demo, number, "invite", {"text": "双方就医疗费发生争议，均同意调解。"}, "invite")
    demo.until("石桥司法所调解", lambda: _look(demo, number)["state"] == "performed")
    _tell(demo, petition, number, "mediation.")


def _hear(demo: Demo, petition: str) -> None:
    """Approved, planned, told: the notice is counted back from the day, which today cannot be."""
    number = _propose(demo, petition, "hearing", subject="criminal", text="对事实认定争议较大，拟公开听证。")
    _do(demo, number, "approve", {}, "approve")
    _do(demo, number, "parts", {"role": "host", "colleague": "900105"}, "host")
    for each in range(3):
        _do(demo, number, "parts", {"role": "hearing_officer", "name": f"听证员{'甲乙丙'[each]}"}, f"officer-{each}")
    _do(demo, number, "plan", _date(14) | {"place": "本院听证室"}, "plan")
    _do(demo, number, "notify", {"text": "就申诉事项公开听证。"}, "notify")
    found = _look(demo, number)
    days = f"{found['starts_at'][:10]} 举行，最迟 {found['told_by']} 告知"
    sentence = f"    {days}，共 {len(found['steps'])} 个步骤"
    demo.step("hearing", sentence, number=number, told_by=found["told_by"])
    _tell(demo, petition, number, "proceeding.")


def _meet(demo: Demo, petition: str) -> None:
    """With civil affairs, whose system comes and does what was resolved."""
    number = _propose(demo, petition, "meeting", subject="aid", form="aid", text="商议临时救助。")
    _do(demo, number, "approve", {}, "approve")
    _do(demo, number, "parts", {"role": "agency", "agency": CIVIL}, "agency")
    _do(demo, number, "plan", _date(0) | {"place": "本院会议室"}, "plan")
    _do(demo, number, "notify", {"text": "商议对住院儿童的临时救助。"}, "notify")
    _do(demo, number, "hold", {"on": _today(), "text": "议定由民政局核定临时救助。"}, "hold")
    task = {"agency": CIVIL, "due": _today(5), "text": "五日内核定临时救助并告知本院。"}
    _do(demo, number, "resolve", {"tasks": [task]}, "resolve")
    demo.until("县民政局落实", lambda: _look(demo, number)["state"] == "fulfilled")
    _tell(demo, petition, number, ("proceeding.", "task."))


def _propose(demo: Demo, petition: str, kind: str, **body: Any) -> str:
    path = f"/petitions/{petition}/proceedings"
    found = demo.post("referral", path, {"kind": kind} | body, f"{kind}-{petition[-6:]}")
    demo.step("proposed", f"\n  {found['number']}（{petition}）{found['kind_zh']}：{found['subject_zh']}", kind=kind)
    number: str = found["number"]
    return number


def _do(demo: Demo, number: str, act: str, body: dict[str, Any], key: str) -> None:
    demo.post("referral", f"/proceedings/{number}/{act}", body, f"{number[-6:]}-{key}")


def _look(demo: Demo, number: str) -> dict[str, Any]:
    found: dict[str, Any] = demo.get("referral", f"/proceedings/{number}")
    return found


def _tell(demo: Demo, petition: str, number: str, types: str | tuple[str, ...]) -> None:
    """Its steps as the petition's timeline has them, once that has heard where it stands."""
    for step in demo.get("intake", f"/petitions/{petition}")["timeline"]:
        if step["type"].startswith(types):
            demo.step(step["type"], f"    {step['sentence']}", number=number)


def _date(days: int) -> dict[str, str]:
    starts = datetime.combine(day_of(datetime.now(UTC)) + timedelta(days), time(9, 30), SHANGHAI)
    return {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}


def _today(days: int = 0) -> str:
    return (day_of(datetime.now(UTC)) + timedelta(days)).isoformat()
