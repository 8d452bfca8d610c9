"""Keyed hashes of what an association told: enough to know it again, nothing to read it back from."""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True)
class KeyedHashes:
    """HMAC-SHA-256 under the operator's key (`TANDEM_SUPPRESSION_KEY`): without the key nobody can try out ids or names."""

    key: bytes = field(repr=False)

    def of_external_id(self, source: str, kind: str, external_id: str) -> bytes:
        """What a suppression list holds of somebody (Art. 17, 21 DSGVO): not the id, and not who it was."""
        return self._hash(b"external-id", source.encode(), kind.encode(), external_id.encode())

    def of_spellings(self, source: str, kind: str, external_id: str) -> bytes:
        """The same for every spelling of an id: case, white space and Unicode form make no other person of somebody."""
        plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", external_id).casefold())
        return self._hash(b"spellings", source.encode(), kind.encode(), "".join(plain.split()).encode())

    def of_content(self, content: bytes) -> bytes:
        """By which a row is known that was taken over before."""
        return self._hash(b"content", content)

    def _hash(self, *parts: bytes) -> bytes:
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self.key, framed, hashlib.sha256)
