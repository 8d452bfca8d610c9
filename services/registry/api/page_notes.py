"""What stands around the pages of mailed links: what to do when it was not you, who answers for the platform, an invitation.

In the languages of the mails; `{days}`, `{hours}`, `{minutes}` are the settings'.
"""

from collections.abc import Mapping

from shared.contracts.vocabulary import Role

NOT_ME: Mapping[str, Mapping[str, str]] = {
    "confirmation": {
        "de": "Das waren Sie nicht? Dann müssen Sie nichts tun: Ohne Bestätigung wird die Anmeldung nach {days} Tagen"
        " gelöscht.",
        "en": "It was not you? Then there is nothing to do: without confirmation the registration is deleted after"
        " {days} days.",
        "uk": "Це були не ви? Тоді нічого робити не потрібно: без підтвердження реєстрацію буде видалено"
        " (днів до видалення: {days}).",
        "ar": "لم تكن أنت؟ إذن لا يلزمك فعل أي شيء: يُحذف التسجيل إذا لم يتم تأكيده (المدة بالأيام: {days}).",
    },
    "address": {
        "de": "Das waren Sie nicht? Dann müssen Sie nichts tun: Ohne Bestätigung bleibt alles, wie es ist, und diese"
        " Adresse wird nach {hours} Stunden vergessen.",
        "en": "It was not you? Then there is nothing to do: without confirmation everything stays as it is, and this"
        " address is forgotten after {hours} hours.",
        "uk": "Це були не ви? Тоді нічого робити не потрібно: без підтвердження все залишиться як є, а цю адресу буде"
        " забуто (годин до видалення: {hours}).",
        "ar": "لم تكن أنت؟ إذن لا يلزمك فعل أي شيء: من دون تأكيد يبقى كل شيء كما هو ويُنسى هذا العنوان"
        " (المدة بالساعات: {hours}).",
    },
    "sign-in": {
        "de": "Das waren Sie nicht? Dann müssen Sie nichts tun: Der Link gilt nur {minutes} Minuten, und ohne ihn meldet"
        " sich niemand an.",
        "en": "It was not you? Then there is nothing to do: the link works for {minutes} minutes only, and nobody signs in"
        " without it.",
        "uk": "Це були не ви? Тоді нічого робити не потрібно: без цього посилання ніхто не увійде, а діє воно недовго"
        " (хвилин: {minutes}).",
        "ar": "لم تكن أنت؟ إذن لا يلزمك فعل أي شيء: لا يمكن لأحد تسجيل الدخول من دون هذا الرابط، ومدته قصيرة"
        " (بالدقائق: {minutes}).",
    },
}

IMPRINT: Mapping[str, str] = {"de": "Impressum", "en": "Imprint", "uk": "Вихідні дані", "ar": "بيانات النشر"}
PRIVACY: Mapping[str, str] = {
    "de": "Datenschutz",
    "en": "Privacy notice",
    "uk": "Захист даних",
    "ar": "حماية البيانات",
}
FOOTER: Mapping[str, str] = {
    "de": "Über diese Seite",
    "en": "About this page",
    "uk": "Про цю сторінку",
    "ar": "عن هذه الصفحة",
}

ROLES: Mapping[Role, Mapping[str, str]] = {
    Role.COORDINATOR: {"de": "Koordination", "en": "coordinator", "uk": "координація", "ar": "التنسيق"},
    Role.TRAINER: {"de": "Fortbildung", "en": "trainer", "uk": "навчання", "ar": "التدريب"},
    Role.ORGANISATION_ADMIN: {
        "de": "Verwaltung der Organisation",
        "en": "administrator of the organisation",
        "uk": "адміністрування організації",
        "ar": "إدارة المنظمة",
    },
    Role.DISTRICT_ADMIN: {
        "de": "Verwaltung des Landkreises",
        "en": "administrator of the district",
        "uk": "адміністрування району",
        "ar": "إدارة المنطقة",
    },
    Role.STATE_ADMIN: {
        "de": "Landesverwaltung",
        "en": "state administrator",
        "uk": "адміністрування землі",
        "ar": "إدارة الولاية",
    },
    Role.PRIVACY_OFFICER: {
        "de": "Datenschutz",
        "en": "privacy officer",
        "uk": "захист даних",
        "ar": "حماية البيانات",
    },
}
"""How a role is called where somebody is invited to it; others by the word that the interfaces have."""

