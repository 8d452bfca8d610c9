"""Why something cannot be done with a request of a person."""

from datetime import timedelta

from shared.runtime.errors import Reason, Refusal


def too_many_open_requests() -> Refusal:
    return Refusal(
        Reason.TOO_MANY,
        "too-many-open-requests",
        de="Zu viele Ihrer Anliegen sind noch offen. Bitte warten Sie die Antworten ab.",
        en="Too many of your requests are still open. Please wait for the answers.",
        retry_after_seconds=int(timedelta(days=1).total_seconds()),
    )


def addressed_to_needed() -> Refusal:
    return Refusal(
        Reason.INVALID,
        "addressed-to-needed",
        de="Bitte geben Sie in addressed_to die Kennung Ihrer Organisation an, bei der das Anliegen einging (GET /me nennt"
        " sie): Nur Datenschutzbeauftragte lassen das weg.",
        en="Please give in addressed_to the id of your organisation that received the request (GET /me names it): only"
        " privacy officers leave it out.",
    )


def received_in_the_future() -> Refusal:
    return Refusal(
        Reason.INVALID,
        "received-in-the-future",
        de="Das Anliegen kann nicht nach heute eingegangen sein.",
        en="The request cannot have been received after today.",
    )


def own_request() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "own-request",
        de="Über das eigene Anliegen entscheidet niemand selbst. Bitte stellen Sie es für sich (POST /person-requests); "
        "andere Datenschutzbeauftragte bearbeiten es.",
        en="Nobody decides about a request of their own. Please ask for yourself (POST /person-requests); another "
        "privacy officer works on it.",
    )


def request_closed() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "person-request-closed",
        de="Das Anliegen ist schon abgeschlossen.",
        en="The request is closed already.",
    )


def extension_too_late() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "extension-too-late",
        de="Die Frist kann nur einmal verlängert werden, und nur bevor sie abgelaufen ist (Art. 12 Abs. 3 DSGVO).",
        en="The period can be extended once, and only before it has ended (Art. 12(3) GDPR).",
    )


def nothing_to_carry_out() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "nothing-to-carry-out",
        de="Nur eine Löschung oder Einschränkung für eine bekannte Person kann ausgeführt werden.",
        en="Only an erasure or a restriction for a known person can be carried out.",
    )


def not_carried_out() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "not-carried-out",
        de="Bitte führen Sie die Löschung oder Einschränkung aus, oder lehnen Sie sie mit Grund ab.",
        en="Please carry out the erasure or restriction, or refuse it with a reason.",
    )


def roles_held() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "roles-held",
        de="Die Person hat noch Aufgaben in einer Organisation. Mit der letzten wird alles über sie gelöscht.",
        en="The person still holds roles in an organisation. With the last one everything about them is erased.",
    )


def no_correction_asked() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "no-correction-asked",
        de="Korrigiert wird nur, was eine bekannte Person berichtigt haben will.",
        en="Only what a known person wants to have put right is corrected.",
    )


def not_held_of_staff() -> Refusal:
    return Refusal(
        Reason.INVALID,
        "not-held-of-staff",
        de="Von Beschäftigten werden hier nur Name, Mailadresse, Telefon und Sprache gespeichert.",
        en="Of staff only name, mail address, phone and language are stored here.",
    )


def no_open_erasure_request() -> Refusal:
    """Nobody is erased unasked."""
    return Refusal(
        Reason.CONFLICT,
        "no-open-request",
        de="Von dieser Person liegt kein offenes Anliegen auf Löschung vor (Art. 17 DSGVO). Bitte erfassen Sie es zuerst.",
        en="There is no open request of this person for erasure (Art. 17 GDPR). Please record it first.",
    )
