"""How instants, days, weekly times, roles and services are said in each language. Wall time is Europe/Berlin."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from shared.runtime.clock import BERLIN

DIRECTIONS = dict.fromkeys(("ar", "fa", "ur", "ps", "ckb", "he", "dv", "yi"), "rtl")
"""Languages that are written from right to left: more than have texts of ours, because organisations write in others."""

_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ROLES: dict[str, dict[str, str]] = {
    "de": {
        "coordinator": "Koordination",
        "trainer": "Kursleitung",
        "organisation_admin": "Verwaltung der Organisation",
        "district_admin": "Verwaltung des Landkreises",
        "state_admin": "Verwaltung des Landes",
        "integration": "technische Anbindung",
        "privacy_officer": "Datenschutz",
    },
    "en": {
        "coordinator": "coordinator",
        "trainer": "trainer",
        "organisation_admin": "administrator of the organisation",
        "district_admin": "administrator of the district",
        "state_admin": "administrator of the state",
        "integration": "technical integration",
        "privacy_officer": "privacy officer",
    },
}
_SERVICES: dict[str, dict[str, str]] = {
    "de": {
        "registry": "Anmeldung und Profil",
        "matching": "Vermittlung",
        "training": "Kurse",
        "notifications": "Benachrichtigungen",
    },
    "en": {
        "registry": "Registration and profile",
        "matching": "Matching",
        "training": "Training",
        "notifications": "Notifications",
    },
    "uk": {
        "registry": "Реєстрація та профіль",
        "matching": "Підбір",
        "training": "Навчання",
        "notifications": "Сповіщення",
    },
    "ar": {
        "registry": "التسجيل والملف الشخصي",
        "matching": "التوفيق",
        "training": "الدورات",
        "notifications": "الإشعارات",
    },
}
_DAYS: dict[str, dict[str, str]] = {
    "de": {
        "monday": "montags",
        "tuesday": "dienstags",
        "wednesday": "mittwochs",
        "thursday": "donnerstags",
        "friday": "freitags",
        "saturday": "samstags",
        "sunday": "sonntags",
    },
    "en": {
        "monday": "Mondays",
        "tuesday": "Tuesdays",
        "wednesday": "Wednesdays",
        "thursday": "Thursdays",
        "friday": "Fridays",
        "saturday": "Saturdays",
        "sunday": "Sundays",
    },
    "uk": {
        "monday": "щопонеділка",
        "tuesday": "щовівторка",
        "wednesday": "щосереди",
        "thursday": "щочетверга",
        "friday": "щоп’ятниці",
        "saturday": "щосуботи",
        "sunday": "щонеділі",
    },
    "ar": {
        "monday": "أيام الاثنين",
        "tuesday": "أيام الثلاثاء",
        "wednesday": "أيام الأربعاء",
        "thursday": "أيام الخميس",
        "friday": "أيام الجمعة",
        "saturday": "أيام السبت",
        "sunday": "أيام الأحد",
    },
}


def day(value: date | str, language: str) -> str:
    """A calendar day."""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    if language == "en":
        return f"{on.day} {_MONTHS_EN[on.month - 1]} {on.year}"
    if language == "de":
        return f"{on.day}.{on.month}.{on.year}"
    return f"{on:%d.%m.%Y}"


def instant(value: datetime | str, language: str) -> str:
    """An instant as wall time in Germany, to the minute."""
    at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(BERLIN)
    time = f"{at:%H:%M}"
    return f"{day(at.date(), language)}, {time} Uhr" if language == "de" else f"{day(at.date(), language)}, {time}"


def weekly(times: Iterable[Mapping[str, str]], language: str) -> str:
    """Weekly times: „dienstags 15:00–17:00“."""
    names = _DAYS.get(language, _DAYS["en"])
    return ", ".join(f"{names.get(time['day'], time['day'])} {time['start']}–{time['end']}" for time in times)


def role(value: str, language: str) -> str:
    """What somebody is in an organisation; a word that is not known yet stays as it is."""
    return _ROLES.get(language, _ROLES["en"]).get(value, value)


def service(value: str, language: str) -> str:
    """What a service does, in people's words."""
    return _SERVICES.get(language, _SERVICES["en"]).get(value, value)


_NOT_SHARED = {"de": "nicht freigegeben", "en": "not shared"}


def shared(value: str | None, language: str) -> str:
    """What a volunteer lets organisations see of them; that they do not, when they do not."""
    return value or _NOT_SHARED.get(language, _NOT_SHARED["en"])


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return DIRECTIONS.get(language, "ltr")
