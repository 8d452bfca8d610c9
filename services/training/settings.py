"""What training's processes are told besides what every process is told."""

from typing import Self

from pydantic import Field, model_validator

from services.training.models import QualificationKind
from shared.runtime.settings import Settings

BASIC = QualificationKind(term="basic", de="Basisqualifizierung", en="Basic qualification")
INTEGRATION_GUIDE = QualificationKind(
    term="integration_guide", de="Integrationslotsin, Integrationslotse", en="Integration guide"
)
FIRST_AID = QualificationKind(term="first_aid", de="Erste Hilfe", en="First aid", valid_months=24)


class TrainingSettings(Settings):
    """Numbers that differ from place to place, with the field's usual values as defaults."""

    qualifications: tuple[QualificationKind, ...] = (BASIC, INTEGRATION_GUIDE, FIRST_AID)
    """The vocabulary of qualifications: what a course may grant, and for how many months it counts."""
    course_publish_grace_minutes: int = Field(60, ge=0, le=24 * 60)
    """A course may be published that began up to so many minutes ago: a session that came about on the spot."""
    place_offered_hours: int = Field(48, ge=1, le=24 * 30)
    """How long a place that came free is kept for the first in the waiting list."""
    waiting_list_at_most: int = Field(500, ge=0, le=5000)
    """How many may wait for one course."""

    @model_validator(mode="after")
    def _terms_are_unique(self) -> Self:
        terms = [kind.term for kind in self.qualifications]
        if len(set(terms)) != len(terms):
            raise ValueError("TANDEM_QUALIFICATIONS: a qualification is named twice")
        return self

    def qualification(self, term: str | None) -> QualificationKind | None:
        """The qualification of this name, None when it is not in the vocabulary."""
        return next((kind for kind in self.qualifications if kind.term == term), None)
