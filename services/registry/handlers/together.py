"""One use case for many at once: whoever is refused does not stop the others."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from shared.runtime.errors import Refusal

Row = TypeVar("Row")
Told = TypeVar("Told")
Done = TypeVar("Done")


async def where_possible(
    rows: Iterable[Row], look: Callable[[Row], Told], act: Callable[[list[Told]], Awaitable[Sequence[Done | Refusal]]]
) -> list[Done | Refusal]:
    """Look at each row, act on all together that are not refused there; what became of each, in the rows' order."""
    seen: list[Told | Refusal] = []
    for row in rows:
        try:
            seen.append(look(row))
        except Refusal as refusal:
            seen.append(refusal)
    accepted = [each for each in seen if not isinstance(each, Refusal)]
    done = iter(await act(accepted) if accepted else ())
    return [each if isinstance(each, Refusal) else next(done) for each in seen]


def only(found: Sequence[Done | Refusal]) -> Done:
    """What became of the only one.

    Raises
    ------
    Refusal
        It was refused.
    """
    (each,) = found
    if isinstance(each, Refusal):
        raise each
    return each
