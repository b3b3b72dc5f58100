"""A service whose officers are owed something by clocks: they fire, and when they stand, everybody is told."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from clock import watch
from clock.sweep import Sweeper
from courier import waits
from courier.ops.metrics import Counts
from courier.unit_of_work import ServiceContext
from service_kit.entrypoints import Injected, every
from service_kit.service import Service
from web.access import Access


def timed(context: ServiceContext, access: Access) -> dict[str, Any]:
    """What `Timed` is given, made once per process."""
    sweeper = Sweeper(context)

    def beside() -> Mapping[str, Any]:
        # in every answer, not in those that show a day: a list without what is missed by now misleads as well
        halt = sweeper.watch.halt
        return {} if halt is None else {"clocks_halted": {"since": halt.since.isoformat(), "sentence": halt.zh}}

    access.beside = beside
    return {"sweeper": sweeper}


class Timed(Service):
    """Fires its clocks; while time cannot be trusted, none fires and every answer says so."""

    sweeper: Sweeper = Injected("sweeper")

    @every(waits.SWEEP_DUE)
    def fire_clocks(self) -> int:
        """Fires what is due; returns how many, so that more are looked for at once."""
        return self.sweeper.sweep()

    def degraded(self, session: Session) -> str | None:
        """Why no clock fires, in a sentence; None while they do."""
        halt = watch.halted(session)
        return None if halt is None else halt.zh

    def counts(self) -> Counts:
        """Adds whether the clocks stand, by how many seconds time was off, and since when it was not checked."""
        return {
            **super().counts(),
            "clocks_halted": ("1 while no clock fires, because time cannot be trusted.", watch.is_halted),
            "clocks_jump_seconds": ("By how much time was off when the clocks halted.", watch.jump),
            "clocks_tick_age_seconds": ("Since any replica last found time trustworthy.", watch.silence),
        }
