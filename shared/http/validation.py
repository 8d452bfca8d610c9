"""What is wrong with a request's input: where, as a stable code, and in two languages. Never what was entered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FAULTS_AT_MOST = 20
_HARMLESS_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")
_VALIDATOR_SCHEMA = re.compile(r"^(function-|tagged-|constrained-|lax-|json-)|\[")


@dataclass(frozen=True)
class Fault:
    """One fault. `pointer` is a JSON pointer into the body (`#/places`), or `query:limit`, `path:offer_id`, `header:…`."""

    pointer: str
    code: str
    de: str
    en: str

    def as_json(self) -> dict[str, str]:
        """The entry of `errors`."""
        return {"pointer": self.pointer, "code": self.code, "de": self.de, "en": self.en}


_TEXTS: dict[str, tuple[str, str, str]] = {
    "missing": ("missing", "Diese Angabe fehlt.", "This is missing."),
    "extra_forbidden": ("unknown-field", "Dieses Feld gibt es nicht.", "There is no such field."),
    "string_too_short": (
        "too-short",
        "Zu kurz: mindestens {min_length} Zeichen.",
        "Too short: at least {min_length} characters.",
    ),
    "string_too_long": (
        "too-long",
        "Zu lang: höchstens {max_length} Zeichen.",
        "Too long: at most {max_length} characters.",
    ),
    "too_short": ("too-few", "Zu wenige: mindestens {min_length}.", "Too few: at least {min_length}."),
    "too_long": ("too-many-items", "Zu viele: höchstens {max_length}.", "Too many: at most {max_length}."),
    "string_pattern_mismatch": (
        "wrong-format",
        "Das hat nicht die erwartete Form.",
        "This is not in the expected form.",
    ),
    "greater_than": ("too-small", "Muss größer als {gt} sein.", "Must be greater than {gt}."),
    "greater_than_equal": ("too-small", "Muss mindestens {ge} sein.", "Must be at least {ge}."),
    "less_than": ("too-large", "Muss kleiner als {lt} sein.", "Must be less than {lt}."),
    "less_than_equal": ("too-large", "Darf höchstens {le} sein.", "Must be at most {le}."),
    "enum": ("unknown-value", "Dieser Wert ist nicht vorgesehen.", "This is not one of the possible values."),
    "literal_error": ("unknown-value", "Dieser Wert ist nicht vorgesehen.", "This is not one of the possible values."),
    "timezone_aware": ("time-zone-missing", "Die Zeitzone fehlt.", "The time zone is missing."),
    "string_unicode": (
        "invalid-characters",
        "Enthält unzulässige Zeichen.",
        "Contains characters that are not allowed.",
    ),
    "invalid_characters": (
        "invalid-characters",
        "Enthält unzulässige Zeichen.",
        "Contains characters that are not allowed.",
    ),
    "single_line": ("single-line", "Hier darf kein Zeilenumbruch stehen.", "No line break is allowed here."),
}
_PHONE = (
    "Erwartet wird eine Telefonnummer wie +49 5141 12345.",
    "A phone number like +49 5141 12345 belongs here.",
)
_FORMS: dict[str, tuple[str, str]] = {
    r"^[0-9]{5}$": ("Erwartet werden fünf Ziffern wie 29221.", "Five digits like 29221 belong here."),
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": (
        "Erwartet wird eine Uhrzeit wie 09:30.",
        "A time of day like 09:30 belongs here.",
    ),
    r"^\+?[0-9][0-9 ()/-]{2,38}$": _PHONE,
    r"^[0-9+ ()/.-]{4,40}$": _PHONE,
    r"^(https?://[^\s<>\"]+)?$": (
        "Erwartet wird eine Adresse wie https://www.example.org.",
        "An address like https://www.example.org belongs here.",
    ),
    r"^2[0-9]{3}-(0[1-9]|1[0-2])$": ("Erwartet wird ein Monat wie 2026-05.", "A month like 2026-05 belongs here."),
    r"^[a-z][a-z0-9_]{1,39}$": (
        "Erwartet wird ein Wort wie verein_celle: kleine Buchstaben, Ziffern und _.",
        "A word like verein_celle belongs here: small letters, digits and _.",
    ),
    r"^[\x21-\x7e]+$": (
        "Erwartet wird die Zeichenfolge aus dem Link oder der Antwort, ohne Leerzeichen.",
        "The characters from the link or the answer belong here, without spaces.",
    ),
    r"^[A-Za-z0-9._-]{1,40}$": (
        "Erwartet wird die Fassung des Textes wie 2026-01: Buchstaben, Ziffern, Punkt und Strich.",
        "The version of the text like 2026-01 belongs here: letters, digits, dots and dashes.",
    ),
    r"^[0-9]{2}$": ("Erwartet werden zwei Ziffern wie 03.", "Two digits like 03 belong here."),
    r"^[a-z]{2,3}$": ("Erwartet wird ein Sprachkürzel wie de.", "The code of a language like de belongs here."),
    r"^[a-z][a-z0-9_]{0,59}$": (
        "Erwartet wird ein Wort wie language_cafe: kleine Buchstaben, Ziffern und _.",
        "A word like language_cafe belongs here: small letters, digits and _.",
    ),
}
"""What a pattern means, for whoever does not read patterns. A model may say it by itself (`shared.http.models.wrong`)."""
_QUOTED = re.compile(r"'([^']*)'")
VALUES_AT_MOST = 60
_EMPTY = ("too-short", "Das darf nicht leer sein.", "This must not be empty.")
_WRONG_TYPE = ("wrong-type", "Das ist nicht die erwartete Art von Angabe.", "This is not the expected kind of input.")
_WRONG_TYPES: dict[str, tuple[str, str]] = {
    "uuid": ("Erwartet wird hier: eine Kennung (UUID).", "An id (UUID) belongs here."),
    "int": ("Erwartet wird hier: eine ganze Zahl.", "A whole number belongs here."),
    "float": ("Erwartet wird hier: eine Zahl.", "A number belongs here."),
    "bool": ("Erwartet wird hier: true oder false.", "true or false belongs here."),
    "string": ("Erwartet wird hier: ein Text.", "A text belongs here."),
    "date": ("Erwartet wird hier: ein Datum wie 2026-05-31.", "A date like 2026-05-31 belongs here."),
    "datetime": (
        "Erwartet wird hier: ein Zeitpunkt wie 2026-05-31T15:00:00+02:00.",
        "A time like 2026-05-31T15:00:00+02:00 belongs here.",
    ),
    "time": ("Erwartet wird hier: eine Uhrzeit wie 15:00.", "A time of day like 15:00 belongs here."),
    "list": ("Erwartet wird hier: eine Liste.", "A list belongs here."),
}
"""By the first word of pydantic's kind of error."""
_INVALID = ("invalid", "Diese Angabe stimmt nicht.", "This is not right.")
_MAIL = (
    "invalid",
    "Erwartet wird eine Mailadresse wie name@example.org.",
    "A mail address like name@example.org belongs here.",
)
_NO_MAIL = "value is not a valid email address"
"""How pydantic says so: the kind of its error is that of any wrong value."""
_ONLY_TRUE = (
    "unknown-value",
    "Ohne Zustimmung geht es nicht: hier gehört true hin.",
    "This has to be agreed to: true belongs here.",
)


