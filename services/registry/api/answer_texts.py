"""What the pages of mailed links say where there is something to choose: a call of a campaign, an invitation to a group."""

from collections.abc import Mapping

from services.registry.api.page_texts import PageText

ANSWERS: Mapping[str, Mapping[str, PageText]] = {
    "call": {
        "de": PageText(
            "Ihre Antwort auf den Aufruf",
            ("Die Organisation erfährt nur, wie viele sich melden, nicht wer. Wie Sie mitmachen, steht im Aufruf.",),
            choices=(
                ("interested", "Das interessiert mich"),
                ("not_interested", "Das ist nichts für mich"),
                ("never", "Bitte keine Aufrufe mehr"),
            ),
        ),
        "en": PageText(
            "Your answer to the call",
            ("The organisation learns only how many answer, not who. How to take part stands in the call.",),
            choices=(
                ("interested", "I am interested"),
                ("not_interested", "This is not for me"),
                ("never", "No more calls, please"),
            ),
        ),
        "uk": PageText(
            "Ваша відповідь на заклик",
            ("Організація дізнається лише, скільки людей відповіло, але не хто. Як долучитися, написано в заклику.",),
            choices=(
                ("interested", "Мені цікаво"),
                ("not_interested", "Це не для мене"),
                ("never", "Будь ласка, більше жодних закликів"),
            ),
        ),
        "ar": PageText(
            "إجابتك على النداء",
            ("تعرف المنظمة فقط عدد المجيبين، وليس من هم. كيفية المشاركة مذكورة في النداء.",),
            choices=(
                ("interested", "هذا يهمني"),
                ("not_interested", "هذا لا يناسبني"),
                ("never", "لا مزيد من النداءات من فضلكم"),
            ),
        ),
    },
    "call-answered": {
        "de": PageText(
            "Vielen Dank!",
            (
                "Ihre Antwort ist gezählt.",
                "Wenn Sie mitmachen möchten, melden Sie sich bitte selbst bei der Organisation. Wie, steht im Aufruf; "
                "sonst finden Sie sie im öffentlichen Verzeichnis der Ansprechpersonen.",
            ),
        ),
        "en": PageText(
            "Thank you!",
            (
                "Your answer has been counted.",
                "If you want to take part, please get in touch with the organisation yourself. How, stands in the call; "
                "otherwise you find it in the public directory of contacts.",
            ),
        ),
        "uk": PageText(
            "Дякуємо!",
            (
                "Вашу відповідь враховано.",
                "Якщо хочете долучитися, зверніться, будь ласка, до організації самі. Як саме, написано в заклику; "
                "інакше її можна знайти у відкритому довіднику контактних осіб.",
            ),
        ),
        "ar": PageText(
            "شكراً لك!",
            (
                "تم احتساب إجابتك.",
                "إذا أردت المشاركة فتواصل مع المنظمة بنفسك. الطريقة مذكورة في النداء، "
                "وإلا فستجدها في الدليل العام لجهات الاتصال.",
            ),
        ),
    },
    "calls-ended": {
        "de": PageText("Keine Aufrufe mehr", ("Sie bekommen keine Aufrufe mehr. Das können Sie jederzeit ändern.",)),
        "en": PageText("No more calls", ("You will get no more calls. You can change that at any time.",)),
        "uk": PageText(
            "Більше жодних закликів", ("Ви більше не отримуватимете закликів. Це можна змінити будь-коли.",)
        ),
        "ar": PageText("لا مزيد من النداءات", ("لن تصلك نداءات بعد الآن. يمكنك تغيير ذلك في أي وقت.",)),
    },
    "group-invitation": {
        "de": PageText(
            "Einladung in eine Gruppe",
            (
                "Nur wenn Sie zustimmen, gehören Sie zur Gruppe. Die anderen sehen dann Ihren Namen, sonst nichts.",
                "Wenn Sie ablehnen, erfährt es niemand.",
            ),
            choices=(("accept", "Ja, ich bin dabei"), ("refuse", "Nein, danke")),
        ),
        "en": PageText(
            "Invitation to a group",
            (
                "You belong to the group only if you agree. The others then see your name and nothing else.",
                "If you decline, nobody is told.",
            ),
            choices=(("accept", "Yes, I am in"), ("refuse", "No, thank you")),
        ),
        "uk": PageText(
            "Запрошення до групи",
            (
                "Ви належатимете до групи лише тоді, коли погодитеся. Інші побачать ваше ім'я і більше нічого.",
                "Якщо ви відмовитеся, про це ніхто не дізнається.",
            ),
            choices=(("accept", "Так, я з вами"), ("refuse", "Ні, дякую")),
        ),
        "ar": PageText(
            "دعوة إلى مجموعة",
            (
                "لن تنتمي إلى المجموعة إلا إذا وافقت. عندئذ يرى الآخرون اسمك فقط ولا شيء غيره.",
                "إذا رفضت فلن يعلم أحد بذلك.",
            ),
            choices=(("accept", "نعم، أنا معكم"), ("refuse", "لا، شكراً")),
        ),
    },
    "link": {
        "de": PageText(
            "Ihre Anmeldung durch eine Organisation",
            (
                "Eine Organisation hat Sie als Freiwillige oder Freiwilligen gemeldet. Welche das ist, steht in der Mail.",
                "Wenn das stimmt, gehört das Profil von nun an Ihnen: Die Organisation ändert nichts mehr daran.",
                "Wenn nicht, wird gelöscht, was sie gemeldet hat, und sie kann Sie nicht noch einmal melden.",
            ),
            choices=(("agree", "Ja, das stimmt"), ("object", "Nein, ich widerspreche")),
        ),
        "en": PageText(
            "Your registration by an organisation",
            (
                "An organisation told of you as a volunteer. Which one stands in the mail.",
                "If that is right, the profile is yours from now on: the organisation changes nothing in it any more.",
                "If not, what it told is deleted, and it cannot tell of you again.",
            ),
            choices=(("agree", "Yes, that is right"), ("object", "No, I object")),
        ),
        "uk": PageText(
            "Ваша реєстрація через організацію",
            (
                "Організація повідомила про вас як про волонтера або волонтерку. Яка саме, написано в листі.",
                "Якщо це правильно, профіль відтепер ваш: організація в ньому більше нічого не змінюватиме.",
                "Якщо ні, те, що вона повідомила, буде видалено, і вона не зможе зареєструвати вас знову.",
            ),
            choices=(("agree", "Так, це правильно"), ("object", "Ні, я заперечую")),
        ),
        "ar": PageText(
            "تسجيلك من قِبل منظمة",
            (
                "أبلغت منظمة عنك كمتطوع أو متطوعة. اسم المنظمة مذكور في الرسالة.",
                "إذا كان ذلك صحيحًا، فالملف الشخصي لك من الآن فصاعدًا ولن تغيّر المنظمة فيه شيئًا.",
                "وإذا لم يكن كذلك، فسيُحذف ما أبلغت به، ولن تتمكن من تسجيلك مرة أخرى.",
            ),
            choices=(("agree", "نعم، هذا صحيح"), ("object", "لا، أعترض")),
        ),
    },
    "link-agreed": {
        "de": PageText(
            "Vielen Dank!", ("Ihre Antwort ist gespeichert. Anmelden können Sie sich mit Ihrer Mailadresse.",)
        ),
        "en": PageText("Thank you!", ("Your answer has been saved. You can sign in with your mail address.",)),
        "uk": PageText("Дякуємо!", ("Вашу відповідь збережено. Увійти можна за адресою електронної пошти.",)),
        "ar": PageText("شكراً لك!", ("تم حفظ إجابتك. يمكنك تسجيل الدخول بعنوان بريدك الإلكتروني.",)),
    },
    "link-objected": {
        "de": PageText("Ihr Widerspruch gilt", ("Was die Organisation gemeldet hat, wird gelöscht.",)),
        "en": PageText("Your objection counts", ("What the organisation told is being deleted.",)),
        "uk": PageText("Ваше заперечення прийнято", ("Те, що повідомила організація, видаляється.",)),
        "ar": PageText("تم قبول اعتراضك", ("يجري حذف ما أبلغت به المنظمة.",)),
    },
    "group-invitation-answered": {
        "de": PageText("Vielen Dank!", ("Ihre Antwort ist gespeichert.",)),
        "en": PageText("Thank you!", ("Your answer has been saved.",)),
        "uk": PageText("Дякуємо!", ("Вашу відповідь збережено.",)),
        "ar": PageText("شكراً لك!", ("تم حفظ إجابتك.",)),
    },
}
