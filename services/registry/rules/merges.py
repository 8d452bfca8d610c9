"""What becomes of two registrations of one person, and how it is taken back.

The survivor's own words stand; what only the other one said is added. When a merge is undone exactly that is taken away
again, whatever the survivor has changed since.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from services.registry.models.duplicates import Added, Merge
from shared.contracts.registry import Volunteer
from shared.runtime.errors import Reason, Refusal

AT_MOST = {"languages": 20, "skills": 30, "wishes": 30, "travel": 4, "availability": 28}
"""As many as a volunteer may tell themselves."""

_SAME: dict[str, Callable[[Any], Any]] = {
    "languages": lambda spoken: spoken["language"],
    "availability": lambda part: (part["day"], part["part"]),
}


def combined(survivor: Volunteer, merged: Volunteer) -> tuple[Volunteer, Added]:
    """The survivor with what only the other one told, and what that was."""
    mine, other = survivor.model_dump(mode="json"), merged.model_dump(mode="json")
    added = {name: _added(name, mine[name], other[name]) for name in AT_MOST}
    told = {name: [*mine[name], *more] for name, more in added.items()}
    return Volunteer.model_validate({**mine, **told}), Added(**added)


def taken_back(current: Volunteer, added: Added) -> Volunteer:
    """The survivor without what came from the other one."""
    state = current.model_dump(mode="json")
    told = {name: _without(name, state[name], getattr(added, name)) for name in AT_MOST}
    return Volunteer.model_validate({**state, **told})


def _added(name: str, mine: Iterable[Any], other: Iterable[Any]) -> tuple[Any, ...]:
    same = _SAME.get(name, lambda value: value)
    mine = list(mine)
    known = {same(value) for value in mine}
    return tuple(value for value in other if same(value) not in known)[: max(0, AT_MOST[name] - len(mine))]


def _without(name: str, current: Iterable[Any], added: Iterable[Any]) -> list[Any]:
    left = list(added)
    kept = []
    for value in current:
        if value in left:
            left.remove(value)
        else:
            kept.append(value)
    return kept


def check_undo(merge: Merge, again_merged: bool, now: datetime) -> None:
    """Whether a merge can be undone now.

    Raises
    ------
    Refusal
        `merge-undone`, `merge-settled` when its time is over, `merged-again` while the survivor is merged themselves.
    """
    if merge.undone_at is not None:
        raise Refusal(
            Reason.CONFLICT,
            "merge-undone",
            de="Die Zusammenführung ist schon rückgängig gemacht.",
            en="The merge has been undone already.",
        )
    if merge.kept is None or merge.undo_until <= now:
        raise Refusal(
            Reason.CONFLICT,
            "merge-settled",
            de="Die Frist, in der das rückgängig gemacht werden kann, ist vorbei.",
            en="The time in which this can be undone is over.",
        )
    if again_merged:
        raise Refusal(
            Reason.CONFLICT,
            "merged-again",
            de="Danach wurde noch einmal zusammengeführt. Bitte zuerst das rückgängig machen.",
            en="There was another merge after this one. Please undo that first.",
        )
