"""What becomes of two registrations of one person, and how it is taken back.

The survivor's own words stand; what only the other one said is added. When a merge is undone exactly that is taken away
again, whatever the survivor has changed since.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.models.ages import NOT_TOLD, Ages
from services.registry.models.duplicates import Added, Duplicate, DuplicateStatus, LikelyBecause, Merge
from services.registry.models.volunteers import StoredVolunteer
from services.registry.rules.ages import ages_on, needs_guardian
from services.registry.rules.duplicates import ages_agree
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
    added: dict[str, Any] = {name: _added(name, mine[name], other[name]) for name in AT_MOST}
    told = {name: [*mine[name], *more] for name, more in added.items()}
    return Volunteer.model_validate({**mine, **told}), Added(**added)


def check_open(pair: Duplicate) -> None:
    """Somebody has looked at a dismissed pair: they are two persons, until somebody states otherwise.

    Raises
    ------
    Refusal
        `duplicate-dismissed`.
    """
    if pair.status is DuplicateStatus.DISMISSED:
        raise Refusal(
            Reason.CONFLICT,
            "duplicate-dismissed",
            de="Jemand hat festgestellt, dass es zwei Menschen sind. Wenn das nicht stimmt, bitte das Paar neu melden.",
            en="Somebody has found that they are two persons. If that is wrong, please state the pair anew.",
        )


def check_persons(first: StoredVolunteer, second: StoredVolunteer, today: date) -> None:
    """Whether two registrations can be one person's now, and may be treated as such.

    Raises
    ------
    Refusal
        `guardian-awaited`: a merge would let whoever a guardian has not agreed to be found (Art. 8 DSGVO; §§ 107, 1626
        BGB). `ages-contradict`: two persons.
    """
    if first.guardian_awaited or second.guardian_awaited:
        raise Refusal(
            Reason.CONFLICT,
            "guardian-awaited",
            de="Für eine der beiden Anmeldungen fehlt die Zustimmung der Sorgeberechtigten. Bitte zuerst diese eintragen.",
            en="For one of the two registrations the consent of the guardians is missing. Please record that first.",
        )
    if not ages_agree(ages_on(first.ages, today), ages_on(second.ages, today)):
        raise Refusal(
            Reason.CONFLICT,
            "ages-contradict",
            de="Das Alter der beiden Anmeldungen widerspricht sich. Wenn eines falsch ist, bitte zuerst berichtigen lassen.",
            en="The ages of the two registrations contradict each other. If one is wrong, please have it corrected first.",
        )


def check_coordinator(
    reasons: Iterable[LikelyBecause],
    survivor: StoredVolunteer,
    merged: StoredVolunteer,
    own: Collection[UUID],
    described_at: datetime | None,
) -> None:
    """Whether a coordinator may merge alone: what is one person's must not come to an account of somebody's making.

    Whoever makes an account for that has to make it like the person whose data it is for, so after that person was there
    to be read. Hence what is compared of the survivor (`described_at`: name, mail, phone; the postal code) must be as it
    was when the other one registered. Who changed it does not matter: an account of somebody's making speaks for itself.
    Whoever keeps accounts under common names in stock is not stopped by it, so both are told by mail, it can be undone,
    and what Art. 9 DSGVO protects moves in no merge.

    Raises
    ------
    Refusal
        `merge-by-privacy-officer`: nothing shows that they are one, one of their own organisations (`own`) registered one
        of the two, or the survivor came later than the other, or was described otherwise when that one came.
    """
    made_here = not {survivor.registered_by, merged.registered_by}.isdisjoint(own)
    later = survivor.published.registered_at > merged.published.registered_at
    described = [when for when in (described_at, survivor.moved_at) if when is not None]
    later = later or any(when >= merged.requested_at for when in described)
    if LikelyBecause.STATED in reasons or made_here or later:
        raise Refusal(
            Reason.CONFLICT,
            "merge-by-privacy-officer",
            de="Diese beiden kann nur die Datenschutzstelle so zusammenführen. Bitte wenden Sie sich an diese.",
            en="Only the privacy officer can merge these two in this way. Please turn to them.",
        )


def with_ages(survivor: StoredVolunteer, merged: StoredVolunteer) -> tuple[StoredVolunteer, dict[str, Any] | None]:
    """The survivor with the other one's thresholds of age, when they had told none, and as what they are kept.

    Whoever is under 16 stays so: their guardian may withdraw.
    """
    if survivor.ages != NOT_TOLD or merged.ages == NOT_TOLD:
        return survivor, None
    told = {
        "reached": merged.ages.reached,
        "reaches_16_on": None if merged.reaches_16_on is None else merged.reaches_16_on.isoformat(),
        "reaches_18_on": None if merged.reaches_18_on is None else merged.reaches_18_on.isoformat(),
    }
    return _aged(survivor, merged.ages), told


def without_ages(survivor: StoredVolunteer, added: Added, today: date) -> StoredVolunteer:
    """The survivor without thresholds of age that came from the other one, unless they were corrected since.

    A guardian who is awaited because of those is the other one's.
    """
    if added.ages is None:
        return survivor
    days = (added.ages["reaches_16_on"], added.ages["reaches_18_on"])
    taken = Ages(added.ages["reached"], *(None if day is None else date.fromisoformat(day) for day in days))
    if ages_on(taken, today) != ages_on(survivor.ages, today):
        return survivor
    return replace(_aged(survivor, NOT_TOLD), guardian_awaited=False)


def guardian_withdrew(survivor: StoredVolunteer, kept: dict[str, Any]) -> bool:
    """Whether the merged one, as kept, comes back as somebody whose guardian agrees no longer."""
    return survivor.guardian_awaited and needs_guardian(Ages(kept["age_reached"]))


def _aged(stored: StoredVolunteer, ages: Ages) -> StoredVolunteer:
    published = stored.published.model_copy(update={"age_reached": ages.reached})
    return replace(stored, published=published, reaches_16_on=ages.reaches_16_on, reaches_18_on=ages.reaches_18_on)


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
