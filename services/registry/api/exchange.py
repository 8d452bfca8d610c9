"""Single things that associations' systems tell by their own ids."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.registry.api.access import UPSERTS_BY_CALLER, settings_of
from services.registry.handlers import exchange as handlers
from services.registry.models.exchange import (
    AnyRow,
    ContactRow,
    DeleteAll,
    Deleted,
    ExternalId,
    Kind,
    LinkAnswer,
    MemberRow,
    OrganisationRow,
    UpsertAnswer,
    VolunteerRow,
)
from services.registry.models.machines import SourceName
from shared.http.commands import Command, CommandRunner, Query

router = APIRouter(prefix="/exchange", tags=["exchange"])

Source = Annotated[SourceName, Path(description="name of the source system")]
Id = Annotated[ExternalId, Path(description="what the source system calls it")]


async def _upsert(command: CommandRunner, source: str, kind: Kind, external_id: str, row: AnyRow) -> Response:
    await command.limit_caller(UPSERTS_BY_CALLER)
    settings = settings_of(command.state)
    return await command.run(lambda tx, caller: handlers.upsert(tx, caller, settings, source, kind, external_id, row))


@router.put("/{source}/organisations/{external_id:path}", response_model=UpsertAnswer)
async def upsert_organisation(source: Source, external_id: Id, body: OrganisationRow, command: Command) -> Response:
    """An organisation under the calling one. The source system is right, so no version is asked for; repeatable."""
    return await _upsert(command, source, Kind.ORGANISATIONS, external_id, body)


@router.put("/{source}/members/{external_id:path}", response_model=UpsertAnswer)
async def upsert_member(source: Source, external_id: Id, body: MemberRow, command: Command) -> Response:
    """A member of the organisation or of one under it: invited by mail at first. Repeatable."""
    return await _upsert(command, source, Kind.MEMBERS, external_id, body)


@router.put("/{source}/contacts/{external_id:path}", response_model=UpsertAnswer)
async def upsert_contact(source: Source, external_id: Id, body: ContactRow, command: Command) -> Response:
    """A published contact of the organisation or of one under it. Repeatable."""
    return await _upsert(command, source, Kind.CONTACTS, external_id, body)


@router.put("/{source}/volunteers/{external_id:path}", response_model=UpsertAnswer)
async def upsert_volunteer(source: Source, external_id: Id, body: VolunteerRow, command: Command) -> Response:
    """A volunteer with proof of their consent; they are told by mail, and may object by one link. Repeatable."""
    return await _upsert(command, source, Kind.VOLUNTEERS, external_id, body)


@router.get("/{source}/{kind}/{external_id:path}", response_model=LinkAnswer)
async def external_id(source: Source, kind: Kind, external_id: Id, query: Query) -> Response:
    """What is known of an external id."""
    return await query.run(lambda connection, caller: handlers.link(connection, caller, source, kind, external_id))


@router.delete("/{source}/{kind}/{external_id:path}", status_code=204)
async def delete_external_id(source: Source, kind: Kind, external_id: Id, command: Command) -> Response:
    """The source system knows it no longer: a contact is withdrawn, a role taken, a volunteer whom it registered and who has
    not taken the profile over is erased; of everybody else only the link ends. Repeatable; no version is asked for."""
    await command.limit_caller(UPSERTS_BY_CALLER)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.delete(tx, caller, settings, source, kind, external_id), status=204
    )


@router.post("/{source}/{kind}/deletions", response_model=list[Deleted])
async def delete_external_ids(source: Source, kind: Kind, body: DeleteAll, command: Command) -> Response:
    """The same for up to 1,000 at once, with a result for each; one that cannot go does not stop the others."""
    await command.limit_caller(UPSERTS_BY_CALLER)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.delete_all(tx, caller, settings, source, kind, body.external_ids)
    )
