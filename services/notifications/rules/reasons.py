"""The facts behind a suggestion as sentences, in the reader's language.

Matching sends each part of a score with its fact as data. A part or a fact that this release does not know is left out:
a sentence that says less is better than a mail that is not sent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

LANGUAGES: dict[str, dict[str, str]] = {
    "de": {
        "ar": "Arabisch", "de": "Deutsch", "en": "Englisch", "es": "Spanisch", "fa": "Persisch", "fr": "Französisch",
        "ku": "Kurdisch", "ps": "Paschtu", "ru": "Russisch", "so": "Somali", "sq": "Albanisch", "ti": "Tigrinisch",
        "tr": "Türkisch", "uk": "Ukrainisch", "ur": "Urdu",
    },
    "en": {
        "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French",
        "ku": "Kurdish", "ps": "Pashto", "ru": "Russian", "so": "Somali", "sq": "Albanian", "ti": "Tigrinya",
        "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    },
    "uk": {
        "ar": "арабська", "de": "німецька", "en": "англійська", "es": "іспанська", "fa": "перська", "fr": "французька",
        "ku": "курдська", "ps": "пушту", "ru": "російська", "so": "сомалійська", "sq": "албанська", "ti": "тигринья",
        "tr": "турецька", "uk": "українська", "ur": "урду",
    },
    "ar": {
        "ar": "العربية", "de": "الألمانية", "en": "الإنجليزية", "es": "الإسبانية", "fa": "الفارسية", "fr": "الفرنسية",
        "ku": "الكردية", "ps": "البشتوية", "ru": "الروسية", "so": "الصومالية", "sq": "الألبانية", "ti": "التغرينية",
        "tr": "التركية", "uk": "الأوكرانية", "ur": "الأردية",
    },
}  # fmt: skip

Fact = Mapping[str, Any]


def sentences(parts: Iterable[Mapping[str, Any]], language: str) -> list[str]:
    """A sentence per part that speaks for the offer, strongest first; in English where there are no words."""
    spoken = language if language in _SENTENCES else "en"
    said = []
    for part in sorted(parts, key=lambda part: -float(part.get("value", 0))):
        if not part.get("value"):
            continue
        say = _SENTENCES[spoken].get(part.get("part", ""))
        try:
            sentence = say(part.get("fact") or {}) if say else None
        except (KeyError, TypeError, ValueError):
            sentence = None
        if sentence:
            said.append(sentence)
    return said


def _names(codes: Iterable[str], language: str, last: str) -> str:
    names = [LANGUAGES[language].get(code, code) for code in codes]
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _number(value: float, point: str) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}".replace(".", point)


def _languages_de(fact: Fact) -> str | None:
    return f"Sie sprechen {_names(fact['shared'], 'de', 'und')}, das wird dort gebraucht." if fact["shared"] else None


def _languages_en(fact: Fact) -> str | None:
    return f"You speak {_names(fact['shared'], 'en', 'and')}, which is needed there." if fact["shared"] else None


def _availability_de(fact: Fact) -> str | None:
    percent = int(fact.get("percent", 0))
    return "Die Zeiten passen zu Ihren." if percent >= 99 else _if(percent, f"{percent} % der Zeiten passen zu Ihren.")


def _availability_en(fact: Fact) -> str | None:
    percent = int(fact.get("percent", 0))
    return "The times fit yours." if percent >= 99 else _if(percent, f"{percent}% of the times fit yours.")


def _languages_uk(fact: Fact) -> str | None:
    return _if(fact["shared"], f"Мови, якими ви володієте і які там потрібні: {_listed(fact['shared'], 'uk', ', ')}.")


def _languages_ar(fact: Fact) -> str | None:
    return _if(fact["shared"], f"لغات تتحدثها وهي مطلوبة هناك: {_listed(fact['shared'], 'ar', '، ')}.")


def _listed(codes: Iterable[str], language: str, between: str) -> str:
    return between.join(LANGUAGES[language].get(code, code) for code in codes)


def _availability_uk(fact: Fact) -> str | None:
    percent = int(fact.get("percent", 0))
    return "Час вам підходить." if percent >= 99 else _if(percent, f"Вам підходить {percent} % часу.")


def _availability_ar(fact: Fact) -> str | None:
    percent = int(fact.get("percent", 0))
    return "الأوقات تناسبك." if percent >= 99 else _if(percent, f"يناسبك {percent}% من الأوقات.")


def _if(holds: object, sentence: str) -> str | None:
    return sentence if holds else None


_SENTENCES: dict[str, dict[str, Callable[[Fact], str | None]]] = {
    "de": {
        "shared_languages": _languages_de,
        "distance": lambda fact: f"Es ist etwa {_number(float(fact['km']), ',')} km von Ihnen entfernt.",
        "availability": _availability_de,
        "skills": lambda fact: _if(fact["shared"], "Was Sie können, ist dort gefragt."),
        "wishes": lambda fact: _if(fact.get("wished", 1), "Die Aufgabe gehört zu dem, was Sie sich wünschen."),
        "urgency": lambda fact: _if(int(fact["urgency"]) >= 4, "Hilfe wird hier dringend gebraucht."),
        "experience": lambda fact: _if(int(fact["placements"]) > 0, "Sie bringen Erfahrung aus Einsätzen mit."),
        "fairness": lambda fact: _if(int(fact["days"]) >= 14, f"Sie warten seit {int(fact['days'])} Tagen."),
    },
    "en": {
        "shared_languages": _languages_en,
        "distance": lambda fact: f"It is about {_number(float(fact['km']), '.')} km from you.",
        "availability": _availability_en,
        "skills": lambda fact: _if(fact["shared"], "What you can do is asked for there."),
        "wishes": lambda fact: _if(fact.get("wished", 1), "The task is among those that you wish for."),
        "urgency": lambda fact: _if(int(fact["urgency"]) >= 4, "Help is needed urgently here."),
        "experience": lambda fact: _if(int(fact["placements"]) > 0, "You bring experience from placements."),
        "fairness": lambda fact: _if(int(fact["days"]) >= 14, f"You have been waiting for {int(fact['days'])} days."),
    },
    "uk": {
        "shared_languages": _languages_uk,
        "distance": lambda fact: f"Приблизна відстань від вас: {_number(float(fact['km']), ',')} км.",
        "availability": _availability_uk,
        "skills": lambda fact: _if(fact["shared"], "Там потрібно те, що ви вмієте."),
        "wishes": lambda fact: _if(fact.get("wished", 1), "Це завдання належить до тих, яких ви бажаєте."),
        "urgency": lambda fact: _if(int(fact["urgency"]) >= 4, "Тут терміново потрібна допомога."),
        "experience": lambda fact: _if(int(fact["placements"]) > 0, "У вас уже є досвід залучень."),
        "fairness": lambda fact: _if(int(fact["days"]) >= 14, f"Скільки днів ви вже чекаєте: {int(fact['days'])}."),
    },
    "ar": {
        "shared_languages": _languages_ar,
        "distance": lambda fact: f"المسافة التقريبية منك: {_number(float(fact['km']), ',')} كم.",
        "availability": _availability_ar,
        "skills": lambda fact: _if(fact["shared"], "ما تجيده مطلوب هناك."),
        "wishes": lambda fact: _if(fact.get("wished", 1), "هذه المهمة من بين ما ترغب فيه."),
        "urgency": lambda fact: _if(int(fact["urgency"]) >= 4, "المساعدة مطلوبة هنا على وجه السرعة."),
        "experience": lambda fact: _if(int(fact["placements"]) > 0, "لديك خبرة من أعمال تطوعية سابقة."),
        "fairness": lambda fact: _if(int(fact["days"]) >= 14, f"عدد أيام انتظارك: {int(fact['days'])}."),
    },
}
