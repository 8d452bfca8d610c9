"""Thresholds of age. A date of birth is reduced to them at once: more is not needed, so more is not kept."""

from datetime import date

from services.registry.models.ages import NOT_TOLD, Ages
from shared.runtime.errors import Reason, Refusal

THRESHOLDS = (14, 16, 18)
"""14: who may offer help at all. 16: who may do so without a guardian's consent. 18: full age (§ 2 BGB)."""
AGE_AT_LEAST = 14
AGE_WITHOUT_GUARDIAN = 16
OLDEST = 120


def reaches_on(birth_date: date, years: int) -> date:
    """The day on which a person completes so many years of life.

    The day of birth counts (§ 187 (2) sentence 2, § 188 (2) BGB): whoever was born on 29 February completes a year of
    life, outside leap years, at the end of 28 February.
    """
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return date(birth_date.year + years, 3, 1)


def ages_of(birth_date: date | None, today: date, *, guardian_may_follow: bool = False) -> Ages:
    """Reduce a date of birth to thresholds.

    Parameters
    ----------
    guardian_may_follow
        Whoever is 14 or 15 is taken in and waits for the guardian's consent (`needs_guardian`).

    Raises
    ------
    Refusal
        `birth-date-impossible`, `too-young` (under 14), `guardian-consent-needed` (14 or 15).
    """
    if birth_date is None:
        return NOT_TOLD
    if birth_date > today or birth_date.year < today.year - OLDEST:
        raise Refusal(
            Reason.INVALID,
            "birth-date-impossible",
            de="Dieses Geburtsdatum kann nicht stimmen.",
            en="This date of birth cannot be right.",
        )
    days = {years: reaches_on(birth_date, years) for years in THRESHOLDS}
    if days[AGE_AT_LEAST] > today:
        raise Refusal(
            Reason.INVALID,
            "too-young",
            de="Mitmachen können Sie hier ab 14 Jahren.",
            en="You can take part here from the age of 14.",
        )
    if days[AGE_WITHOUT_GUARDIAN] > today and not guardian_may_follow:
        raise Refusal(
            Reason.INVALID,
            "guardian-consent-needed",
            de="Unter 16 Jahren brauchen wir die Zustimmung der Sorgeberechtigten. Bitte wenden Sie sich an die"
            " Ansprechperson in Ihrem Landkreis.",
            en="Under the age of 16 we need the consent of your guardians. Please turn to the contact in your district.",
        )
    return Ages(
        reached=max(years for years, day in days.items() if day <= today),
        reaches_16_on=_if_to_come(days[16], today),
        reaches_18_on=_if_to_come(days[18], today),
    )


def needs_guardian(ages: Ages) -> bool:
    """Whether a guardian has to agree: under 16 (the age of Art. 8 (1) DSGVO; §§ 107, 1626, 1629 BGB)."""
    return ages.reached is not None and ages.reached < AGE_WITHOUT_GUARDIAN


def birth_date_told_already() -> Refusal:
    """It is asked once; what was kept of it is corrected by the privacy officer."""
    return Refusal(
        Reason.CONFLICT,
        "birth-date-told-already",
        de="Das Geburtsdatum wird nur einmal erfragt. Wenn es falsch war, bitten Sie um Berichtigung.",
        en="The date of birth is asked only once. If it was wrong, please ask for a correction.",
    )


def ages_on(ages: Ages, today: date) -> Ages:
    """The same thresholds on a later day."""
    reached = ages.reached
    for years, day in ((16, ages.reaches_16_on), (18, ages.reaches_18_on)):
        if day is not None and day <= today:
            reached = years
    return Ages(reached, _if_to_come(ages.reaches_16_on, today), _if_to_come(ages.reaches_18_on, today))


def _if_to_come(day: date | None, today: date) -> date | None:
    return day if day is not None and day > today else None
