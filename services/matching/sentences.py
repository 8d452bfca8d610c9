"""Every fact behind a suggestion as a sentence, in German and in English."""

from collections.abc import Callable
from datetime import datetime

from services.matching.models.suggestions import (
    Course,
    Fact,
    Part,
    Requirement,
    Restrained,
    Restraint,
    Unmet,
)
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
_TERMS: dict[str, tuple[str, str]] = {
    "accompaniment": ("Begleitung", "accompaniment"),
    "administration": ("Verwaltung", "administration"),
    "bicycle_repair": ("Fahrradreparatur", "bicycle repair"),
    "childcare": ("Kinderbetreuung", "childcare"),
    "computer": ("Computer", "computers"),
    "cooking": ("Kochen", "cooking"),
    "driving_car": ("Autofahren", "driving a car"),
    "families": ("Familien", "families"),
    "first_aid": ("Erste Hilfe", "first aid"),
    "gardening": ("Gärtnern", "gardening"),
    "homework": ("Hausaufgabenhilfe", "homework help"),
    "homework_help": ("Hausaufgabenhilfe", "homework help"),
    "housing": ("Wohnen", "housing"),
    "interpreting": ("Dolmetschen", "interpreting"),
    "language_cafe": ("Sprachcafé", "language café"),
    "mentoring": ("Patenschaft", "mentoring"),
    "music": ("Musik", "music"),
    "seniors": ("Ältere", "seniors"),
    "sewing": ("Nähen", "sewing"),
    "sport": ("Sport", "sport"),
    "teaching_german": ("Deutsch unterrichten", "teaching German"),
    "translating": ("Übersetzen", "translating"),
    "women": ("Frauen", "women"),
    "writing": ("Schreiben", "writing"),
    "youth": ("Jugend", "youth"),
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
    by_de, by_en = _TRAVEL.get(str(fact.get("travel", "")), ("", ""))
    return f"{de} km entfernt{by_de}.", f"{en} km away{by_en}."


_TRAVEL: dict[str, Texts] = {
    "foot": (", unterwegs zu Fuß", ", gets about on foot"),
    "bicycle": (", unterwegs mit dem Fahrrad", ", gets about by bicycle"),
    "public_transport": (", unterwegs mit Bus und Bahn", ", gets about by public transport"),
    "car": (", unterwegs mit dem Auto", ", gets about by car"),
}


def _skills(fact: Fact) -> Texts:
    de, en = term_names(fact["wanted"])
    if not fact["shared"]:
        return f"Keine der gewünschten Fähigkeiten: {de}.", f"None of the skills asked for: {en}."
    de, en = term_names(fact["shared"])
    return f"Gewünschte Fähigkeiten: {de}.", f"Skills asked for: {en}."


def term_names(terms: object) -> Texts:
    """Words of vocabularies, in the order given."""
    listed = terms if isinstance(terms, list) else [terms]
    names = [_TERMS.get(str(term), (str(term).replace("_", " "),) * 2) for term in listed]
    return ", ".join(de for de, _ in names), ", ".join(en for _, en in names)


def _asked(fact: Fact) -> Texts:
    if not fact["asks"]:
        return "In den letzten Wochen nicht angefragt.", "Not asked in the last weeks."
    return (
        f"In den letzten {fact['weeks']} Wochen {fact['asks']}-mal angefragt.",
        f"Asked {fact['asks']} times in the last {fact['weeks']} weeks.",
    )


def _declined(fact: Fact) -> Texts:
    de, en = term_names(fact["topic"])
    if not fact["declined"]:
        return f"Hat zu diesem Thema nichts abgelehnt: {de}.", f"Has declined nothing of this kind: {en}."
    return (
        f"Hat zu diesem Thema vor {fact['days']} Tagen abgelehnt: {de}.",
        f"Declined something of this kind {fact['days']} days ago: {en}.",
    )


def _wishes(fact: Fact) -> Texts:
    if not fact.get("told", 1):
        return "Zu Wünschen ist nichts angegeben.", "Nothing is said about wishes."
    if fact["wished"]:
        return "Das Thema steht auf der Wunschliste.", "The topic is on the list of wishes."
    return "Das Thema steht nicht auf der Wunschliste.", "The topic is not on the list of wishes."


def _urgency(fact: Fact) -> Texts:
    de, en = _km(f"{fact['urgency']:g}" if isinstance(fact["urgency"], float) else fact["urgency"])
    return f"Dringlichkeit {de} von 5.", f"Urgency {en} of 5."


_PARTS: dict[str, Callable[[Fact], Texts]] = {
    "shared_languages": _languages_shared,
    "skills": _skills,
    "distance": _distance,
    "availability": _availability,
    "wishes": _wishes,
    "urgency": _urgency,
    "experience": lambda fact: (f"Einsätze bisher: {fact['placements']}.", f"Placements so far: {fact['placements']}."),
    "fairness": lambda fact: (
        f"Tage ohne neuen Einsatz: {fact['days']}.",
        f"Days without a new placement: {fact['days']}.",
    ),
    "asked": _asked,
    "declined": _declined,
}


def _from_level(fact: Fact, language: str) -> str:
    codes, levels = fact["any_of"], fact["levels"]
    pairs = zip(codes if isinstance(codes, list) else [], levels if isinstance(levels, list) else [], strict=True)
    native = _pick(("Muttersprache", "native"), language)
    from_, above = _pick(("ab ", ""), language), _pick(("", " or above"), language)
    return ", ".join(
        f"{language_names([code], language)} ({native if level == 'native' else f'{from_}{level}{above}'})"
        for code, level in pairs
    )


def restraint_sentence(restrained: Restrained, language: str) -> str:
    """Why somebody is not asked at present."""
    return _pick(_RESTRAINTS[restrained.restraint](restrained.fact), language)


_RESTRAINTS: dict[Restraint, Callable[[Fact], Texts]] = {
    Restraint.ALREADY_ASKED: lambda fact: (
        "Hat sich für dieses Angebot schon gemeldet oder ist dazu eingeladen.",
        "Has already asked for this offer, or is invited to it.",
    ),
    Restraint.DECLINED: lambda fact: (
        "Hat dieses Angebot abgelehnt oder sich davon zurückgezogen.",
        "Has declined this offer, or withdrawn from it.",
    ),
    Restraint.ASKED_OFTEN: lambda fact: (
        f"Wurde diese Woche schon {fact['asks']}-mal angefragt, wieder ab {_day(fact['again'], GERMAN)}",
        f"Was asked {fact['asks']} times within a week already, again from {_day(fact['again'], ENGLISH)}.",
    ),
}


def _day(instant: object, language: str) -> str:
    return day_of(datetime.fromisoformat(str(instant)), language)


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
        f"Gebraucht wird eine dieser Sprachen: {_from_level(fact, GERMAN)}.",
        f"One of these languages is needed: {_from_level(fact, ENGLISH)}.",
    ),
    Requirement.SKILL: lambda fact: (
        f"Gebraucht wird diese Fähigkeit: {term_names(fact['skill'])[0]}.",
        f"This skill is needed: {term_names(fact['skill'])[1]}.",
    ),
    Requirement.CLEARANCE: lambda fact: (
        "Es fehlt die Einsichtnahme in das erweiterte Führungszeugnis. Bitte die Organisation um das Schreiben für den "
        "kostenlosen Antrag.",
        "The certificate of conduct has not been inspected. Please ask the organisation for its letter: with it the "
        "certificate is free of charge.",
    ),
    Requirement.UNDERTAKING: lambda fact: (
        "Es fehlt die Verpflichtung auf das Datengeheimnis. Sie lässt sich im Profil unterzeichnen.",
        "The confidentiality undertaking is missing. It can be signed in the profile.",
    ),
    Requirement.BOUNDARY: lambda fact: (
        "Die vereinbarte Aufgabenabgrenzung gilt nicht mehr. Die Organisation muss sie erneuern.",
        "The agreed task boundary no longer holds. The organisation has to renew it.",
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
