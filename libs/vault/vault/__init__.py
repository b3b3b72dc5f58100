"""Keys, encrypted fields, keyed fingerprints, and letters for one reader."""

from vault.keyring import Keyring, WrongKeys
from vault.safe import Safe
from vault.vault import DDL_1, Sealed, Vault, metadata

__all__ = ["DDL_1", "Keyring", "Safe", "Sealed", "Vault", "WrongKeys", "metadata"]
