"""Mail addresses: when two are the same, and how one is found without being read."""

import hashlib


def mail_hash(mail: str) -> bytes:
    """The key under which an address is looked up: SHA-256 of it in lower case, without white space around."""
    return hashlib.sha256(mail.strip().lower().encode()).digest()
