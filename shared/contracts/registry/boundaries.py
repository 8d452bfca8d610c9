"""Task boundaries (Aufgabenabgrenzung): what two bodies have agreed about who does what. No persons, no comments."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.contracts.base import StateData, contract
from shared.contracts.registry.parts import Part
from shared.contracts.vocabulary import AGS, Term, Title


class CarriedBy(StrEnum):
    VOLUNTEER = "volunteer"
    STAFF = "staff"


class BoundaryStatus(StrEnum):
    """`agreed` stays while a revision is talked about; what was agreed counts until the revision is agreed."""

    PROPOSED = "proposed"
    DISCUSSED = "discussed"
    AGREED = "agreed"
    ENDED = "ended"


class BoundaryTask(Part):
    task: Title
    carried_by: CarriedBy
    organisation_id: UUID
    """The body that answers for it."""


class AgreedBoundary(Part):
    """What both sides agreed."""

    revision: int = Field(ge=1)
    responsible_organisation_id: UUID
    """The body that is responsible for this kind of activity."""
    tasks: tuple[BoundaryTask, ...]
    agreed_on: date
    valid_until: date
    """The last day on which it counts."""


class Boundary(StateData):
    """A task boundary between two organisations, for one kind of activity in one district."""

    boundary_id: UUID
    district: AGS
    kind_of_activity: Term
    organisation_ids: tuple[UUID, ...] = Field(min_length=2, max_length=2)
    """The two sides."""
    status: BoundaryStatus


class BoundaryInForce(Boundary):
    """What is only proposed concerns nobody else: of a revision that is talked about nothing is told."""

    agreed: AgreedBoundary
    """What counts now."""


@contract("boundary-proposed", topic="registry.boundaries", key="boundary_id")
class BoundaryProposed(Boundary):
    pass


@contract("boundary-discussed", topic="registry.boundaries", key="boundary_id")
class BoundaryDiscussed(Boundary):
    """The other side, or the same, has commented, or proposed it differently before anything was agreed."""


@contract("boundary-agreed", topic="registry.boundaries", key="boundary_id")
class BoundaryAgreed(BoundaryInForce):
    """Both sides have agreed, for the first time or to a revision."""


@contract("boundary-revised", topic="registry.boundaries", key="boundary_id")
class BoundaryRevised(BoundaryInForce):
    """A revision of what was agreed is proposed; what was agreed counts until both agree to the revision."""


@contract("boundary-ended", topic="registry.boundaries", key="boundary_id")
class BoundaryEnded(Boundary):
    """It counts no more: ended by one side, or its time is over. It stays, because offers refer to it."""

    agreed: AgreedBoundary | None = None
    """What counted last; null when it was never agreed."""