ORGANISATION: Mapping[str, str] = {"de": "Organisation", "en": "Organisation", "uk": "Організація", "ar": "المنظمة"}
ROLE: Mapping[str, str] = {"de": "Aufgabe", "en": "Role", "uk": "Роль", "ar": "الصفة"}
SIGN_IN: Mapping[str, str] = {
    "de": "Mit dem dienstlichen Zugang anmelden",
    "en": "Sign in with your work account",
    "uk": "Увійти з робочим обліковим записом",
    "ar": "تسجيل الدخول بحساب العمل",
}
BY_TOKEN: Mapping[str, str] = {
    "de": "Ich habe einen Zugangsschlüssel",
    "en": "I have an access token",
    "uk": "Я маю ключ доступу",
    "ar": "لديّ مفتاح دخول",
}
NO_SIGN_IN: Mapping[str, str] = {
    "de": "Für diese Plattform ist noch keine Anmeldeseite eingetragen. Bitte wenden Sie sich an die Person, die Sie"
    " eingeladen hat, oder an die IT Ihrer Organisation: Von dort bekommen Sie den Weg zur Anmeldung oder einen"
    " Zugangsschlüssel. Die Einladung gilt so lange, wie in der Mail steht.",
    "en": "No sign-in page is set up for this platform yet. Please turn to the person who invited you, or to the IT of your"
    " organisation: they tell you how to sign in, or give you an access token. The invitation lasts as long as the mail"
    " says.",
    "uk": "Для цієї платформи ще не налаштовано сторінку входу. Зверніться до людини, яка вас запросила, або до ІТ-відділу"
    " вашої організації: там вам пояснять, як увійти, або дадуть ключ доступу. Запрошення діє стільки, скільки вказано в"
    " листі.",
    "ar": "لم تُحدَّد بعد صفحة تسجيل دخول لهذه المنصة. توجّه إلى من دعاك أو إلى قسم تقنية المعلومات في منظمتك:"
    " هناك تحصل على طريقة تسجيل الدخول أو على مفتاح دخول. تسري الدعوة للمدة المذكورة في الرسالة.",
}
LOCALLY: Mapping[str, str] = {
    "de": "Im lokalen Betrieb gibt dieser Befehl einen Zugangsschlüssel für eine erfundene Person:",
    "en": "In the local mode this command gives an access token of an invented person:",
    "uk": "У локальному режимі ця команда видає ключ доступу вигаданої особи:",
    "ar": "في الوضع المحلي يعطي هذا الأمر مفتاح دخول لشخص متخيَّل:",
}
LOCAL_COMMAND = "make token SUB=demo-new-member"

CONTACTS: Mapping[str, str] = {
    "de": "Ansprechpersonen in Ihrem Landkreis",
    "en": "Contacts in your district",
    "uk": "Контактні особи у вашому районі",
    "ar": "جهات الاتصال في منطقتك",
}
NO_CONTACTS: Mapping[str, str] = {
    "de": "In Ihrem Landkreis ist noch keine Ansprechperson eingetragen. Die öffentliche Suche nach Postleitzahl"
    " (/contacts/search) nennt die nächsten.",
    "en": "No contact is recorded in your district yet. The public search by postal code (/contacts/search) names the"
    " nearest ones.",
    "uk": "У вашому районі ще немає контактної особи. Найближчих називає відкритий пошук за поштовим індексом"
    " (/contacts/search).",
    "ar": "لا توجد بعد جهة اتصال مسجلة في منطقتك. يعرض البحث العام بالرمز البريدي (/contacts/search) أقرب الجهات.",
}
