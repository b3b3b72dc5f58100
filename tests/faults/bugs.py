"""Bugs that delivery systems are known to have, seeded one at a time to prove that the checker sees them."""

BUGS: dict[str, object] = {}
