"""What matching refuses, with a stable code and what to do in German and in English."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from shared.runtime.errors import Reason, Refusal


def organisation_not_verified() -> Refusal:
    """An organisation that is not verified, or is suspended, publishes nothing and sees nobody."""
    return Refusal(
        Reason.CONFLICT,
        "organisation-not-verified",
        de="Die Organisation ist nicht (oder nicht mehr) bestätigt. Bitte zuerst die Bestätigung abwarten.",
        en="The organisation is not verified (any more). Please wait for its verification first.",
    )


def postal_code_unknown() -> Refusal:
    """No such postal code is known here."""
    return Refusal(
        Reason.INVALID,
        "postal-code-unknown",
        de="Diese Postleitzahl ist nicht bekannt. Bitte prüfen.",
        en="This postal code is not known. Please check it.",
    )


def district_does_not_fit(choices: Sequence[str]) -> Refusal:
    """The postal code does not lie in the district."""
    return Refusal(
        Reason.INVALID,
        "district-does-not-fit",
        de="Die Postleitzahl liegt nicht in diesem Landkreis. Bitte einen der genannten wählen.",
        en="The postal code does not lie in this district. Please choose one of those named.",
        districts=list(choices),
    )


def offer_period() -> Refusal:
    """It would end before it starts."""
    return Refusal(
        Reason.INVALID,
        "offer-period",
        de="Der letzte Tag liegt vor dem ersten. Bitte die Tage prüfen.",
        en="The last day is before the first. Please check the days.",
    )


def language_levels() -> Refusal:
    """As many levels as languages."""
    return Refusal(
        Reason.INVALID,
        "language-levels",
        de="Zu jeder verlangten Sprache gehört genau ein Niveau, in derselben Reihenfolge.",
        en="Each language required has exactly one level, in the same order.",
    )


def clearance_without_basis() -> Refusal:
    """Without a legal basis asking for a certificate of conduct is not allowed (§ 30a BZRG, § 72a SGB VIII)."""
    return Refusal(
        Reason.INVALID,
        "clearance-without-basis",
        de="Ein Führungszeugnis darf nur mit Rechtsgrundlage und Tätigkeit verlangt werden; eine andere Grundlage als die "
        "genannten bitte in Worten angeben.",
        en="A certificate of conduct may only be asked for with its legal basis and the activity; please state another "
        "basis than those named in words.",
    )


def translation_into_german() -> Refusal:
    """German stands in the offer itself."""
    return Refusal(
        Reason.INVALID,
        "translation-into-german",
        de="Der deutsche Text steht im Angebot selbst, nicht bei den Übersetzungen.",
        en="The German text stands in the offer itself, not among the translations.",
    )


def offer_step_impossible(status: str, step: str, possible: Sequence[str]) -> Refusal:
    """The offers' state machine knows no such step from here."""
    return Refusal(
        Reason.CONFLICT,
        "offer-step-impossible",
        de="Das geht im jetzigen Stand des Angebots nicht. Bitte neu laden; möglich ist, was dabeisteht.",
        en="This is not possible in the offer's present status. Please reload; what is possible is stated.",
        status=str(status),
        step=str(step),
        possible=[str(one) for one in possible],
    )


def postal_code_missing() -> Refusal:
    """A distance from nowhere."""
    return Refusal(
        Reason.INVALID,
        "postal-code-missing",
        de="Für eine Suche nach Entfernung bitte eine Postleitzahl angeben.",
        en="Please name a postal code to search by distance.",
    )


def nearest_first_only() -> Refusal:
    """Who would look for the farthest?"""
    return Refusal(
        Reason.INVALID,
        "nearest-first-only",
        de="Nach Entfernung wird nur aufsteigend sortiert: das Nächste zuerst.",
        en="By distance the order is upwards only: the nearest first.",
    )


def newest_first_only() -> Refusal:
    """Who would look for what is oldest, or needed least?"""
    return Refusal(
        Reason.INVALID,
        "newest-first-only",
        de="Hier wird nur absteigend sortiert: -published (das Neueste zuerst) oder -urgency (das Dringendste zuerst).",
        en="The order is downwards only: -published (the newest first) or -urgency (the most urgent first).",
    )


