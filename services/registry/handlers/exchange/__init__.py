"""What associations' own systems tell: taken over by their ids, set-based, with a result for every row."""

from services.registry.handlers.exchange.single import link, upsert

__all__ = ["link", "upsert"]
