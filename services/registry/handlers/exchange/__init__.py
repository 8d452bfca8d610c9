"""What associations' own systems tell: taken over by their ids, set-based, with a result for every row."""

from services.registry.handlers.exchange.deleting import delete, delete_all
from services.registry.handlers.exchange.single import link, upsert

__all__ = ["delete", "delete_all", "link", "upsert"]