def too_many(things: str, at_most: int) -> Refusal:
    """An organisation keeps only so many."""
    return Refusal(
        Reason.CONFLICT,
        f"too-many-{things}",
        de="So viele kann eine Organisation nicht anlegen. Bitte zuerst Altes entfernen.",
        en="An organisation cannot keep so many. Please remove old ones first.",
        at_most=at_most,
    )


def recurrence_rule() -> Refusal:
    """No RRULE, or not one that shifts can follow."""
    return Refusal(
        Reason.INVALID,
        "recurrence-rule",
        de="Diese Wiederholung ist nicht möglich. Möglich sind tägliche, wöchentliche und monatliche Regeln nach RFC 5545, "
        "zum Beispiel FREQ=WEEKLY;BYDAY=TU.",
        en="This recurrence is not possible. Daily, weekly and monthly rules of RFC 5545 are, for example "
        "FREQ=WEEKLY;BYDAY=TU.",
    )


def minimum_staffing() -> Refusal:
    """More people needed than places."""
    return Refusal(
        Reason.INVALID,
        "minimum-staffing",
        de="Es können nicht mehr Personen nötig sein, als es Plätze gibt.",
        en="There cannot be more people needed than there are places.",
    )


def shift_begun() -> Refusal:
    """It has begun, or would have."""
    return Refusal(
        Reason.CONFLICT,
        "shift-begun",
        de="Das geht nur für Termine, die noch bevorstehen.",
        en="This is only possible for shifts that lie ahead.",
    )


def offer_has_placements() -> Refusal:
    """People have to do with the offer itself: with shifts, a placement would be of one of them."""
    return Refusal(
        Reason.CONFLICT,
        "offer-has-placements",
        de="Für dieses Angebot gibt es schon Einsätze oder Anfragen, die zu keiner Schicht gehören. Bitte stellen Sie für "
        "die Schichten ein eigenes Angebot ein, oder beenden Sie diese Einsätze vorher.",
        en="This offer already has placements or requests that belong to no shift. Please make an offer of its own for "
        "the shifts, or end these placements before.",
    )


def shift_cancelled() -> Refusal:
    """It does not take place."""
    return Refusal(
        Reason.CONFLICT,
        "shift-cancelled",
        de="Dieser Termin ist abgesagt.",
        en="This shift is cancelled.",
    )


def shift_outside_offer() -> Refusal:
    """The offer is over by then, or has not begun."""
    return Refusal(
        Reason.INVALID,
        "shift-outside-offer",
        de="Der Termin liegt außerhalb des Zeitraums des Angebots.",
        en="The shift lies outside the offer's period.",
    )


def shifts_outside_offer() -> Refusal:
    """Shifts are planned for days on which the offer would not be there."""
    return Refusal(
        Reason.CONFLICT,
        "shifts-outside-offer",
        de="Für Tage außerhalb dieses Zeitraums sind Termine geplant. Bitte sagen Sie sie zuerst ab oder verlegen Sie sie.",
        en="Shifts are planned on days outside of this period. Please cancel or move them first.",
    )


def series_ended() -> Refusal:
    """It was ended before."""
    return Refusal(
        Reason.CONFLICT,
        "series-ended",
        de="Diese Reihe ist schon beendet.",
        en="This series has already been ended.",
    )


def series_day_taken(shift_ids: Iterable[UUID]) -> Refusal:
    """People come on days on which the changed series would have no shift."""
    return Refusal(
        Reason.CONFLICT,
        "series-day-taken",
        de="Für Termine, die es in der geänderten Reihe nicht mehr gäbe, gibt es schon Einsätze. Bitte verlegen Sie diese "
        "Termine einzeln oder sagen Sie sie ab.",
        en="There are placements with shifts that the changed series would no longer have. Please move or cancel these "
        "shifts one by one.",
        shift_ids=[str(shift_id) for shift_id in shift_ids],
    )


