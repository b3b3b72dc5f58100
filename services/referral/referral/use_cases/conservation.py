"""Whether custody is whole over the whole table: one custodian at every moment, the one its referrals lead to."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.vocabulary import ReferralKind, ReferralState
from referral.domain import states
from referral.domain.states import Holding, Snapshot


@dataclass(frozen=True, slots=True)
class Checked:
    """A petition, and what is wrong with its custody."""

    petition: str
    faults: list[str]


def check(session: Session, ours: str) -> Iterator[Checked]:
    """Every petition that was registered or is held, in order; read in one snapshot and in small pieces."""
    rows = session.execute(_ALL, {"moving": sorted(states.MOVING)}, execution_options={"yield_per": 1000})
    for row in rows:
        if row.seqs is None:
            yield Checked(row.petition, ["已登记，没有承办单位"])
            continue
        held = [Holding(*each) for each in zip(row.seqs, row.agencies, row.moments, strict=True)]
        transfers = [
            (
                each["agency"],
                Snapshot(ReferralState(each["state"]), ReferralKind(each["kind"]), each["statutory"], each["inbound"]),
            )
            for each in row.transfers or ()
        ]
        yield Checked(row.petition, states.custody_faults(held, transfers, row.sender or ours, ours))


_ALL = text("""
SELECT petition, sender, held.seqs, held.agencies, held.moments, (
    SELECT jsonb_agg(jsonb_build_object(
        'agency', agency, 'state', state, 'kind', kind, 'statutory', statutory, 'inbound', inbound) ORDER BY number)
    FROM referral WHERE referral.petition = known.petition AND kind = ANY(:moving)) AS transfers
FROM (SELECT petition FROM guarded UNION SELECT petition FROM custody) AS known
LEFT JOIN guarded USING (petition)
LEFT JOIN (
    SELECT petition, array_agg(seq ORDER BY seq) AS seqs, array_agg(agency ORDER BY seq) AS agencies,
        array_agg(since ORDER BY seq) AS moments
    FROM custody GROUP BY petition) AS held USING (petition)
ORDER BY petition
""")
