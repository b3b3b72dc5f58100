"""Keys, encrypted fields, keyed fingerprints, and letters for one reader."""

from vault.keyring import Keyring, WrongKeys
from vault.safe import Safe
from vault.tables import metadata
from vault.vault import Sealed, Vault

__all__ = ["Keyring", "Safe", "Sealed", "Vault", "WrongKeys", "metadata"]
