"""Lists by distance: what is confirmed first, then what nobody has confirmed for long, each part nearest first.

A position is the distance in kilometres, of what nobody has confirmed for long with a minus before it: exactly the distance
either way, so that a page goes on right after the last one also among those that are equally far away.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import copysign
from typing import Any
from uuid import UUID

from shared.postgres.lists import Asked, ListQuery

DISTANCE = "distance"
"""The order's name: upwards only, as an index gives it."""
WITHIN = "within_km"
FIRST_KM = 12.5
WIDER = 2.0
"""A circle so much wider is four times as large: what was read in vain before is a third of it at most."""


async def nearest(
    connection: Any, listed: ListQuery, asked: Asked, parameters: dict[str, Any], within_km: float, key: str
) -> dict[UUID, float | bool]:
    """The ids of a stretch with their positions. The query takes `is_stale` and answers `distance`.

    What is asked for besides may be rare, so a circle bounds what is looked at; it may be common, and a circle is read
    whole, so it is a small one first, and a wider one while that gave too little. Where nothing is asked for besides, the
    index gives one after the other and is left at the limit.
    """
    is_narrowed = any(parameters[name] is not None for name in listed.optional if name != WITHIN)
    found: dict[UUID, float | bool] = {}
    left, skip = asked.rows, asked.skip
    goes_on_in_stale = asked.after is not None and copysign(1.0, asked.after[0]) < 0
    for is_stale in (False, True):
        if left <= 0 or (goes_on_in_stale and not is_stale):
            continue
        after = None
        if asked.after is not None and is_stale == goes_on_in_stale:
            after = (abs(asked.after[0]), asked.after[1])
        stretch = replace(asked, rows=left + skip, after=after, skip=0)
        rows = []
        for circle in _circles(after[0] if after else 0.0, within_km) if is_narrowed else (None,):
            rows = await listed.fetch(connection, stretch, **{**parameters, WITHIN: circle}, is_stale=is_stale)
            if len(rows) >= stretch.rows:
                break
        rows = [row for row in rows if row["distance"] <= within_km]
        taken = rows[skip:]
        skip = max(0, skip - len(rows))
        found |= {row[key]: copysign(row["distance"], -1.0 if is_stale else 1.0) for row in taken}
        left -= len(taken)
    return found


def _circles(passed_km: float, within_km: float) -> Iterator[float]:
    """The radii to look within, one after the other: wider than what was passed already, up to the whole."""
    radius = max(FIRST_KM, passed_km * WIDER)
    while radius < within_km:
        yield radius
        radius *= WIDER
    yield within_km
