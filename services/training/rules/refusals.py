"""What training refuses, with stable codes and texts in German and English that say what to do."""

from shared.runtime.errors import Reason, Refusal


def _conflict(code: str, de: str, en: str) -> Refusal:
    return Refusal(Reason.CONFLICT, code, de=de, en=en)


def _invalid(code: str, de: str, en: str, pointer: str) -> Refusal:
    return Refusal(Reason.INVALID, code, de=de, en=en, pointer=pointer)


def organisation_not_verified() -> Refusal:
    return _conflict(
        "organisation-not-verified",
        "Ihre Organisation ist nicht bestätigt. Bitte wenden Sie sich an die Landesverwaltung.",
        "Your organisation is not verified. Please turn to the state administration.",
    )


def qualification_unknown() -> Refusal:
    return _invalid(
        "qualification-unknown",
        "Diese Qualifikation steht nicht im Verzeichnis der Qualifikationen.",
        "This qualification is not in the vocabulary of qualifications.",
        "/grants",
    )


def session_ends_before_it_begins() -> Refusal:
    return _invalid(
        "session-ends-before-it-begins",
        "Ein Termin muss nach seinem Beginn enden.",
        "A session must end after its begin.",
        "/sessions",
    )


def session_too_long() -> Refusal:
    return _invalid(
        "session-too-long",
        "Ein Termin dauert höchstens 24 Stunden. Bitte mehrere Termine daraus machen.",
        "A session lasts at most 24 hours. Please make several sessions of it.",
        "/sessions",
    )


def sessions_overlap() -> Refusal:
    return _invalid(
        "sessions-overlap",
        "Zwei Termine des Kurses überschneiden sich.",
        "Two sessions of the course overlap.",
        "/sessions",
    )


def session_in_the_past() -> Refusal:
    return _invalid(
        "session-in-the-past",
        "Ein Termin hat schon begonnen. Bitte nur künftige Termine angeben.",
        "A session has already begun. Please give sessions in the future only.",
        "/sessions",
    )


def session_unknown() -> Refusal:
    return _invalid(
        "session-unknown",
        "Diesen Termin hat der Kurs nicht. Bitte neu laden.",
        "The course has no such session. Please reload.",
        "/sessions",
    )


def session_has_begun() -> Refusal:
    return _conflict(
        "session-has-begun",
        "Ein Termin, der begonnen hat, lässt sich nicht mehr verlegen oder streichen.",
        "A session that has begun can no longer be moved or removed.",
    )


def session_not_begun() -> Refusal:
    return _conflict(
        "session-not-begun",
        "Die Anwesenheit lässt sich erst ab Beginn des Termins eintragen.",
        "Attendance can be recorded from the begin of the session on.",
    )


def sessions_are_final() -> Refusal:
    return _conflict(
        "sessions-are-final",
        "Der letzte Termin hat begonnen; die Termine stehen damit fest.",
        "The last session has begun, so the sessions are final.",
    )


def places_below_taken(taken: int) -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "places-below-taken",
        de="So viele Plätze sind schon vergeben; weniger geht nicht.",
        en="So many places are taken already; there cannot be fewer.",
        places_taken=taken,
    )


def course_cancelled() -> Refusal:
    return _conflict("course-cancelled", "Der Kurs fällt aus.", "The course was cancelled.")


def course_over() -> Refusal:
    return _conflict("course-over", "Der Kurs ist vorbei.", "The course is over.")


def course_in_its_last_session() -> Refusal:
    return _conflict(
        "course-in-its-last-session",
        "Der letzte Termin hat begonnen; absagen geht nicht mehr.",
        "The last session has begun; it is too late to cancel.",
    )


def already_enrolled() -> Refusal:
    return _conflict(
        "already-enrolled",
        "Sie sind für diesen Kurs schon angemeldet oder stehen auf der Warteliste.",
        "You are enrolled in this course already, or on its waiting list.",
    )


def waiting_list_full() -> Refusal:
    return _conflict(
        "waiting-list-full",
        "Kurs und Warteliste sind voll. Bitte wählen Sie einen anderen Kurs.",
        "The course and its waiting list are full. Please choose another course.",
    )


def enrolment_is(status: str) -> Refusal:
    """The state machine has no such step from where the enrolment is."""
    return Refusal(
        Reason.CONFLICT,
        "enrolment-not-in-that-state",
        de="Im jetzigen Stand der Anmeldung geht das nicht. Bitte neu laden.",
        en="The enrolment is in a state that does not allow this. Please reload.",
        status=status,
    )


def place_offer_over() -> Refusal:
    return _conflict(
        "place-offer-over",
        "Die Frist für diesen Platz ist vorbei.",
        "The deadline for this place has passed.",
    )


def attendance_contradicts_itself() -> Refusal:
    return _invalid(
        "attendance-contradicts-itself",
        "Jemand steht zugleich als anwesend und als abwesend in der Liste.",
        "Somebody is listed as present and as absent at once.",
        "/attended",
    )


def attendance_leaves_out() -> Refusal:
    return _invalid(
        "attendance-leaves-out",
        "Wer für diesen Termin schon eingetragen war, muss in einer der beiden Listen stehen bleiben.",
        "Whoever was recorded for this session before must stay in one of the two lists.",
        "/attended",
    )


def not_enrolled_here() -> Refusal:
    return _invalid(
        "not-enrolled-here",
        "In der Liste steht eine Anmeldung, die keinen Platz in diesem Kurs hat. Bitte neu laden.",
        "The list names an enrolment that has no place in this course. Please reload.",
        "/attended",
    )


def own_attendance() -> Refusal:
    return Refusal(
        Reason.FORBIDDEN,
        "own-attendance",
        de="Die eigene Anwesenheit trägt niemand selbst ein.",
        en="Nobody records their own attendance.",
    )


def course_needed() -> Refusal:
    return Refusal(
        Reason.INVALID,
        "course-needed",
        de="Bitte den Kurs angeben (course_id).",
        en="Please name the course (course_id).",
        pointer="/course_id",
    )
