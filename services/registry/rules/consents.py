"""Consents: which purposes are announced, which need to be explicit, which text counts. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.registry.models.consents import Channel, ConsentText, Purpose
from shared.runtime.errors import Reason, Refusal


@dataclass(frozen=True)
class Terms:
    """What is to be known of a purpose.

    Parameters
    ----------
    is_announced
        Other services hear of it. Never a special category, and nothing that lets one be guessed (Art. 9 DSGVO).
    only_by_the_person
        Nobody else writes it down for them.
    """

    is_announced: bool = False
    only_by_the_person: bool = False


PURPOSES: Mapping[Purpose, Terms] = {
    Purpose.PROCESSING: Terms(is_announced=True),
    Purpose.SUGGESTIONS_BY_MAIL: Terms(is_announced=True),
    Purpose.CONTACT_BY_ORGANISATIONS: Terms(is_announced=True),
    Purpose.CAMPAIGNS: Terms(is_announced=True),
    Purpose.MIGRATION_EXPERIENCE: Terms(only_by_the_person=True),
    Purpose.AGE_BAND: Terms(only_by_the_person=True),
    Purpose.GUARDIAN: Terms(),
}
FALLBACK_LANGUAGE = "de"


def is_announced(purpose: Purpose) -> bool:
    """Whether other services hear of this purpose."""
    return PURPOSES[purpose].is_announced


def text_shown(texts: Iterable[ConsentText], language: str) -> ConsentText:
    """The text in a language; German when there is none in it.

    Raises
    ------
    KeyError
        There is no German text either: a mistake in the data.
    """
    by_language = {text.language: text for text in texts}
    return by_language.get(language) or by_language[FALLBACK_LANGUAGE]


def check_text(texts: Iterable[ConsentText], text_version: str, language: str, channel: Channel) -> str:
    """The language of the text that was consented to. Informed consent needs the text (Art. 4 No. 11, Art. 7 DSGVO).

    `texts` are those of the version in force. A consent that an association's own system took refers to that system's
    text, of which only the version is known here.

    Raises
    ------
    Refusal
        `consent-text-unknown`: another version is in force.
    """
    if channel is Channel.ASSOCIATION:
        return language
    shown = text_shown(texts, language)
    if shown.version != text_version:
        raise Refusal(
            Reason.INVALID,
            "consent-text-unknown",
            de="Diese Fassung des Textes gilt nicht. Bitte lesen Sie die aktuelle Fassung.",
            en="This version of the text is not in force. Please read the current version.",
            text_version=shown.version,
        )
    return shown.language


def only_by_the_person() -> Refusal:
    """Nobody states this for somebody else."""
    return Refusal(
        Reason.FORBIDDEN,
        "consent-only-by-the-person",
        de="Diese Einwilligung kann nur die Person selbst geben.",
        en="Only the person themselves can give this consent.",
    )


def guardian_recorded_elsewhere() -> Refusal:
    """A guardian's consent is recorded by a coordinator, on its own way."""
    return Refusal(
        Reason.FORBIDDEN,
        "guardian-consent-by-coordinator",
        de="Die Zustimmung der Sorgeberechtigten hält die Ansprechperson im Landkreis fest.",
        en="The guardian's consent is recorded by the contact in the district.",
    )
