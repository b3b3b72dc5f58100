"""What our data says by a law, or by a choice of ours, beside the periods of the packs; and whether it was verified."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from statute.rules import Confidence, Source


@dataclass(frozen=True, slots=True)
class Cited:
    """By which source a row of data stands. `digest`: of all that it says, so that a signature is of these words."""

    source: Source
    verified: bool
    digest: str

    @property
    def zh(self) -> str:
        """As it is shown: 《信访工作条例》（2022年）第三十一条."""
        version = f"（{self.source.version}年）" if self.source.version else ""
        return f"{self.source.law}{version}{self.source.article}"

    @property
    def unverified_zh(self) -> str | None:
        """What is shown beside it while no legal officer has looked."""
        return None if self.verified else "未核验"


@dataclass(frozen=True, slots=True)
class Datum:
    """One row for a legal officer to look at.

    `pack` and `name`: where it stands. `says`: all of it, in words. `used`: where it is shown, or what it decides.
    `about`: of which matters, by their facts.
    """

    pack: str
    name: str
    zh: str
    says: str
    law: Cited
    used: str
    note: str = ""
    about: Mapping[str, str | None] = field(default_factory=dict)


def cited(row: Mapping[str, Any], whose: str, source: Mapping[str, Any] | None = None) -> Cited:
    """Of a row of a file by its `source`, or one that several share. Raises KeyError, ValueError.

    Only a text that was read is verified as it is shipped.
    """
    given = source or row["source"]
    found = Source(
        given["law"], given.get("article") or "", str(given.get("version", "")), Confidence(given["confidence"])
    )
    verified = given.get("verified", False)
    if verified and found.confidence is not Confidence.A:
        raise ValueError(f"{whose}: only a text that was read is verified")
    said = {name: value for name, value in row.items() if name != "source"}
    by = {name: value for name, value in given.items() if name != "verified"}
    return Cited(found, verified, digest_of({**said, "source": by}))


def digest_of(said: Mapping[str, Any]) -> str:
    """Of all that a row says, whatever the order of its parts."""
    text = json.dumps(said, default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
