"""Every contract, imported: whoever needs the whole catalogue imports this."""

from shared.contracts import matching, privacy, registry, tandems, training
from shared.contracts.base import CONTRACTS

__all__ = ["CONTRACTS", "matching", "privacy", "registry", "tandems", "training"]
