"""A security key without hardware: it signs as one does, or wrongly where a test says how."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData


@dataclass
class DeskKey:
    """Of one person. `counter`: of its signatures."""

    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    counter: int = 0

    def create(self, options: dict[str, Any], at: str, **wrong: Any) -> str:
        """What a browser sends of a new key."""
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.private.public_key())
        )
        data = self._data(options["rp"]["id"], AuthenticatorData.FLAG.AT, credential, wrong)
        content = {"fmt": "none", "attStmt": {}, "authData": bytes(data)}
        client = _client("webauthn.create", options, at, wrong)
        return self._said(clientDataJSON=client, attestationObject=cbor.encode(content))

    def get(self, options: dict[str, Any], at: str, **wrong: Any) -> str:
        """What a browser sends of one that signed."""
        data = self._data(options["rpId"], AuthenticatorData.FLAG(0), b"", wrong)
        client = _client("webauthn.get", options, at, wrong)
        signed = self.private.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        signature = wrong.get("signature", signed)
        return self._said(clientDataJSON=client, authenticatorData=bytes(data), signature=signature)

    def _data(self, party: str, flags: AuthenticatorData.FLAG, credential: bytes, wrong: dict[str, Any]) -> Any:
        self.counter = wrong.get("counter", self.counter + 1)
        present = AuthenticatorData.FLAG.UP if wrong.get("present", True) else AuthenticatorData.FLAG(0)
        digest = hashlib.sha256(wrong.get("party", party).encode()).digest()
        return AuthenticatorData.create(digest, flags | present, self.counter, credential)

    def _said(self, **response: bytes) -> str:
        id_ = websafe_encode(self.id)
        parts = {name: websafe_encode(each) for name, each in response.items()}
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": parts})


def _client(kind: str, options: dict[str, Any], at: str, wrong: dict[str, Any]) -> bytes:
    challenge = wrong.get("challenge", websafe_decode(options["challenge"]))
    said = {
        "type": wrong.get("kind", kind),
        "challenge": websafe_encode(challenge),
        "origin": wrong.get("origin", at),
    }
    return json.dumps(said).encode()
