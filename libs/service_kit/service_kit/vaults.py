"""A service's cipher as what it is: courier knows only that it seals and opens."""

from courier.unit_of_work import ServiceContext
from vault import Vault

# of a kept message whose key was destroyed
GONE = "内容的密钥已销毁，无法打开；可以作废"


def vault_of(context: ServiceContext) -> Vault:
    """The context's cipher, which in a service is always a Vault."""
    assert isinstance(context.cipher, Vault)
    return context.cipher
