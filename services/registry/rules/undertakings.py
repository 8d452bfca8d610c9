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