def contact_not_of_organisation() -> Refusal:
    """Somebody else's contact."""
    return Refusal(
        Reason.INVALID,
        "contact-not-of-organisation",
        de="Diese Ansprechperson gehört zu einer anderen Organisation.",
        en="This contact belongs to another organisation.",
    )


def boundary_does_not_fit() -> Refusal:
    """Not agreed (any more), or between others, or for another district."""
    return Refusal(
        Reason.INVALID,
        "boundary-does-not-fit",
        de="Diese Aufgabenabgrenzung gilt hier nicht: Sie muss von der Organisation für diesen Landkreis vereinbart und "
        "in Kraft sein.",
        en="This task boundary does not hold here: it must be agreed by the organisation for this district, and in force.",
    )


def offer_over() -> Refusal:
    """Its last day has passed."""
    return Refusal(
        Reason.CONFLICT,
        "offer-over",
        de="Der letzte Tag dieses Angebots liegt in der Vergangenheit. Bitte zuerst ändern.",
        en="The last day of this offer has passed. Please change it first.",
    )


def places_below_taken(taken: int) -> Refusal:
    """Fewer places than people."""
    return Refusal(
        Reason.CONFLICT,
        "places-below-taken",
        de="So wenige Plätze gehen nicht mehr: Es sind schon mehr vergeben. Bitte zuerst Einsätze absagen.",
        en="So few places are not possible any more: more are taken. Please decline placements first.",
        places_taken=taken,
    )


def offer_closed() -> Refusal:
    """It is closed, or its last day has passed."""
    return Refusal(
        Reason.CONFLICT,
        "offer-closed",
        de="Dieses Angebot ist abgeschlossen. Bitte wählen Sie ein anderes.",
        en="This offer is closed. Please choose another one.",
    )


def already_requested() -> Refusal:
    """One live placement per volunteer and offer."""
    return Refusal(
        Reason.CONFLICT,
        "already-requested",
        de="Sie haben sich für dieses Angebot schon gemeldet. Ihre Einsätze stehen unter „Meine Einsätze“.",
        en="You have already asked for this offer. Your placements are listed under “My placements”.",
    )


def waiting_list_full() -> Refusal:
    """As many wait as may."""
    return Refusal(
        Reason.CONFLICT,
        "waiting-list-full",
        de="Die Warteliste ist voll. Bitte wählen Sie ein anderes Angebot.",
        en="The waiting list is full. Please choose another offer.",
    )


def requirements_missing(missing: Sequence[Any]) -> Refusal:
    """A hard requirement is not met; `missing` says which, as data and as sentences in both languages."""
    return Refusal(
        Reason.CONFLICT,
        "requirements-missing",
        de="Dafür fehlt noch etwas. Was, und wie man es bekommt, steht dabei.",
        en="Something is still missing for this. What, and how to get it, is stated.",
        missing=list(missing),
    )


def too_many_plans(at_most: int) -> Refusal:
    """Somebody lets so many plans be computed at once."""
    return Refusal(
        Reason.CONFLICT,
        "too-many-plans",
        de=f"Es werden schon {at_most} Ihrer Pläne berechnet. Bitte warten, bis einer fertig ist.",
        en=f"{at_most} of your plans are being computed already. Please wait until one is ready.",
    )


def plan_not_ready() -> Refusal:
    """It is still being computed, or failed."""
    return Refusal(
        Reason.CONFLICT,
        "plan-not-ready",
        de="Der Plan ist noch nicht fertig oder misslungen. Bitte seinen Stand ansehen.",
        en="The plan is not ready yet, or has failed. Please look at its state.",
    )


def pairing_was_sent() -> Refusal:
    """An invitation cannot be taken out of a plan any more."""
    return Refusal(
        Reason.CONFLICT,
        "pairing-was-sent",
        de="Die Einladung ist schon unterwegs. Sie kann nur noch als Einsatz zurückgenommen werden.",
        en="The invitation is on its way already. It can only be taken back as a placement.",
    )
