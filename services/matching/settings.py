"""What matching's processes are told besides what every process is told."""

from pydantic import Field

from services.matching.models.suggestions import Scale, Weights
from shared.contracts.vocabulary import Level
from shared.runtime.settings import Settings


class MatchingSettings(Settings):
    """Numbers that differ from place to place, with the field's usual values as defaults."""

    language_level_at_least: Level = Level.A2
    """From this level on a language counts as spoken where an offer requires it."""
    weights: Weights = Weights()
    half_distance_km: float = Field(10.0, gt=0, le=500)
    """At this distance the part `distance` of a score is one half."""
    full_experience_placements: int = Field(3, ge=1, le=100)
    """From so many confirmed placements on the part `experience` is 1."""
    full_fairness_days: int = Field(60, ge=1, le=3650)
    """After so many days without a placement the part `fairness` is 1."""
    radius_km_at_most: float = Field(100.0, gt=0, le=1000)
    """How far around an offer volunteers are looked for. Volunteers see offers as far as their own reach goes."""
    candidates_at_most: int = Field(500, ge=1, le=5000)
    """How many offers or volunteers, the nearest first, are weighed for one ranked list."""

    place_offered_hours: int = Field(48, ge=1, le=24 * 30)
    """How long a place that came free is kept for the first in the waiting list."""
    waiting_list_at_most: int = Field(500, ge=0, le=5000)
    """How many may wait for one offer."""

    suggestions_per_week: int = Field(7, ge=0, le=100)
    """How many suggestions one volunteer is told of in seven days."""
    suggestion_expires_days: int = Field(14, ge=1, le=365)
    """After so many days it is no longer worth telling."""
    volunteers_per_step: int = Field(200, ge=1, le=5000)
    """How many volunteers one step of the telling weighs for a new offer; the next step goes on after them."""

    @property
    def scale(self) -> Scale:
        """What the parts of a score are measured by."""
        return Scale(self.weights, self.half_distance_km, self.full_experience_placements, self.full_fairness_days)
