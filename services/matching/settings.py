"""What matching's processes are told besides what every process is told."""

from typing import Annotated

from pydantic import Field

from services.matching.models.suggestions import Scale, Weights
from shared.contracts.vocabulary import Level, Travel
from shared.runtime.settings import Settings


class MatchingSettings(Settings):
    """Numbers that differ from place to place, with the field's usual values as defaults."""

    language_level_at_least: Level = Level.A2
    """From this level on a language counts as spoken where an offer requires it."""
    weights: Weights = Weights()
    undertaking_required: bool = False
    """Whether only who has signed the confidentiality undertaking in force may be placed."""
    half_distance_km: float = Field(10.0, gt=0, le=500)
    """At this distance the part `distance` of a score is one half, for whoever has not told how they get about."""
    half_distance_km_by_travel: dict[Travel, Annotated[float, Field(gt=0, le=500)]] = Field(
        default_factory=lambda: {
            Travel.FOOT: 2.0,
            Travel.BICYCLE: 5.0,
            Travel.PUBLIC_TRANSPORT: 10.0,
            Travel.CAR: 20.0,
        }
    )
    """The same by means of travel; the farthest-reaching that somebody has counts."""
    full_experience_placements: int = Field(3, ge=1, le=100)
    """From so many confirmed placements on the part `experience` is 1."""
    full_fairness_days: int = Field(60, ge=1, le=3650)
    """After so many days without a placement the part `fairness` is 1."""
    full_asks: int = Field(8, ge=1, le=100)
    """Whoever was asked so often in this and the three weeks before has nothing left of the part `asked`."""
    declined_days: int = Field(90, ge=1, le=3650)
    """After so many days it no longer counts that somebody declined to help with a topic."""
    radius_km_at_most: float = Field(100.0, gt=0, le=1000)
    """How far around an offer volunteers are looked for. Volunteers see offers as far as their own reach goes."""

    search_within_km: float = Field(25.0, gt=0, le=200)
    """How far around a postal code offers and activities are searched unless somebody says otherwise."""
    similar_within_km: float = Field(10.0, gt=0, le=100)
    """How far around an offer similar ones are looked for."""
    similar_at_most: int = Field(10, ge=0, le=100)
    doubled_within_km: float = Field(5.0, gt=0, le=50)
    """A topic is doubled where two organisations are at it within so many kilometres."""
    offer_stale_after_days: int = Field(92, ge=1, le=366)
    """An offer that nobody has confirmed or changed for so long may be out of date."""
    activity_stale_after_days: int = Field(92, ge=1, le=366)
    """The same for an entry of the directory."""
    shift_horizon_weeks: int = Field(12, ge=1, le=52)
    """How far ahead recurring shifts are planned."""
    understaffed_within_days: int = Field(28, ge=1, le=366)
    """How far ahead shifts that lack people are listed unless somebody says otherwise."""

    place_offered_hours: int = Field(48, ge=1, le=24 * 30)
    """How long a place that came free is kept for the first in the waiting list."""
    invitation_hours: int = Field(24 * 7, ge=1, le=24 * 30)
    """How long somebody who is invited may think about it, unless the coordinator says otherwise."""
    invitation_days_at_most: int = Field(30, ge=1, le=90)
    """The longest deadline that a coordinator may give."""
    replacements_at_most: int = Field(5, ge=1, le=20)
    """How many are proposed when somebody drops out."""
    waiting_list_at_most: int = Field(500, ge=0, le=5000)
    """How many may wait for one offer."""

    asks_per_week: int = Field(7, ge=0, le=100)
    """How often one volunteer is asked in seven days: told of a suggestion, or invited."""
    suggestion_expires_days: int = Field(14, ge=1, le=365)
    """After so many days it is no longer worth telling."""
    volunteers_per_step: int = Field(50, ge=1, le=1000)
    """How many volunteers one step of the telling tells of an offer; the next step goes on."""
    told_per_offer: int = Field(200, ge=0, le=10_000)
    """How many volunteers are told of one offer, the best first."""

    plans_at_once: int = Field(3, ge=1, le=100)
    """How many plans of one person may be under way."""
    plan_kept_days: int = Field(7, ge=1, le=90)
    """After so many days a plan with its proposals is forgotten."""
    plan_needs_at_most: int = Field(5000, ge=1, le=100_000)
    """How many open needs one plan takes up, the most urgent first."""
    plan_candidates_per_need: int = Field(50, ge=1, le=500)
    """How many volunteers, the best first, a plan considers for one need."""
    plan_shifts_days: int = Field(28, ge=1, le=366)
    """How far ahead shifts are planned."""
    plan_weight_of_filling: float = Field(0.7, ge=0, le=1)
    """How much it counts that an urgent place is filled at all, against who fills it."""
    plan_price_of_repetition: float = Field(0.5, ge=0, le=1)
    """What the second place proposed to one person costs, the third twice of it: the many come before the few."""

    tandem_trial_days: int = Field(56, ge=7, le=180)
    """How long the trial phase of a tandem is, unless the coordinator says otherwise."""
    tandem_check_in_days: int = Field(28, ge=7, le=180)
    """After so many days the coordinator asks how a tandem goes, unless they say otherwise."""
    counterpart_kept_days: int = Field(365, ge=30, le=3650)
    """After so many days the reference of somebody for whom nobody is looked for any more is forgotten."""

    statistics_every_hours: int = Field(24, ge=1, le=24 * 31)
    """How often the statistics of the month that runs are computed."""

    @property
    def scale(self) -> Scale:
        """What the parts of a score are measured by."""
        return Scale(
            self.weights,
            self.half_distance_km,
            self.half_distance_km_by_travel,
            self.full_experience_placements,
            self.full_fairness_days,
            self.full_asks,
            self.declined_days,
        )
