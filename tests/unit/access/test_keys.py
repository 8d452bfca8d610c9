"""Development keys are told by the name of their file and refuse to start outside the local mode."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from shared.access.keys import jwks_document, load_signing_key, new_signing_key, thumbprint
from shared.runtime.settings import ConfigurationError, Mode


def write(path: Path, key: PrivateKeyTypes, password: bytes | None = None) -> Path:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return path


def test_a_key_is_known_by_its_thumbprint(tmp_path: Path) -> None:
    file = write(tmp_path / "registry.pem", ec.generate_private_key(ec.SECP256R1()))
    key = load_signing_key(file, Mode.PRODUCTION)
    assert len(key.kid) == 43
    assert key.kid == load_signing_key(file, Mode.LOCAL).kid
    assert not key.is_for_development


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    """The example of § 3.1 of the RFC, whose required members stand in lexicographic order."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1"
        "n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert thumbprint({"n": modulus, "kty": "RSA", "e": "AQAB"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_development_key_starts_only_where_it_may(tmp_path: Path) -> None:
    file = write(tmp_path / "development-registry.pem", ec.generate_private_key(ec.SECP256R1()))
    for mode in (Mode.LOCAL, Mode.TEST):
        assert load_signing_key(file, mode).kid.startswith("development-")
    with pytest.raises(ConfigurationError, match="TANDEM_SIGNING_KEY_FILE"):
        load_signing_key(file, Mode.PRODUCTION)


def test_what_is_no_usable_key_stops_the_start_with_the_settings_name(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("not a key: hunter2")
    unusable = [
        None,
        tmp_path / "missing.pem",
        garbage,
        write(tmp_path / "rsa.pem", rsa.generate_private_key(65537, 2048)),
        write(tmp_path / "p384.pem", ec.generate_private_key(ec.SECP384R1())),
        write(tmp_path / "locked.pem", ec.generate_private_key(ec.SECP256R1()), b"password"),
    ]
    for path in unusable:
        with pytest.raises(ConfigurationError, match=r"^TANDEM_SIGNING_KEY_FILE: ") as caught:
            load_signing_key(path, Mode.LOCAL)
        assert "hunter2" not in str(caught.value)


def test_the_published_document_holds_no_private_part() -> None:
    document = jwks_document(new_signing_key(), new_signing_key())
    for jwk in document["keys"]:
        assert set(jwk) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
