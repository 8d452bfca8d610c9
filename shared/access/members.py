"""The read model of `registry.members`: how staff sign in and what they are in which organisation.

Matching, training and notifications keep it by this projection; the registry fills the same table itself.
"""

from typing import Any

from shared.contracts.registry import Member, MemberRegistered, MemberUpdated, MemberWithdrawn
from shared.messaging.projection import Projection


def members_projection() -> Projection:
    """The projection, to be given to the service's consumer."""
    return Projection(
        name="members",
        topic="registry.members",
        events=(MemberRegistered, MemberUpdated),
        ended=(MemberWithdrawn,),
        table="members",
        key="subject_id",
        row=_row,
        person=True,
    )


def _row(member: Member) -> dict[str, Any]:
    return {
        "issuer": member.issuer,
        "subject": member.subject,
        "memberships": [membership.model_dump(mode="json") for membership in member.memberships],
    }
