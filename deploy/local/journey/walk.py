"""What the steps of one journey share: who walks it, how they call, what they have come by so far."""

from dataclasses import dataclass, field
from typing import Any

from deploy.local.journey.calls import Calls
from deploy.local.journey.mails import Mails
from deploy.local.journey.people import People
from deploy.local.journey.telling import StepFailed, Telling


@dataclass
class Walk:
    """The state of one journey. Ids are set by the step that makes the thing."""

    calls: Calls
    mails: Mails
    people: People
    telling: Telling
    organisation_id: str = ""
    offer: dict[str, Any] = field(default_factory=dict)
    course: dict[str, Any] = field(default_factory=dict)
    enrolments: dict[str, str] = field(default_factory=dict)
    """By subject id of the volunteer."""
    placements: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By subject id of the volunteer."""
    receipt: dict[str, Any] = field(default_factory=dict)

    def expect(self, holds: bool, expected: str, got: object) -> None:
        """Go on only when it holds.

        Raises
        ------
        StepFailed
            It does not.
        """
        if not holds:
            raise StepFailed(expected, str(got)[:600], self.calls.correlation_id)
