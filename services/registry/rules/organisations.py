"""Organisations: what may be changed by whom, under which umbrella, and which law on data protection binds them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from shared.contracts.vocabulary import LegalProfile, OrganisationKind, OrganisationStatus
from shared.runtime.errors import Reason, Refusal

UMBRELLAS_ABOVE_AT_MOST = 5
PUBLIC_BODIES = frozenset(
    (OrganisationKind.MUNICIPALITY, OrganisationKind.DISTRICT_AUTHORITY, OrganisationKind.STATE_AUTHORITY)
)
VERIFIED_FACTS = frozenset(("name", "kind", "umbrella_id", "legal_profile"))
"""What the state administration looked at when it verified: from then on it changes them itself."""


def check_change(
    status: OrganisationStatus,
    current: Mapping[str, Any],
    change: Mapping[str, Any],
    *,
    by_state_admin: bool,
) -> None:
    """May an organisation be changed so, by its organisation_admin or the state administration?

    A verified organisation keeps what was verified, and serves no further district of its own accord: otherwise anybody
    could be verified under one name and go on under another.

    Raises
    ------
    Refusal
        `organisation-suspended-unchanged`, `verified-facts-fixed`.
    """
    if by_state_admin:
        return
    if status is OrganisationStatus.SUSPENDED:
        raise Refusal(
            Reason.CONFLICT,
            "organisation-suspended-unchanged",
            de="Die Organisation ist gesperrt; nur die Landesverwaltung kann sie ändern.",
            en="The organisation is suspended; only the state administration can change it.",
        )
    if status is not OrganisationStatus.VERIFIED:
        return
    fixed = sorted(name for name in VERIFIED_FACTS & change.keys() if change[name] != current[name])
    if not set(change.get("districts", ())) <= set(current["districts"]):
        fixed.append("districts")
    if fixed:
        raise Refusal(
            Reason.CONFLICT,
            "verified-facts-fixed",
            de="Das wurde bei der Bestätigung geprüft. Bitte lassen Sie es von der Landesverwaltung ändern.",
            en="This was looked at when the organisation was verified. Please let the state administration change it.",
            fields=fixed,
        )


def check_umbrella(organisation_id: UUID | None, umbrella_id: UUID, above: Sequence[UUID]) -> None:
    """May an organisation belong to this association? `above`: the association itself and all above it, nearest first.

    Raises
    ------
    Refusal
        `umbrella-unknown`, `umbrella-in-a-circle`, `umbrellas-too-many`.
    """
    if umbrella_id not in above:
        raise Refusal(
            Reason.INVALID,
            "umbrella-unknown",
            de="Diesen Dachverband gibt es hier nicht, oder er ist nicht bestätigt.",
            en="There is no such umbrella association here, or it is not verified.",
        )
    if organisation_id in above:
        raise Refusal(
            Reason.CONFLICT,
            "umbrella-in-a-circle",
            de="Dieser Dachverband gehört selbst zu der Organisation.",
            en="This umbrella association itself belongs to the organisation.",
        )
    if len(above) > UMBRELLAS_ABOVE_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "umbrellas-too-many",
            de=f"Mehr als {UMBRELLAS_ABOVE_AT_MOST} Dachverbände übereinander sind nicht möglich.",
            en=f"No more than {UMBRELLAS_ABOVE_AT_MOST} umbrella associations above each other are possible.",
        )


def check_legal_profile(kind: OrganisationKind, profile: LegalProfile) -> None:
    """May an organisation of this kind work under this law?

    The churches' own law binds them, their works and their institutions, never a public body (Art. 91 DSGVO, § 3 KDG,
    § 2 DSG-EKD).

    Raises
    ------
    Refusal
        `legal-profile-not-for-this-kind`.
    """
    if kind in PUBLIC_BODIES and profile is not LegalProfile.GDPR:
        raise Refusal(
            Reason.INVALID,
            "legal-profile-not-for-this-kind",
            de="Für öffentliche Stellen gilt die DSGVO, nicht das kirchliche Datenschutzrecht.",
            en="Public bodies are bound by the GDPR, not by the churches' law on data protection.",
        )


def district_has_contacts() -> Refusal:
    """Contacts are published for a district that the organisation wants to leave."""
    return Refusal(
        Reason.CONFLICT,
        "district-has-contacts",
        de="In einem dieser Landkreise sind noch Ansprechpersonen veröffentlicht. Bitte diese zuerst zurückziehen.",
        en="Contacts are still published in one of these districts. Please withdraw them first.",
    )
