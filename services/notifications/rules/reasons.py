"""The facts behind a suggestion as sentences, in the reader's language.

Matching sends each part of a score with its fact as data. A part or a fact that this release does not know is left out:
a sentence that says less is better than a mail that is not sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Words:
    """The sentences of a language. Of the names of languages: what stands between two, and before the last one."""

    names: Mapping[str, str]
    between: str
    before_last: str
    point: str
    shared_languages: str
    distance: str
    all_times: str
    some_times: str
    skills: str
    wishes: str
    urgency: str
    experience: str
    fairness: str


def sentences(parts: Iterable[Mapping[str, Any]], language: str) -> list[str]:
    """A sentence per part that speaks for the offer, strongest first; in English where there are no words."""
    words = _WORDS.get(language, _WORDS["en"])
    said = []
    for part in sorted(parts, key=lambda part: -float(part.get("value", 0))):
        if not part.get("value"):
            continue
        say = _SAID.get(part.get("part", ""))
        try:
            sentence = say(words, part.get("fact") or {}) if say else None
        except (KeyError, TypeError, ValueError, OverflowError):
            sentence = None
        if sentence:
            said.append(sentence)
    return said


def _shared_languages(words: Words, fact: Fact) -> str | None:
    names = [words.names.get(code, code) for code in fact["shared"]]
    if not names:
        return None
    listed = words.before_last.join(filter(None, (words.between.join(names[:-1]), names[-1])))
    return words.shared_languages.format(listed)


def _distance(words: Words, fact: Fact) -> str | None:
    km = float(fact["km"])
    return words.distance.format(f"{km:.0f}" if km >= 10 or km == int(km) else f"{km:.1f}".replace(".", words.point))


def _availability(words: Words, fact: Fact) -> str | None:
    percent = int(fact.get("percent", 0))
    return words.all_times if percent >= 99 else _if(percent, words.some_times.format(percent))


def _fairness(words: Words, fact: Fact) -> str | None:
    days = int(fact["days"])
    return _if(days >= 14, words.fairness.format(days))


def _if(holds: object, sentence: str) -> str | None:
    return sentence if holds else None


_SAID: Mapping[str, Callable[[Words, Fact], str | None]] = {
    "shared_languages": _shared_languages,
    "distance": _distance,
    "availability": _availability,
    "skills": lambda words, fact: _if(fact["shared"], words.skills),
    "wishes": lambda words, fact: _if(fact.get("wished", 1), words.wishes),
    "urgency": lambda words, fact: _if(int(fact["urgency"]) >= 4, words.urgency),
    "experience": lambda words, fact: _if(int(fact["placements"]) > 0, words.experience),
    "fairness": _fairness,
}
"""By part of the score: when it is said, and how."""

_WORDS: Mapping[str, Words] = {
    "de": Words(
        names=LANGUAGES["de"],
        between=", ",
        before_last=" und ",
        point=",",
        shared_languages="Sie sprechen {}, das wird dort gebraucht.",
        distance="Es ist etwa {} km von Ihnen entfernt.",
        all_times="Die Zeiten passen zu Ihren.",
        some_times="{} % der Zeiten passen zu Ihren.",
        skills="Was Sie können, ist dort gefragt.",
        wishes="Die Aufgabe gehört zu dem, was Sie sich wünschen.",
        urgency="Hilfe wird hier dringend gebraucht.",
        experience="Sie bringen Erfahrung aus Einsätzen mit.",
        fairness="Sie warten seit {} Tagen.",
    ),
    "en": Words(
        names=LANGUAGES["en"],
        between=", ",
        before_last=" and ",
        point=".",
        shared_languages="You speak {}, which is needed there.",
        distance="It is about {} km from you.",
        all_times="The times fit yours.",
        some_times="{}% of the times fit yours.",
        skills="What you can do is asked for there.",
        wishes="The task is among those that you wish for.",
        urgency="Help is needed urgently here.",
        experience="You bring experience from placements.",
        fairness="You have been waiting for {} days.",
    ),
    "uk": Words(
        names=LANGUAGES["uk"],
        between=", ",
        before_last=", ",
        point=",",
        shared_languages="Мови, якими ви володієте і які там потрібні: {}.",
        distance="Приблизна відстань від вас: {} км.",
        all_times="Час вам підходить.",
        some_times="Вам підходить {} % часу.",
        skills="Там потрібно те, що ви вмієте.",
        wishes="Це завдання належить до тих, яких ви бажаєте.",
        urgency="Тут терміново потрібна допомога.",
        experience="У вас уже є досвід залучень.",
        fairness="Скільки днів ви вже чекаєте: {}.",
    ),
    "ar": Words(
        names=LANGUAGES["ar"],
        between="، ",
        before_last="، ",
        point=",",
        shared_languages="لغات تتحدثها وهي مطلوبة هناك: {}.",
        distance="المسافة التقريبية منك: {} كم.",
        all_times="الأوقات تناسبك.",
        some_times="يناسبك {}% من الأوقات.",
        skills="ما تجيده مطلوب هناك.",
        wishes="هذه المهمة من بين ما ترغب فيه.",
        urgency="المساعدة مطلوبة هنا على وجه السرعة.",
        experience="لديك خبرة من أعمال تطوعية سابقة.",
        fairness="عدد أيام انتظارك: {}.",
    ),
}
