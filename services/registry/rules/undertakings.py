"""Undertakings of confidentiality: which text counts. Pure."""

from services.registry.models.consents import ConsentText
from shared.runtime.errors import Reason, Refusal


def check_signed_text(shown: ConsentText, text_version: str) -> str:
    """The language in which it was read (`undertaking-text-unknown`: another version is in force)."""
    if shown.version != text_version:
        raise Refusal(
            Reason.INVALID,
            "undertaking-text-unknown",
            de="Diese Fassung gilt nicht. Bitte lesen Sie die aktuelle Fassung.",
            en="This version is not in force. Please read the current version.",
            text_version=shown.version,
        )
    return shown.language


def undertaking_needed(text_version: str) -> Refusal:
    """Personal data of others are shown only to whoever has signed."""
    return Refusal(
        Reason.FORBIDDEN,
        "undertaking-needed",
        de="Bevor Sie Angaben über andere sehen, unterschreiben Sie bitte die Verpflichtung auf die Vertraulichkeit.",
        en="Before you see data about others, please sign the undertaking of confidentiality.",
        text_version=text_version,
    )
