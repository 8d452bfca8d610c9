"""What is refused about tandems, with a stable code and what to do in German and in English."""

from collections.abc import Sequence
from datetime import date

from shared.runtime.errors import Reason, Refusal


def step_impossible(status: str | None, step: str, possible: Sequence[str]) -> Refusal:
    """The state machine knows no such step from here."""
    return Refusal(
        Reason.CONFLICT,
        "tandem-step-impossible",
        de="Das geht im jetzigen Stand des Tandems nicht. Bitte neu laden; möglich ist, was dabeisteht.",
        en="This is not possible in the tandem's present status. Please reload; what is possible is stated.",
        status=None if status is None else str(status),
        step=str(step),
        possible=[str(one) for one in possible],
    )


def already_agreed() -> Refusal:
    """This side has said so; the other has not yet."""
    return Refusal(
        Reason.CONFLICT,
        "already-agreed",
        de="Die Zustimmung ist schon vermerkt. Jetzt fehlt noch die andere Seite.",
        en="This agreement is recorded already. Now the other side has to agree.",
    )


def end_reason(allowed: Sequence[str]) -> Refusal:
    """A reason that only the other side, or nobody, can give."""
    return Refusal(
        Reason.INVALID,
        "tandem-end-reason",
        de="Diesen Grund kann man hier nicht angeben. Bitte einen der genannten wählen.",
        en="This reason cannot be given here. Please choose one of those named.",
        reasons=[str(one) for one in allowed],
    )


def without_placement() -> Refusal:
    """A tandem is a placement."""
    return Refusal(
        Reason.CONFLICT,
        "tandem-without-placement",
        de="Ein Tandem gehört zu einem Einsatz. Bitte zuerst einladen oder die Anfrage abwarten.",
        en="A tandem belongs to a placement. Please invite first, or wait for the request.",
    )


def placement_not_active() -> Refusal:
    """The trial begins within a placement that has begun."""
    return Refusal(
        Reason.CONFLICT,
        "placement-not-active",
        de="Die Probezeit beginnt, wenn der Einsatz begonnen hat. Bitte die Koordination fragen.",
        en="The trial begins when the placement has begun. Please ask the coordinator.",
    )


def undertaking_missing() -> Refusal:
    """Before a volunteer learns about another person they sign (Datengeheimnis)."""
    return Refusal(
        Reason.CONFLICT,
        "undertaking-missing",
        de="Vorher bitte im Profil die Verpflichtung auf Vertraulichkeit unterschreiben.",
        en="Please sign the confidentiality undertaking in the profile first.",
    )


def trial_period(latest: date) -> Refusal:
    """The last day of the trial does not fit."""
    return Refusal(
        Reason.INVALID,
        "trial-period",
        de="Der letzte Tag der Probezeit muss nach dem bisherigen und nach heute liegen, spätestens am genannten Tag.",
        en="The last day of the trial must be after the present one and after today, on the day named at the latest.",
        latest=latest.isoformat(),
    )


def check_in_settled() -> Refusal:
    """It has taken place, or was skipped."""
    return Refusal(
        Reason.CONFLICT,
        "check-in-settled",
        de="Diese Nachfrage ist schon erledigt.",
        en="This check-in is settled already.",
    )


def check_in_outcome(allowed: Sequence[str]) -> Refusal:
    """What came of it does not fit."""
    return Refusal(
        Reason.INVALID,
        "check-in-outcome",
        de="Dieses Ergebnis passt hier nicht. Bitte eines der genannten wählen.",
        en="This outcome does not fit here. Please choose one of those named.",
        outcomes=[str(one) for one in allowed],
    )


def reference_taken() -> Refusal:
    """The organisation has recorded it already."""
    return Refusal(
        Reason.CONFLICT,
        "reference-taken",
        de="Dieses Aktenzeichen ist schon eingetragen.",
        en="This reference is recorded already.",
    )


def counterpart_taken(status: str) -> Refusal:
    """Somebody is proposed already, it goes on, or nobody is looked for any more."""
    return Refusal(
        Reason.CONFLICT,
        "counterpart-not-open",
        de="Für dieses Aktenzeichen wird gerade niemand gesucht.",
        en="Nobody is looked for for this reference at present.",
        status=str(status),
    )


def other_organisation() -> Refusal:
    """Both sides of a tandem belong to the same organisation and district."""
    return Refusal(
        Reason.CONFLICT,
        "tandem-across-organisations",
        de="Einsatz und Aktenzeichen gehören nicht zur selben Organisation im selben Landkreis.",
        en="Placement and reference do not belong to the same organisation in the same district.",
    )


def own_tandem() -> Refusal:
    """Nobody decides about themselves."""
    return Refusal(
        Reason.FORBIDDEN,
        "own-tandem",
        de="Über das eigene Tandem entscheidet jemand anderes. Bitte eine Kollegin oder einen Kollegen.",
        en="Somebody else decides about your own tandem. Please ask a colleague.",
    )
