"""Aid's own environment, beside what every service is told."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from environs import Env

import service_kit.settings
from courier import waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(service_kit.settings.Settings):
    """What `Tools` waits by, where caps and the county's own law lie; without a folder, what is shipped holds."""

    caps_file: Path
    early_held: timedelta
    offer_again_after: timedelta
    statute_folder: Path | None

    @classmethod
    def own(cls, env: Env) -> dict[str, Any]:
        """Raises EnvError for what is missing or cannot be read."""
        return {
            "caps_file": env.path("AID_CAPS_FILE"),
            "early_held": env.timedelta("EARLY_HELD", waits.EARLY_HELD),
            "offer_again_after": env.timedelta("OFFER_AGAIN_AFTER", waits.OFFER_AGAIN),
            # the county's own notices, packs and lengths
            "statute_folder": env.path("STATUTE_FOLDER", None),
        }
