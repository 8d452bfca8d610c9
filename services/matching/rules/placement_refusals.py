"""What is refused about placements, with a stable code and what to do in German and in English."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal

_STATUSES: dict[str, tuple[str, str]] = {
    "requested": ("angefragt", "requested"),
    "invited": ("angeboten, eine Antwort steht aus", "an invitation without an answer"),
    "waitlisted": ("auf der Warteliste", "on the waiting list"),
    "offered": ("angeboten, die Frist läuft", "offered, with a deadline"),
    "confirmed": ("bestätigt", "confirmed"),
    "active": ("begonnen", "active"),
    "suspended": ("ausgesetzt", "suspended"),
    "completed": ("abgeschlossen", "completed"),
    "declined": ("abgelehnt", "declined"),
    "withdrawn": ("zurückgezogen", "withdrawn"),
    "expired": ("verfallen", "expired"),
    "ended": ("beendet", "ended"),
}
_ACTORS: dict[str, tuple[str, str]] = {
    "volunteer": ("die oder der Ehrenamtliche", "the volunteer"),
    "coordinator": ("die Organisation", "the organisation"),
    "system": ("das System von selbst", "the system by itself"),
}


def step_impossible(
    status: str | None, step: str, possible: Sequence[str], others: Sequence[str], origins: Sequence[str]
) -> Refusal:
    """The state machine knows no such step from here.

    `possible`: what the same actor can do instead; `others`: who else can take the step from here; `origins`: from which
    statuses this actor can take it.
    """
    reason, de, en = _why_impossible(status, others, origins)
    return Refusal(
        Reason.CONFLICT,
        "placement-step-impossible",
        de=f"{de} Bitte neu laden; möglich ist, was dabeisteht.",
        en=f"{en} Please reload; what is possible is stated.",
        because=reason,
        status=None if status is None else str(status),
        step=str(step),
        possible=[str(one) for one in possible],
    )


def _why_impossible(status: str | None, others: Sequence[str], origins: Sequence[str]) -> tuple[str, str, str]:
    if status is None:
        return "not-there-yet", "Diesen Einsatz gibt es noch nicht.", "This placement is not there yet."
    de, en = _STATUSES[str(status)]
    if others:
        names_de = " oder ".join(_ACTORS[str(who)][0] for who in others)
        names_en = " or ".join(_ACTORS[str(who)][1] for who in others)
        return (
            "somebody-else",
            f"Der Einsatz ist {de}; diesen Schritt geht jetzt nur {names_de}.",
            f"The placement is {en}; only {names_en} can take this step now.",
        )
    if not origins:
        return "never", f"Der Einsatz ist {de}.", f"The placement is {en}."
    from_de = ", ".join(_STATUSES[str(one)][0] for one in origins)
    from_en = ", ".join(_STATUSES[str(one)][1] for one in origins)
    return (
        "not-from-here",
        f"Der Einsatz ist {de}. Dieser Schritt geht nur von hier aus: {from_de}.",
        f"The placement is {en}. This step is only possible from: {from_en}.",
    )


def deadline_passed() -> Refusal:
    """The place was kept for a time, and the time is over."""
    return Refusal(
        Reason.CONFLICT,
        "deadline-passed",
        de="Die Frist ist abgelaufen, der Platz geht an die Nächsten. Sie können sich neu melden.",
        en="The deadline has passed and the place goes to the next in line. You may ask again.",
    )


def not_begun(step: str, possible_from: datetime) -> Refusal:
    """It takes place later: what is to come has not begun, nor is it complete. `possible_from`: when it can be."""
    local = possible_from.astimezone(BERLIN)
    return Refusal(
        Reason.CONFLICT,
        "placement-not-begun",
        de=f"Der Einsatz liegt noch in der Zukunft. Das geht ab dem {local:%d.%m.%Y}, {local:%H:%M} Uhr.",
        en=f"The placement still lies ahead. This is possible from {local:%Y-%m-%d}, {local:%H:%M} (German time).",
        step=step,
        possible_from=possible_from.isoformat(),
    )


def own_placement() -> Refusal:
    """Nobody decides about themselves."""
    return Refusal(
        Reason.FORBIDDEN,
        "own-placement",
        de="Über den eigenen Einsatz entscheidet jemand anderes. Bitte eine Kollegin oder einen Kollegen.",
        en="Somebody else decides about your own placement. Please ask a colleague.",
    )


def shift_needed() -> Refusal:
    """The offer has shifts: a placement is of one of them."""
    return Refusal(
        Reason.CONFLICT,
        "shift-needed",
        de="Dieses Angebot hat Schichten. Bitte wählen Sie eine davon.",
        en="This offer has shifts. Please choose one of them.",
    )


def shift_not_open() -> Refusal:
    """It has begun, or was cancelled."""
    return Refusal(
        Reason.CONFLICT,
        "shift-not-open",
        de="Diese Schicht hat schon begonnen oder fällt aus. Bitte wählen Sie eine andere.",
        en="This shift has begun or was cancelled. Please choose another one.",
    )


def group_speaker_only() -> Refusal:
    """One speaks for all."""
    return Refusal(
        Reason.FORBIDDEN,
        "group-speaker-only",
        de="Für die Gruppe spricht ihre Sprecherin oder ihr Sprecher.",
        en="The group's speaker speaks for the group.",
    )


def not_in_group(volunteer_ids: Sequence[Any]) -> Refusal:
    """A group is placed with its own members."""
    return Refusal(
        Reason.INVALID,
        "not-in-group",
        de="Nicht alle Genannten gehören zur Gruppe.",
        en="Not all of those named belong to the group.",
        volunteer_ids=[str(one) for one in volunteer_ids],
    )


def group_too_large(places: int) -> Refusal:
    """Together or not at all: so many places there never are."""
    return Refusal(
        Reason.CONFLICT,
        "group-too-large",
        de="So viele Plätze gibt es hier nicht. Bitte mit einem Teil der Gruppe anfragen.",
        en="There are not so many places here. Please ask for a part of the group.",
        places=places,
    )


def group_members_lacking(volunteer_ids: Sequence[Any]) -> Refusal:
    """Somebody of the group cannot be placed; what they lack concerns nobody else."""
    return Refusal(
        Reason.CONFLICT,
        "group-members-lacking",
        de="Nicht alle aus der Gruppe können hier eingesetzt werden. Was ihnen fehlt, sehen sie selbst beim Angebot.",
        en="Not everybody in the group can be placed here. What they lack they see themselves at the offer.",
        volunteer_ids=[str(one) for one in volunteer_ids],
    )


def group_members_there(volunteer_ids: Sequence[Any]) -> Refusal:
    """Somebody of the group has a live placement there already."""
    return Refusal(
        Reason.CONFLICT,
        "group-members-there",
        de="Nicht alle aus der Gruppe sind hier neu: Wer sich schon gemeldet hat, steht dabei.",
        en="Not everybody in the group is new here: who has asked already is stated.",
        volunteer_ids=[str(one) for one in volunteer_ids],
    )


def deadline_impossible(latest: Any) -> Refusal:
    """The deadline of an invitation lies ahead, and not too far."""
    return Refusal(
        Reason.INVALID,
        "deadline-impossible",
        de="Die Frist muss in der Zukunft liegen und darf nicht zu weit weg sein.",
        en="The deadline must lie in the future and not too far ahead.",
        at_the_latest=latest.isoformat(),
    )
