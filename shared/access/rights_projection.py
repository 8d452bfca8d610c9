"""The read model of `registry.rights`, for matching, training and notifications; `rights` says how it is asked."""

from shared.contracts.registry import PersonRightsUpdated
from shared.messaging.projection import Projection


def rights_projection() -> Projection:
    """The projection, to be given to the service's consumer."""
    return Projection(
        name="rights",
        topic="registry.rights",
        events=(PersonRightsUpdated,),
        table="person_rights",
        key="subject_id",
        row=lambda rights: rights.model_dump(mode="json", include={"restricted", "export_until"}),
        person=True,
    )
