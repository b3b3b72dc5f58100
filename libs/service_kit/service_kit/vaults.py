"""A service's cipher as what it is: courier knows only that it seals and opens."""

from courier.unit_of_work import ServiceContext
from vault import Vault


def vault_of(context: ServiceContext) -> Vault:
    """The context's cipher, which in a service is always a Vault."""
    assert isinstance(context.cipher, Vault)
    return context.cipher
