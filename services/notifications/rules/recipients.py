"""Who of the staff may still read what is about a volunteer."""

from collections.abc import Collection, Iterable
from typing import Protocol
from uuid import UUID

from shared.contracts.vocabulary import Role


class Held(Protocol):
    """A role that somebody holds in an organisation, for districts."""

    @property
    def role(self) -> Role: ...
    @property
    def organisation_id(self) -> UUID: ...
    @property
    def districts(self) -> Collection[str]: ...


def may_read(roles: Collection[Role], held: Iterable[Held], organisation_id: UUID, district: str | None) -> bool:
    """Does somebody hold one of the roles in the organisation, for the district? No roles: any, wherever.

    A coordinator who became something else, or is responsible for other districts now, reads it no more.
    """
    return any(
        each.organisation_id == organisation_id
        and (not roles or (each.role in roles and (district is None or district in each.districts)))
        for each in held
    )
