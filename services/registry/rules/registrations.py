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


def registration_not_confirmed() -> Refusal:
    """Somebody was registered with a mail address and has not confirmed it: there is nothing to look after yet."""
    return Refusal(
        Reason.NOT_FOUND,
        "registration-not-confirmed",
        de="Diese Anmeldung ist noch nicht bestätigt. Die Person hat eine Mail mit einem Link bekommen: Bitten Sie sie,"
        " ihn zu öffnen; danach verwaltet sie ihre Daten selbst. Ohne Bestätigung wird die Anmeldung nach einigen Tagen"
        " gelöscht. Wer keine Mails liest, wird ohne Mailadresse angemeldet und ist sofort dabei.",
        en="This registration is not confirmed yet. The person was sent a mail with a link: please ask them to open it;"
        " from then on they look after their data themselves. Without it the registration is deleted after some days."
        " Somebody who reads no mails is registered without a mail address and takes part at once.",
    )
