"""By which law a row of our own data stands, and whether its text was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cited:
    """As it is shown: 《信访工作条例》（2022年）第三十一条."""

    zh: str
    verified: bool

    @property
    def unverified_zh(self) -> str | None:
        """What is shown beside it while no legal officer has looked."""
        return None if self.verified else "未核验"


def cited(source: Mapping[str, Any], whose: str) -> Cited:
    """Of a row's `source`. Raises ValueError for `whose` is verified without its text."""
    version = f"（{source['version']}年）" if "version" in source else ""
    verified = source.get("verified", False)
    if verified and source["confidence"] != "A":
        raise ValueError(f"{whose}: only a text that was read is verified")
    return Cited(f"{source['law']}{version}{source.get('article', '')}", verified)
