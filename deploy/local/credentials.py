"""Passwords and development keys of one installation: made once, kept in files that only their owner may read.

The keys are for development only. Their key ids begin with `development-`, and a process in production refuses them.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local.kafka import USERS
from deploy.postgres.provision import RolePasswords
from shared.contracts.topics import SERVICES

ISSUER_KEY = "development-issuer"
SIGNING_SERVICES = ("registry", "notifications")
"""The services that sign: tokens of volunteers, and mailed links."""


@dataclass(frozen=True)
class Credentials:
    """What `make` found or made in a folder."""

    folder: Path
    postgres_admin: str
    postgres_roles: Mapping[str, RolePasswords]
    kafka: Mapping[str, str]
    suppression_key: str
    """Of the registry's hashes by which an import knows whom not to bring back: lost, it would bring them back."""

    def signing_key(self, service: str) -> Path:
        """The PEM file of a service's development key."""
        return self.folder / f"development-{service}.pem"

    @property
    def issuer_key(self) -> Path:
        """The PEM file with which the development issuer signs."""
        return self.folder / f"{ISSUER_KEY}.pem"

    @property
    def issuer_jwks(self) -> Path:
        """The development issuer's public keys."""
        return self.folder / f"{ISSUER_KEY}.jwks.json"


def load_or_make(folder: Path) -> Credentials:
    """Read what is in `folder`, and make what is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o777 != 0o700:  # a read-only mount refuses even what changes nothing
        folder.chmod(0o700)
    credentials = Credentials(
        folder,
        _password(folder, "postgres_admin"),
        {
            service: RolePasswords(_password(folder, f"{service}_owner"), _password(folder, f"{service}_runtime"))
            for service in SERVICES
        },
        {user: _password(folder, f"kafka_{user}") for user in USERS},
        _secret(folder, "tandem_suppression_key"),
    )
    for service in SIGNING_SERVICES:
        _make_key(credentials.signing_key(service))
    _make_key(credentials.issuer_key)
    write_jwks(credentials.issuer_key, credentials.issuer_jwks)
    return credentials


def _password(folder: Path, name: str) -> str:
    return _secret(folder, f"tandem_{name}_password")


def _secret(folder: Path, name: str) -> str:
    file = folder / name
    if not file.exists() or not file.read_text().strip():
        write_private(file, secrets.token_urlsafe(24))
    return file.read_text().strip()


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(file)


def _make_key(file: Path) -> None:
    if file.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(file, pem.decode())


def read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """The private key in a PEM file."""
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{file.name} holds no elliptic-curve key")
    return key


def public_jwk(file: Path) -> dict[str, str]:
    """The public half of a PEM file as JWK; its `kid` is the file's name and the start of the key's thumbprint."""
    numbers = read_key(file).public_key().public_numbers()
    x, y = (_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    canonical = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"), sort_keys=True)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(canonical.encode())
    kid = f"{file.stem}-{_base64url(digest.finalize())[:8]}"
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig", "alg": "ES256"}


def write_jwks(key: Path, file: Path) -> None:
    """Write the public half of a PEM file as a set of keys that anyone may read."""
    wanted = json.dumps({"keys": [public_jwk(key)]}, indent=2) + "\n"
    if not file.exists() or file.read_text() != wanted:
        file.write_text(wanted)


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
