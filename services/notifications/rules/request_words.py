"""How requests of persons about their data, and what becomes of them, are said in each language."""

WORDS: dict[str, dict[str, dict[str, str]]] = {
    "request_kind": {
        "de": {
            "access": "Auskunft über Ihre Daten",
            "portability": "Übertragung Ihrer Daten",
            "correction": "Berichtigung Ihrer Daten",
            "restriction": "Einschränkung der Verarbeitung",
            "erasure": "Löschung Ihrer Daten",
        },
        "en": {
            "access": "access to your data",
            "portability": "portability of your data",
            "correction": "correction of your data",
            "restriction": "restriction of processing",
            "erasure": "erasure of your data",
        },
        "uk": {
            "access": "доступ до ваших даних",
            "portability": "перенесення ваших даних",
            "correction": "виправлення ваших даних",
            "restriction": "обмеження обробки",
            "erasure": "видалення ваших даних",
        },
        "ar": {
            "access": "الاطلاع على بياناتك",
            "portability": "نقل بياناتك",
            "correction": "تصحيح بياناتك",
            "restriction": "تقييد المعالجة",
            "erasure": "حذف بياناتك",
        },
    },
    "extension_reason": {
        "de": {"complexity": "es ist umfangreich", "number_of_requests": "es liegen viele Anliegen vor"},
        "en": {"complexity": "it is complex", "number_of_requests": "there are many requests"},
        "uk": {"complexity": "воно складне", "number_of_requests": "надійшло багато запитів"},
        "ar": {"complexity": "الطلب معقّد", "number_of_requests": "هناك طلبات كثيرة"},
    },
    "request_outcome": {
        "de": {
            "fulfilled": "erfüllt",
            "partly": "teilweise erfüllt",
            "nothing_held": "es sind keine Daten über Sie gespeichert",
            "refused": "abgelehnt",
        },
        "en": {
            "fulfilled": "met",
            "partly": "partly met",
            "nothing_held": "no data about you are stored",
            "refused": "refused",
        },
        "uk": {
            "fulfilled": "виконано",
            "partly": "виконано частково",
            "nothing_held": "про вас не зберігається жодних даних",
            "refused": "відмовлено",
        },
        "ar": {
            "fulfilled": "تمت تلبيته",
            "partly": "تمت تلبيته جزئياً",
            "nothing_held": "لا توجد بيانات محفوظة عنك",
            "refused": "رُفض",
        },
    },
    "refusal_reason": {
        "de": {
            "identity_not_established": "es steht nicht fest, dass Sie es sind",
            "manifestly_unfounded": "das Anliegen ist offensichtlich unbegründet",
            "excessive": "das Anliegen wurde zu häufig gestellt",
            "rights_of_others": "Rechte anderer Personen stehen entgegen",
            "duty_to_keep": "die Daten müssen aufbewahrt werden",
            "no_ground": "die Voraussetzungen liegen nicht vor",
        },
        "en": {
            "identity_not_established": "it is not certain that it is you",
            "manifestly_unfounded": "the request is manifestly unfounded",
            "excessive": "the request was made too often",
            "rights_of_others": "rights of other persons stand against it",
            "duty_to_keep": "the data have to be kept",
            "no_ground": "its conditions are not met",
        },
        "uk": {
            "identity_not_established": "не встановлено, що це саме ви",
            "manifestly_unfounded": "запит явно необґрунтований",
            "excessive": "запит подавали надто часто",
            "rights_of_others": "цьому перешкоджають права інших осіб",
            "duty_to_keep": "дані необхідно зберігати",
            "no_ground": "умови не виконано",
        },
        "ar": {
            "identity_not_established": "لم يثبت أنك صاحب الطلب",
            "manifestly_unfounded": "من الواضح أن الطلب لا أساس له",
            "excessive": "تكرر تقديم الطلب أكثر من اللازم",
            "rights_of_others": "تتعارض معه حقوق أشخاص آخرين",
            "duty_to_keep": "يجب الاحتفاظ بالبيانات",
            "no_ground": "الشروط غير متوفرة",
        },
    },
    "lift_reason": {
        "de": {
            "accuracy_checked": "die Richtigkeit ist geprüft",
            "now_lawful": "die Verarbeitung ist jetzt rechtmäßig",
            "claims_settled": "die Ansprüche sind geklärt",
            "objection_decided": "über Ihren Widerspruch ist entschieden",
            "wish_of_person": "Sie haben es gewünscht",
        },
        "en": {
            "accuracy_checked": "the accuracy has been checked",
            "now_lawful": "the processing is lawful now",
            "claims_settled": "the claims have been settled",
            "objection_decided": "your objection has been decided on",
            "wish_of_person": "you wished it",
        },
        "uk": {
            "accuracy_checked": "точність даних перевірено",
            "now_lawful": "обробка тепер є законною",
            "claims_settled": "вимоги врегульовано",
            "objection_decided": "щодо вашого заперечення ухвалено рішення",
            "wish_of_person": "ви цього бажали",
        },
        "ar": {
            "accuracy_checked": "تم التحقق من صحة البيانات",
            "now_lawful": "أصبحت المعالجة قانونية",
            "claims_settled": "تمت تسوية المطالبات",
            "objection_decided": "تم البت في اعتراضك",
            "wish_of_person": "بناءً على رغبتك",
        },
    },
}


def request_word(group: str, value: str, language: str) -> str:
    """A word of one of the groups above; a value that is not known yet stays as it is."""
    words = WORDS[group]
    return words.get(language, words["en"]).get(value, value)
