"""What is refused at registrations. Pure."""

from shared.runtime.errors import Reason, Refusal


def guardian_not_needed() -> Refusal:
    """Nobody has to agree for this volunteer, or somebody has already."""
    return Refusal(
        Reason.CONFLICT,
        "guardian-not-needed",
        de="Hier ist keine Zustimmung von Sorgeberechtigten offen.",
        en="No guardian's consent is awaited here.",
    )
