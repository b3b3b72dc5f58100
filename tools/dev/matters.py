"""`./dev demo --all`: the matters that the demonstration does not follow, each the way the law leads it."""

from typing import Any

from tools.dev import stack as stacks
from tools.dev.convene import convene
from tools.dev.demo import Demo, DemoError, Numbers
from tools.dev.machine import say

# what each service tells of a petition
_ABOUT = {
    "intake": "/petitions/{}",
    "referral": "/petitions/{}/custody",
    "aid": "/petitions/{}/aid-cases",
    "notify": "/petitions/{}/notices",
}


def lead_all(demo: Demo, matters: list[dict[str, Any]], numbers: Numbers) -> None:
    say("\n九、其余各件依法去向")
    for matter in matters:
        if "goes" in matter:
            _lead(demo, numbers[matter["matter"], matter["part"]], matter)
    convene(demo, numbers)


def _lead(demo: Demo, number: str, matter: dict[str, Any]) -> None:
    """Does what the matter's `goes` says, and shows it. Raises DemoError when it goes another way."""
    goes, key = matter["goes"], f"all-{number[-6:]}"
    name = f"{matter['matter']}" + (f"-{matter['part']}" if matter["part"] else "")
    say(f"\n  第 {name} 件 {number}  {matter['petition'].get('title') or '机要件'}（应：{matter['expect']}）")
    if "object" in goes:
        _object(demo, number, goes["object"], key)
    if "envelope" in goes:
        _in_an_envelope(demo, number, goes["envelope"], key)
    if "keep_away" in goes:
        _keep_away(demo, number, goes["keep_away"], key)
    if "guide" in goes:
        demo.post("intake", f"/petitions/{number}/guide", {"to": goes["guide"]}, f"{key}-guide")
    if "department" in goes:
        whose = {name: goes[name] for name in ("department", "handler") if name in goes}
        demo.post("intake", f"/petitions/{number}/accept", whose, f"{key}-accept")
    if "reply" in goes:
        told = {"kind": "procedural_reply", "means": "post", "text": goes["reply"]}
        demo.post("intake", f"/petitions/{number}/replies", told, f"{key}-reply")
    if "answer" in goes:
        found = {"result": "supported"} | ({"adoption": goes["adoption"]} if "adoption" in goes else {})
        demo.approved(f"/petitions/{number}/conclude", found, f"{key}-conclude")
        outcome = {"kind": "outcome_reply", "means": "post", "text": goes["answer"]}
        demo.approved(f"/petitions/{number}/replies", outcome, f"{key}-reply")
        demo.post("intake", f"/petitions/{number}/issue", {}, f"{key}-issue")
        demo.post("intake", f"/petitions/{number}/replies/1/proof", {"proof": "post_receipt"}, f"{key}-proof")
        demo.post("intake", f"/petitions/{number}/close", {}, f"{key}-close")
        demo.until("归档", lambda: demo.get("intake", f"/petitions/{number}")["state"] == "closed")
    found = demo.get("intake", f"/petitions/{number}")
    for step in found["timeline"]:
        if not step["type"].startswith(("notice.", "clock.")):
            demo.step(step["type"], f"    {step['sentence']}", matter=name)
    held = demo.until("承办单位", lambda: _custody(demo, number))[-1]
    demo.step("stands", f"    现在：{found['state_zh']}，{held['agency_zh']}", matter=name, agency=held["agency"])


def _custody(demo: Demo, number: str) -> Any:
    return demo.get("referral", f"/petitions/{number}/custody")["custody"]


def _in_an_envelope(demo: Demo, number: str, to: str, key: str) -> None:
    """To those with the power, by hand; whoever could warn the accused is shown and refused."""
    path = f"/petitions/{number}/receivers"
    ready = lambda: demo.answer("GET", "referral", path).json().get("receivers")  # noqa: E731
    receivers = demo.until("可以移送的单位", ready)
    barred = [each for each in receivers if each["reason"] == "accused"]
    demo.step(
        "barred", f"    依法不得送：{'、'.join(each['agency_zh'] for each in barred)}（{barred[0]['reason_zh']}）"
    )
    for each in barred:
        body = {"to": each["agency"], "basis": "regulation_30", "petitioner_wish": True}
        answer = demo.answer("POST", "intake", f"/petitions/{number}/refer", json=body)
        if answer.status_code != 409:
            raise DemoError(f"{number} 本应拒绝送 {each['agency_zh']}，却得到 {answer.status_code}")
    body = {"to": to, "basis": "regulation_30", "petitioner_wish": True}
    demo.post("intake", f"/petitions/{number}/refer", body, f"{key}-refer")
    mine = f"/petitions/{number}/referrals"
    referral = demo.until("移送", lambda: demo.get("referral", mine)["referrals"])[-1]
    for move in ("sign", "accept"):
        demo.post("referral", f"/referrals/{referral['number']}/record", {"move": move}, f"{key}-{move}")
    demo.until("承办单位转移", lambda: _custody(demo, number)[-1]["agency"] == to)
    demo.until("时间线", lambda: demo.get("intake", f"/petitions/{number}")["state"] == "handling")


def _object(demo: Demo, number: str, text: str, key: str) -> None:
    """It is another's to deal with: who sent it takes it back, and the petition ends here."""
    sender = demo.get("intake", f"/petitions/{number}")["sender"]
    demo.step("object_by", f"    {sender['number']}，{sender['object_by']} 前可以提出异议", agency=sender["agency"])
    demo.post("intake", f"/petitions/{number}/object", {"reason": "other_competent", "text": text}, f"{key}-object")
    demo.until("裁定", lambda: demo.get("intake", f"/petitions/{number}")["state"] == "sent_back")
    demo.post("intake", f"/petitions/{number}/close", {}, f"{key}-close")
    demo.until("归档", lambda: demo.get("intake", f"/petitions/{number}")["state"] == "closed")


def _keep_away(demo: Demo, number: str, officer: str, key: str) -> None:
    """A colleague it concerns sees nothing of it from now on, whichever service they ask."""
    demo.post("intake", f"/petitions/{number}/walls", {"officer": officer, "reason": "concerned"}, f"{key}-wall")
    theirs = stacks.token(demo.stack, officer=officer)
    for service, path in _ABOUT.items():

        def refused(service: str = service, path: str = path) -> Any:
            # the others are told by an event, a moment later
            answer = demo.answer("GET", service, path.format(number), token=theirs)
            # wrapped: a refusal by itself is false
            return [] if answer.ok else [answer]

        answer = demo.until(f"{service} 对 {officer} 不可见", refused)[0]
        sentence = f"    {officer} 向 {service} 查看此件：{answer.json()['detail']}"
        demo.step("walled", sentence, service=service, status=answer.status_code)
