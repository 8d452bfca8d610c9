"""Signing keys (EC P-256) and their public half as a JWKS document.

A key whose file name starts with `development-` gets a key id with that prefix: a process in production refuses to sign
with it, and refuses what was signed with it.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.runtime.settings import ConfigurationError, Mode

DEVELOPMENT = "development-"
ALGORITHM = "ES256"
_COORDINATE_BYTES = 32


@dataclass(frozen=True)
class SigningKey:
    """A private key and the id under which verifiers find its public half."""

    kid: str
    private: ec.EllipticCurvePrivateKey

    @property
    def is_for_development(self) -> bool:
        """Trusted in the local mode and in tests only."""
        return self.kid.startswith(DEVELOPMENT)

    def public_jwk(self) -> dict[str, str]:
        """The public half as a JWK (RFC 7517)."""
        return {**_members(self.private), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


def load_signing_key(path: Path | None, mode: Mode) -> SigningKey:
    """Read a PEM file (EC P-256, unencrypted).

    Raises
    ------
    ConfigurationError
        Missing, unreadable, another kind of key, or a development key outside the local mode and tests.
    """
    name = "TANDEM_SIGNING_KEY_FILE"
    if path is None:
        raise ConfigurationError(f"{name}: needed by this service")
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise ConfigurationError(f"{name}: cannot be read as an unencrypted PEM private key") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise ConfigurationError(f"{name}: must be an EC key on the curve P-256")
    key = signing_key(private, development=path.name.startswith(DEVELOPMENT))
    if key.is_for_development and mode is Mode.PRODUCTION:
        raise ConfigurationError(f"{name}: a development key is for the local mode and tests only")
    return key


def signing_key(private: ec.EllipticCurvePrivateKey, *, development: bool = False) -> SigningKey:
    """The key with its id: the RFC 7638 thumbprint of its public half."""
    kid = thumbprint(_members(private))
    return SigningKey(DEVELOPMENT + kid if development else kid, private)


def new_signing_key(*, development: bool = False) -> SigningKey:
    """A fresh key (tests, first start of the local mode)."""
    return signing_key(ec.generate_private_key(ec.SECP256R1()), development=development)


def thumbprint(members: dict[str, str]) -> str:
    """RFC 7638: SHA-256 of the required members in lexicographic order, base64url."""
    canonical = orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
    return _base64url(hashlib.sha256(canonical).digest())


def jwks_document(*keys: SigningKey) -> dict[str, Any]:
    """The public halves as a JWKS document."""
    return {"keys": [key.public_jwk() for key in keys]}


def _members(private: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = private.public_key().public_numbers()
    return {
        "crv": "P-256",
        "kty": "EC",
        "x": _base64url(numbers.x.to_bytes(_COORDINATE_BYTES, "big")),
        "y": _base64url(numbers.y.to_bytes(_COORDINATE_BYTES, "big")),
    }


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