def faults_of(errors: Sequence[Any]) -> tuple[Fault, ...]:
    """pydantic's errors in our words, at most twenty."""
    return tuple(_fault(error) for error in errors[:FAULTS_AT_MOST])


def _fault(error: Any) -> Fault:
    kind = str(error["type"])
    context = error.get("ctx") or {}
    if kind == "value_error" and str(error.get("msg", "")).startswith(_NO_MAIL):
        code, de, en = _MAIL
    elif kind == "literal_error" and context.get("expected") == "True":
        code, de, en = _ONLY_TRUE
    elif kind == "string_too_short" and context.get("min_length") == 1:
        code, de, en = _EMPTY
    elif isinstance(context.get("code"), str) and "de" in context and "en" in context:
        code, de, en = context["code"], context["de"], context["en"]
    elif kind in _TEXTS:
        code, de, en = _with_what_is_right(kind, context)
    elif kind.endswith(("_type", "_parsing", "_from_float")) or kind in ("uuid_version", "is_instance_of"):
        code, de, en = _wrong_type(kind)
    else:
        code, de, en = _INVALID
    numbers = {name: value for name, value in context.items() if isinstance(value, int | float)}
    return Fault(_pointer(error.get("loc", ())), code, _filled(de, numbers), _filled(en, numbers))


def _with_what_is_right(kind: str, context: Any) -> tuple[str, str, str]:
    """The text of a kind of error, with the values or the form that were declared: never with what was entered."""
    code, de, en = _TEXTS[kind]
    if kind == "string_pattern_mismatch":
        de, en = _FORMS.get(str(context.get("pattern")), (de, en))
    values = _QUOTED.findall(str(context.get("expected", ""))) if code == "unknown-value" else []
    if values and len(values) <= VALUES_AT_MOST:
        listed = ", ".join(values).replace("{", "{{").replace("}", "}}")
        de, en = f"{de} Es gibt: {listed}.", f"{en} There are: {listed}."
    return code, de, en


def _wrong_type(kind: str) -> tuple[str, str, str]:
    code, *general = _WRONG_TYPE
    de, en = _WRONG_TYPES.get(kind.partition("_")[0], general)
    return code, de, en


def _filled(text: str, numbers: dict[str, float]) -> str:
    try:
        return text.format(**numbers)
    except (KeyError, IndexError):
        return text.partition(":")[0].rstrip() + ("." if ":" in text else "")


def _pointer(location: Sequence[int | str]) -> str:
    """Where it is. A key that is no plain name may itself be input, so it is not repeated."""
    if not location:
        return "#"
    place, *rest = location
    steps = [step for step in rest if isinstance(step, int) or not _VALIDATOR_SCHEMA.search(step)]
    names = [str(step) if isinstance(step, int) or _HARMLESS_NAME.fullmatch(step) else "…" for step in steps]
    if place == "body":
        return "#" + "".join(f"/{name}" for name in names)
    return f"{place}:{'/'.join(names)}"
