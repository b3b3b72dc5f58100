"""The tables of moves as a person reads them, drawn so that they cannot be out of date.

`python -m referral.domain.diagram FOLDER` writes `referral.md` and `proceedings.md`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from contracts.vocabulary import ProceedingKind, ProceedingState, ReferralState
from referral.domain import proceedings
from referral.domain.proceedings import By
from referral.domain.states import ENDED, MOVES, Move, Side
from statute import Law

BY_ZH = {Side.SENDER: "sender 送出方", Side.RECEIVER: "receiver 接收方", Side.TIME: "time 到期"}


def markdown(law: Law) -> str:
    """The diagram, then each move: who, from, to, what it needs, which clocks it starts and stops."""
    return (
        "\n".join(
            [
                "# A referral's moves 移交的流转",
                "",
                "Drawn from referral/domain/states.py and the rule packs by `python -m referral.domain.diagram docs`;",
                "do not edit. Who comes second is refused with the present state and the moves lawful there.",
                "",
                "```mermaid",
                "stateDiagram-v2",
                *(f"    {line}" for line in _diagram()),
                "```",
                "",
                "| move | who | from | to | needs | message | starts | stops |",
                "|---|---|---|---|---|---|---|---|",
                *(_row(law, move) for move in MOVES.values()),
                "",
                "A statutory transfer 法定移送 (刑诉法 110(3): an accusation to police, court or procuratorate)",
                "cannot be objected to, and custody moves when it is signed for; by agreement, when it is accepted.",
                "协办 and 抄送 never move it. What is returned, recalled, undelivered or voided is ours again;",
                "so is what was closed, should its petition be reopened.",
                "A copy 抄送 may be closed unanswered.",
                "",
                "When a petition ends with us (withdrawn, terminated, not accepted, guided, sent back), what was",
                "not taken on is recalled, an objection is upheld, and who took it on is told by `stop` and answers.",
                "No move takes it to an agency afterwards, until it is reopened.",
                "",
                "What is sent to us 转来 makes the same moves with the sides swapped, told as `submission.*`: custody",
                "comes to us when we sign, and what we do not take on or hand on is reported on and answered from",
                "`signed` too. The sender rules on our objection by `reply.ruling.v1`.",
            ]
        )
        + "\n"
    )


def _diagram() -> Iterator[str]:
    for state in ReferralState:
        yield f"{state.value}: {state.zh}"
    yield f"[*] --> {ReferralState.DRAFTED.value}"
    for move in MOVES.values():
        for source in ReferralState:
            if source in move.sources:
                yield f"{source.value} --> {(move.target or source).value}: {move.zh}"
    for state in ReferralState:
        if state in ENDED:
            yield f"{state.value} --> [*]"


def _row(law: Law, move: Move) -> str:
    sources = " · ".join(f"`{state.value}`" for state in ReferralState if state in move.sources)
    rules = [rule for pack in law.packs.packs for rule in pack.rows]
    starts = [rule.zh for rule in rules if any(each.event == move.event for each in rule.starts)]
    stops = [rule.zh for rule in rules if any(each.event == move.event for each in rule.stops)]
    cells = (
        f"`{move.name}` {move.zh}",
        BY_ZH[move.by],
        sources,
        f"`{move.target.value}`" if move.target else "stays",
        move.needs + (" (not statutory)" if move.not_statutory else ""),
        f"`{move.reply}`" if move.reply else "",
        "、".join(dict.fromkeys(starts)),
        "、".join(dict.fromkeys(stops)),
    )
    return f"| {' | '.join(cells)} |"


MAKES_ZH = {By.OFFICE: "office 本院", By.CHIEF: "chief 检察长", By.ORGAN: "organ 调解组织", By.WORK: "work 随办理"}


def proceedings_markdown() -> str:
    """Of each kind of proceeding the diagram, then each move: who, from, to, what it needs."""
    parts = [
        "# A proceeding's moves 调解、听证、会商、约谈的流转",
        "",
        "Drawn from referral/domain/proceedings.py by `python -m referral.domain.diagram docs`; do not edit.",
        "What a move needs beside its state is asked in referral/domain/readiness.py, which petition may have which in",
        "referral/domain/fitness.py.",
    ]
    for kind in ProceedingKind:
        parts += ["", f"## {kind.value} {kind.zh}", "", "```mermaid", "stateDiagram-v2", *_of_kind(kind), "```", ""]
        parts += ["| move | who | from | to | needs | message | event |", "|---|---|---|---|---|---|---|"]
        parts += [_move_row(move) for move in proceedings.MOVES[kind].values()]
    return "\n".join(parts) + "\n"


def _of_kind(kind: ProceedingKind) -> Iterator[str]:
    moves = proceedings.MOVES[kind].values()
    reached = {ProceedingState.PROPOSED} | {move.target for move in moves if move.target}
    yield from (f"    {state.value}: {state.zh}" for state in ProceedingState if state in reached)
    yield f"    [*] --> {ProceedingState.PROPOSED.value}"
    for move in moves:
        sources = (state for state in ProceedingState if state in move.sources)
        yield from (f"    {state.value} --> {(move.target or state).value}: {move.zh}" for state in sources)
    yield from (f"    {state.value} --> [*]" for state in ProceedingState if state in proceedings.ENDED & reached)


def _move_row(move: proceedings.Move) -> str:
    cells = (
        f"`{move.name}` {move.zh}",
        MAKES_ZH[move.by],
        " · ".join(f"`{state.value}`" for state in ProceedingState if state in move.sources),
        f"`{move.target.value}`" if move.target else "stays",
        move.needs,
        f"`{move.message}`" if move.message else "",
        f"`{move.event}`",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "referral.md").write_text(markdown(Law.load()), encoding="utf-8")
    (folder / "proceedings.md").write_text(proceedings_markdown(), encoding="utf-8")
