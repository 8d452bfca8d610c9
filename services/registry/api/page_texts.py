"""What the pages of mailed links say, in German and in English."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageText:
    """One page in one language."""

    title: str
    paragraphs: tuple[str, ...]
    button: str = ""
    access_token_label: str = ""
    for_developers: str = "Zugangsschlüssel dieser Anmeldung (nur im lokalen Betrieb sichtbar)"


PAGES: dict[str, dict[str, PageText]] = {
    "confirmation": {
        "de": PageText(
            "Anmeldung bestätigen",
            ("Mit einem Klick bestätigen Sie Ihre Mailadresse. Erst dann ist Ihre Anmeldung vollständig.",),
            "Anmeldung bestätigen",
        ),
        "en": PageText(
            "Confirm your registration",
            ("One click confirms your mail address. Only then is your registration complete.",),
            "Confirm registration",
        ),
    },
    "confirmed": {
        "de": PageText("Vielen Dank!", ("Ihre Anmeldung ist bestätigt. Sie bekommen Post, sobald etwas passt.",)),
        "en": PageText(
            "Thank you!",
            ("Your registration is confirmed. You will get mail as soon as something fits.",),
            for_developers="Access token of this sign-in (shown in the local mode only)",
        ),
    },
    "sign-in": {
        "de": PageText("Anmelden", ("Mit einem Klick melden Sie sich an.",), "Anmelden"),
        "en": PageText("Sign in", ("One click signs you in.",), "Sign in"),
    },
    "signed-in": {
        "de": PageText("Sie sind angemeldet", ("Sie können dieses Fenster schließen.",)),
        "en": PageText(
            "You are signed in",
            ("You can close this window.",),
            for_developers="Access token of this sign-in (shown in the local mode only)",
        ),
    },
    "invitation": {
        "de": PageText(
            "Einladung annehmen",
            (
                "Sie wurden eingeladen, in einer Organisation mitzuarbeiten.",
                "Melden Sie sich zuerst mit Ihrem dienstlichen Zugang an. Die Rolle gilt dann für diesen Zugang.",
            ),
            "Einladung annehmen",
            "Zugangsschlüssel Ihrer Anmeldung",
        ),
        "en": PageText(
            "Accept the invitation",
            (
                "You were invited to work in an organisation.",
                "Please sign in with your work account first. The role then belongs to that account.",
            ),
            "Accept the invitation",
            "Access token of your sign-in",
        ),
    },
    "invited": {
        "de": PageText("Einladung angenommen", ("Die Rolle gilt ab sofort.",)),
        "en": PageText("Invitation accepted", ("The role is yours from now on.",)),
    },
}


INCOMPLETE: dict[str, PageText] = {
    "de": PageText(
        "Der Link ist nicht vollständig",
        ("Bitte öffnen Sie ihn noch einmal aus der Mail, oder kopieren Sie ihn ganz, bis zum letzten Zeichen.",),
    ),
    "en": PageText(
        "The link is not complete",
        ("Please open it from the mail once more, or copy all of it, up to the last character.",),
    ),
}


def refused(language: str, de: str, en: str) -> PageText:
    """The page that says why something was not done."""
    if language == "de":
        return PageText("Das hat nicht geklappt", (de,))
    return PageText("That did not work", (en,))
