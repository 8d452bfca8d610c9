"""What the pages of mailed links say, in the languages of the mails: German, English, Ukrainian, Arabic."""

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("de", "en", "uk", "ar")
RIGHT_TO_LEFT = frozenset(("ar",))


@dataclass(frozen=True)
class PageText:
    """One page in one language."""

    title: str
    paragraphs: tuple[str, ...]
    button: str = ""
    access_token_label: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Several buttons instead of one: what each says to us, and to its reader."""
    foreign: str = ""
    """A paragraph that exists in English only, shown as such."""


PAGES: Mapping[str, Mapping[str, PageText]] = {
    "confirmation": {
        "de": PageText(
            "Anmeldung bestätigen",
            ("Mit einem Klick bestätigen Sie Ihre Mailadresse. Erst dann ist Ihre Anmeldung vollständig.",),
            "Anmeldung bestätigen",
        ),
        "en": PageText(
            "Confirm your registration",
            ("One click confirms your mail address. Only then is your registration complete.",),
            "Confirm registration",
        ),
        "uk": PageText(
            "Підтвердьте реєстрацію",
            ("Одним натисканням ви підтверджуєте свою електронну адресу. Лише після цього реєстрацію завершено.",),
            "Підтвердити реєстрацію",
        ),
        "ar": PageText(
            "تأكيد التسجيل",
            ("بنقرة واحدة تؤكد عنوان بريدك الإلكتروني. عندئذ فقط يكتمل تسجيلك.",),
            "تأكيد التسجيل",
        ),
    },
    "confirmed": {
        "de": PageText("Vielen Dank!", ("Ihre Anmeldung ist bestätigt.",)),
        "en": PageText("Thank you!", ("Your registration is confirmed.",)),
        "uk": PageText("Дякуємо!", ("Вашу реєстрацію підтверджено.",)),
        "ar": PageText("شكراً لك!", ("تم تأكيد تسجيلك.",)),
    },
    "guardian-awaited": {
        "de": PageText(
            "Vielen Dank! Eines fehlt noch",
            (
                "Sie sind noch nicht 16. Deshalb müssen Ihre Eltern oder andere Sorgeberechtigte zustimmen.",
                "Nennen Sie diese Nummer einer Ansprechperson in Ihrem Landkreis, am Telefon, per Mail oder dort. Sie"
                " spricht mit Ihren Sorgeberechtigten und hält die Zustimmung fest. Bis dahin sieht Sie niemand.",
            ),
        ),
        "en": PageText(
            "Thank you! One thing is missing",
            (
                "You are not 16 yet. So your parents or other guardians have to agree.",
                "Tell this number to a contact in your district, by phone, by mail or there. They talk to your guardians and"
                " record that they agree. Until then nobody can see you.",
            ),
        ),
        "uk": PageText(
            "Дякуємо! Бракує ще одного",
            (
                "Вам ще немає 16 років. Тому потрібна згода батьків або інших законних представників.",
                "Повідомте цей номер контактній особі у вашому районі: телефоном, поштою або на місці. Вона поговорить із"
                " вашими законними представниками й зафіксує згоду. До того часу вас ніхто не бачить.",
            ),
        ),
        "ar": PageText(
            "شكراً لك! بقي أمر واحد",
            (
                "لم تبلغ 16 عاماً بعد، لذلك لا بد من موافقة والديك أو ولي أمرك.",
                "أخبر جهة الاتصال في منطقتك بهذا الرقم هاتفياً أو بالبريد أو هناك، وهي تتحدث مع ولي أمرك وتسجّل الموافقة."
                " وحتى ذلك الحين لا يراك أحد.",
            ),
        ),
    },
    "sign-in": {
        "de": PageText("Anmelden", ("Mit einem Klick melden Sie sich an.",), "Anmelden"),
        "en": PageText("Sign in", ("One click signs you in.",), "Sign in"),
        "uk": PageText("Увійти", ("Одним натисканням ви увійдете.",), "Увійти"),
        "ar": PageText("تسجيل الدخول", ("بنقرة واحدة تسجّل الدخول.",), "تسجيل الدخول"),
    },
    "signed-in": {
        "de": PageText("Sie sind angemeldet", ("Sie können dieses Fenster schließen.",)),
        "en": PageText("You are signed in", ("You can close this window.",)),
        "uk": PageText("Ви увійшли", ("Ви можете закрити це вікно.",)),
        "ar": PageText("تم تسجيل الدخول", ("يمكنك إغلاق هذه النافذة.",)),
    },
    "address": {
        "de": PageText(
            "Neue Mailadresse bestätigen",
            ("Mit einem Klick bestätigen Sie diese Mailadresse. Von da an gehen Ihre Mails hierher.",),
            "Mailadresse bestätigen",
        ),
        "en": PageText(
            "Confirm the new mail address",
            ("One click confirms this mail address. From then on your mails come here.",),
            "Confirm mail address",
        ),
        "uk": PageText(
            "Підтвердьте нову електронну адресу",
            ("Одним натисканням ви підтверджуєте цю адресу. Відтоді листи надходитимуть на неї.",),
            "Підтвердити адресу",
        ),
        "ar": PageText(
            "تأكيد عنوان البريد الإلكتروني الجديد",
            ("بنقرة واحدة تؤكد هذا العنوان. ومنذ ذلك الحين تصلك الرسائل إليه.",),
            "تأكيد العنوان",
        ),
    },
    "address-confirmed": {
        "de": PageText("Mailadresse bestätigt", ("Ihre Mails gehen von jetzt an hierher. Sie sind angemeldet.",)),
        "en": PageText("Mail address confirmed", ("Your mails come here from now on. You are signed in.",)),
        "uk": PageText("Адресу підтверджено", ("Відтепер листи надходитимуть на цю адресу. ви увійшли.",)),
        "ar": PageText("تم تأكيد العنوان", ("من الآن تصلك الرسائل إلى هذا العنوان. وقد تم تسجيل دخولك.",)),
    },
    "invitation": {
        "de": PageText(
            "Einladung annehmen",
            (
                "Sie wurden eingeladen, in einer Organisation mitzuarbeiten.",
                "Melden Sie sich zuerst mit Ihrem dienstlichen Zugang an. Die Rolle gilt dann für diesen Zugang.",
            ),
            "Einladung annehmen",
            "Zugangsschlüssel Ihrer Anmeldung",
        ),
        "en": PageText(
            "Accept the invitation",
            (
                "You were invited to work in an organisation.",
                "Please sign in with your work account first. The role then belongs to that account.",
            ),
            "Accept the invitation",
            "Access token of your sign-in",
        ),
        "uk": PageText(
            "Прийняти запрошення",
            (
                "Вас запросили працювати в організації.",
                "Спершу увійдіть зі своїм робочим обліковим записом. Роль діятиме для нього.",
            ),
            "Прийняти запрошення",
            "Ключ доступу вашого входу",
        ),
        "ar": PageText(
            "قبول الدعوة",
            ("دُعيت إلى العمل في منظمة.", "سجّل الدخول أولاً بحساب عملك. تسري الصفة عندئذ لهذا الحساب."),
            "قبول الدعوة",
            "مفتاح الدخول الخاص بك",
        ),
    },
    "invited": {
        "de": PageText("Einladung angenommen", ("Die Rolle gilt ab sofort.",)),
        "en": PageText("Invitation accepted", ("The role is yours from now on.",)),
        "uk": PageText("Запрошення прийнято", ("Роль діє відтепер.",)),
        "ar": PageText("تم قبول الدعوة", ("تسري الصفة من الآن.",)),
    },
}

INCOMPLETE: Mapping[str, PageText] = {
    "de": PageText(
        "Der Link ist nicht vollständig",
        ("Bitte öffnen Sie ihn noch einmal aus der Mail, oder kopieren Sie ihn ganz, bis zum letzten Zeichen.",),
    ),
    "en": PageText(
        "The link is not complete",
        ("Please open it from the mail once more, or copy all of it, up to the last character.",),
    ),
    "uk": PageText(
        "Посилання неповне",
        ("Відкрийте його з листа ще раз або скопіюйте повністю, до останнього знака.",),
    ),
    "ar": PageText(
        "الرابط غير كامل",
        ("افتحه من الرسالة مرة أخرى، أو انسخه كاملاً حتى آخر حرف.",),
    ),
}

INVITATION_OVER: Mapping[str, PageText] = {
    "de": PageText(
        "Diese Einladung gilt nicht mehr",
        (
            "Sie wurde schon angenommen, zurückgenommen, oder ihre Zeit ist vorbei.",
            "Haben Sie sie angenommen, ist nichts mehr zu tun. Sonst bitten Sie die Organisation um eine neue.",
        ),
    ),
    "en": PageText(
        "This invitation is over",
        (
            "It was accepted already, taken back, or its time has passed.",
            "If you accepted it, there is nothing left to do. Otherwise please ask the organisation for a new one.",
        ),
    ),
    "uk": PageText(
        "Це запрошення вже не діє",
        (
            "Його вже прийнято або відкликано, або його строк минув.",
            "Якщо ви його прийняли, робити більше нічого не потрібно. Інакше попросіть організацію про нове.",
        ),
    ),
    "ar": PageText(
        "لم تعد هذه الدعوة سارية",
        (
            "قُبلت من قبل أو سُحبت أو انتهت مدتها.",
            "إذا كنت قد قبلتها فلا يلزمك فعل أي شيء، وإلا فاطلب من المنظمة دعوة جديدة.",
        ),
    ),
}

NUMBER: Mapping[str, str] = {"de": "Nummer", "en": "Number", "uk": "Номер", "ar": "الرقم"}
FOR_DEVELOPERS: Mapping[str, str] = {
    "de": "Zugangsschlüssel dieser Anmeldung (nur im lokalen Betrieb sichtbar)",
    "en": "Access token of this sign-in (shown in the local mode only)",
    "uk": "Ключ доступу цього входу (видно лише в локальному режимі)",
    "ar": "مفتاح هذا الدخول (يظهر في الوضع المحلي فقط)",
}

RENEWED: Mapping[str, str] = {
    "de": "Er gilt {minutes} Minuten. Dieser hier erneuert ihn (POST /tokens/refresh):",
    "en": "It lasts {minutes} minutes. This one renews it (POST /tokens/refresh):",
    "uk": "Він діє недовго (хвилин: {minutes}). Цей ключ його поновлює (POST /tokens/refresh):",
    "ar": "مدته قصيرة (بالدقائق: {minutes}). وهذا المفتاح يجدده (POST /tokens/refresh):",
}

_REFUSED: Mapping[str, str] = {
    "de": "Das hat nicht geklappt",
    "en": "That did not work",
    "uk": "Не вдалося",
    "ar": "لم ينجح ذلك",
}
_REASONS: Mapping[str, Mapping[str, str]] = {
    "link-used": {
        "uk": "Це посилання вже використано. Якщо потрібно, замовте нове.",
        "ar": "استُخدم هذا الرابط من قبل. اطلب رابطاً جديداً إذا احتجت إليه.",
    },
    "link-expired": {
        "uk": "Це посилання вже не діє. Замовте нове.",
        "ar": "لم يعد هذا الرابط صالحاً. اطلب رابطاً جديداً.",
    },
    "link-invalid": {
        "uk": "Це посилання недійсне. Відкрийте його з листа ще раз.",
        "ar": "هذا الرابط غير صالح. افتحه من الرسالة مرة أخرى.",
    },
    "invitation-accepted-already": {
        "uk": "Ви вже прийняли це запрошення: роль ваша. Більше нічого робити не потрібно.",
        "ar": "لقد قبلت هذه الدعوة من قبل والصفة لك. لا يلزمك فعل أي شيء آخر.",
    },
    "person-not-found": {
        "uk": "Цієї реєстрації вже немає.",
        "ar": "لم يعد هذا التسجيل موجوداً.",
    },
    "too-many-requests": {
        "uk": "Забагато спроб. Спробуйте, будь ласка, пізніше.",
        "ar": "محاولات كثيرة جداً. يرجى المحاولة لاحقاً.",
    },
}


def refused(language: str, code: str, de: str, en: str) -> PageText:
    """The page that says why something was not done. Where nobody has translated the reason, it stands in English."""
    reason = {"de": de, "en": en}.get(language) or _REASONS.get(code, {}).get(language)
    if reason is None:
        return PageText(_REFUSED[language], (), foreign=en)
    return PageText(_REFUSED[language], (reason,))
