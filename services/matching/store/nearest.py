"""Lists by distance: what is confirmed first, then what nobody has confirmed for long, each part nearest first."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from shared.postgres.lists import Asked, ListQuery

DISTANCE = "distance"
"""The order's name: upwards only, as an index gives it."""
WITHIN = "within_km"
BEHIND = 100_000.0
"""Added to the kilometres of what nobody has confirmed for long: it comes after everything else."""


async def nearest(
    connection: Any, listed: ListQuery, asked: Asked, parameters: dict[str, Any], within_km: float, key: str
) -> dict[UUID, float | bool]:
    """The ids of a stretch with their positions. The query takes `is_stale` and answers `distance`.

    What is asked for besides may be rare, so the circle bounds what is looked at. Where nothing is, the index gives one
    after the other and is left at the limit: a circle would be read whole before that, and a town has thousands.
    """
    is_narrowed = any(parameters[name] is not None for name in listed.optional if name != WITHIN)
    parameters = {**parameters, WITHIN: within_km if is_narrowed else None}
    found: dict[UUID, float | bool] = {}
    left, skip = asked.rows, asked.skip
    for is_stale, behind in ((False, 0.0), (True, BEHIND)):
        after = asked.after
        if left <= 0 or (after is not None and after[0] >= BEHIND and not is_stale):
            continue
        if after is not None:
            after = (after[0] - behind, after[1]) if (after[0] >= BEHIND) == is_stale else None
        stretch = replace(asked, rows=left + skip, after=after, skip=0)
        rows = await listed.fetch(connection, stretch, **parameters, is_stale=is_stale)
        rows = [row for row in rows if row["distance"] <= within_km]
        taken = rows[skip:]
        skip = max(0, skip - len(rows))
        found |= {row[key]: row["distance"] + behind for row in taken}
        left -= len(taken)
    return found
