"""Every fact behind a suggestion as a sentence, in German and in English."""

from collections.abc import Callable
from datetime import datetime

from services.matching.models.suggestions import Course, Fact, Part, Requirement, Unmet
from shared.runtime.clock import BERLIN

GERMAN, ENGLISH = "de", "en"

_LANGUAGES: dict[str, tuple[str, str]] = {
    "ar": ("Arabisch", "Arabic"),
    "de": ("Deutsch", "German"),
    "en": ("Englisch", "English"),
    "es": ("Spanisch", "Spanish"),
    "fa": ("Persisch", "Persian"),
    "fr": ("Französisch", "French"),
    "ku": ("Kurdisch", "Kurdish"),
    "pl": ("Polnisch", "Polish"),
    "ps": ("Paschtu", "Pashto"),
    "ro": ("Rumänisch", "Romanian"),
    "ru": ("Russisch", "Russian"),
    "so": ("Somali", "Somali"),
    "sq": ("Albanisch", "Albanian"),
    "sr": ("Serbisch", "Serbian"),
    "ti": ("Tigrinisch", "Tigrinya"),
    "tr": ("Türkisch", "Turkish"),
    "uk": ("Ukrainisch", "Ukrainian"),
    "ur": ("Urdu", "Urdu"),
    "vi": ("Vietnamesisch", "Vietnamese"),
}
_QUALIFICATIONS: dict[str, tuple[str, str]] = {
    "basic": ("Basisqualifizierung", "Basic qualification"),
    "integration_guide": ("Integrationslotsin, Integrationslotse", "Integration guide"),
    "first_aid": ("Erste Hilfe", "First aid"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

Texts = tuple[str, str]
"""German and English."""


def part_sentence(part: Part, language: str) -> str:
    """The fact behind one part of a score."""
    return _pick(_PARTS[part.part](part.fact), language)


def unmet_sentence(unmet: Unmet, course: Course | None, language: str) -> str:
    """What is missing, and how to get it where it can be got; `course`: the one that would help."""
    if unmet.requirement is Requirement.QUALIFICATION:
        return _pick(_qualification(unmet.fact, course), language)
    return _pick(_UNMET[unmet.requirement](unmet.fact), language)


def language_names(codes: object, language: str) -> str:
    """Languages by name, in the order given; a language without a name here by its code."""
    listed = codes if isinstance(codes, list) else []
    return ", ".join(_pick(_LANGUAGES.get(code, (code, code)), language) for code in listed)


def day_of(instant: datetime, language: str) -> str:
    """The calendar day in Germany: `12.1.` or `12 January`."""
    day = instant.astimezone(BERLIN)
    return f"{day.day}.{day.month}." if language == GERMAN else f"{day.day} {_MONTHS[day.month - 1]}"


def _pick(texts: Texts, language: str) -> str:
    return texts[0] if language == GERMAN else texts[1]


def _languages_shared(fact: Fact) -> Texts:
    if fact["shared"]:
        shared = fact["shared"]
        return (
            f"Gemeinsame Sprachen: {language_names(shared, GERMAN)}.",
            f"Shared languages: {language_names(shared, ENGLISH)}.",
        )
    wanted = fact["wanted"]
    return (
        f"Keine der gewünschten Sprachen: {language_names(wanted, GERMAN)}.",
        f"None of the languages asked for: {language_names(wanted, ENGLISH)}.",
    )


def _availability(fact: Fact) -> Texts:
    if not fact["told"]:
        return "Zu den möglichen Zeiten ist nichts angegeben.", "Nothing is said about possible times."
    return f"Passt zu {fact['percent']} % in die möglichen Zeiten.", f"Fits the possible times by {fact['percent']} %."


def _km(value: object) -> Texts:
    return f"{value}".replace(".", ","), f"{value}"


def _distance(fact: Fact) -> Texts:
    de, en = _km(fact["km"])
    return f"{de} km entfernt.", f"{en} km away."


def _wishes(fact: Fact) -> Texts:
    if fact["wished"]:
        return "Das Thema steht auf der Wunschliste.", "The topic is on the list of wishes."
    return "Das Thema steht nicht auf der Wunschliste.", "The topic is not on the list of wishes."


_PARTS: dict[str, Callable[[Fact], Texts]] = {
    "shared_languages": _languages_shared,
    "distance": _distance,
    "availability": _availability,
    "wishes": _wishes,
    "urgency": lambda fact: (f"Dringlichkeit {fact['urgency']} von 5.", f"Urgency {fact['urgency']} of 5."),
    "experience": lambda fact: (f"Einsätze bisher: {fact['placements']}.", f"Placements so far: {fact['placements']}."),
    "fairness": lambda fact: (
        f"Tage ohne neuen Einsatz: {fact['days']}.",
        f"Days without a new placement: {fact['days']}.",
    ),
}


def _reach(fact: Fact) -> Texts:
    if "km" not in fact:
        return (
            "Liegt in einem anderen Landkreis; die Entfernung ist nicht bekannt.",
            "Lies in another district; the distance is not known.",
        )
    de, en = _km(fact["km"])
    return (
        f"Zu weit weg: {de} km, gewünscht sind höchstens {fact['reach_km']} km.",
        f"Too far away: {en} km, and {fact['reach_km']} km at most are wished for.",
    )


def _qualification(fact: Fact, course: Course | None) -> Texts:
    term = str(fact["qualification"])
    de, en = _QUALIFICATIONS.get(term, (term.replace("_", " "), term.replace("_", " ")))
    if course is None:
        return f"Es fehlt: {de}. Zurzeit ist kein Kurs bekannt.", f"Missing: {en}. No course is known at present."
    place = course.place_name or course.postal_code
    return (
        f"Es fehlt: {de}, nächster Kurs am {day_of(course.starts_at, GERMAN)} in {place}.",
        f"Missing: {en}, next course on {day_of(course.starts_at, ENGLISH)} in {place}.",
    )


_UNMET: dict[Requirement, Callable[[Fact], Texts]] = {
    Requirement.WITHIN_REACH: _reach,
    Requirement.LANGUAGE: lambda fact: (
        f"Gebraucht wird eine dieser Sprachen, mindestens {fact['level']}: {language_names(fact['any_of'], GERMAN)}.",
        f"One of these languages is needed, at least {fact['level']}: {language_names(fact['any_of'], ENGLISH)}.",
    ),
    Requirement.MINIMUM_AGE: lambda fact: (
        f"Erst ab {fact['minimum_age']} Jahren.",
        f"Only from the age of {fact['minimum_age']}.",
    ),
    Requirement.AGE_TOLD: lambda fact: (
        f"Erst ab {fact['minimum_age']} Jahren. Bitte im Profil das Geburtsdatum angeben.",
        f"Only from the age of {fact['minimum_age']}. Please state the date of birth in the profile.",
    ),
    Requirement.NOT_PAUSED: lambda fact: (
        "Zurzeit pausiert. Im Profil lässt sich die Pause beenden.",
        "Paused at present. The pause can be ended in the profile.",
    ),
    Requirement.PRESENT: lambda fact: (
        "Im ganzen Zeitraum ist eine Abwesenheit eingetragen.",
        "An absence is recorded for the whole period.",
    ),
    Requirement.NO_OVERLAP: lambda fact: (
        "Überschneidet sich mit den Zeiten eines bestätigten Einsatzes.",
        "Overlaps with the times of a confirmed placement.",
    ),
}
