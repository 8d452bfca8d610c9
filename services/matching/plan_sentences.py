"""Why a plan leaves places open, and what would help, in German and in English."""

from services.matching.models.plans import WhyOpen
from services.matching.sentences import GERMAN

_SENTENCES: dict[WhyOpen, tuple[str, str]] = {
    WhyOpen.NO_ONE_NEAR: (
        "In Reichweite wohnt niemand mehr. Hier werden Freiwillige vor Ort gebraucht.",
        "Nobody else lives within reach. Volunteers are needed on the spot.",
    ),
    WhyOpen.NO_ONE_WITH_LANGUAGE: (
        "In Reichweite spricht niemand mehr eine der verlangten Sprachen gut genug.",
        "Nobody else within reach speaks one of the required languages well enough.",
    ),
    WhyOpen.NO_ONE_CLEARED: (
        "Wer passt, hat bei dieser Organisation kein gültiges Führungszeugnis vorgelegt.",
        "Nobody else who fits has a valid certificate of conduct inspected by this organisation.",
    ),
    WhyOpen.NO_ONE_QUALIFIED: (
        "Wer passt, hat die verlangte Qualifikation nicht. Ein Kurs in der Nähe würde helfen.",
        "Nobody else who fits has the required qualification. A course nearby would help.",
    ),
    WhyOpen.NO_ONE_OF_AGE: (
        "Wer passt, hat das verlangte Alter nicht erreicht oder nicht angegeben.",
        "Nobody else who fits has reached the required age, or has told it.",
    ),
    WhyOpen.NO_ONE_AVAILABLE: (
        "Wer die Voraussetzungen hat, ist verhindert, schon gefragt worden, oder es fehlt noch etwas anderes.",
        "Those who have what it takes are unavailable, have been asked already, or lack something else.",
    ),
    WhyOpen.NEEDED_ELSEWHERE: (
        "Wer passt, ist im Plan dort vorgeschlagen, wo es dringender ist.",
        "Those who fit are proposed where the need is more urgent.",
    ),
}


def why_open_sentence(reason: WhyOpen, language: str) -> str:
    """What a district would have to recruit, or to do."""
    german, english = _SENTENCES[reason]
    return german if language == GERMAN else english
