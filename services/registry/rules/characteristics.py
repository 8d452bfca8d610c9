"""Age bands against the thresholds of age that are known. Pure."""

from services.registry.models.ages import Ages
from services.registry.models.characteristics import AgeBand
from shared.runtime.errors import Reason, Refusal

FULL_AGE = 18


def check_age_band(band: AgeBand, ages: Ages) -> None:
    """Refuse a band that the date of birth rules out (`age-band-impossible`); who told none may choose any."""
    if ages.reached is None:
        return
    if (ages.reached < FULL_AGE) is not (band is AgeBand.FROM_14):
        raise Refusal(
            Reason.INVALID,
            "age-band-impossible",
            de="Diese Altersgruppe passt nicht zu Ihrem Geburtsdatum.",
            en="This age band does not fit your date of birth.",
        )
